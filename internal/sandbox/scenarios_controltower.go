package sandbox

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// controlTowerRole is the role Control Tower has AWS make in each account of its Account Factory, in the place of
// OrganizationAccountAccessRole (Control Tower user guide, "roles and account creation").
const controlTowerRole = "AWSControlTowerExecution"

// controlTower is an organization that AWS Control Tower made: its units and shared accounts, its guardrails, its trail
// into the account Log Archive, its sign-in page; and one account the founder had from its Account Factory.
func controlTower(w *World, a *Account) error {
	a.RootMFA = true
	w.NewOrganization(a.ID)
	for _, service := range []string{"controltower.amazonaws.com", "cloudtrail.amazonaws.com", "config.amazonaws.com",
		"sso.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com"} {
		w.Trust(service)
	}
	security, workloads := w.NewUnit("Security", w.Org.Root), w.NewUnit("Sandbox", w.Org.Root)
	longAgo := w.Clock.AddDate(0, -6, 0)
	accounts := map[string]string{}
	for _, made := range []struct{ name, mailbox, unit string }{
		{"Log Archive", "log-archive", security}, {"Audit", "audit", security}, {"robot-shop", "robot-shop", workloads},
	} {
		id := w.NewMember(made.name, "aws+"+made.mailbox+"@"+scenarioDomain, controlTowerRole, longAgo)
		w.Org.member(id).Parent = made.unit
		accounts[made.name] = id
	}
	for n, unit := range []string{security, workloads} {
		// Control Tower's mandatory controls for preventing changes to what it made; it names them by six letters.
		w.attachEarlier(w.NewPolicy(types.PolicyTypeServiceControlPolicy, "aws-guardrails-"+[]string{"VxkLqP", "qTnRwM"}[n], "SCP by Control Tower",
			`{"Version":"2012-10-17","Statement":[{"Sid":"GRCLOUDTRAILENABLED","Effect":"Deny","Action":["cloudtrail:DeleteTrail","cloudtrail:PutEventSelectors",`+
				`"cloudtrail:StopLogging","cloudtrail:UpdateTrail"],"Resource":["arn:aws:cloudtrail:*:*:trail/aws-controltower-*"],`+
				`"Condition":{"ArnNotLike":{"aws:PrincipalARN":"arn:aws:iam::*:role/`+controlTowerRole+`"}}},`+
				`{"Sid":"GRIAMROLEPOLICY","Effect":"Deny","Action":["iam:AttachRolePolicy","iam:CreateRole","iam:DeleteRole","iam:DetachRolePolicy","iam:PutRolePolicy","iam:UpdateRole"],`+
				`"Resource":["arn:aws:iam::*:role/aws-controltower-*","arn:aws:iam::*:role/*AWSControlTower*"],`+
				`"Condition":{"ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/`+controlTowerRole+`"]}}}]}`), unit)
	}
	archive := accounts["Log Archive"]
	bucket := "aws-controltower-logs-" + archive + "-" + scenarioHome
	w.SeedBucket(archive, scenarioHome, bucket, false)
	w.S3.Buckets[bucket].Policy = cloudTrailMayWrite(bucket)
	w.SeedTrail(a.ID, scenarioHome, "aws-controltower-BaselineCloudTrail", bucket, true, true)
	for _, role := range []string{"AWSControlTowerAdmin", "AWSControlTowerCloudTrailRole", "AWSControlTowerStackSetRole", "AWSControlTowerConfigAggregatorRoleForOrganizations"} {
		w.putRole(a.ID, &iamRole{Name: role, Path: "/service-role/", Trust: trustAccount(a.ID), Created: longAgo})
	}
	if err := w.EnableIdentityCenter(scenarioHome); err != nil {
		return err
	}
	if err := w.firstAdministrator(a.ID, "AWSAdministratorAccess"); err != nil {
		return fmt.Errorf("the first administrator: %w", err)
	}
	w.login(a.ID, "arn:aws:sts::"+a.ID+":assumed-role/"+w.reservedRoles(a.ID)[0]+"/"+w.Founder)
	return nil
}
