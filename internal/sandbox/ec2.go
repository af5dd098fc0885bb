package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// EC2State is this service's part of the world. The network an account begins with in a Region follows from the
// account's id and the Region alone; only networks somebody has changed are kept.
type EC2State struct {
	Networks map[string]*network `json:"networks,omitempty"` // by "account/region"
	// Only names the Regions where accounts begin with a default VPC; none means all, as at AWS. Tests that set up
	// hundreds of organizations set it.
	Only []string `json:"only,omitempty"`
	// Encrypted: disks are encrypted by default, by "account/region".
	Encrypted map[string]bool `json:"encrypted,omitempty"`
}

// network is what one account has in one Region.
type network struct {
	VPCs       []vpc             `json:"vpcs,omitempty"`
	Subnets    []subnet          `json:"subnets,omitempty"`
	Gateways   []internetGateway `json:"gateways,omitempty"`
	Interfaces []netInterface    `json:"interfaces,omitempty"`
	Groups     []securityGroup   `json:"groups,omitempty"` // besides the default ones
	Tables     []routeTable      `json:"tables,omitempty"` // besides the main ones
	Endpoints  []endpoint        `json:"endpoints,omitempty"`
	Addresses  []address         `json:"addresses,omitempty"`
	NATs       []natGateway      `json:"nats,omitempty"`
	Made       int               `json:"made"` // things made after the first day, so that ids never come twice
}

type vpc struct {
	ID, CIDR string
	Default  bool
	// Route is the internet gateway the main route table sends 0.0.0.0/0 to; the route outlives the gateway's
	// attachment, in state "blackhole".
	Route string `json:",omitempty"`
	// Rules are those of the default security group once somebody has changed them; nil is as AWS makes them.
	Rules *[]groupRule `json:",omitempty"`
	Tags  ec2Tags      `json:",omitempty"`
	// Mute: names are not resolved in it. Hostnames: what is in it gets names; a default VPC has them from its first day.
	Mute      bool  `json:",omitempty"`
	Hostnames *bool `json:",omitempty"`
	// Known is from when all of AWS knows a new VPC.
	Known time.Time `json:",omitzero"`
}

type subnet struct {
	ID, VPC, Zone, CIDR string
	Default             bool
	Tags                ec2Tags `json:",omitempty"`
}

type internetGateway struct {
	ID, VPC string  // VPC "" = not attached
	Tags    ec2Tags `json:",omitempty"`
}

// netInterface is the network interface of an instance.
type netInterface struct {
	ID, VPC, Subnet, Instance, Zone, PrivateIP, PublicIP string
	Group                                                string `json:",omitempty"` // "" is the default security group
	NAT                                                  string `json:",omitempty"` // it is one of a NAT gateway
	Encrypted                                            bool   `json:",omitempty"` // the instance's disk is
}

func (s *Sim) registerEC2() {
	s.registerEC2Regions()
	s.registerEC2Networks()
	s.registerEC2Uses()
	s.registerEC2Volumes()
	s.registerEC2Writes()
	s.registerEC2Groups()
	s.registerEC2Tables()
	s.registerEC2Endpoints()
	s.registerEC2NAT()
	s.registerEC2Settings()
}

// SeedInstanceInDefaultVPC runs an instance, with a public address, in the first subnet of the account's default VPC.
func (w *World) SeedInstanceInDefaultVPC(account, region string) {
	n := w.network(account, region)
	for _, s := range n.Subnets {
		if s.Default {
			n.Made++
			seed := fmt.Sprintf("%s/%s/%d", account, region, n.Made)
			n.Interfaces = append(n.Interfaces, netInterface{ID: ec2ID("eni", seed), Instance: ec2ID("i", seed),
				VPC: s.VPC, Subnet: s.ID, Zone: s.Zone, PrivateIP: "172.31.0.10", PublicIP: "203.0.113.10",
				Encrypted: w.EC2.Encrypted[account+"/"+region]})
			w.keep(account, region, n)
			return
		}
	}
}

// SeedSecurityGroup gives the instances of the account's default VPC a security group of their own, as the launch wizard of
// the console does; the default one is then used by nothing.
func (w *World) SeedSecurityGroup(account, region, name string) {
	n := w.network(account, region)
	if v, ok := n.defaultVPC(); ok {
		n.Made++
		g := securityGroup{ID: ec2ID("sg", fmt.Sprintf("%s/%s/%d", account, region, n.Made)), VPC: v.ID, Name: name}
		n.Groups = append(n.Groups, g)
		for i := range n.Interfaces {
			n.Interfaces[i].Group = g.ID
		}
		w.keep(account, region, n)
	}
}

// network is what the account has in the Region, for reading.
func (w *World) network(account, region string) *network {
	if n, ok := w.EC2.Networks[account+"/"+region]; ok {
		return n
	}
	n := &network{}
	if len(w.EC2.Only) == 0 || slices.Contains(w.EC2.Only, region) {
		n.addDefaultVPC(account, region)
	}
	return n
}

// keep remembers a network that was changed.
func (w *World) keep(account, region string, n *network) {
	if w.EC2.Networks == nil {
		w.EC2.Networks = map[string]*network{}
	}
	w.EC2.Networks[account+"/"+region] = n
	w.Changed()
}

// addDefaultVPC makes a default VPC as AWS does: a /20 subnet in each zone, and a gateway to the internet.
func (n *network) addDefaultVPC(account, region string) vpc {
	seed := fmt.Sprintf("%s/%s/%d", account, region, n.Made)
	n.Made++
	gateway := internetGateway{ID: ec2ID("igw", seed), VPC: ec2ID("vpc", seed)}
	v := vpc{ID: gateway.VPC, CIDR: "172.31.0.0/16", Default: true, Route: gateway.ID}
	n.VPCs, n.Gateways = append(n.VPCs, v), append(n.Gateways, gateway)
	for i, zone := range ec2Zones(region) {
		n.Subnets = append(n.Subnets, subnet{ID: ec2ID("subnet", seed+zone), VPC: v.ID, Zone: zone,
			CIDR: fmt.Sprintf("172.31.%d.0/20", 16*i), Default: true})
	}
	return v
}

func (n *network) defaultVPC() (vpc, bool) {
	i := slices.IndexFunc(n.VPCs, func(v vpc) bool { return v.Default })
	if i < 0 {
		return vpc{}, false
	}
	return n.VPCs[i], true
}

// ec2ID makes an id of 17 hexadecimal digits as EC2 gives them, e.g. vpc-0a1b2c3d4e5f60718, from what names the thing.
func ec2ID(prefix, seed string) string {
	sum := sha256.Sum256([]byte(prefix + "/" + seed))
	return prefix + "-0" + hex.EncodeToString(sum[:8])
}

// zoneLetters are the availability zones of the Regions that have not a, b and c.
var zoneLetters = map[string]string{
	"us-east-1": "abcdef", "us-west-1": "ac", "us-west-2": "abcd", "ca-central-1": "abd",
	"ap-northeast-1": "acd", "ap-northeast-2": "abcd",
}

func ec2Zones(region string) []string {
	letters := zoneLetters[region]
	if letters == "" {
		letters = "abc"
	}
	var zones []string
	for _, l := range letters {
		zones = append(zones, region+string(l))
	}
	return zones
}

// here checks that the account uses the Region, and answers a dry run.
func (r *Request) here(dryRun *bool) error {
	if !r.World.regionEnabled(r.Principal.Account, r.Region) {
		return FailWith(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
	}
	if aws.ToBool(dryRun) {
		return FailWith(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return nil
}

// readNetwork is the caller's network in the request's Region.
func (r *Request) readNetwork(dryRun *bool) (*network, error) {
	if err := r.here(dryRun); err != nil {
		return nil, err
	}
	return r.World.network(r.Principal.Account, r.Region), nil
}

// fields are the values of a thing by filter name.
type fields map[string][]string

// kept reports whether the thing passes the filters: every filter, by any of its values, where * stands for anything.
// A filter the thing does not have is one AWS does not know.
func kept(filters []types.Filter, of fields) (bool, error) {
	for _, f := range filters {
		have, ok := of[aws.ToString(f.Name)]
		if _, known := of["tag-key"]; !ok && known && strings.HasPrefix(aws.ToString(f.Name), "tag:") {
			return false, nil
		}
		if !ok {
			return false, Fail("InvalidParameterValue", "The filter '"+aws.ToString(f.Name)+"' is invalid")
		}
		if !slices.ContainsFunc(have, func(v string) bool {
			return slices.ContainsFunc(f.Values, func(p string) bool { return matches(p, v) })
		}) {
			return false, nil
		}
	}
	return true, nil
}

func matches(pattern, value string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == value
	}
	return len(value) >= len(before)+len(after) && strings.HasPrefix(value, before) && strings.HasSuffix(value, after)
}

// query is what every Describe request of EC2 has.
type query struct {
	ids     []string
	missing string // the error code for an id that is not there; ids are not looked at when empty
	filters []types.Filter
	token   *string
	most    *int32
}

// pick answers a Describe request out of all things: those with the ids asked for, through the filters, cut to a page.
func pick[T any](q query, all []T, id func(T) string, of func(T) fields) ([]T, *string, error) {
	for _, want := range q.ids {
		if !slices.ContainsFunc(all, func(t T) bool { return id(t) == want }) {
			return nil, nil, notFound(q.missing, want)
		}
	}
	var found []T
	for _, t := range all {
		if len(q.ids) > 0 && !slices.Contains(q.ids, id(t)) {
			continue
		}
		ok, err := kept(q.filters, of(t))
		if err != nil {
			return nil, nil, err
		}
		if ok {
			found = append(found, t)
		}
	}
	return ec2Page(found, q.token, q.most)
}

func ec2Page[T any](all []T, token *string, most *int32) ([]T, *string, error) {
	from := 0
	if token != nil {
		n, err := strconv.Atoi(*token)
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, Fail("InvalidNextToken", "The token is invalid")
		}
		from = n
	}
	to := len(all)
	if most != nil {
		if *most < 5 || *most > 1000 {
			return nil, nil, Fail("InvalidParameterValue", fmt.Sprintf("Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.", *most))
		}
		to = min(from+int(*most), len(all))
	}
	if to < len(all) {
		return all[from:to], aws.String(strconv.Itoa(to)), nil
	}
	return all[from:], nil, nil
}

// notFound is the error for an id that does not exist, e.g. InvalidVpcID.NotFound.
func notFound(code, id string) error {
	kind := map[string]string{"InvalidVpcID.NotFound": "vpc", "InvalidSubnetID.NotFound": "subnet",
		"InvalidInternetGatewayID.NotFound": "internetGateway", "InvalidGroup.NotFound": "security group",
		"InvalidRouteTableID.NotFound": "routeTable", "InvalidNetworkAclID.NotFound": "networkAcl", "InvalidSecurityGroupRuleId.NotFound": "security group rule",
		"InvalidRouteTableId.NotFound": "routeTable", "InvalidNatGatewayID.NotFound": "natGateway", "InvalidVpcEndpointId.NotFound": "Vpc Endpoint"}[code]
	return Fail(code, "The "+kind+" ID '"+id+"' does not exist")
}
