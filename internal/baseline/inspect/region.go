package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	analyzertypes "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"awswizard/internal/answers"
	"awswizard/internal/baseline"
	"awswizard/internal/beside"
)

// enabled are the Regions of the account in which anything can be.
func (l *look) enabled(ctx context.Context, account string) ([]string, error) {
	cfg, err := l.config(account, l.src.Home)
	if err != nil {
		return nil, err
	}
	out, err := ec2.NewFromConfig(cfg).DescribeRegions(ctx, &ec2.DescribeRegionsInput{
		Filters: []types.Filter{{Name: aws.String("opt-in-status"), Values: []string{"opt-in-not-required", "opted-in"}}}})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range out.Regions {
		if name := aws.ToString(r.RegionName); answers.KnownRegion(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (l *look) region(ctx context.Context, account string, r *baseline.Region) {
	cfg, err := l.config(account, r.Name)
	if err != nil {
		return // enter has been here already
	}
	network := ec2.NewFromConfig(cfg)
	beside.All(
		func() {
			r.Network = ask(ctx, l, "ec2:DescribeVpcs", func() (baseline.Network, error) { return networkOf(ctx, network) })
		},
		func() {
			r.Encrypted = ask(ctx, l, "ec2:GetEbsEncryptionByDefault", func() (bool, error) { return encrypted(ctx, network) })
		},
		func() {
			r.Plain = ask(ctx, l, "ec2:DescribeVolumes", func() ([]string, error) { return plainDisks(ctx, network) })
		},
		func() {
			r.Analyzers = ask(ctx, l, "access-analyzer:ListAnalyzers", func() ([]string, error) { return analyzers(ctx, accessanalyzer.NewFromConfig(cfg)) })
		},
		func() {
			r.Detector = ask(ctx, l, "guardduty:GetDetector", func() (string, error) { return detector(ctx, guardduty.NewFromConfig(cfg)) })
		},
		func() {
			r.Functions = ask(ctx, l, "lambda:ListFunctions", func() ([]baseline.Function, error) { return functions(ctx, lambda.NewFromConfig(cfg)) })
		},
	)
}

func encrypted(ctx context.Context, client *ec2.Client) (bool, error) {
	out, err := client.GetEbsEncryptionByDefault(ctx, &ec2.GetEbsEncryptionByDefaultInput{})
	if err != nil {
		return false, err
	}
	return aws.ToBool(out.EbsEncryptionByDefault), nil
}

func networkOf(ctx context.Context, client *ec2.Client) (baseline.Network, error) {
	var n baseline.Network
	vpcs, err := all(func(token *string) ([]types.Vpc, *string, error) {
		out, err := client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Vpcs, out.NextToken, nil
	})
	if err != nil {
		return n, err
	}
	own := false
	for _, v := range vpcs {
		n.VPCs = append(n.VPCs, baseline.VPC{ID: aws.ToString(v.VpcId), Default: aws.ToBool(v.IsDefault)})
		own = own || !aws.ToBool(v.IsDefault)
	}
	if len(vpcs) == 0 {
		return n, nil // everything else lies in a VPC
	}
	var openErr error
	beside.All(
		func() { n.Interfaces, err = interfaces(ctx, client) },
		func() { n.Open, openErr = open(ctx, client) },
	)
	if err := cmp.Or(err, openErr); err != nil {
		return n, err
	}
	if slices.ContainsFunc(n.Interfaces, func(i baseline.Interface) bool { return i.Kind == baseline.OfInstance }) {
		if n.Instances, err = instances(ctx, client); err != nil {
			return n, err
		}
	}
	if own {
		err = endpoints(ctx, client, n.VPCs)
	}
	return n, err
}

func interfaces(ctx context.Context, client *ec2.Client) ([]baseline.Interface, error) {
	return all(func(token *string) ([]baseline.Interface, *string, error) {
		out, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		var page []baseline.Interface
		for _, i := range out.NetworkInterfaces {
			page = append(page, baseline.Interface{ID: aws.ToString(i.NetworkInterfaceId), VPC: aws.ToString(i.VpcId), Kind: kindOf(i),
				Public: i.Association != nil && aws.ToString(i.Association.PublicIp) != ""})
		}
		return page, out.NextToken, nil
	})
}

// kindOf tells by whom AWS says that an interface was made: amazon-rds and amazon-elb are the requesters of those services,
// and a network load balancer has a type of its own.
func kindOf(i types.NetworkInterface) baseline.Kind {
	requester := aws.ToString(i.RequesterId)
	switch {
	case requester == "amazon-rds":
		return baseline.OfDatabase
	case requester == "amazon-elb", i.InterfaceType == types.NetworkInterfaceTypeNetworkLoadBalancer, strings.HasPrefix(aws.ToString(i.Description), "ELB "):
		return baseline.OfBalancer
	case i.Attachment != nil && strings.HasPrefix(aws.ToString(i.Attachment.InstanceId), "i-"):
		return baseline.OfInstance
	}
	return baseline.OfOther
}

// open are the rules that let the whole internet in.
func open(ctx context.Context, client *ec2.Client) ([]baseline.Rule, error) {
	return all(func(token *string) ([]baseline.Rule, *string, error) {
		out, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		var rules []baseline.Rule
		for _, g := range out.SecurityGroups {
			for _, p := range g.IpPermissions {
				public := slices.ContainsFunc(p.IpRanges, func(r types.IpRange) bool { return aws.ToString(r.CidrIp) == "0.0.0.0/0" }) ||
					slices.ContainsFunc(p.Ipv6Ranges, func(r types.Ipv6Range) bool { return aws.ToString(r.CidrIpv6) == "::/0" })
				// Of ICMP, "ports" are types of message.
				if protocol := aws.ToString(p.IpProtocol); !public || protocol == "icmp" || protocol == "icmpv6" {
					continue
				}
				rule := baseline.Rule{Group: aws.ToString(g.GroupId), To: 65535}
				if p.FromPort != nil && *p.FromPort >= 0 && p.ToPort != nil {
					rule.From, rule.To = int(*p.FromPort), int(*p.ToPort)
				}
				rules = append(rules, rule)
			}
		}
		return rules, out.NextToken, nil
	})
}

func instances(ctx context.Context, client *ec2.Client) ([]baseline.Instance, error) {
	return all(func(token *string) ([]baseline.Instance, *string, error) {
		out, err := client.DescribeInstances(ctx, &ec2.DescribeInstancesInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		var page []baseline.Instance
		for _, r := range out.Reservations {
			for _, i := range r.Instances {
				if i.State == nil || i.State.Name != types.InstanceStateNameTerminated {
					page = append(page, baseline.Instance{ID: aws.ToString(i.InstanceId), Role: i.IamInstanceProfile != nil})
				}
			}
		}
		return page, out.NextToken, nil
	})
}

// plainDisks are those that are not encrypted.
func plainDisks(ctx context.Context, client *ec2.Client) ([]string, error) {
	return all(func(token *string) ([]string, *string, error) {
		out, err := client.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{NextToken: token, Filters: []types.Filter{{Name: aws.String("encrypted"), Values: []string{"false"}}}})
		if err != nil {
			return nil, nil, err
		}
		var ids []string
		for _, v := range out.Volumes {
			ids = append(ids, aws.ToString(v.VolumeId))
		}
		return ids, out.NextToken, nil
	})
}

// endpoints notes the gateway endpoints of each VPC. Their service is named e.g. com.amazonaws.eu-west-1.s3.
func endpoints(ctx context.Context, client *ec2.Client, vpcs []baseline.VPC) error {
	found, err := all(func(token *string) ([]types.VpcEndpoint, *string, error) {
		out, err := client.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.VpcEndpoints, out.NextToken, nil
	})
	if err != nil {
		return err
	}
	for _, e := range found {
		service := aws.ToString(e.ServiceName)
		for i := range vpcs {
			if vpcs[i].ID == aws.ToString(e.VpcId) && e.VpcEndpointType == types.VpcEndpointTypeGateway {
				vpcs[i].Endpoints = append(vpcs[i].Endpoints, service[strings.LastIndex(service, ".")+1:])
			}
		}
	}
	return nil
}

func analyzers(ctx context.Context, client *accessanalyzer.Client) ([]string, error) {
	return all(func(token *string) ([]string, *string, error) {
		out, err := client.ListAnalyzers(ctx, &accessanalyzer.ListAnalyzersInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		var kinds []string
		for _, a := range out.Analyzers {
			// Those of unused and of internal access are other things, which cost money.
			external := a.Type == analyzertypes.TypeAccount || a.Type == analyzertypes.TypeOrganization
			if a.Status == analyzertypes.AnalyzerStatusActive && external {
				kinds = append(kinds, string(a.Type))
			}
		}
		return kinds, out.NextToken, nil
	})
}

// detector is the status of GuardDuty in the Region, "" when it was never on. There is one at most.
func detector(ctx context.Context, client *guardduty.Client) (string, error) {
	list, err := client.ListDetectors(ctx, &guardduty.ListDetectorsInput{})
	if err != nil || len(list.DetectorIds) == 0 {
		return "", err
	}
	out, err := client.GetDetector(ctx, &guardduty.GetDetectorInput{DetectorId: &list.DetectorIds[0]})
	if err != nil {
		return "", err
	}
	return string(out.Status), nil
}

func functions(ctx context.Context, client *lambda.Client) ([]baseline.Function, error) {
	return all(func(token *string) ([]baseline.Function, *string, error) {
		out, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{Marker: token})
		if err != nil {
			return nil, nil, err
		}
		var page []baseline.Function
		for _, f := range out.Functions {
			page = append(page, baseline.Function{Name: aws.ToString(f.FunctionName), Secrets: secrets(f.Environment)})
		}
		return page, out.NextMarker, nil
	})
}

// secrets are the names of variables that look as if they hold a secret. Their values are looked at only for whether they
// lead to one, and never kept.
func secrets(e *lambdatypes.EnvironmentResponse) []string {
	if e == nil {
		return nil
	}
	var names []string
	for name, value := range e.Variables {
		upper := strings.ToUpper(name)
		looks := slices.ContainsFunc([]string{"SECRET", "PASSWORD", "PASSWD", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "WEBHOOK"},
			func(word string) bool { return strings.Contains(upper, word) })
		leads := strings.HasPrefix(value, "arn:aws:") || strings.HasPrefix(value, "/") ||
			slices.ContainsFunc([]string{"_ARN", "_NAME", "_PARAMETER", "_PATH", "_ID"}, func(end string) bool {
				return strings.HasSuffix(upper, end) && !strings.HasSuffix(upper, "ACCESS_KEY_ID")
			})
		if looks && !leads {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
