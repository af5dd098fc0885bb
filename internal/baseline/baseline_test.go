package baseline

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	top    = "111122223333"
	member = "444455556666"
)

// clean is an organization in which every control that can pass does.
func clean() State {
	account := func(id, name string) Account {
		a := Account{ID: id, Name: name, Top: id == top}
		a.Contacts.Value = map[string]string{"BILLING": "b@x.example", "OPERATIONS": "o@x.example", "SECURITY": "s@x.example"}
		a.Root.Value = Root{Password: id == top, MFA: id == top}
		a.Storage.Value = Storage{Blocked: true}
		a.Trails.Value = []Trail{{Name: "all", Organization: true, MultiRegion: true, Validate: true, Logging: true, Versions: true, Private: true, Files: []string{"invoices"}}}
		a.Providers.Value = []string{"token.actions.githubusercontent.com"}
		a.SecurityHub.Value = true
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			r := Region{Name: region}
			r.Encrypted.Value, r.Detector.Value, r.Analyzers.Value = true, "ENABLED", []string{"ACCOUNT"}
			a.Regions = append(a.Regions, r)
		}
		return a
	}
	s := State{Looked: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Home: "eu-west-1", Accounts: []Account{account(top, "management"), account(member, "production")}}
	s.Accounts[0].Support.Value = Support{Paid: true, Checks: 100}
	s.Accounts[1].Support.Value = Support{Paid: true, Checks: 100}
	s.Accounts[0].Budgets.Value = []Budget{{Name: "all", Cost: true, Notifications: 3}}
	s.Accounts[0].Anomalies.Value = Anomalies{Monitors: 1, Listeners: 1}
	s.Organization = Org{ID: "o-example", Management: top}
	s.Organization.IdentityCenter.Value = IdentityCenter{Active: true, Users: 2}
	s.Organization.CentralRoot.Value = true
	s.Organization.Guardrails.Value = []Guardrail{{Name: "regions", Regions: true, On: []string{"r-top1"}}}
	return s
}

func none(string) bool { return false }

// find gives the row of a control for an account; of a control judged once, the one there is.
func find(t *testing.T, rows []Row, id, account string) Row {
	t.Helper()
	for _, r := range rows {
		if r.Control.ID == id && (r.Account == account || r.Control.Scope != PerAccount) {
			return r
		}
	}
	t.Fatalf("no row for %s in %s", id, account)
	return Row{}
}

func TestACleanOrganization(t *testing.T) {
	for _, r := range Evaluate(clean(), none) {
		want := Pass
		switch r.Control.ID {
		case "WKLD.02", "WKLD.04", "WKLD.05":
			want = NeedsYou
		case "ACCT.15":
			want = CannotCheck
		case "ACCT.06", "WKLD.01", "WKLD.03", "WKLD.09", "WKLD.10", "WKLD.12", "WKLD.13", "WKLD.14":
			want = NotApplicable
		}
		if r.Result != want {
			t.Errorf("%s in %s: %s, want %s (%s)", r.Control.ID, r.Name, r.Result, want, r.Evidence)
		}
	}
}

// TestJudges spoils one thing at a time and looks what the judge says of it.
func TestJudges(t *testing.T) {
	region := func(s *State) *Region { return &s.Accounts[1].Regions[0] }
	for _, c := range []struct {
		name, control string
		spoil         func(s *State, a *Account) // a is the member account
		want          Result
		says          string
	}{
		{"two contacts missing", "ACCT.01", func(_ *State, a *Account) { a.Contacts.Value = map[string]string{"BILLING": "b@x.example"} }, Fail, "OPERATIONS, SECURITY"},
		{"a key of root", "ACCT.02", func(_ *State, a *Account) { a.Root.Value.Keys = true }, Fail, "AccountAccessKeysPresent=1"},
		{"a member's root has a password", "ACCT.02", func(_ *State, a *Account) { a.Root.Value.Password = true }, Fail, "AccountPasswordPresent=1"},
		{"a console password", "ACCT.03", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Console: true, MFA: true}} }, Fail, "kim"},
		{"rights of a user", "ACCT.04", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Direct: true}} }, Fail, "kim"},
		{"a password without a second factor", "ACCT.05", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Console: true}} }, Fail, "kim"},
		{"root with a password and no second factor", "ACCT.05", func(_ *State, a *Account) { a.Root.Value = Root{Password: true} }, Fail, "AccountMFAEnabled=0"},
		{"users and AWS's default policy", "ACCT.06", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Console: true}} }, Fail, "NoSuchEntity"},
		{"users and a weak policy", "ACCT.06", func(_ *State, a *Account) {
			a.Users.Value, a.Password.Value = []User{{Name: "kim", Console: true}}, &PasswordPolicy{Length: 8, Kinds: 4, Reuse: 24}
		}, Fail, "8 characters"},
		{"users and a good policy", "ACCT.06", func(_ *State, a *Account) {
			a.Users.Value, a.Password.Value = []User{{Name: "kim", Console: true}}, &PasswordPolicy{Length: 14, Kinds: 4, Reuse: 24}
		}, Pass, "14 characters"},
		{"no trail", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value = nil }, Fail, "no trail"},
		{"a trail that sleeps", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value[0].Logging = false }, Fail, "does not log"},
		{"a trail for files alone", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value[0].Leaves = "everything but data events" }, Fail, "leaves out everything but data events"},
		{"a trail whose files do not arrive", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value[0].Undelivered = "AccessDenied" }, Fail, "could not write its last file (AccessDenied)"},
		{"a trail that keeps to itself what it records", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value[0].LeavesWhy = "AccessDenied: no" }, CannotCheck, "what the trail all leaves out: AccessDenied"},
		{"a trail for files beside a whole one", "ACCT.07", func(_ *State, a *Account) {
			a.Trails.Value = append([]Trail{{Name: "files", Organization: true, MultiRegion: true, Validate: true, Logging: true, Versions: true, Private: true, Leaves: "everything but data events"}}, a.Trails.Value...)
		}, Pass, "the trail all"},
		{"an old trail beside a good one", "ACCT.07", func(_ *State, a *Account) { a.Trails.Value = append(a.Trails.Value, Trail{Name: "old", Logging: true}) }, Pass, "the trail all"},
		{"S3 is open", "ACCT.08", func(_ *State, a *Account) { a.Storage.Value = Storage{} }, Fail, "not all four"},
		{"a public bucket", "ACCT.08", func(_ *State, a *Account) { a.Storage.Value = Storage{Public: []string{"site"}} }, Fail, "site"},
		{"an unused default VPC", "ACCT.09", func(s *State, _ *Account) { region(s).Network.Value.VPCs = []VPC{{ID: "vpc-1", Default: true}} }, Fail, "eu-west-1"},
		{"a default VPC in use", "ACCT.09", func(s *State, _ *Account) {
			region(s).Network.Value = Network{VPCs: []VPC{{ID: "vpc-1", Default: true}}, Interfaces: []Interface{{VPC: "vpc-1", Kind: OfInstance}}}
		}, Pass, "2 Regions"},
		{"no budget", "ACCT.10", func(s *State, _ *Account) { s.Accounts[0].Budgets.Value = nil }, Fail, "no budget"},
		{"a budget for a part of the bill", "ACCT.10", func(s *State, _ *Account) { s.Accounts[0].Budgets.Value[0].Part = true }, Fail, "a part of the bill"},
		{"a budget that has ended", "ACCT.10", func(s *State, _ *Account) { s.Accounts[0].Budgets.Value[0].Ends = s.Looked.AddDate(0, 0, -1) }, Fail, "ended on"},
		{"a budget of hours", "ACCT.10", func(s *State, _ *Account) { s.Accounts[0].Budgets.Value[0].Cost = false }, Fail, "counts no money"},
		{"a budget nobody hears of", "ACCT.10", func(s *State, _ *Account) { s.Accounts[0].Budgets.Value[0].Notifications = 0 }, Fail, "warns nobody"},
		{"no analyzer at home", "ACCT.11", func(s *State, _ *Account) { region(s).Analyzers.Value = nil }, Fail, "eu-west-1"},
		{"no analyzer where nothing is", "ACCT.11", func(_ *State, a *Account) { a.Regions[1].Analyzers.Value = nil }, Pass, "active"},
		{"the organization's analyzer in another account", "ACCT.11", func(s *State, _ *Account) {
			region(s).Analyzers.Value = nil
			s.Accounts[0].Regions[0].Analyzers.Value = []string{"ORGANIZATION"}
		}, Pass, "active"},
		{"the Basic plan", "ACCT.12", func(_ *State, a *Account) { a.Support.Value = Support{} }, CannotCheck, "Basic"},
		{"red checks", "ACCT.12", func(_ *State, a *Account) { a.Support.Value.Red = 2 }, Fail, "2 of 100"},
		{"a user's key", "ACCT.13", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Keys: 1}} }, Fail, "kim"},
		{"a key of root counts, too", "ACCT.13", func(_ *State, a *Account) { a.Root.Value.Keys = true }, Fail, "root"},
		{"GuardDuty suspended", "ACCT.14", func(s *State, _ *Account) { region(s).Detector.Value = "DISABLED" }, Fail, "eu-west-1"},
		{"a user with a key only", "ACCT.06", func(_ *State, a *Account) { a.Users.Value = []User{{Name: "kim", Keys: 1}} }, NotApplicable, "has a password"},
		{"GuardDuty off where nothing is", "ACCT.14", func(_ *State, a *Account) { a.Regions[1].Detector.Value = "" }, NeedsYou, "off in us-east-1"},
		{"GuardDuty off where something is", "ACCT.14", func(_ *State, a *Account) {
			a.Regions[1].Detector.Value, a.Regions[1].Network.Value.Interfaces = "", []Interface{{Kind: OfInstance}}
		}, Fail, "us-east-1"},
		{"GuardDuty refused in one Region", "ACCT.14", func(s *State, _ *Account) { region(s).Detector.Why = "AccessDenied: no" }, CannotCheck, "AccessDenied: no in eu-west-1"},
		{"GuardDuty off in one Region and refused in another", "ACCT.14", func(_ *State, a *Account) {
			a.Regions[0].Detector.Value, a.Regions[1].Detector.Why = "", "AccessDenied: no"
		}, Fail, "eu-west-1"},
		{"Security Hub never on", "ACCT.15", func(_ *State, a *Account) { a.SecurityHub.Value = false }, NeedsYou, "NoSuchEntity"},
		{"Cost Explorer never opened", "ACCT.16", func(s *State, _ *Account) { s.Accounts[0].Anomalies.Value = Anomalies{Off: true} }, Fail, "never opened"},
		{"nobody is told", "ACCT.16", func(s *State, _ *Account) { s.Accounts[0].Anomalies.Value.Listeners = 0 }, Fail, "nobody"},
		{"a Region policy attached nowhere", "ACCT.17", func(s *State, _ *Account) { s.Organization.Guardrails.Value[0].On = nil }, Fail, "none denies"},
		{"a Region policy over another account only", "ACCT.17", func(s *State, a *Account) {
			a.Path, s.Organization.Guardrails.Value[0].On = "o-example/r-top1/ou-top1-work/"+member+"/", []string{"ou-top1-test", "999999999999"}
		}, Fail, "regions is attached, but not over: production"},
		{"a Region policy over the account's unit", "ACCT.17", func(s *State, a *Account) {
			a.Path, s.Organization.Guardrails.Value[0].On = "o-example/r-top1/ou-top1-work/"+member+"/", []string{"ou-top1-work"}
		}, Pass, "regions is attached"},
		{"a Region policy that spares the account of the logs", "ACCT.17", func(s *State, a *Account) {
			a.Name, a.Path, s.Organization.Guardrails.Value[0].On = "security", "o-example/r-top1/ou-top1-sec/"+member+"/", []string{"ou-top1-work"}
		}, Pass, "regions is attached"},
		{"root users that anybody with the mailbox can wake", "ACCT.02", func(s *State, _ *Account) { s.Organization.CentralRoot.Value = false }, Fail, "RootCredentialsManagement is off"},
		{"central root access that is not told", "ACCT.02", func(s *State, _ *Account) {
			s.Organization.CentralRoot = Seen[bool]{Call: "iam:ListOrganizationsFeatures", Why: "AccessDenied: no"}
		}, Pass, "AccountPasswordPresent=0"},
		{"an instance without a role", "WKLD.01", func(s *State, _ *Account) {
			region(s).Network.Value = Network{Interfaces: []Interface{{Kind: OfInstance}}, Instances: []Instance{{ID: "i-1"}}}
		}, Fail, "i-1"},
		{"an instance with a role", "WKLD.01", func(s *State, _ *Account) {
			region(s).Network.Value = Network{Interfaces: []Interface{{Kind: OfInstance}}, Instances: []Instance{{ID: "i-1", Role: true}}}
		}, Pass, "each instance has a role"},
		{"a key in a function", "WKLD.01", func(s *State, _ *Account) {
			region(s).Functions.Value = []Function{{Name: "mail", Secrets: []string{"AWS_ACCESS_KEY_ID"}}}
		}, Fail, "mail"},
		{"a secret in a function", "WKLD.03", func(s *State, _ *Account) {
			region(s).Functions.Value = []Function{{Name: "mail", Secrets: []string{"SMTP_PASSWORD"}}}
		}, Fail, "mail (SMTP_PASSWORD)"},
		{"a function without secrets", "WKLD.03", func(s *State, _ *Account) { region(s).Functions.Value = []Function{{Name: "mail"}} }, NeedsYou, "no variable"},
		{"SSH for everybody", "WKLD.06", func(s *State, _ *Account) { region(s).Network.Value.Open = []Rule{{"sg-1", 22, 22}} }, Fail, "sg-1 port 22"},
		{"everything for everybody", "WKLD.06", func(s *State, _ *Account) { region(s).Network.Value.Open = []Rule{{"sg-1", 0, 65535}} }, Fail, "all ports"},
		{"HTTPS for everybody", "WKLD.06", func(s *State, _ *Account) { region(s).Network.Value.Open = []Rule{{"sg-1", 443, 443}} }, Pass, ""},
		{"data events", "WKLD.07", func(*State, *Account) {}, Pass, "data events of S3: invoices"},
		{"no data events", "WKLD.07", func(_ *State, a *Account) { a.Trails.Value[0].Files = nil }, NeedsYou, "no data events"},
		{"data events of a trail that sleeps", "WKLD.07", func(_ *State, a *Account) { a.Trails.Value[0].Logging = false }, NeedsYou, "no data events"},
		{"access logs in place of data events", "WKLD.07", func(_ *State, a *Account) {
			a.Trails.Value[0].Files, a.AccessLogs.Value = nil, []string{"contracts", "invoices"}
		}, Pass, "access logs are on: contracts, invoices"},
		{"access logs where the trails are not told", "WKLD.07", func(_ *State, a *Account) {
			a.Trails = Seen[[]Trail]{Call: "cloudtrail:ListTrails", Why: "AccessDenied: no"}
			a.AccessLogs.Value = []string{"invoices"}
		}, Pass, "access logs are on: invoices"},
		{"access logs that cannot be read", "WKLD.07", func(_ *State, a *Account) {
			a.Trails.Value[0].Files, a.AccessLogs = nil, Seen[[]string]{Call: "s3:ListBuckets", Why: "AccessDenied: no"}
		}, CannotCheck, "s3:ListBuckets in " + member + ": AccessDenied"},
		{"disks in clear", "WKLD.08", func(s *State, _ *Account) { region(s).Encrypted.Value = false }, Fail, "eu-west-1"},
		{"a disk from before", "WKLD.08", func(s *State, _ *Account) { region(s).Plain.Value = []string{"vol-1", "vol-2"} }, Fail, "disks in clear: vol-1, vol-2 in eu-west-1"},
		{"disks that are not told", "WKLD.08", func(s *State, _ *Account) {
			region(s).Plain = Seen[[]string]{Call: "ec2:DescribeVolumes", Why: "UnauthorizedOperation: no"}
		}, CannotCheck, "UnauthorizedOperation: no in eu-west-1"},
		{"a database", "WKLD.09", func(s *State, _ *Account) { region(s).Network.Value.Interfaces = []Interface{{Kind: OfDatabase}} }, NeedsYou, "RDS"},
		{"a public database", "WKLD.10", func(s *State, _ *Account) {
			region(s).Network.Value.Interfaces = []Interface{{Kind: OfDatabase, Public: true}}
		}, Fail, "database"},
		{"a private instance", "WKLD.10", func(s *State, _ *Account) { region(s).Network.Value.Interfaces = []Interface{{Kind: OfInstance}} }, Pass, ""},
		{"HTTP for everybody", "WKLD.11", func(s *State, _ *Account) { region(s).Network.Value.Open = []Rule{{"sg-1", 80, 80}} }, Pass, ""},
		{"a database port for everybody", "WKLD.11", func(s *State, _ *Account) { region(s).Network.Value.Open = []Rule{{"sg-1", 5432, 5432}} }, Fail, "port 5432"},
		{"one endpoint of two", "WKLD.12", func(s *State, _ *Account) {
			region(s).Network.Value.VPCs = []VPC{{ID: "vpc-1", Endpoints: []string{"s3"}}}
		}, Fail, "vpc-1"},
		{"both endpoints", "WKLD.12", func(s *State, _ *Account) {
			region(s).Network.Value.VPCs = []VPC{{ID: "vpc-1", Endpoints: []string{"s3", "dynamodb"}}}
		}, Pass, ""},
		{"a load balancer", "WKLD.13", func(s *State, _ *Account) { region(s).Network.Value.Interfaces = []Interface{{Kind: OfBalancer}} }, NeedsYou, "load balancers"},
		{"networks that cannot be read", "WKLD.09", func(s *State, _ *Account) { region(s).Network.Why = "UnauthorizedOperation: no" }, CannotCheck, "UnauthorizedOperation"},
		{"no provider", "WKLD.15", func(s *State, a *Account) { s.Accounts[0].Providers.Value, a.Providers.Value = nil, nil }, NeedsYou, "no OpenID"},
		{"a provider in another account", "WKLD.15", func(_ *State, a *Account) { a.Providers.Value = nil }, Pass, "in " + top},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := clean()
			c.spoil(&s, &s.Accounts[1])
			r := find(t, Evaluate(s, none), c.control, member)
			if r.Result != c.want || !strings.Contains(r.Evidence, c.says) {
				t.Errorf("%s: %q, want %s with %q", r.Result, r.Evidence, c.want, c.says)
			}
		})
	}
}

// TestWhatMachinesDoByThemselves is told beside the controls it is near to; where AWS does not tell, nothing is said.
func TestWhatMachinesDoByThemselves(t *testing.T) {
	for _, c := range []struct {
		machines       Seen[Machines]
		roles, copying string // what the notes begin with
	}{
		{Seen[Machines]{}, "", ""},
		{Seen[Machines]{Call: "ec2:GetInstanceMetadataDefaults", Why: "AccessDenied: no"}, "", ""},
		{Seen[Machines]{Call: "ec2:GetInstanceMetadataDefaults"}, "New machines do not ask for IMDSv2", "Copies of disks can be shared"},
		{Seen[Machines]{Call: "ec2:GetInstanceMetadataDefaults", Value: Machines{IMDSv2: true, Unshared: true}},
			"New machines keep their role's credentials from strangers (IMDSv2).", "Copies of disks cannot be shared with everybody."},
		{Seen[Machines]{Call: "ec2:GetInstanceMetadataDefaults", Value: Machines{IMDSv2: true, Unshared: true, Declared: true}},
			"New machines keep their role's credentials from strangers (IMDSv2): a policy of the organization", "Copies of disks cannot be shared with everybody: a policy of the organization"},
	} {
		s := clean()
		s.Accounts[1].Machines = c.machines
		rows := Evaluate(s, none)
		for id, want := range map[string]string{"WKLD.01": c.roles, "WKLD.08": c.copying} {
			if note := find(t, rows, id, member).Note; (want == "") != (note == "") || !strings.HasPrefix(note, want) {
				t.Errorf("%+v: %s notes %q, want %q", c.machines, id, note, want)
			}
		}
	}
}

// TestPersonalContacts are told, and fail nothing: AWS asks for lists that a team reads.
func TestPersonalContacts(t *testing.T) {
	s := clean()
	s.Accounts[1].Contacts.Value = map[string]string{"BILLING": "kim.lee@x.example", "OPERATIONS": "ops@x.example", "SECURITY": "kim.lee@x.example"}
	if r := find(t, Evaluate(s, none), "ACCT.01", member); r.Result != Pass || !strings.HasPrefix(r.Note, "kim.lee@x.example looks like") {
		t.Errorf("%+v", r.Verdict)
	}
}

// TestASignInThatLetsNobodyIn: an Identity Center from before the organization has people, and no way into accounts.
func TestASignInThatLetsNobodyIn(t *testing.T) {
	s := clean()
	s.Organization.IdentityCenter.Value = IdentityCenter{Active: true, Lone: true, Users: 2}
	if r := find(t, Evaluate(s, none), "ACCT.03", top); r.Result != Fail || !strings.Contains(r.Evidence, "lets nobody into accounts") {
		t.Errorf("%+v", r.Verdict)
	}
}

// TestAUserWithoutAWayIn is named, and fails nothing.
func TestAUserWithoutAWayIn(t *testing.T) {
	s := clean()
	s.Accounts[1].Users.Value = []User{{Name: "kim"}, {Name: "deploy", Keys: 1}}
	r := find(t, Evaluate(s, none), "ACCT.03", member)
	if r.Result != Pass || !strings.Contains(r.Note, "without an active key: kim. ") {
		t.Errorf("%+v", r.Verdict)
	}
}

// TestTheRootUserOfAMember is sent to the step that manages it, and not to a sign-in as root that nobody has.
func TestTheRootUserOfAMember(t *testing.T) {
	guardrails := func(step string) bool { return step == "guardrails" }
	s := clean()
	s.Accounts[1].Root.Value = Root{Password: true, Keys: true}
	rows := Evaluate(s, guardrails)
	for _, id := range []string{"ACCT.02", "ACCT.05"} {
		if r := find(t, rows, id, member); r.Result != Fail || !strings.Contains(r.Next, "wizard apply --step guardrails") {
			t.Errorf("%s: %s, next %q", id, r.Result, r.Next)
		}
	}
	s.Accounts[0].Root.Value = Root{Password: true, Keys: true}
	rows = Evaluate(s, guardrails)
	for _, id := range []string{"ACCT.02", "ACCT.05"} {
		if r := find(t, rows, id, top); r.Result != Fail || !strings.Contains(r.Next, "As root open") {
			t.Errorf("%s of the management account: %s, next %q", id, r.Result, r.Next)
		}
	}
}

func TestRootOfTheManagementAccount(t *testing.T) {
	s := clean()
	s.Accounts[0].RootUsed.Value = s.Looked.AddDate(0, 0, -3)
	if r := find(t, Evaluate(s, none), "ACCT.02", top); r.Result != NeedsYou || !strings.Contains(r.Evidence, "2026-11-22") {
		t.Errorf("used three days ago: %+v", r.Verdict)
	}
	s.Accounts[0].RootUsed.Value = s.Looked.AddDate(0, 0, -31)
	if r := find(t, Evaluate(s, none), "ACCT.02", top); r.Result != Pass {
		t.Errorf("used a month ago: %+v", r.Verdict)
	}
}

// TestARefusalSpoilsItsOwnControlsOnly takes IAM's users away.
func TestARefusalSpoilsItsOwnControlsOnly(t *testing.T) {
	s := clean()
	before := Evaluate(s, none)
	s.Accounts[1].Users = Seen[[]User]{Call: "iam:ListUsers", Why: "AccessDenied: no"}
	for i, r := range Evaluate(s, none) {
		if r.Account == member && slices.Contains([]string{"ACCT.03", "ACCT.04", "ACCT.05", "ACCT.06", "ACCT.13"}, r.Control.ID) {
			if r.Result != CannotCheck || !strings.Contains(r.Evidence, "iam:ListUsers in "+member+": AccessDenied") {
				t.Errorf("%s: %+v", r.Control.ID, r.Verdict)
			}
		} else if r.Result != before[i].Result {
			t.Errorf("%s in %s became %s", r.Control.ID, r.Name, r.Result)
		}
	}
}

// TestFromInsideAMember knows what only the management account can tell.
func TestFromInsideAMember(t *testing.T) {
	s := clean()
	s.Member, s.Accounts = true, s.Accounts[1:]
	s.Accounts[0].Top = true
	for _, r := range Evaluate(s, none) {
		above := slices.Contains([]string{"ACCT.10", "ACCT.16", "ACCT.17"}, r.Control.ID)
		if got := r.Result == CannotCheck && strings.Contains(r.Evidence, top); got != above {
			t.Errorf("%s: %+v", r.Control.ID, r.Verdict)
		}
	}
}

func TestAnAccountThatCannotBeEntered(t *testing.T) {
	s := clean()
	s.Accounts[1] = Account{ID: member, Name: "production", NoEntry: "you are root", Enter: "Sign in as yourself."}
	rows := Evaluate(s, none)
	for _, r := range rows {
		if r.Account == member && (r.Result != CannotCheck || r.Evidence != "you are root" || r.Next != "Sign in as yourself.") {
			t.Errorf("%s: %+v", r.Control.ID, r.Verdict)
		}
	}
	if of := Of(rows); of.All() != len(Controls()) || of[Fail] != 0 || of[CannotCheck] < 20 {
		t.Errorf("the score is %v", of)
	}
}

// TestNothingIsAdvisedThatIsRefused: where the wizard keeps its hands off, in an organization of Control Tower's and in one of
// somebody else's, nobody is sent to a step of it, whatever is wrong.
func TestNothingIsAdvisedThatIsRefused(t *testing.T) {
	spoilt := func() State {
		s := clean()
		s.Organization.Guardrails.Value, s.Organization.IdentityCenter.Value.Users = nil, 0
		for i := range s.Accounts {
			a := &s.Accounts[i]
			a.Contacts.Value, a.Trails.Value, a.Storage.Value = nil, nil, Storage{Public: []string{"site"}}
			a.Users.Value = []User{{Name: "kim", Console: true, Keys: 1}}
			a.Machines = Seen[Machines]{Call: "ec2:GetInstanceMetadataDefaults"}
			a.Regions[1].Detector.Value = ""
		}
		return s
	}
	alone := func(step string) bool { return step == "baseline" || step == "network" || step == "budgets" }
	tower := spoilt()
	tower.Organization.ControlTower = true
	inside := spoilt()
	inside.Member, inside.Accounts = true, inside.Accounts[1:]
	inside.Accounts[0].Top = true
	for name, c := range map[string]struct {
		s     State
		does  func(string) bool
		steps []string // that may be advised
		says  map[string]string
	}{
		"Control Tower": {tower, alone, []string{"baseline"}, map[string]string{"ACCT.01": "wizard apply --step baseline", "ACCT.07": "Landing zone settings",
			"ACCT.08": "CloudFront before it first. Open", "ACCT.14": "account Audit", "ACCT.17": "Region deny", "WKLD.07": "Create trail: data events"}},
		"another's organization": {inside, none, nil, map[string]string{"ACCT.01": "Alternate contacts", "ACCT.14": "Ask whoever manages", "WKLD.07": "data events of these buckets only"}},
	} {
		step := regexp.MustCompile(`(?:--step|[Tt]he step) (\w+)`)
		for _, r := range Evaluate(c.s, c.does) {
			for _, m := range step.FindAllStringSubmatch(r.Next+r.Note, -1) {
				if !slices.Contains(c.steps, m[1]) {
					t.Errorf("%s: %s sends to the step %s: %s %s", name, r.Control.ID, m[1], r.Next, r.Note)
				}
			}
			if want := c.says[r.Control.ID]; !strings.Contains(r.Next, want) {
				t.Errorf("%s: %s says %q, want %q", name, r.Control.ID, r.Next, want)
			}
		}
	}
}

// TestTheTable looks at the controls as data.
func TestTheTable(t *testing.T) {
	all := Controls()
	if len(all) != 32 {
		t.Fatalf("%d controls, the baseline has 32", len(all))
	}
	id := regexp.MustCompile(`^(ACCT|WKLD)\.\d\d$`)
	seen := map[string]bool{}
	for _, c := range all {
		if !id.MatchString(c.ID) || seen[c.ID] || c.Title == "" || c.Next == "" || c.Scope == "" || c.judge == nil {
			t.Errorf("%q is not whole", c.ID)
		}
		seen[c.ID] = true
	}
	known := func(step string) bool { return step == "trail" }
	s := clean()
	s.Accounts[0].Trails.Value = nil
	if r := find(t, Evaluate(s, known), "ACCT.07", top); r.Next != "The wizard sets this: wizard apply --step trail" {
		t.Errorf("with the step: %q", r.Next)
	}
	if r := find(t, Evaluate(s, none), "ACCT.07", top); !strings.Contains(r.Next, "console.aws.amazon.com/cloudtrail") {
		t.Errorf("without it: %q", r.Next)
	}
}
