package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// address is a public address that the account reserved (an Elastic IP).
type address struct {
	ID, IP string
	Tags   ec2Tags `json:",omitempty"`
}

// natGateway begins to work some minutes after it was asked for, and is shown for an hour after it was deleted.
type natGateway struct {
	ID, VPC, Subnet, Address string
	Made                     time.Time
	Deleted                  time.Time `json:",omitzero"`
	// Failure is why it will not work, as AWS tells only later.
	Failure string  `json:",omitempty"`
	Tags    ec2Tags `json:",omitempty"`
}

const (
	natStarts  = 100 * time.Second
	natEnds    = 45 * time.Second
	natShown   = time.Hour
	addressMax = 5 // Elastic IPs of an account in a Region
	vpcMax     = 5 // VPCs of an account in a Region, the default one among them
)

func (s *Sim) registerEC2NAT() {
	on(s, describeAddresses)
	on(s, allocateAddress)
	on(s, releaseAddress)
	on(s, describeNatGateways)
	on(s, createNatGateway)
	on(s, deleteNatGateway)
}

func (n *network) nat(id string) *natGateway {
	if i := slices.IndexFunc(n.NATs, func(g natGateway) bool { return g.ID == id }); i >= 0 {
		return &n.NATs[i]
	}
	return nil
}

func (g natGateway) state(w *World) types.NatGatewayState {
	switch {
	case !g.Deleted.IsZero() && !w.Clock.Before(g.Deleted.Add(w.Takes(natEnds))):
		return types.NatGatewayStateDeleted
	case !g.Deleted.IsZero():
		return types.NatGatewayStateDeleting
	case w.Clock.Before(g.Made.Add(w.Takes(natStarts))):
		return types.NatGatewayStatePending
	case g.Failure != "":
		return types.NatGatewayStateFailed
	}
	return types.NatGatewayStateAvailable
}

// holds reports whether the gateway still has its address and its network interface.
func (g natGateway) holds(w *World) bool {
	s := g.state(w)
	return s != types.NatGatewayStateDeleted && s != types.NatGatewayStateFailed
}

func (n *network) holder(w *World, allocation string) *natGateway {
	if i := slices.IndexFunc(n.NATs, func(g natGateway) bool { return g.Address == allocation && g.holds(w) }); i >= 0 {
		return &n.NATs[i]
	}
	return nil
}

func describeAddresses(r *Request, in *ec2.DescribeAddressesInput) (*ec2.DescribeAddressesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, _, err := pick(query{ids: in.AllocationIds, missing: "InvalidAllocationID.NotFound", filters: in.Filters}, n.Addresses,
		func(a address) string { return a.ID }, func(a address) fields {
			return fields{"allocation-id": {a.ID}, "public-ip": {a.IP}, "domain": {"vpc"}}.with(a.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeAddressesOutput{}
	for _, a := range found {
		shown := types.Address{AllocationId: aws.String(a.ID), PublicIp: aws.String(a.IP), Domain: types.DomainTypeVpc, Tags: a.Tags.shown()}
		if g := n.holder(r.World, a.ID); g != nil {
			shown.NetworkInterfaceId, shown.AssociationId = aws.String(g.networkInterface()), aws.String(ec2ID("eipassoc", g.ID))
		}
		out.Addresses = append(out.Addresses, shown)
	}
	return out, nil
}

func allocateAddress(r *Request, in *ec2.AllocateAddressInput) (*ec2.AllocateAddressOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeElasticIp)
	if err != nil {
		return nil, err
	}
	if len(n.Addresses) >= addressMax {
		return nil, Fail("AddressLimitExceeded", "The maximum number of addresses has been reached.")
	}
	a := address{ID: r.newEC2ID(n, "eipalloc"), Tags: tags}
	for host := 1; a.IP == "" || slices.ContainsFunc(n.Addresses, func(o address) bool { return o.IP == a.IP }); host++ {
		a.IP = fmt.Sprintf("198.51.100.%d", host)
	}
	n.Addresses = append(n.Addresses, a)
	done()
	return &ec2.AllocateAddressOutput{AllocationId: aws.String(a.ID), PublicIp: aws.String(a.IP), Domain: types.DomainTypeVpc}, nil
}

func releaseAddress(r *Request, in *ec2.ReleaseAddressInput) (*ec2.ReleaseAddressOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	id := aws.ToString(in.AllocationId)
	i := slices.IndexFunc(n.Addresses, func(a address) bool { return a.ID == id })
	if i < 0 {
		return nil, Fail("InvalidAllocationID.NotFound", "The allocation ID '"+id+"' does not exist")
	}
	if n.holder(r.World, id) != nil {
		return nil, Fail("InvalidIPAddress.InUse", "Address "+n.Addresses[i].IP+" is in use.")
	}
	n.Addresses = slices.Delete(n.Addresses, i, i+1)
	done()
	return &ec2.ReleaseAddressOutput{}, nil
}

func describeNatGateways(r *Request, in *ec2.DescribeNatGatewaysInput) (*ec2.DescribeNatGatewaysOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	shown := slices.DeleteFunc(slices.Clone(n.NATs), func(g natGateway) bool {
		return !g.Deleted.IsZero() && r.World.Clock.After(g.Deleted.Add(r.World.Takes(natShown)))
	})
	found, next, err := pick(query{in.NatGatewayIds, "NatGatewayNotFound", in.Filter, in.NextToken, in.MaxResults}, shown,
		func(g natGateway) string { return g.ID }, func(g natGateway) fields {
			return fields{"nat-gateway-id": {g.ID}, "vpc-id": {g.VPC}, "subnet-id": {g.Subnet}, "state": {string(g.state(r.World))}}.with(g.Tags)
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeNatGatewaysOutput{NextToken: next}
	for _, g := range found {
		out.NatGateways = append(out.NatGateways, r.shownNAT(g))
	}
	return out, nil
}

func (r *Request) shownNAT(g natGateway) types.NatGateway {
	shown := types.NatGateway{NatGatewayId: aws.String(g.ID), VpcId: aws.String(g.VPC), SubnetId: aws.String(g.Subnet), State: g.state(r.World), Tags: g.Tags.shown(),
		ConnectivityType: types.ConnectivityTypePublic, CreateTime: aws.Time(g.Made),
		NatGatewayAddresses: []types.NatGatewayAddress{{AllocationId: aws.String(g.Address), NetworkInterfaceId: aws.String(g.networkInterface())}}}
	if shown.State == types.NatGatewayStateFailed {
		shown.FailureCode, shown.FailureMessage = aws.String(g.Failure), aws.String("Network "+g.VPC+" has no Internet gateway attached")
	}
	return shown
}

func (g natGateway) networkInterface() string { return ec2ID("eni", g.ID) }

func createNatGateway(r *Request, in *ec2.CreateNatGatewayInput) (*ec2.CreateNatGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(in.TagSpecifications, types.ResourceTypeNatgateway)
	if err != nil {
		return nil, err
	}
	sub := slices.IndexFunc(n.Subnets, func(s subnet) bool { return s.ID == aws.ToString(in.SubnetId) })
	allocation := aws.ToString(in.AllocationId)
	switch {
	case sub < 0:
		return nil, notFound("InvalidSubnetID.NotFound", aws.ToString(in.SubnetId))
	case !slices.ContainsFunc(n.Addresses, func(a address) bool { return a.ID == allocation }):
		return nil, Fail("InvalidAllocationID.NotFound", "The allocation ID '"+allocation+"' does not exist")
	case n.holder(r.World, allocation) != nil:
		return nil, Fail("Resource.AlreadyAssociated", "Elastic IP address ["+allocation+"] is already associated")
	}
	g := natGateway{ID: r.newEC2ID(n, "nat"), VPC: n.Subnets[sub].VPC, Subnet: n.Subnets[sub].ID, Address: allocation, Made: r.World.Clock, Tags: tags}
	if !slices.ContainsFunc(n.Gateways, func(i internetGateway) bool { return i.VPC == g.VPC }) {
		g.Failure = "Gateway.NotAttached"
	}
	n.NATs = append(n.NATs, g)
	done()
	shown := r.shownNAT(g)
	return &ec2.CreateNatGatewayOutput{NatGateway: &shown}, nil
}

func deleteNatGateway(r *Request, in *ec2.DeleteNatGatewayInput) (*ec2.DeleteNatGatewayOutput, error) {
	n, done, err := r.writeNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	g := n.nat(aws.ToString(in.NatGatewayId))
	if g == nil {
		return nil, Fail("NatGatewayNotFound", "NatGateway "+aws.ToString(in.NatGatewayId)+" was not found")
	}
	if g.Deleted.IsZero() {
		g.Deleted = r.World.Clock
	}
	done()
	return &ec2.DeleteNatGatewayOutput{NatGatewayId: in.NatGatewayId}, nil
}

// natInterfaces are the network interfaces of the gateways that have one.
func (n *network) natInterfaces(w *World) []netInterface {
	var out []netInterface
	for _, g := range n.NATs {
		if g.holds(w) {
			e := netInterface{ID: g.networkInterface(), VPC: g.VPC, Subnet: g.Subnet, NAT: g.ID}
			for _, a := range n.Addresses {
				if a.ID == g.Address {
					e.PublicIP = a.IP
				}
			}
			out = append(out, e)
		}
	}
	return out
}
