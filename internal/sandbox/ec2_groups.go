package sandbox

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// securityGroup is a group besides the default one of a VPC, which has no record of its own: it comes and goes with it.
type securityGroup struct{ ID, VPC, Name string }

// groupRule is one rule of a security group. From, To and Protocol are -1 for all traffic.
type groupRule struct {
	ID          string
	Out         bool
	Protocol    string
	From, To    int32
	CIDR, CIDR6 string `json:",omitempty"`
	Group       string `json:",omitempty"` // the group whose members are let through
	Description string `json:",omitempty"`
}

func (s *Sim) registerEC2Groups() {
	on(s, describeSecurityGroups)
	on(s, describeSecurityGroupRules)
	on(s, func(r *Request, in *ec2.RevokeSecurityGroupIngressInput) (*ec2.RevokeSecurityGroupIngressOutput, error) {
		err := r.revoke(in.DryRun, in.GroupId, in.SecurityGroupRuleIds, in.IpPermissions, false)
		return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true)}, err
	})
	on(s, func(r *Request, in *ec2.RevokeSecurityGroupEgressInput) (*ec2.RevokeSecurityGroupEgressOutput, error) {
		err := r.revoke(in.DryRun, in.GroupId, in.SecurityGroupRuleIds, in.IpPermissions, true)
		return &ec2.RevokeSecurityGroupEgressOutput{Return: aws.Bool(true)}, err
	})
	on(s, func(r *Request, in *ec2.AuthorizeSecurityGroupIngressInput) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
		err := r.authorize(in.DryRun, in.GroupId, in.IpPermissions, false)
		return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(true)}, err
	})
	on(s, func(r *Request, in *ec2.AuthorizeSecurityGroupEgressInput) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
		err := r.authorize(in.DryRun, in.GroupId, in.IpPermissions, true)
		return &ec2.AuthorizeSecurityGroupEgressOutput{Return: aws.Bool(true)}, err
	})
}

func defaultGroup(vpcID string) string { return ec2ID("sg", vpcID) }

func (e netInterface) group() string { return cmp.Or(e.Group, defaultGroup(e.VPC)) }

// rules are those of the VPC's default security group: everything between its members, and everything out.
func (v vpc) rules() []groupRule {
	if v.Rules != nil {
		return *v.Rules
	}
	group := defaultGroup(v.ID)
	return []groupRule{{ID: ec2ID("sgr", group+"in"), Protocol: "-1", From: -1, To: -1, Group: group},
		{ID: ec2ID("sgr", group+"out"), Out: true, Protocol: "-1", From: -1, To: -1, CIDR: "0.0.0.0/0"}}
}

// allGroups are the default groups of all VPCs, and those made by hand.
func (n *network) allGroups() []securityGroup {
	var all []securityGroup
	for _, v := range n.VPCs {
		all = append(all, securityGroup{ID: defaultGroup(v.ID), VPC: v.ID, Name: "default"})
	}
	return append(all, n.Groups...)
}

func describeSecurityGroups(r *Request, in *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	found, next, err := pick(query{in.GroupIds, "InvalidGroup.NotFound", in.Filters, in.NextToken, in.MaxResults}, n.allGroups(),
		func(g securityGroup) string { return g.ID }, func(g securityGroup) fields {
			return fields{"group-id": {g.ID}, "group-name": {g.Name}, "vpc-id": {g.VPC}, "owner-id": {r.Principal.Account}}
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeSecurityGroupsOutput{NextToken: next}
	for _, g := range found {
		shown := types.SecurityGroup{GroupId: aws.String(g.ID), GroupName: aws.String(g.Name), VpcId: aws.String(g.VPC), OwnerId: aws.String(r.Principal.Account)}
		if g.Name == "default" {
			shown.Description = aws.String("default VPC security group")
			for _, rule := range n.vpc(g.VPC).rules() {
				if rule.Out {
					shown.IpPermissionsEgress = append(shown.IpPermissionsEgress, rule.permission(r.Principal.Account))
				} else {
					shown.IpPermissions = append(shown.IpPermissions, rule.permission(r.Principal.Account))
				}
			}
		}
		out.SecurityGroups = append(out.SecurityGroups, shown)
	}
	return out, nil
}

func (rule groupRule) permission(account string) types.IpPermission {
	p := types.IpPermission{IpProtocol: aws.String(rule.Protocol)}
	if rule.Protocol != "-1" {
		p.FromPort, p.ToPort = aws.Int32(rule.From), aws.Int32(rule.To)
	}
	switch {
	case rule.CIDR != "":
		p.IpRanges = []types.IpRange{{CidrIp: aws.String(rule.CIDR), Description: optional(rule.Description)}}
	case rule.CIDR6 != "":
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(rule.CIDR6), Description: optional(rule.Description)}}
	default:
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(rule.Group), UserId: aws.String(account), Description: optional(rule.Description)}}
	}
	return p
}

func describeSecurityGroupRules(r *Request, in *ec2.DescribeSecurityGroupRulesInput) (*ec2.DescribeSecurityGroupRulesOutput, error) {
	n, err := r.readNetwork(in.DryRun)
	if err != nil {
		return nil, err
	}
	type ruleOf struct {
		groupRule
		group string
	}
	var all []ruleOf
	for _, v := range n.VPCs {
		for _, rule := range v.rules() {
			all = append(all, ruleOf{rule, defaultGroup(v.ID)})
		}
	}
	found, next, err := pick(query{in.SecurityGroupRuleIds, "InvalidSecurityGroupRuleId.NotFound", in.Filters, in.NextToken, in.MaxResults}, all,
		func(o ruleOf) string { return o.ID }, func(o ruleOf) fields {
			return fields{"group-id": {o.group}, "security-group-rule-id": {o.ID}}
		})
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeSecurityGroupRulesOutput{NextToken: next}
	for _, o := range found {
		shown := types.SecurityGroupRule{SecurityGroupRuleId: aws.String(o.ID), GroupId: aws.String(o.group), GroupOwnerId: aws.String(r.Principal.Account),
			IsEgress: aws.Bool(o.Out), IpProtocol: aws.String(o.Protocol), FromPort: aws.Int32(o.From), ToPort: aws.Int32(o.To),
			CidrIpv4: optional(o.CIDR), CidrIpv6: optional(o.CIDR6), Description: optional(o.Description)}
		if o.Group != "" {
			shown.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: aws.String(o.Group), UserId: aws.String(r.Principal.Account)}
		}
		out.SecurityGroupRules = append(out.SecurityGroupRules, shown)
	}
	return out, nil
}

// changeRules changes the rules of a default security group; the sandbox knows the rules of no other.
func (r *Request) changeRules(dryRun *bool, group *string, change func([]groupRule) ([]groupRule, error)) error {
	n, done, err := r.writeNetwork(dryRun)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(n.VPCs, func(v vpc) bool { return defaultGroup(v.ID) == aws.ToString(group) })
	if i < 0 {
		return Fail("InvalidGroup.NotFound", "The security group '"+aws.ToString(group)+"' does not exist")
	}
	rules, err := change(slices.Clone(n.VPCs[i].rules()))
	if err != nil {
		return err
	}
	n.VPCs[i].Rules = &rules
	done()
	return nil
}

func (r *Request) revoke(dryRun *bool, group *string, ids []string, permissions []types.IpPermission, out bool) error {
	return r.changeRules(dryRun, group, func(rules []groupRule) ([]groupRule, error) {
		for _, p := range permissions {
			for _, gone := range rulesOf(p, out) {
				i := slices.IndexFunc(rules, func(rule groupRule) bool {
					rule.ID, rule.Description = "", gone.Description
					return rule == gone
				})
				if i < 0 {
					return nil, Fail("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
				}
				rules = slices.Delete(rules, i, i+1)
			}
		}
		for _, id := range ids {
			i := slices.IndexFunc(rules, func(rule groupRule) bool { return rule.ID == id && rule.Out == out })
			if i < 0 {
				return nil, Fail("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '"+id+"' does not exist")
			}
			rules = slices.Delete(rules, i, i+1)
		}
		return rules, nil
	})
}

func (r *Request) authorize(dryRun *bool, group *string, permissions []types.IpPermission, out bool) error {
	return r.changeRules(dryRun, group, func(rules []groupRule) ([]groupRule, error) {
		for _, p := range permissions {
			for _, one := range rulesOf(p, out) {
				if slices.ContainsFunc(rules, func(is groupRule) bool {
					is.ID, is.Description = "", one.Description
					return is == one
				}) {
					return nil, Fail("InvalidPermission.Duplicate", fmt.Sprintf("the specified rule \"peer: %s%s%s, %s, ALLOW\" already exists", one.CIDR, one.CIDR6, one.Group, one.Protocol))
				}
				one.ID = ec2ID("sgr", fmt.Sprintf("%s/%s/%d", aws.ToString(group), r.World.ID("0123456789abcdef", 8), len(rules)))
				rules = append(rules, one)
			}
		}
		return rules, nil
	})
}

// rulesOf are the single rules of a permission.
func rulesOf(p types.IpPermission, out bool) []groupRule {
	rule := groupRule{Out: out, Protocol: aws.ToString(p.IpProtocol), From: -1, To: -1}
	if rule.Protocol != "-1" {
		rule.From, rule.To = aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort)
	}
	var all []groupRule
	for _, x := range p.IpRanges {
		one := rule
		one.CIDR, one.Description = aws.ToString(x.CidrIp), aws.ToString(x.Description)
		all = append(all, one)
	}
	for _, x := range p.Ipv6Ranges {
		one := rule
		one.CIDR6, one.Description = aws.ToString(x.CidrIpv6), aws.ToString(x.Description)
		all = append(all, one)
	}
	for _, x := range p.UserIdGroupPairs {
		one := rule
		one.Group, one.Description = aws.ToString(x.GroupId), aws.ToString(x.Description)
		all = append(all, one)
	}
	return all
}
