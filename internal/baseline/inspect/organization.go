package inspect

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/baseline"
	"awswizard/internal/beside"
)

// organization looks at what is above the accounts. It is asked in the management account only.
func (l *look) organization(ctx context.Context, o *baseline.Org) {
	beside.All(
		func() {
			o.IdentityCenter = ask(ctx, l, "sso:ListInstances", func() (baseline.IdentityCenter, error) { return l.center(ctx, o.Management) })
		},
		func() {
			o.CentralRoot = ask(ctx, l, "iam:ListOrganizationsFeatures", func() (bool, error) { return l.centralRoot(ctx, o.Management) })
		},
		func() {
			o.Guardrails = ask(ctx, l, "organizations:ListPolicies", func() ([]baseline.Guardrail, error) { return l.guardrails(ctx, o.Management) })
		},
	)
}

// center finds IAM Identity Center in its one Region, whichever that is. ListInstances knows all Regions since October 2026; where
// that is refused, the home Region is asked.
func (l *look) center(ctx context.Context, management string) (baseline.IdentityCenter, error) {
	cfg, err := l.config(management, l.src.Home)
	if err != nil {
		return baseline.IdentityCenter{}, err
	}
	instances, err := instancesOf(ctx, cfg, ssotypes.RegionScopeAllRegions)
	if err != nil {
		if instances, err = instancesOf(ctx, cfg, ""); err != nil {
			return baseline.IdentityCenter{}, err
		}
	}
	var lone baseline.IdentityCenter
	for _, i := range instances {
		if i.Status != ssotypes.InstanceStatusActive || aws.ToString(i.OwnerAccountId) != management {
			continue
		}
		there, err := l.config(management, cmp.Or(aws.ToString(i.PrimaryRegion), l.src.Home))
		if err != nil {
			return baseline.IdentityCenter{}, err
		}
		// Where it is not told, permission sets are on, which is AWS's default.
		if out, err := ssoadmin.NewFromConfig(there).DescribeInstance(ctx, &ssoadmin.DescribeInstanceInput{InstanceArn: i.InstanceArn}); err == nil &&
			out.PermissionSetsEnabled != nil && !*out.PermissionSetsEnabled {
			lone = baseline.IdentityCenter{Active: true, Lone: true}
			continue
		}
		found := baseline.IdentityCenter{Active: true}
		users, err := all(func(token *string) ([]storetypes.User, *string, error) {
			out, err := identitystore.NewFromConfig(there).ListUsers(ctx, &identitystore.ListUsersInput{IdentityStoreId: i.IdentityStoreId, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return out.Users, out.NextToken, nil
		})
		found.Users = len(users)
		return found, err
	}
	return lone, nil
}

func instancesOf(ctx context.Context, cfg aws.Config, scope ssotypes.RegionScope) ([]ssotypes.InstanceMetadata, error) {
	return all(func(token *string) ([]ssotypes.InstanceMetadata, *string, error) {
		out, err := ssoadmin.NewFromConfig(cfg).ListInstances(ctx, &ssoadmin.ListInstancesInput{RegionScope: scope, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Instances, out.NextToken, nil
	})
}

func (l *look) centralRoot(ctx context.Context, management string) (bool, error) {
	cfg, err := l.config(management, "us-east-1")
	if err != nil {
		return false, err
	}
	out, err := iam.NewFromConfig(cfg).ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{})
	if code(err) == "ServiceAccessNotEnabledException" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, f := range out.EnabledFeatures {
		if f == types.FeatureTypeRootCredentialsManagement {
			return true, nil
		}
	}
	return false, nil
}

// guardrails are the service control policies that are not AWS's own.
func (l *look) guardrails(ctx context.Context, management string) ([]baseline.Guardrail, error) {
	cfg, err := l.config(management, "us-east-1")
	if err != nil {
		return nil, err
	}
	client := organizations.NewFromConfig(cfg)
	list, err := all(func(token *string) ([]orgtypes.PolicySummary, *string, error) {
		out, err := client.ListPolicies(ctx, &organizations.ListPoliciesInput{Filter: orgtypes.PolicyTypeServiceControlPolicy, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return out.Policies, out.NextToken, nil
	})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p orgtypes.PolicySummary) bool { return p.AwsManaged })
	found := make([]baseline.Guardrail, len(list))
	err = beside.Try(list, func(n int, p orgtypes.PolicySummary) (err error) {
		found[n], err = guardrail(ctx, client, p)
		return err
	})
	return found, err
}

func guardrail(ctx context.Context, client *organizations.Client, p orgtypes.PolicySummary) (baseline.Guardrail, error) {
	g := baseline.Guardrail{Name: aws.ToString(p.Name)}
	var contentErr, targetsErr error
	beside.All(
		func() {
			var out *organizations.DescribePolicyOutput
			if out, contentErr = client.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: p.Id}); contentErr == nil && out.Policy != nil {
				g.Regions = deniesRegions(aws.ToString(out.Policy.Content))
			}
		},
		func() {
			var targets []orgtypes.PolicyTargetSummary
			targets, targetsErr = all(func(token *string) ([]orgtypes.PolicyTargetSummary, *string, error) {
				out, err := client.ListTargetsForPolicy(ctx, &organizations.ListTargetsForPolicyInput{PolicyId: p.Id, NextToken: token})
				if err != nil {
					return nil, nil, err
				}
				return out.Targets, out.NextToken, nil
			})
			for _, t := range targets {
				g.On = append(g.On, aws.ToString(t.TargetId))
			}
		},
	)
	return g, cmp.Or(contentErr, targetsErr)
}

// deniesRegions reports whether a policy denies what is asked of other Regions than those it names. One that denies certain
// Regions, or one service there, leaves all others open.
func deniesRegions(document string) bool {
	type statement struct {
		Effect            string
		Action, NotAction any
		Condition         map[string]map[string]any
	}
	var list struct{ Statement []statement }
	if json.Unmarshal([]byte(document), &list) != nil {
		var one struct{ Statement statement }
		if json.Unmarshal([]byte(document), &one) != nil {
			return false
		}
		list.Statement = []statement{one.Statement}
	}
	return slices.ContainsFunc(list.Statement, func(st statement) bool {
		if st.Effect != "Deny" || st.NotAction == nil && st.Action != "*" {
			return false
		}
		for operator, keys := range st.Condition {
			if !strings.HasPrefix(strings.ToLower(operator), "stringnot") {
				continue
			}
			for key := range keys {
				if strings.EqualFold(key, "aws:RequestedRegion") {
					return true
				}
			}
		}
		return false
	})
}
