package mototest

// Gap is one thing that AWS does and moto does not, and what the wizard reports because of it.
type Gap struct {
	Lacks     string
	Operation string   // the request that shows it: SDK package name and operation; "" when no single one does
	Code      string   // its error code, as cloud.Sent has it
	Leaves    []string // items the first apply reports as not done
	Again     []string // items the second apply reports as not done
	Once      []string // hand-offs that moto itself ends, so that the second apply does not ask for them
	Writes    []string // operations of writes that the second apply tries again
	Mended    bool     // the package mends it; one that leaves items is mended by Start only and stays through the proxy
}

// noAnswer is the code of an answer that is not AWS's.
const noAnswer = "error"

// WritesAgain are the operations of the writes that a second apply on moto as it is tries again, since moto refuses them.
func WritesAgain() []string {
	var out []string
	for _, g := range Gaps() {
		out = append(out, g.Writes...)
	}
	return out
}

// Gaps names every difference between moto and AWS that the tests against moto work around. A test fails when the wizard
// leaves an item that no gap explains, and when a gap no longer shows.
func Gaps() []Gap {
	return []Gap{
		{
			Lacks:     "the Free Tier API; the wizard asks before it starts a paid plan, and accept_paid_plan is the answer",
			Operation: "freetier.GetAccountPlanState", Code: noAnswer,
		},
		{
			Lacks:     "Service Quotas for Organizations; the limit on accounts is taken as unknown",
			Operation: "servicequotas.ListServiceQuotas", Code: noAnswer,
		},
		{
			Lacks:     "DescribeInstance of IAM Identity Center; that ListInstances lists it is enough. moto has an instance in every account",
			Operation: "ssoadmin.DescribeInstance", Code: noAnswer,
		},
		{
			Lacks:     "attributes for access control (ABAC), so they are not asked for in these tests",
			Operation: "ssoadmin.DescribeInstanceAccessControlAttributeConfiguration", Code: noAnswer,
		},
		{Lacks: "the way the SDK speaks to CloudWatch (CBOR): mends.py packs and unpacks it before moto's own CloudWatch", Mended: true},
		{
			Lacks:     "AWS's own policies with a path for permission sets: job-function/Billing is \"not found\"",
			Operation: "ssoadmin.AttachManagedPolicyToPermissionSet", Code: "ResourceNotFoundException",
			Leaves: []string{"identity/permission-set-policy/Billing", "identity/assignment/management/Billing/billing", "identity/aws-config"},
			Again:  []string{"identity/permission-set-policy/Billing", "identity/assignment/management/Billing/billing", "identity/aws-config"},
			Writes: []string{"AttachManagedPolicyToPermissionSet"},
			Mended: true,
		},
		{
			Lacks:     "central root access: the features of IAM, the trusted access of IAM, and sts AssumeRoot",
			Operation: "iam.ListOrganizationsFeatures", Code: noAnswer,
			Leaves: []string{"guardrails/root"},
			Again:  []string{"guardrails/root"},
		},
		{
			Lacks:     "the policy types S3_POLICY and DECLARATIVE_POLICY_EC2; each account is closed to the public by its own setting, as where AWS does not offer them",
			Operation: "organizations.ListPolicies", Code: "InvalidInputException",
			Leaves: []string{"guardrails/type/s3-block", "guardrails/type/ec2-defaults"},
			Again:  []string{"guardrails/type/s3-block", "guardrails/type/ec2-defaults"},
		},
		{
			Lacks:     "conditions of a bucket policy: a Deny with a condition is a Deny to everybody, so no file can be put into the log",
			Operation: "s3.PutObject", Code: "Forbidden",
			Leaves: []string{"trail/canary/log", "trail/unread/canary"},
			Again:  []string{"trail/unread/canary"},
		},
		{
			Lacks:     "the subscribers of a budget's notifications",
			Operation: "budgets.DescribeSubscribersForNotification", Code: noAnswer,
			Leaves: []string{"budgets/look/subscribers"},
			Again:  []string{"budgets/look/subscribers"},
		},
		{
			Lacks:     "Cost Anomaly Detection, and so its mails at once; the topic of a mail is read back where the alarm on silence has one",
			Operation: "costexplorer.GetAnomalyMonitors", Code: noAnswer,
			Leaves: []string{"budgets/look/anomalies"},
			Again:  []string{"budgets/look/anomalies"},
		},
		{
			Lacks:     "the support plan; the score says that Trusted Advisor could not be checked",
			Operation: "support.DescribeSeverityLevels", Code: noAnswer,
		},
		{
			Lacks:     "what EC2 does by itself for new machines and for copies of disks; check says nothing of it",
			Operation: "ec2.GetInstanceMetadataDefaults", Code: noAnswer,
		},
		{Lacks: "GuardDuty for an organization: moto names its administrator, gives that account no detector, and has no settings for members. It stays off, as it is without being asked for"},
		{
			Lacks:     "the contact of the sign-up, whose phone number is proposed; contacts.phone is the answer",
			Operation: "account.GetContactInformation", Code: noAnswer,
		},
		{Lacks: "contacts of each account: moto sets those of the caller's own account, whichever is named; readback.py reads those"},
		{
			Lacks:     "IAM Access Analyzer",
			Operation: "accessanalyzer.ListAnalyzers", Code: noAnswer,
			Leaves: []string{"baseline/look/analyzer/eu-west-1", "baseline/look/analyzer/us-east-1"},
			Again:  []string{"baseline/look/analyzer/eu-west-1", "baseline/look/analyzer/us-east-1"},
		},
		{Lacks: "word that the events of a trail were chosen (HasCustomEventSelectors): mends.py says so", Mended: true},
		{
			Lacks: "the click by which an address agrees to the mails of a topic: moto takes it as given",
			Once:  []string{"alerts/topic/org-alerts-heartbeat/confirm"},
		},
		{Lacks: "new subnets that give no public addresses: the first one in a Region shows MapPublicIpOnLaunch, which AWS does only in default networks"},
		{Lacks: "an answer that the SDK does not try again where moto implements nothing: Server.Do and proxy.py make a 501 of its 500 and 502", Mended: true},
		{Lacks: "word from the proxy that it ends the connection after each answer: proxy.py adds Connection: close", Mended: true},
		{Lacks: "the module multipart among the proxy's requirements: proxy.py stands in for it", Mended: true},
		{Lacks: "partitions: DescribeRegions lists China and GovCloud too; readback.py leaves them out, as the wizard does", Mended: true},
	}
}
