package network

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Group is the default security group of a VPC: what is started without another one gets it, and with it the way to
// everything that has it, too, and out to the internet.
type Group struct {
	ID    string
	Rules []types.SecurityGroupRule // as far as they are read: those of the closing and of the way back
	Used  bool                      // a network interface has the group
}

// readGroup looks at the default security group of a VPC that stays.
func readGroup(ctx context.Context, client *ec2.Client, p *Place) error {
	out, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: append(inVPC(p), filter("group-name", "default"))})
	if err != nil || len(out.SecurityGroups) == 0 {
		return err
	}
	g := Group{ID: aws.ToString(out.SecurityGroups[0].GroupId)}
	err = each(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", g.ID)}}),
		func(out *ec2.DescribeSecurityGroupRulesOutput) { g.Rules = append(g.Rules, out.SecurityGroupRules...) })
	if err != nil {
		return err
	}
	order.By(g.Rules, func(a, b types.SecurityGroupRule) int {
		return cmp.Compare(aws.ToString(a.SecurityGroupRuleId), aws.ToString(b.SecurityGroupRuleId))
	})
	err = each(ctx, ec2.NewDescribeNetworkInterfacesPaginator(client, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("group-id", g.ID)}}),
		func(out *ec2.DescribeNetworkInterfacesOutput) { g.Used = g.Used || len(out.NetworkInterfaces) > 0 })
	if err == nil {
		p.Group = &g
	}
	return err
}

// closing plans to take all rules from the default security group of a VPC that stays, when nothing has the group.
func closing(p Place, ref string, f plan.Facts) []plan.Item {
	if p.GroupRefused != nil {
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/look/group/" + ref + "/" + p.Region, Step: name, Code: p.GroupRefused.Code,
			What: "The default security group" + in(ref, p.Region) + " could not be looked at, so it is left as it is", Why: p.GroupRefused.Why(f), Next: next(p.GroupRefused, f)}}}
	}
	if p.Group == nil || p.Group.Used {
		return nil
	}
	var items []plan.Item
	for _, outward := range []bool{false, true} {
		rules := slices.DeleteFunc(slices.Clone(p.Group.Rules), func(r types.SecurityGroupRule) bool { return aws.ToBool(r.IsEgress) != outward })
		if len(rules) == 0 {
			continue
		}
		var ids []string
		for _, r := range rules {
			ids = append(ids, aws.ToString(r.SecurityGroupRuleId))
		}
		before, err := json.Marshal(rules)
		if err != nil {
			continue // the SDK's structs always encode; without the way back it is not closed
		}
		c := plan.Call{
			ID: closeID(ref, p.Region, outward), Step: name, Lane: "network/" + ref + "/" + p.Region,
			Where: plan.Place{Account: ref, Region: p.Region}, Effect: plan.Changes,
			Undo: "wizard undo puts the rules back.", Done: []string{"InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"},
			Before: map[string]string{"rules": string(before)},
		}
		group := p.Group.ID
		if outward {
			c.Title, c.IAMAction = "Let nothing out through the default security group"+in(ref, p.Region), "ec2:RevokeSecurityGroupEgress"
			c.Why = "Nothing has the group " + group + ". What is started in a hurry gets it, and then reaches nothing until somebody chooses its rules."
			c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).RevokeSecurityGroupEgress, func(plan.Facts) *ec2.RevokeSecurityGroupEgressInput {
				return &ec2.RevokeSecurityGroupEgressInput{GroupId: aws.String(group), SecurityGroupRuleIds: ids}
			})
		} else {
			c.Title, c.IAMAction = "Let nothing in through the default security group"+in(ref, p.Region), "ec2:RevokeSecurityGroupIngress"
			c.Why = "The network stays, and nothing has the group " + group + ". What is started in a hurry gets it, and would let in whatever else has it."
			c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).RevokeSecurityGroupIngress, func(plan.Facts) *ec2.RevokeSecurityGroupIngressInput {
				return &ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(group), SecurityGroupRuleIds: ids}
			})
		}
		items = append(items, plan.Item{Call: &c})
	}
	return items
}

func closeID(ref, region string, outward bool) string {
	if outward {
		return name + "/close-out/" + ref + "/" + region
	}
	return name + "/close-in/" + ref + "/" + region
}

func in(ref, region string) string { return " of " + ref + ", " + region }

// opening plans to put the rules back which the closing took, as far as they are not there again.
func opening(p Place, ref, id string, m steps.MadeCall) []plan.Item {
	var was []types.SecurityGroupRule
	group := steps.Input[struct{ GroupId string }](m).GroupId
	if p.Group == nil || p.Group.ID != group || json.Unmarshal([]byte(m.Before["rules"]), &was) != nil {
		return nil // the group is gone with its network; a new network comes with an open one
	}
	was = slices.DeleteFunc(was, func(r types.SecurityGroupRule) bool {
		return slices.ContainsFunc(p.Group.Rules, func(is types.SecurityGroupRule) bool { return sameRule(is, r) })
	})
	if len(was) == 0 {
		return nil
	}
	var permissions []types.IpPermission
	for _, r := range was {
		permissions = append(permissions, permission(r))
	}
	c := plan.Call{
		Step: name, Lane: "network/" + ref + "/" + p.Region, Where: plan.Place{Account: ref, Region: p.Region}, Effect: plan.Changes,
		Why:       "The wizard took these rules from the group " + group + " on " + m.Day() + ".",
		Undo:      "Start the wizard again: it takes the rules away while nothing has the group.",
		Done:      []string{"InvalidPermission.Duplicate"},
		TakesBack: []string{id},
	}
	if m.Operation == "RevokeSecurityGroupEgress" {
		c.ID, c.Title, c.IAMAction = name+"/undo/close-out/"+ref+"/"+p.Region, "Let traffic out again through the default security group"+in(ref, p.Region), "ec2:AuthorizeSecurityGroupEgress"
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).AuthorizeSecurityGroupEgress, func(plan.Facts) *ec2.AuthorizeSecurityGroupEgressInput {
			return &ec2.AuthorizeSecurityGroupEgressInput{GroupId: aws.String(group), IpPermissions: permissions}
		})
	} else {
		c.ID, c.Title, c.IAMAction = name+"/undo/close-in/"+ref+"/"+p.Region, "Let traffic in again through the default security group"+in(ref, p.Region), "ec2:AuthorizeSecurityGroupIngress"
		c.Request = plan.To(ec2.NewFromConfig, (*ec2.Client).AuthorizeSecurityGroupIngress, func(plan.Facts) *ec2.AuthorizeSecurityGroupIngressInput {
			return &ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: permissions}
		})
	}
	return []plan.Item{{Call: &c}}
}

// permission writes a rule as it is asked for.
func permission(r types.SecurityGroupRule) types.IpPermission {
	p := types.IpPermission{IpProtocol: r.IpProtocol}
	if aws.ToString(r.IpProtocol) != "-1" { // all traffic has no ports; AWS shows -1 for them
		p.FromPort, p.ToPort = r.FromPort, r.ToPort
	}
	switch {
	case r.CidrIpv4 != nil:
		p.IpRanges = []types.IpRange{{CidrIp: r.CidrIpv4, Description: r.Description}}
	case r.CidrIpv6 != nil:
		p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: r.CidrIpv6, Description: r.Description}}
	case r.PrefixListId != nil:
		p.PrefixListIds = []types.PrefixListId{{PrefixListId: r.PrefixListId, Description: r.Description}}
	case r.ReferencedGroupInfo != nil:
		p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: r.ReferencedGroupInfo.GroupId, UserId: r.ReferencedGroupInfo.UserId, Description: r.Description}}
	}
	return p
}

// sameRule compares what two rules let through.
func sameRule(a, b types.SecurityGroupRule) bool {
	group := func(r types.SecurityGroupRule) string {
		if r.ReferencedGroupInfo == nil {
			return ""
		}
		return aws.ToString(r.ReferencedGroupInfo.GroupId)
	}
	return aws.ToBool(a.IsEgress) == aws.ToBool(b.IsEgress) && aws.ToString(a.IpProtocol) == aws.ToString(b.IpProtocol) &&
		aws.ToInt32(a.FromPort) == aws.ToInt32(b.FromPort) && aws.ToInt32(a.ToPort) == aws.ToInt32(b.ToPort) &&
		aws.ToString(a.CidrIpv4) == aws.ToString(b.CidrIpv4) && aws.ToString(a.CidrIpv6) == aws.ToString(b.CidrIpv6) &&
		aws.ToString(a.PrefixListId) == aws.ToString(b.PrefixListId) && group(a) == group(b)
}
