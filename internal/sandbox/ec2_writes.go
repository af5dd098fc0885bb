package sandbox

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (s *Sim) registerEC2Writes() {
	on(s, createVpc)
	on(s, modifyVpcAttribute)
	on(s, createDefaultVpc)
	on(s, deleteVpc)
	on(s, createSubnet)
	on(s, deleteSubnet)
	on(s, createInternetGateway)
	on(s, attachInternetGateway)
	on(s, detachInternetGateway)
	on(s, deleteInternetGateway)
}

func (n *network) vpc(id string) *vpc {
	if i := slices.IndexFunc(n.VPCs, func(v vpc) bool { return v.ID == id }); i >= 0 {
		return &n.VPCs[i]
	}
	return nil
}

func (n *network) gateway(id string) *internetGateway {
	if i := slices.IndexFunc(n.Gateways, func(g internetGateway) bool { return g.ID == id }); i >= 0 {
		return &n.Gateways[i]
	}
	return nil
}

// writeNetwork is the caller's network in the request's Region, to be changed if the request is allowed; done keeps it.
func (r *Request) writeNetwork(dryRun *bool) (n *network, done func(), err error) {
	if err := r.here(dryRun); err != nil {
		return nil, nil, err
	}
	account, region := r.Principal.Account, r.Region
	n = r.World.network(account, region)
	return n, func() { r.World.keep(account, region, n) }, nil
}

func dependency(kind, id string) error {
	return Fail("DependencyViolation", fmt.Sprintf("The %s '%s' has dependencies and cannot be deleted.", kind, id))
}

func createDefaultVpc(r *Request, in *ec2.CreateDefaultVpcInput) (*ec2.CreateDefaultVpcOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	if _, ok := n.defaultVPC(); ok {
		return nil, Fail("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
	}
	v := r.shownVPC(n.addDefaultVPC(r.Principal.Account, r.Region))
	done()
	return &ec2.CreateDefaultVpcOutput{Vpc: &v}, nil
}

func (r *Request) newEC2ID(n *network, prefix string) string {
	n.Made++
	return ec2ID(prefix, fmt.Sprintf("%s/%s/%d", r.Principal.Account, r.Region, n.Made))
}

// block parses an IPv4 block of the size AWS takes for VPCs and subnets: /16 to /28.
func block(cidr *string, code string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(aws.ToString(cidr))
	if err != nil || p.Bits() < 16 || p.Bits() > 28 {
		return p, Fail(code, "The CIDR '"+aws.ToString(cidr)+"' is invalid.")
	}
	return p.Masked(), nil
}

func createVpc(r *Request, in *ec2.CreateVpcInput) (*ec2.CreateVpcOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	cidr, err := block(in.CidrBlock, "InvalidVpc.Range")
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeVpc)
	if err != nil {
		return nil, err
	}
	if len(n.VPCs) >= vpcMax {
		return nil, Fail("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	v := vpc{ID: r.newEC2ID(n, "vpc"), CIDR: cidr.String(), Tags: tags}
	if w := r.World.Takes(vpcUnknown); w > 0 {
		v.Known = r.World.Clock.Add(w)
	}
	n.VPCs = append(n.VPCs, v)
	done()
	shown := r.shownVPC(v)
	return &ec2.CreateVpcOutput{Vpc: &shown}, nil
}

// vpcUnknown is how long requests that name a new VPC may be told that there is none.
const vpcUnknown = 3 * time.Second

// vpcToUse finds the VPC a request builds upon.
func (r *Request) vpcToUse(n *network, id *string) (*vpc, error) {
	v := n.vpc(aws.ToString(id))
	if v == nil || r.World.Clock.Before(v.Known) {
		return nil, notFound("InvalidVpcID.NotFound", aws.ToString(id))
	}
	return v, nil
}

func (v vpc) hostnames() bool {
	if v.Hostnames != nil {
		return *v.Hostnames
	}
	return v.Default
}

// modifyVpcAttribute changes one attribute at a time, as AWS does.
func modifyVpcAttribute(r *Request, in *ec2.ModifyVpcAttributeInput) (*ec2.ModifyVpcAttributeOutput, error) {
	n, done, err := r.writeNetwork(nil)
	if err != nil {
		return nil, err
	}
	v, err := r.vpcToUse(n, in.VpcId)
	if err != nil {
		return nil, err
	}
	switch {
	case in.EnableDnsSupport != nil && in.EnableDnsHostnames != nil:
		return nil, Fail("InvalidParameterCombination", "Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport")
	case in.EnableDnsSupport != nil:
		v.Mute = !aws.ToBool(in.EnableDnsSupport.Value)
	case in.EnableDnsHostnames != nil:
		v.Hostnames = in.EnableDnsHostnames.Value
	}
	done()
	return &ec2.ModifyVpcAttributeOutput{}, nil
}

func deleteVpc(r *Request, in *ec2.DeleteVpcInput) (*ec2.DeleteVpcOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.VpcId)
	if n.vpc(id) == nil {
		return nil, notFound("InvalidVpcID.NotFound", id)
	}
	if slices.ContainsFunc(n.Subnets, func(s subnet) bool { return s.VPC == id }) ||
		slices.ContainsFunc(n.Gateways, func(g internetGateway) bool { return g.VPC == id }) ||
		slices.ContainsFunc(n.Tables, func(t routeTable) bool { return t.VPC == id }) ||
		slices.ContainsFunc(n.Endpoints, func(e endpoint) bool { return e.VPC == id }) ||
		slices.ContainsFunc(n.Groups, func(g securityGroup) bool { return g.VPC == id }) {
		return nil, dependency("vpc", id)
	}
	n.VPCs = slices.DeleteFunc(n.VPCs, func(v vpc) bool { return v.ID == id })
	done()
	return &ec2.DeleteVpcOutput{}, nil
}

func createSubnet(r *Request, in *ec2.CreateSubnetInput) (*ec2.CreateSubnetOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	v, err := r.vpcToUse(n, in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeSubnet)
	if err != nil {
		return nil, err
	}
	cidr, err := block(in.CidrBlock, "InvalidSubnet.Range")
	if err != nil {
		return nil, err
	}
	if whole := netip.MustParsePrefix(v.CIDR); !whole.Contains(cidr.Addr()) || cidr.Bits() < whole.Bits() {
		return nil, Fail("InvalidSubnet.Range", "The CIDR '"+cidr.String()+"' is invalid.")
	}
	for _, s := range n.Subnets {
		if s.VPC == v.ID && netip.MustParsePrefix(s.CIDR).Overlaps(cidr) {
			return nil, Fail("InvalidSubnet.Conflict", "The CIDR '"+cidr.String()+"' conflicts with another subnet")
		}
	}
	zone := aws.ToString(in.AvailabilityZone)
	if id := aws.ToString(in.AvailabilityZoneId); id != "" {
		zones := ec2Zones(r.Region)
		i := slices.IndexFunc(zones, func(z string) bool { return zoneID(r.Principal.Account, r.Region, z) == id })
		if i < 0 {
			return nil, Fail("InvalidParameterValue", "Value ("+id+") for parameter availabilityZoneId is invalid.")
		}
		zone = zones[i]
	}
	if zone == "" {
		zone = ec2Zones(r.Region)[0]
	}
	if !slices.Contains(ec2Zones(r.Region), zone) {
		return nil, Fail("InvalidParameterValue", "Value ("+zone+") for parameter availabilityZone is invalid.")
	}
	s := subnet{ID: r.newEC2ID(n, "subnet"), VPC: v.ID, Zone: zone, CIDR: cidr.String(), Tags: tags}
	n.Subnets = append(n.Subnets, s)
	done()
	shown := r.shownSubnet(s)
	return &ec2.CreateSubnetOutput{Subnet: &shown}, nil
}

func deleteSubnet(r *Request, in *ec2.DeleteSubnetInput) (*ec2.DeleteSubnetOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.SubnetId)
	if !slices.ContainsFunc(n.Subnets, func(s subnet) bool { return s.ID == id }) {
		return nil, notFound("InvalidSubnetID.NotFound", id)
	}
	if slices.ContainsFunc(append(slices.Clone(n.Interfaces), n.natInterfaces(r.World)...), func(e netInterface) bool { return e.Subnet == id }) {
		return nil, dependency("subnet", id)
	}
	for i := range n.Tables {
		n.Tables[i].Subnets = slices.DeleteFunc(n.Tables[i].Subnets, func(s string) bool { return s == id })
	}
	n.Subnets = slices.DeleteFunc(n.Subnets, func(s subnet) bool { return s.ID == id })
	done()
	return &ec2.DeleteSubnetOutput{}, nil
}

func createInternetGateway(r *Request, in *ec2.CreateInternetGatewayInput) (*ec2.CreateInternetGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeInternetGateway)
	if err != nil {
		return nil, err
	}
	if len(n.Gateways) >= vpcMax {
		return nil, Fail("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
	}
	g := internetGateway{ID: r.newEC2ID(n, "igw"), Tags: tags}
	n.Gateways = append(n.Gateways, g)
	done()
	shown := r.shownGateway(g)
	return &ec2.CreateInternetGatewayOutput{InternetGateway: &shown}, nil
}

// ends finds the gateway and the VPC a request names.
func (n *network) ends(gateway, vpcID *string) (*internetGateway, *vpc, error) {
	g, v := n.gateway(aws.ToString(gateway)), n.vpc(aws.ToString(vpcID))
	switch {
	case g == nil:
		return nil, nil, notFound("InvalidInternetGatewayID.NotFound", aws.ToString(gateway))
	case v == nil:
		return nil, nil, notFound("InvalidVpcID.NotFound", aws.ToString(vpcID))
	}
	return g, v, nil
}

func attachInternetGateway(r *Request, in *ec2.AttachInternetGatewayInput) (*ec2.AttachInternetGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	g, v, err := n.ends(in.InternetGatewayId, in.VpcId)
	if err != nil {
		return nil, err
	}
	if g.VPC != "" {
		return nil, Fail("Resource.AlreadyAssociated", "resource "+g.ID+" is already attached to network "+g.VPC)
	}
	if slices.ContainsFunc(n.Gateways, func(o internetGateway) bool { return o.VPC == v.ID }) {
		return nil, Fail("InvalidParameterValue", "Network "+v.ID+" already has an internet gateway attached")
	}
	g.VPC = v.ID
	done()
	return &ec2.AttachInternetGatewayOutput{}, nil
}

func detachInternetGateway(r *Request, in *ec2.DetachInternetGatewayInput) (*ec2.DetachInternetGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	g, v, err := n.ends(in.InternetGatewayId, in.VpcId)
	if err != nil {
		return nil, err
	}
	if g.VPC != v.ID {
		return nil, Fail("Gateway.NotAttached", "resource "+g.ID+" is not attached to network "+v.ID)
	}
	if slices.ContainsFunc(append(slices.Clone(n.Interfaces), n.natInterfaces(r.World)...), func(e netInterface) bool { return e.VPC == v.ID && e.PublicIP != "" }) {
		return nil, Fail("DependencyViolation", "Network "+v.ID+" has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.")
	}
	g.VPC = ""
	done()
	return &ec2.DetachInternetGatewayOutput{}, nil
}

func deleteInternetGateway(r *Request, in *ec2.DeleteInternetGatewayInput) (*ec2.DeleteInternetGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.InternetGatewayId)
	g := n.gateway(id)
	if g == nil {
		return nil, notFound("InvalidInternetGatewayID.NotFound", id)
	}
	if g.VPC != "" {
		return nil, dependency("internetGateway", id)
	}
	n.Gateways = slices.DeleteFunc(n.Gateways, func(o internetGateway) bool { return o.ID == id })
	done()
	return &ec2.DeleteInternetGatewayOutput{}, nil
}
