package vpc

import (
	"net/netip"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// everywhere is the destination of what has no other way.
const everywhere = "0.0.0.0/0"

// What AWS has made it may not know everywhere for some seconds, and refuses what builds upon it until then.
const knownLimit = 2 * time.Minute

func unknownYet() map[string]time.Duration {
	waits := map[string]time.Duration{}
	for _, code := range []string{"InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidRouteTableID.NotFound", "InvalidInternetGatewayID.NotFound",
		"InvalidAllocationID.NotFound", "InvalidNatGatewayID.NotFound", "InvalidGatewayID.NotFound", "InvalidGroup.NotFound"} {
		waits[code] = knownLimit
	}
	return waits
}

// builder collects the calls that a place lacks.
type builder struct {
	place Place
	net   Network
	block netip.Prefix
	items []plan.Item
	makes map[string]string // call ids, by the tag of what they make
}

// build plans what a network lacks, in the order in which AWS wants it.
func build(p Place, block netip.Prefix, a answers.Answers) []plan.Item {
	b := &builder{place: p, block: block, makes: map[string]string{}}
	if p.Network != nil {
		b.net, b.block = *p.Network, p.Network.Block
	} else {
		b.create()
	}
	b.names()
	b.group()
	b.gateway()
	zones := b.zones()
	b.subnets(zones)
	b.tables(len(zones))
	b.endpoints(len(zones))
	b.wayOut(len(zones), a.VPC.NAT)
	return b.items
}

// lane is that of all calls of a place: nearly each builds upon one before it.
func lane(p Place) string { return name + "/" + p.Ref + "/" + p.Region }

// add completes a call. makes is the tag of what it makes, "" for none; parts are the tags of what it needs.
func (b *builder) add(noun, tag, makes string, parts []string, c plan.Call) {
	c.ID, c.Step, c.Where = id(noun, b.place, tag), name, b.place.where()
	c.Lane = lane(b.place)
	// Nothing is made for a network that AWS does not give.
	for _, part := range append([]string{tagNetwork}, parts...) {
		if from, now := b.makes[part]; now && !slices.Contains(c.After, from) {
			c.After = append(c.After, from)
		}
	}
	if makes != "" {
		b.makes[makes] = c.ID
	}
	if c.Effect == "" {
		c.Effect = plan.Creates
	}
	if c.Undo == "" {
		c.Undo = "wizard undo takes the network away while nothing runs in it."
	}
	if c.Wait == nil {
		c.Wait = unknownYet()
	}
	b.items = append(b.items, plan.Item{Call: &c})
}

func (b *builder) in() string { return " in " + b.place.Ref + ", " + b.place.Region }

// known gives a part's id, from what was found or from the reply of the call that made it.
func (b *builder) known(f plan.Facts, tag string) *string {
	return aws.String(f.Get(b.place.fact(tag)))
}

// learn keeps the id of a part.
func (b *builder) learn(tag string, id *string) map[string]string {
	return map[string]string{b.place.fact(tag): aws.ToString(id)}
}

// tags are the wizard's own tag and the name that the console shows.
func (b *builder) tags(kind types.ResourceType, tag string) []types.TagSpecification {
	shown := b.place.Ref
	if tag != tagNetwork {
		shown += "-" + tag
	}
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{
		{Key: aws.String("Name"), Value: aws.String(shown)}, {Key: aws.String(tagKey), Value: aws.String(tag)}}}}
}

func (b *builder) create() {
	b.add("network", "", tagNetwork, nil, plan.Call{
		Title: "Make the private network" + b.in() + ": " + b.block.String(), IAMAction: "ec2:CreateVpc",
		Why:     "What you build there gets addresses that no other network of yours has. It costs nothing.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateVpc, b.createVpc),
		Learn:   plan.Learned(func(out *ec2.CreateVpcOutput) map[string]string { return b.learn(tagNetwork, out.Vpc.VpcId) }),
		Settle:  b.networkThere, SettleEvery: lookEvery, SettleLimit: lookLimit,
	})
}

func (b *builder) createVpc(plan.Facts) *ec2.CreateVpcInput {
	return &ec2.CreateVpcInput{CidrBlock: aws.String(b.block.String()), TagSpecifications: b.tags(types.ResourceTypeVpc, tagNetwork)}
}

// names switches on what a network has on its first day or not: names are resolved, and given to what is in it.
func (b *builder) names() {
	made := b.place.Network == nil
	if !made && !b.net.Support {
		b.setting("dns-support", "Let names be resolved in the network"+b.in(), func(in *ec2.ModifyVpcAttributeInput) {
			in.EnableDnsSupport = &types.AttributeBooleanValue{Value: aws.Bool(true)}
		})
	}
	if made || !b.net.Hostnames {
		b.setting("dns-hostnames", "Give names to what is in the network"+b.in(), func(in *ec2.ModifyVpcAttributeInput) {
			in.EnableDnsHostnames = &types.AttributeBooleanValue{Value: aws.Bool(true)}
		})
	}
}

func (b *builder) setting(noun, title string, set func(*ec2.ModifyVpcAttributeInput)) {
	b.add(noun, "", "", []string{tagNetwork}, plan.Call{
		Title: title, IAMAction: "ec2:ModifyVpcAttribute", Effect: plan.Changes,
		Why: "Databases and many services of AWS are found by names inside the network.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).ModifyVpcAttribute, func(f plan.Facts) *ec2.ModifyVpcAttributeInput {
			in := &ec2.ModifyVpcAttributeInput{VpcId: b.known(f, tagNetwork)}
			set(in)
			return in
		}),
	})
}

// group takes the two rules away that AWS makes with the default security group, unless somebody uses the group.
func (b *builder) group() {
	made := b.place.Network == nil
	if b.net.Group.Used || b.net.Group.More {
		return
	}
	c := plan.Call{Effect: plan.Changes, Done: []string{"InvalidPermission.NotFound"},
		Why: "What is started without a group of its own gets this one. It then reaches nothing until somebody chooses its rules."}
	if made || b.net.Group.In {
		c.Title, c.IAMAction = "Let nothing in through the default security group"+b.in(), "ec2:RevokeSecurityGroupIngress"
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).RevokeSecurityGroupIngress, func(f plan.Facts) *ec2.RevokeSecurityGroupIngressInput {
			return &ec2.RevokeSecurityGroupIngressInput{GroupId: b.known(f, "group"), IpPermissions: []types.IpPermission{
				{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: b.known(f, "group")}}}}}
		})
		b.add("close-in", "", "", []string{tagNetwork}, c)
	}
	if made || b.net.Group.Out {
		c.Title, c.IAMAction = "Let nothing out through the default security group"+b.in(), "ec2:RevokeSecurityGroupEgress"
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).RevokeSecurityGroupEgress, func(f plan.Facts) *ec2.RevokeSecurityGroupEgressInput {
			return &ec2.RevokeSecurityGroupEgressInput{GroupId: b.known(f, "group"), IpPermissions: []types.IpPermission{
				{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String(everywhere)}}}}}
		})
		b.add("close-out", "", "", []string{tagNetwork}, c)
	}
}

// gateway connects the network with the internet; only the public subnets get a route to it.
func (b *builder) gateway() {
	if b.net.Gateway != "" {
		return
	}
	if _, there := part(b.place.Gateways, tagGateway); !there {
		b.add("gateway", "", tagGateway, nil, plan.Call{
			Title: "Make an internet gateway" + b.in(), IAMAction: "ec2:CreateInternetGateway",
			Why: "Load balancers in the public subnets are reached through it. Nothing is until you put something there.",
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateInternetGateway, func(plan.Facts) *ec2.CreateInternetGatewayInput {
				return &ec2.CreateInternetGatewayInput{TagSpecifications: b.tags(types.ResourceTypeInternetGateway, tagGateway)}
			}),
			Learn: plan.Learned(func(out *ec2.CreateInternetGatewayOutput) map[string]string {
				return b.learn(tagGateway, out.InternetGateway.InternetGatewayId)
			}),
			Settle: b.gatewayThere, SettleEvery: lookEvery, SettleLimit: lookLimit,
		})
	}
	b.add("attach", "", "attachment", []string{tagNetwork, tagGateway}, plan.Call{
		Title: "Attach the internet gateway to the network" + b.in(), IAMAction: "ec2:AttachInternetGateway", Effect: plan.Changes,
		Why: "A gateway works for the one network it is attached to.", Done: []string{"Resource.AlreadyAssociated"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).AttachInternetGateway, func(f plan.Facts) *ec2.AttachInternetGatewayInput {
			return &ec2.AttachInternetGatewayInput{InternetGatewayId: b.known(f, tagGateway), VpcId: b.known(f, tagNetwork)}
		}),
	})
}

// zones are the zones of the subnets in their order: those that have one stay where they are.
func (b *builder) zones() []string {
	got := make([]string, mostZones)
	for i := range got {
		for _, k := range kinds {
			if s := b.net.subnet(k.block(b.block, i)); s != nil && got[i] == "" {
				got[i] = s.Zone
			}
		}
	}
	var out []string
	for _, zone := range got {
		if zone == "" {
			n := slices.IndexFunc(b.place.Zones, func(z string) bool { return !slices.Contains(got, z) && !slices.Contains(out, z) })
			if n < 0 {
				break // this Region offers the account fewer
			}
			zone = b.place.Zones[n]
		}
		out = append(out, zone)
	}
	return out
}

func (b *builder) subnets(zones []string) {
	for i, zone := range zones {
		for _, k := range kinds {
			block, tag := k.block(b.block, i), k.tag(i)
			if b.net.subnet(block) != nil {
				continue
			}
			why := "For what the internet must not reach: servers, databases, containers."
			if k.name == "public" {
				why = "For what the internet must reach: load balancers. Nothing in it gets a public address by itself."
			}
			b.add("subnet", tag, tag, []string{tagNetwork}, plan.Call{
				Title: "Make the " + k.name + " subnet " + block.String() + " in zone " + zone + b.in(), IAMAction: "ec2:CreateSubnet", Why: why,
				Done: []string{"InvalidSubnet.Conflict"},
				Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateSubnet, func(f plan.Facts) *ec2.CreateSubnetInput {
					return &ec2.CreateSubnetInput{VpcId: b.known(f, tagNetwork), CidrBlock: aws.String(block.String()), AvailabilityZoneId: aws.String(zone),
						TagSpecifications: b.tags(types.ResourceTypeSubnet, tag)}
				}),
				Learn:  plan.Learned(func(out *ec2.CreateSubnetOutput) map[string]string { return b.learn(tag, out.Subnet.SubnetId) }),
				Settle: b.subnetThere(tag), SettleEvery: lookEvery, SettleLimit: lookLimit,
			})
		}
	}
}
