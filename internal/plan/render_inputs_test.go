package plan_test

import (
	"fmt"
	"strings"
	"time"

	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	budgetstypes "github.com/aws/aws-sdk-go-v2/service/budgets/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	costtypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// requests are inputs of the kinds the steps make, with what is hard about each in its name.
func requests() map[string]plan.Request {
	return map[string]plan.Request{
		"create-account": plan.To(organizations.NewFromConfig, (*organizations.Client).CreateAccount,
			func(plan.Facts) *organizations.CreateAccountInput {
				return &organizations.CreateAccountInput{
					AccountName: aws.String("production"), Email: aws.String("founder+production@acme.example"),
					IamUserAccessToBilling: orgtypes.IAMUserAccessToBillingAllow,
					Tags:                   []orgtypes.Tag{{Key: aws.String("made-by"), Value: aws.String("wizard")}},
				}
			}),
		"document-as-string": plan.To(organizations.NewFromConfig, (*organizations.Client).CreatePolicy,
			func(plan.Facts) *organizations.CreatePolicyInput {
				return &organizations.CreatePolicyInput{
					Name: aws.String("deny-root"), Type: orgtypes.PolicyTypeServiceControlPolicy,
					Description: aws.String("Members' root users can't act; <free>"),
					Content:     aws.String(`{"Version":"2012-10-17","Statement":[{"Sid":"NoRoot","Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}]}`),
				}
			}),
		"unknown-fact": plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).CreateAccountAssignment,
			func(f plan.Facts) *ssoadmin.CreateAccountAssignmentInput {
				return &ssoadmin.CreateAccountAssignmentInput{
					InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetArn: aws.String(f.Get("identity.permission_set.ReadOnly")),
					PrincipalId: aws.String(f.Get("identity.group.readers")), PrincipalType: ssotypes.PrincipalTypeGroup,
					TargetId: aws.String(f.AccountID("production")), TargetType: ssotypes.TargetTypeAwsAccount,
				}
			}),
		"union": plan.To(identitystore.NewFromConfig, (*identitystore.Client).CreateGroupMembership,
			func(plan.Facts) *identitystore.CreateGroupMembershipInput {
				return &identitystore.CreateGroupMembershipInput{
					IdentityStoreId: aws.String("d-1234567890"), GroupId: aws.String("11111111-2222-3333-4444-555555555555"),
					MemberId: &storetypes.MemberIdMemberUserId{Value: "66666666-7777-8888-9999-000000000000"},
				}
			}),
		"apostrophe": plan.To(identitystore.NewFromConfig, (*identitystore.Client).CreateUser,
			func(plan.Facts) *identitystore.CreateUserInput {
				return &identitystore.CreateUserInput{
					IdentityStoreId: aws.String("d-1234567890"), UserName: aws.String("founder@acme.example"),
					DisplayName: aws.String("The Founder's Account"),
					Name:        &storetypes.Name{GivenName: aws.String("The"), FamilyName: aws.String("Founder")},
					Emails:      []storetypes.Email{{Value: aws.String("founder@acme.example"), Type: aws.String("work"), Primary: true}},
				}
			}),
		"bucket-policy": plan.To(s3.NewFromConfig, (*s3.Client).PutBucketPolicy,
			func(plan.Facts) *s3.PutBucketPolicyInput {
				return &s3.PutBucketPolicyInput{
					Bucket: aws.String("acme-trail"), ExpectedBucketOwner: aws.String("111111111111"),
					Policy: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
				}
			}),
		"empty-but-set": plan.To(s3.NewFromConfig, (*s3.Client).PutBucketReplication,
			func(plan.Facts) *s3.PutBucketReplicationInput {
				return &s3.PutBucketReplicationInput{
					Bucket: aws.String("acme-trail"),
					ReplicationConfiguration: &s3types.ReplicationConfiguration{
						Role: aws.String("arn:aws:iam::111111111111:role/replicate-trail"),
						Rules: []s3types.ReplicationRule{{
							ID: aws.String("trail"), Status: s3types.ReplicationRuleStatusEnabled, Priority: aws.Int32(1),
							Filter:                  &s3types.ReplicationRuleFilter{Prefix: aws.String("")},
							DeleteMarkerReplication: &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled},
							Destination: &s3types.Destination{
								Bucket: aws.String("arn:aws:s3:::acme-trail-replica"), Account: aws.String("222222222222"),
								AccessControlTranslation: &s3types.AccessControlTranslation{Owner: s3types.OwnerOverrideDestination},
							},
						}},
					},
				}
			}),
		"object-lock": plan.To(s3.NewFromConfig, (*s3.Client).PutObjectLockConfiguration,
			func(plan.Facts) *s3.PutObjectLockConfigurationInput {
				return &s3.PutObjectLockConfigurationInput{
					Bucket: aws.String("acme-trail-replica"),
					ObjectLockConfiguration: &s3types.ObjectLockConfiguration{
						ObjectLockEnabled: s3types.ObjectLockEnabledEnabled,
						Rule:              &s3types.ObjectLockRule{DefaultRetention: &s3types.DefaultRetention{Mode: s3types.ObjectLockRetentionModeGovernance, Days: aws.Int32(90)}},
					},
				}
			}),
		"body-and-time": plan.To(s3.NewFromConfig, (*s3.Client).PutObject,
			func(plan.Facts) *s3.PutObjectInput {
				return &s3.PutObjectInput{
					Bucket: aws.String("acme-trail"), Key: aws.String("canary/2026-11-23 first.txt"),
					Body: strings.NewReader("a canary\n"), ContentType: aws.String("text/plain"),
					Expires:  aws.Time(time.Date(2026, 11, 24, 0, 0, 0, 0, time.FixedZone("", 3600))),
					Metadata: map[string]string{"why": "proves replication", "by": "wizard"},
				}
			}),
		"large-body": plan.To(s3.NewFromConfig, (*s3.Client).PutObject,
			func(plan.Facts) *s3.PutObjectInput {
				return &s3.PutObjectInput{Bucket: aws.String("acme-trail"), Key: aws.String("canary"), Body: strings.NewReader(strings.Repeat("x", 1025))}
			}),
		"booleans": plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).CreateTrail,
			func(plan.Facts) *cloudtrail.CreateTrailInput {
				return &cloudtrail.CreateTrailInput{
					Name: aws.String("organization"), S3BucketName: aws.String("acme-trail"),
					IsMultiRegionTrail: aws.Bool(true), IsOrganizationTrail: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
					IncludeGlobalServiceEvents: aws.Bool(false),
				}
			}),
		"numbers": plan.To(budgets.NewFromConfig, (*budgets.Client).CreateBudget,
			func(plan.Facts) *budgets.CreateBudgetInput {
				return &budgets.CreateBudgetInput{
					AccountId: aws.String("111111111111"),
					Budget: &budgetstypes.Budget{
						BudgetName: aws.String("wizard-monthly"), BudgetType: budgetstypes.BudgetTypeCost, TimeUnit: budgetstypes.TimeUnitMonthly,
						BudgetLimit: &budgetstypes.Spend{Amount: aws.String("100"), Unit: aws.String("USD")},
						CostTypes:   &budgetstypes.CostTypes{IncludeCredit: aws.Bool(false)},
					},
					NotificationsWithSubscribers: []budgetstypes.NotificationWithSubscribers{{
						Notification: &budgetstypes.Notification{
							ComparisonOperator: budgetstypes.ComparisonOperatorGreaterThan, NotificationType: budgetstypes.NotificationTypeForecasted,
							Threshold: 80.5, ThresholdType: budgetstypes.ThresholdTypePercentage,
						},
						Subscribers: []budgetstypes.Subscriber{{SubscriptionType: budgetstypes.SubscriptionTypeEmail, Address: aws.String("money@acme.example")}},
					}},
				}
			}),
		"cost-anomalies": plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).CreateAnomalyMonitor,
			func(plan.Facts) *costexplorer.CreateAnomalyMonitorInput {
				return &costexplorer.CreateAnomalyMonitorInput{AnomalyMonitor: &costtypes.AnomalyMonitor{
					MonitorName: aws.String("services"), MonitorType: costtypes.MonitorTypeDimensional, MonitorDimension: costtypes.MonitorDimensionService,
				}}
			}),
		"list-of-words": plan.To(ec2.NewFromConfig, (*ec2.Client).CreateTags,
			func(plan.Facts) *ec2.CreateTagsInput {
				return &ec2.CreateTagsInput{
					Resources: []string{"vpc-0123456789abcdef0", "subnet-0123456789abcdef0"},
					Tags:      []ec2types.Tag{{Key: aws.String("Name"), Value: aws.String("main network")}},
					DryRun:    aws.Bool(false),
				}
			}),
		"egress": plan.To(ec2.NewFromConfig, (*ec2.Client).CreateNetworkAclEntry,
			func(plan.Facts) *ec2.CreateNetworkAclEntryInput {
				return &ec2.CreateNetworkAclEntryInput{
					NetworkAclId: aws.String("acl-0123456789abcdef0"), Egress: aws.Bool(false), Protocol: aws.String("-1"),
					RuleAction: ec2types.RuleActionAllow, RuleNumber: aws.Int32(100), CidrBlock: aws.String("10.0.0.0/16"),
				}
			}),
		"nested-boolean": plan.To(ec2.NewFromConfig, (*ec2.Client).ModifyVpcAttribute,
			func(plan.Facts) *ec2.ModifyVpcAttributeInput {
				return &ec2.ModifyVpcAttributeInput{VpcId: aws.String("vpc-0123456789abcdef0"), EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: aws.Bool(true)}}
			}),
		"account-block": plan.To(s3control.NewFromConfig, (*s3control.Client).PutPublicAccessBlock,
			func(f plan.Facts) *s3control.PutPublicAccessBlockInput {
				return &s3control.PutPublicAccessBlockInput{
					AccountId: aws.String(f.AccountID("security")),
					PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
						BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
					},
				}
			}),
		"no-members": plan.To(iam.NewFromConfig, (*iam.Client).EnableOrganizationsRootCredentialsManagement,
			func(plan.Facts) *iam.EnableOrganizationsRootCredentialsManagementInput {
				return &iam.EnableOrganizationsRootCredentialsManagementInput{}
			}),
		"zero-scalars": plan.To(iam.NewFromConfig, (*iam.Client).UpdateAccountPasswordPolicy,
			func(plan.Facts) *iam.UpdateAccountPasswordPolicyInput {
				return &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(14), RequireNumbers: true, RequireSymbols: false, HardExpiry: aws.Bool(false)}
			}),
		"trust-policy": plan.To(iam.NewFromConfig, (*iam.Client).CreateRole,
			func(plan.Facts) *iam.CreateRoleInput {
				return &iam.CreateRoleInput{
					RoleName: aws.String("replicate-trail"), Path: aws.String("/"), Description: aws.String("--replicates the trail"),
					AssumeRolePolicyDocument: aws.String("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": []\n}"),
				}
			}),
		"quota": plan.To(servicequotas.NewFromConfig, (*servicequotas.Client).RequestServiceQuotaIncrease,
			func(plan.Facts) *servicequotas.RequestServiceQuotaIncreaseInput {
				return &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: aws.String("organizations"), QuotaCode: aws.String("L-E619E033"), DesiredValue: aws.Float64(20)}
			}),
	}
}

// callFor wraps a request into a call that says all it must.
func callFor(name string, r plan.Request) *plan.Call {
	return &plan.Call{
		ID: "trail/test/" + name, Step: "trail", Lane: "trail", Where: plan.Place{Account: plan.Management, Region: "eu-west-1"},
		Title: "Make " + name, Why: "A test shows it.", Effect: plan.Creates, Undo: "Delete it.",
		IAMAction: plan.IAMAction(r.Service, r.Operation), Request: r,
	}
}

// someFacts knows the management account and nothing else.
func someFacts() plan.Facts {
	return plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): "111111111111", plan.AccountFact("security"): "222222222222"})
}

func shown(c *plan.Call, f plan.Facts) string {
	request, err := plan.RequestJSON(c, f)
	if err != nil {
		request = []byte(err.Error())
	}
	return fmt.Sprintf("== %s\n%s:%s needs %s\n%s\n%s\n", c.ID, c.Request.Service, c.Request.Operation, c.IAMAction, request, plan.CommandLine(c, f))
}
