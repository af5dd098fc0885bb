package baseline

// The pages a person is sent to.
const (
	accountPage  = "https://console.aws.amazon.com/billing/home#/account"
	rootPage     = "https://console.aws.amazon.com/iam/home#/security_credentials"
	usersPage    = "https://console.aws.amazon.com/iam/home#/users"
	identityPage = "https://console.aws.amazon.com/singlesignon/home"
	advisorPage  = "https://console.aws.amazon.com/trustedadvisor/home"
	supportPage  = "https://console.aws.amazon.com/support/plans/home"
	hubPage      = "https://console.aws.amazon.com/securityhub/home"
	towerPage    = "https://console.aws.amazon.com/controltower/home"
	guidance     = "https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-startup-security-baseline/welcome.html"
)

// What GuardDuty costs after the days that are free, and in all.
const (
	alarmLater = "for 30 days, then usually $1 to $10 a month for an account that works."
	alarmPrice = "It is free " + alarmLater
)

// Controls is the AWS Startup Security Baseline, in its order.
func Controls() []Control {
	return []Control{
		{ID: "ACCT.01", Title: "AWS can reach a team: contacts for billing, operations, security", Scope: PerAccount, Step: "baseline", judge: contacts,
			Next: "Open " + accountPage + ", Alternate contacts, Edit. Give addresses that a team reads, e.g. security@ of your company."},
		{ID: "ACCT.02", Title: "The root user is locked away", Scope: PerAccount, Step: "guardrails", judge: root,
			Next:     "As root open " + rootPage + ", Access keys, Delete. Then use your own sign-in instead.",
			Scanners: "Scanners report \"no access key rotation\" for root even when it has no keys."},
		{ID: "ACCT.03", Title: "People sign in through one company sign-in", Scope: PerAccount, Step: "identity", judge: access,
			Next:  "Open " + identityPage + " and enable IAM Identity Center. Then delete the console passwords of IAM users at " + usersPage + ".",
			Tower: "Control Tower uses IAM Identity Center: give each person a login at " + identityPage + ". Then delete the console passwords of IAM users at " + usersPage + "."},
		{ID: "ACCT.04", Title: "Rights are given to groups and roles, not to single users", Scope: PerAccount, judge: permissions,
			Next: "Open " + usersPage + ", the user, Permissions, and remove what is attached directly. Give the rights by a permission set in " + identityPage + "."},
		{ID: "ACCT.05", Title: "A second factor for root and for every user with a password", Scope: PerAccount, judge: factor,
			Next: "As root open " + rootPage + ", Assign MFA device, and follow the two minutes on your phone.",
			Scanners: "ScoutSuite and others report \"root without MFA\" for member accounts. Where the root user has no password " +
				"(an organization's accounts have none, and central root access removes them), there is nothing to sign in with."},
		{ID: "ACCT.06", Title: "IAM asks for strong passwords where IAM users have one", Scope: PerAccount, Step: "baseline", judge: passwords,
			Next:     "Open https://console.aws.amazon.com/iam/home#/account_settings, Edit password policy: 14 characters, all four kinds, 24 remembered.",
			Scanners: "Scanners report a missing password policy also where no IAM user has a password. It would apply to nobody."},
		{ID: "ACCT.07", Title: "Every API call is recorded in a protected bucket", Scope: PerAccount, Step: "trail", judge: recording,
			Next: "Open https://console.aws.amazon.com/cloudtrail/home, Create trail: all Regions, log file validation on.",
			Tower: "Control Tower keeps this record; AWS bills a second one. Open " + towerPage + ", Landing zone settings, Modify settings, " +
				"and switch AWS CloudTrail on there.",
			Scanners: "Scanners that look at one account report \"no trail\" for members. The organization's trail records them, too."},
		{ID: "ACCT.08", Title: "Nothing in S3 can be made public by mistake", Scope: PerAccount, Step: "guardrails", judge: storage,
			Next:     "Open https://console.aws.amazon.com/s3/settings, Block Public Access settings for this account, Edit, block all.",
			Scanners: "Scanners report buckets without settings of their own. The setting of the account is over all of them."},
		{ID: "ACCT.09", Title: "Networks nobody uses are gone", Scope: PerAccount, Step: "network", judge: unused,
			Next: "Open https://console.aws.amazon.com/vpcconsole/home in each Region and delete the default VPC nobody uses."},
		{ID: "ACCT.10", Title: "A budget warns before the bill surprises you", Scope: Management, Step: "budgets", judge: budget,
			Next: "Open https://console.aws.amazon.com/costmanagement/home#/budgets, Create budget, with an e-mail address."},
		{ID: "ACCT.11", Old: "new", Title: "IAM Access Analyzer watches what is shared with strangers", Scope: PerAccount, Step: "baseline", judge: analyzer,
			Next: "Open https://console.aws.amazon.com/access-analyzer/home, Create analyzer, External access. It is free."},
		{ID: "ACCT.12", Title: "Trusted Advisor shows no serious problem", Scope: PerAccount, judge: advisor,
			Next: "Open " + advisorPage + " and work through what is red."},
		{ID: "ACCT.13", Old: "new", Title: "No long-lived access keys", Scope: PerAccount, judge: keys,
			Next:     "Sign in with aws sso login or aws login instead. Then open " + usersPage + ", the user, Security credentials, and deactivate, later delete, the key.",
			Scanners: "Scanners ask for keys to be changed every 90 days. Having none is better."},
		{ID: "ACCT.14", Old: "ACCT.11", Title: "GuardDuty, the burglar alarm, is on in every Region", Scope: PerAccount, Step: "baseline", Asked: true, judge: alarm,
			Next:   "It costs money: nothing " + alarmLater + " Put guardduty: used-regions into wizard.yaml. Then: wizard apply --step baseline",
			ByHand: "Ask whoever manages your organization to turn it on for all accounts. For this account alone: https://console.aws.amazon.com/guardduty/home, in each Region. " + alarmPrice,
			Tower:  "Turn it on for all accounts in Control Tower's account Audit: https://console.aws.amazon.com/guardduty/home. " + alarmPrice},
		{ID: "ACCT.15", Old: "new", Title: "Security Hub collects findings", Scope: PerAccount, judge: hub,
			Next: "It can wait: with AWS Config it is about $20 to $60 a month for a small company. To turn it on: " + hubPage},
		{ID: "ACCT.16", Old: "new", Title: "AWS tells you about unusual cost", Scope: Management, Step: "budgets", judge: anomalies,
			Next: "Open https://console.aws.amazon.com/costmanagement/home#/anomaly-detection and give an e-mail address. It is free."},
		{ID: "ACCT.17", Old: "new", Title: "Only the Regions you use can be used", Scope: Organization, Step: "guardrails", Asked: true, judge: regions,
			Next:  "Put allowed_regions into wizard.yaml, e.g. [eu-west-1]. Then: wizard apply --step guardrails",
			Tower: "Control Tower has a switch for it: " + towerPage + ", Landing zone settings, Modify settings, Region deny. It is free."},
		{ID: "WKLD.01", Title: "Programs get their rights from roles", Scope: PerAccount, judge: roles,
			Next: "Give the instance a role: EC2 console, the instance, Actions, Security, Modify IAM role. Take keys out of the function's variables."},
		{ID: "WKLD.02", Title: "Buckets, keys and queues say who may use them", Scope: Organization, Habit: true, judge: ask("Resource policies are a matter of your design; no API tells whether they are narrow enough."),
			Next: "Name accounts and roles, never \"*\", in each resource policy. Look at the findings of IAM Access Analyzer. wizard report has policies to copy."},
		{ID: "WKLD.03", Title: "Secrets are kept in a service made for them", Scope: PerAccount, judge: secrets,
			Next: "Move them to Secrets Manager ($0.40 a secret and month) or to a SecureString of Parameter Store (free), and let the program read them with its role. wizard report has the commands to copy."},
		{ID: "WKLD.04", Title: "Secrets do not get into your code", Scope: Organization, Habit: true, judge: ask("Your repositories are outside AWS."),
			Next: "Add Gitleaks or git-secrets as a hook before each commit, and turn on secret scanning where your code is hosted."},
		{ID: "WKLD.05", Title: "Secrets that got out are found and changed", Scope: Organization, Habit: true, judge: ask("Your repositories are outside AWS."),
			Next: "Let a scanner run over the whole history once a day, and write down who changes a key that was found."},
		{ID: "WKLD.06", Title: "No SSH or RDP from the internet", Scope: PerAccount, judge: shells,
			Next: "Close ports 22 and 3389 in the security group, and connect with Session Manager: aws ssm start-session --target INSTANCE"},
		{ID: "WKLD.07", Title: "Reads and writes of sensitive buckets are recorded", Scope: PerAccount, Step: "trail", Asked: true, judge: files,
			Next: "Decide which buckets hold sensitive data, and name them under trail, sensitive_buckets in wizard.yaml. Then: wizard apply --step trail. It is $0.10 for 100,000 events; with data_events: access-logs it is the storage of S3's own lists.",
			ByHand: "Decide which buckets hold sensitive data. Open https://console.aws.amazon.com/cloudtrail/home, Create trail: data events of these buckets only, no management events. " +
				"It is $0.10 for 100,000 events."},
		{ID: "WKLD.08", Title: "Disks are encrypted", Scope: PerAccount, Step: "baseline", judge: disks,
			Next: "In each Region: EC2 console, Settings, Data protection and security, EBS encryption, Always encrypt. It is free."},
		{ID: "WKLD.09", Title: "Databases are encrypted", Scope: PerAccount, judge: databases,
			Next:     "Open https://console.aws.amazon.com/rds/home, each database, Configuration, Encryption. It can be chosen only when a database is made.",
			Scanners: "The wizard sees databases by their network interfaces, and does not ask RDS about them."},
		{ID: "WKLD.10", Title: "What need not be public is in a private subnet", Scope: PerAccount, judge: private,
			Next: "Move it into a subnet without a route to an internet gateway (docs/network.md); let a load balancer be the only public thing."},
		{ID: "WKLD.11", Title: "Security groups let in only what is meant for the public", Scope: PerAccount, judge: groups,
			Next: "Take the rule out of the security group, or name the addresses it is for."},
		{ID: "WKLD.12", Title: "S3 and DynamoDB are reached inside AWS", Scope: PerAccount, judge: endpoints,
			Next: "VPC console, Endpoints, Create endpoint, type Gateway, for s3 and for dynamodb. It is free; the networks of the step vpc have both."},
		{ID: "WKLD.13", Title: "Public web addresses use HTTPS", Scope: PerAccount, judge: web,
			Next: "Get a free certificate from AWS Certificate Manager, and let port 80 only send people to port 443."},
		{ID: "WKLD.14", Title: "A shield stands before public addresses", Scope: PerAccount, judge: web,
			Next: "Put CloudFront before the load balancer. AWS WAF there is from $5 a month and rule set; Shield Standard is free and on."},
		{ID: "WKLD.15", Title: "Changes are made from code, by a pipeline without keys", Scope: PerAccount, judge: pipeline,
			Next: "Let the pipeline sign in by OpenID Connect, without a key. wizard report has the commands to copy, under What stays yours."},
	}
}
