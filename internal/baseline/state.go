package baseline

import "time"

// State is what a look at AWS found. It holds no secret: of environment variables only the names.
type State struct {
	Looked time.Time
	Home   string // home Region
	// Member: whoever is signed in is in a member account of somebody's organization and sees only that account.
	Member       bool
	Organization Org
	Accounts     []Account

	does func(step string) bool // the steps the wizard does here
}

// sets reports whether the wizard does the step here, so that it can be told to.
func (s *State) sets(step string) bool { return s.does != nil && s.does(step) }

// Seen is what one look told. Where AWS refused it, Why says so and Value is empty.
type Seen[T any] struct {
	Value T
	Call  string // e.g. "iam:GetAccountSummary"
	Why   string // "" when it was read
}

// Org is what is above the accounts.
type Org struct {
	ID, Management string // "" without an organization
	// ControlTower: AWS Control Tower made the organization, and reports what others change there as damage.
	ControlTower   bool
	IdentityCenter Seen[IdentityCenter]
	// CentralRoot: members' root credentials are managed from the management account.
	CentralRoot Seen[bool]
	Guardrails  Seen[[]Guardrail]
}

// IdentityCenter is the company's sign-in.
type IdentityCenter struct {
	Active bool
	// Lone: the active one lets nobody into accounts: it serves a single account, or permission sets are off.
	Lone  bool
	Users int
}

// Guardrail is a service control policy of the founder's own.
type Guardrail struct {
	Name    string
	Regions bool // it denies requests to other Regions
	// On are the ids of what it is attached to: the root, units, accounts.
	On []string
}

// Account is what was seen in one account.
type Account struct {
	ID, Name string
	// Path are the ids of the organization, its root and the units the account is in, with slashes between; "" for not known.
	Path string
	// Top: the management account; the only account where there is no organization or no other can be seen.
	Top bool
	// NoEntry says why nothing in it could be read, Enter what to do about it; "" for an account that was entered.
	NoEntry, Enter string

	Contacts    Seen[map[string]string] // e-mail address by BILLING, OPERATIONS, SECURITY
	Root        Seen[Root]
	RootUsed    Seen[time.Time] // when root last signed in; zero for not known
	Users       Seen[[]User]    // of IAM
	Password    Seen[*PasswordPolicy]
	Storage     Seen[Storage]
	Trails      Seen[[]Trail]
	AccessLogs  Seen[[]string] // buckets whose access logs are on; looked for where no trail records files
	Budgets     Seen[[]Budget]
	Anomalies   Seen[Anomalies]
	Support     Seen[Support]
	Providers   Seen[[]string] // OpenID Connect providers, by address
	SecurityHub Seen[bool]     // its service-linked role is there, so it was on at some time
	Machines    Seen[Machines] // in the home Region
	Regions     []Region       // the enabled ones
}

// Machines is what EC2 does where whoever starts a machine says nothing. A declarative policy of the organization sets it in
// all Regions.
type Machines struct {
	IMDSv2   bool // programs outside a machine cannot get at its role's credentials
	Unshared bool // copies of disks cannot be shared with everybody
	Declared bool // by a policy of the organization
}

// Root is what IAM's summary says about the root user.
type Root struct{ Password, MFA, Keys bool }

// User is an IAM user.
type User struct {
	Name                 string
	Console, MFA, Direct bool // Direct: a policy is attached to the user itself
	Keys                 int  // active access keys
}

// PasswordPolicy is what IAM asks of passwords.
type PasswordPolicy struct {
	Length int
	Kinds  int // of upper case, lower case, number, symbol: how many it wants
	Reuse  int // how many earlier passwords it refuses
}

// Storage is how S3 of the account is kept from the public.
type Storage struct {
	Blocked bool     // all four settings, for the whole account
	Public  []string // buckets with a public policy
}

// Trail is a trail that records the account.
type Trail struct {
	Name, Bucket                                 string
	Organization, MultiRegion, Validate, Logging bool
	// Leaves says what of the management events it leaves out, "" for nothing; LeavesWhy why that could not be read.
	Leaves, LeavesWhy string
	Undelivered       string // AWS's code where its last file could not be written, "" where it could
	// Files are the buckets whose objects' reads or writes it records; AllBuckets for all of them.
	Files []string
	// Versions and Private are of its bucket; BucketWhy says why they could not be read, e.g. because it is another account's.
	Versions, Private bool
	BucketWhy         string
}

// AllBuckets stands in Trail.Files for every bucket there is.
const AllBuckets = "all buckets"

// Budget is a monthly, quarterly or yearly limit.
type Budget struct {
	Name          string
	Cost          bool
	Part          bool      // it counts some services, accounts or tags only
	Ends          time.Time // zero when AWS did not say
	Notifications int
}

// Anomalies is what Cost Anomaly Detection has.
type Anomalies struct {
	Off                 bool // Cost Explorer was never opened
	Monitors, Listeners int
}

// Support is what the account's support plan lets the wizard see.
type Support struct {
	Paid   bool
	Checks int
	Red    int // Trusted Advisor checks with status error
}

// Region is what was seen in one Region of an account.
type Region struct {
	Name      string
	Network   Seen[Network]
	Encrypted Seen[bool]     // EBS encryption by default
	Plain     Seen[[]string] // ids of disks that are not encrypted
	Analyzers Seen[[]string] // types of the active ones: ACCOUNT, ORGANIZATION
	Detector  Seen[string]   // GuardDuty's: "" for none, ENABLED, DISABLED
	Functions Seen[[]Function]
}

// Network is what is in a Region's VPCs.
type Network struct {
	VPCs       []VPC
	Interfaces []Interface
	Open       []Rule
	Instances  []Instance
}

// VPC is a private network.
type VPC struct {
	ID        string
	Default   bool
	Endpoints []string // of the kind gateway, by service: "s3", "dynamodb"
}

// Interface is a network interface: whatever has an address in a VPC has one.
type Interface struct {
	ID, VPC string
	Kind    Kind
	Public  bool // it has a public address
}

// Kind is what an interface belongs to.
type Kind string

// The kinds that matter here.
const (
	OfInstance Kind = "instance"
	OfDatabase Kind = "database"
	OfBalancer Kind = "load balancer"
	OfOther    Kind = "other"
)

// Rule lets everybody in.
type Rule struct {
	Group    string
	From, To int // ports; 0 to 65535 for all
}

// Instance is a virtual machine.
type Instance struct {
	ID   string
	Role bool // it has an instance profile
}

// Function is a Lambda function.
type Function struct {
	Name string
	// Secrets are the names of environment variables that look as if they hold one. Values are never kept.
	Secrets []string
}
