package answers

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var mail = "aws@acme.example"

func TestWithDefaults(t *testing.T) {
	for _, c := range []struct {
		name     string
		in, want Answers
	}{
		{"nothing but a mailbox", Answers{Company: "Acme", Email: mail}, Answers{
			Company: "Acme", Email: mail, HomeRegion: "us-east-1",
			Accounts: []Account{
				{"security", "aws+security@acme.example", UnitSecurity},
				{"production", "aws+production@acme.example", UnitWorkloads},
				{"development", "aws+development@acme.example", UnitWorkloads},
			},
			People:       []Person{{"Founder", mail, []string{GroupAdministrators}}},
			SessionHours: 8, BlockPublicS3: S3Everywhere, Budget: Budget{MonthlyUSD: 100, Notify: []string{mail}},
		}},
		{"nothing at all", Answers{}, Answers{
			HomeRegion:   "us-east-1",
			Accounts:     []Account{{"security", "", UnitSecurity}, {"production", "", UnitWorkloads}, {"development", "", UnitWorkloads}},
			SessionHours: 8, BlockPublicS3: S3Everywhere, Budget: Budget{MonthlyUSD: 100, Notify: nil},
		}},
		{"what was said stays", Answers{
			Email: mail, HomeRegion: "eu-west-1", AllowedRegions: []string{"eu-west-1"}, AcceptPaidPlan: true,
			Accounts: []Account{{Name: "Log Archive"}, {Name: "Audit"}, {"InfoSecurity", "x@acme.example", UnitWorkloads}, {Name: "Data Lab"}},
			People:   []Person{{Name: "A B", Email: "a@acme.example"}, {"C D", "c@acme.example", []string{GroupBilling}}}, SessionHours: 12, Budget: Budget{MonthlyUSD: 5, Notify: []string{"b@acme.example"}},
		}, Answers{
			Email: mail, HomeRegion: "eu-west-1", AllowedRegions: []string{"eu-west-1"}, AcceptPaidPlan: true,
			Accounts: []Account{{"Log Archive", "aws+log-archive@acme.example", UnitSecurity}, {"Audit", "aws+audit@acme.example", UnitSecurity},
				{"InfoSecurity", "x@acme.example", UnitWorkloads}, {"Data Lab", "aws+data-lab@acme.example", UnitWorkloads}},
			People: []Person{{"A B", "a@acme.example", []string{GroupDevelopers}}, {"C D", "c@acme.example", []string{GroupBilling}}}, SessionHours: 12, BlockPublicS3: S3Everywhere, Budget: Budget{MonthlyUSD: 5, Notify: []string{"b@acme.example"}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := fmt.Sprintf("%+v", c.in)
			got := c.in.WithDefaults()
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if twice := got.WithDefaults(); !reflect.DeepEqual(twice, got) {
				t.Errorf("twice gives %+v", twice)
			}
			if after := fmt.Sprintf("%+v", c.in); after != before {
				t.Errorf("the caller's answers became %s", after)
			}
		})
	}
}

func TestWithDefaultsSharesNothing(t *testing.T) {
	in := exampleAnswers.WithDefaults()
	in.AllowedRegions = []string{"eu-west-1"}
	before := in.clone()
	out := in.WithDefaults()
	out.Accounts[0].Name, out.People[0].Name, out.People[0].Groups[0] = "x", "x", "x"
	out.AllowedRegions[0], out.Budget.Notify[0] = "x", "x"
	if !reflect.DeepEqual(in, before) {
		t.Errorf("changing the copy changed the caller's: %+v", in)
	}
}

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		in   Answers
		want []string
	}{
		{Answers{}, []string{"company", "email"}},
		{Answers{Company: " ", Email: mail}, []string{"company"}},
		{Answers{Company: "Acme"}, []string{"email"}},
		{Answers{Company: "Acme", Email: mail}, nil},
	} {
		if got := c.in.Missing(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.in, got, c.want)
		}
	}
}

func TestValidate(t *testing.T) {
	many := func(n int) []Account {
		accounts := []Account{{Name: "security"}}
		for i := 1; i < n; i++ {
			accounts = append(accounts, Account{Name: fmt.Sprintf("team %d", i)})
		}
		return accounts
	}
	notify := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("list%d@acme.example", i))
		}
		return list
	}
	accounts := func(more ...Account) func(*Answers) {
		return func(a *Answers) { a.Accounts = append([]Account{{Name: "security"}}, more...) }
	}
	people := func(more ...Person) func(*Answers) {
		return func(a *Answers) { a.People = append(a.People, more...) }
	}
	for _, c := range []struct {
		name   string
		change func(*Answers)
		want   string // "field: part of what", joined by newlines; "" for none
	}{
		{"example", func(*Answers) {}, ""},
		{"bare minimum", func(a *Answers) { *a = Answers{Company: "Acme", Email: mail} }, ""},
		{"nothing is for Missing", func(a *Answers) { *a = Answers{} }, ""},
		{"everything at its limit", func(a *Answers) {
			a.SessionHours, a.Accounts, a.Budget = 12, many(9), Budget{MonthlyUSD: 1e6, Notify: notify(10)}
			a.Accounts[1].Name, a.Accounts[1].Email = strings.Repeat("n", 50), "n@acme.example"
			a.AllowedRegions = []string{"eu-west-1", "ap-east-2"}
		}, ""},

		{"company on two lines", func(a *Answers) { a.Company = "A\nB" }, "company: control character"},
		{"company too long", func(a *Answers) { a.Company = strings.Repeat("ü", 101) }, "company: longer than 100"},
		{"bad mailbox is told once", func(a *Answers) { *a = Answers{Company: "Acme", Email: "aws"} }, "email: not an e-mail address"},
		{"unknown home", func(a *Answers) { a.HomeRegion = "eu-west-9" }, "home_region: eu-west-9"},
		{"GovCloud home", func(a *Answers) { a.HomeRegion = "us-gov-west-1" }, "home_region: us-gov-west-1"},

		{"too many accounts", func(a *Answers) { a.Accounts = many(10) }, "accounts: 10 accounts"},
		{"no security account", func(a *Answers) { a.Accounts = []Account{{Name: "production"}} }, "accounts: no account keeps the logs"},
		{"account without a name", accounts(Account{Email: "x@acme.example"}), "accounts[1].name: no name"},
		{"name of signs", accounts(Account{Name: "--", Email: "x@acme.example"}), "accounts[1].name: no letter"},
		{"name not ASCII", accounts(Account{Name: "büro", Email: "x@acme.example"}), "accounts[1].name: does not take"},
		{"name too long", accounts(Account{Name: strings.Repeat("n", 51), Email: "x@acme.example"}), "accounts[1].name: 51 characters"},
		{"name of the management account", accounts(Account{Name: "Management"}), "accounts[1].name: already have"},
		{"same name", accounts(Account{Name: "Security", Email: "x@acme.example"}), "accounts[1].name: too alike"},
		{"same key", accounts(Account{Name: "data lab"}, Account{Name: "Data-Lab", Email: "x@acme.example"}), "accounts[2].name: too alike"},
		{"address of the mailbox", accounts(Account{Name: "x", Email: "AWS@acme.example"}), "accounts[1].email: used by the management account"},
		{"address of another account", accounts(Account{Name: "x", Email: "AWS+Security@acme.example"}), "accounts[1].email: used by the account security"},
		{"bad address", accounts(Account{Name: "x", Email: "x@y"}), "accounts[1].email: not an e-mail address"},
		{"address cannot be made", accounts(Account{Name: strings.Repeat("n", 50)}), "accounts[1].email: 64 at most"},
		{"unknown unit", accounts(Account{Name: "x", Unit: "Sandbox"}), "accounts[1].unit: Sandbox"},

		{"person without a name", people(Person{Email: "x@acme.example"}), "people[2].name: no name"},
		{"name too long", people(Person{Name: strings.Repeat("n", 129), Email: "x@acme.example"}), "people[2].name: 128"},
		{"person with a control character", people(Person{Name: "A\x1b[2J", Email: "x@acme.example"}), "people[2].name: control"},
		{"person without an address", people(Person{Name: "X Y"}), "people[2].email: no e-mail"},
		{"person with a bad address", people(Person{Name: "X Y", Email: "x y@acme.example"}), "people[2].email: without spaces"},
		{"person twice", people(Person{Name: "X Y", Email: "FIRST@acme.example"}), "people[2].email: twice"},
		{"unknown group", people(Person{Name: "X Y", Email: "x@acme.example", Groups: []string{"readers", "admins"}}), "people[2].groups: admins"},
		{"no administrator", func(a *Answers) { a.People = a.People[1:] }, "people: nobody"},

		{"a prefix with other characters", func(a *Answers) { a.Trail.BucketPrefix = "Acme.Trail" }, "trail.bucket_prefix: Acme.Trail"},
		{"a prefix that is too long", func(a *Answers) { a.Trail.BucketPrefix = strings.Repeat("a", 25) }, "trail.bucket_prefix: cannot begin"},
		{"a prefix that ends in a hyphen", func(a *Answers) { a.Trail.BucketPrefix = "acme-" }, "trail.bucket_prefix: acme-"},
		{"a prefix S3 keeps", func(a *Answers) { a.Trail.BucketPrefix = "xn--acme" }, "trail.bucket_prefix: for itself"},
		{"a bucket that is none", func(a *Answers) { a.Trail.SensitiveBuckets = []string{"customers", "s3://customers"} }, "trail.sensitive_buckets[1]: s3://customers"},
		{"a bucket twice", func(a *Answers) { a.Trail.SensitiveBuckets = []string{"customers", "customers"} }, "trail.sensitive_buckets[1]: twice"},
		{"data events of another kind", func(a *Answers) { a.Trail.DataEvents = "some" }, "trail.data_events: some"},
		{"an event that is none", func(a *Answers) { a.Alerts.Also = []string{"CreateVpc", "create vpc"} }, "alerts.also[1]: create vpc"},
		{"a rule that is none", func(a *Answers) { a.Alerts.Off = []string{"root", "everything"} }, "alerts.off[1]: everything"},
		{"a mute of everybody", func(a *Answers) { a.Alerts.Mute = []string{"arn"} }, "alerts.mute[0]: arn"},
		{"too many mutes", func(a *Answers) { a.Alerts.Mute = []string{strings.Repeat("role/x", 400)} }, "alerts"},
		{"short sessions", func(a *Answers) { a.SessionHours = 7 }, "session_hours: 7"},
		{"long sessions", func(a *Answers) { a.SessionHours = 13 }, "session_hours: 13"},
		{"negative sessions", func(a *Answers) { a.SessionHours = -1 }, "session_hours: -1"},

		{"allowed without home", func(a *Answers) { a.AllowedRegions = []string{"us-east-1"} }, "allowed_regions: eu-west-1"},
		{"allowed unknown", func(a *Answers) { a.AllowedRegions = []string{"eu-west-1", "moon-1"} }, "allowed_regions[1]: moon-1"},
		{"allowed twice", func(a *Answers) { a.AllowedRegions = []string{"eu-west-1", "eu-west-1"} }, "allowed_regions[1]: twice"},

		{"a network for no account", func(a *Answers) { a.VPC.Accounts = []string{"staging"} }, "vpc.accounts[0]: staging"},
		{"a network for the security account", func(a *Answers) { a.VPC.Accounts = []string{"production", "security"} }, "vpc.accounts[1]: security"},
		{"a network twice", func(a *Answers) { a.VPC.Accounts = []string{"production", "Production"} }, "vpc.accounts[1]: twice"},
		{"a network nowhere", func(a *Answers) { a.VPC.Regions = []string{"moon-1"} }, "vpc.regions[0]: moon-1"},
		{"a network where nobody may work", func(a *Answers) {
			a.VPC.Regions, a.AllowedRegions = []string{"eu-west-1", "eu-west-2"}, []string{"eu-west-1"}
		}, "vpc.regions[1]: eu-west-2"},
		{"too many networks of an account", func(a *Answers) { a.VPC.Regions = Regions()[:5] }, "vpc.regions: 5 Regions"},
		{"a range of nothing", func(a *Answers) { a.VPC.Range = "10.0.0.1/8" }, "vpc.range: 10.0.0.1/8"},
		{"a public range", func(a *Answers) { a.VPC.Range = "9.0.0.0/8" }, "vpc.range: not a private"},
		{"a small range", func(a *Answers) { a.VPC.Range = "192.168.0.0/16" }, "vpc.range: size"},
		{"a way out of another kind", func(a *Answers) { a.VPC.NAT = "two" }, "vpc.nat: two"},
		{"negative budget", func(a *Answers) { a.Budget.MonthlyUSD = -1 }, "budget.monthly_usd: -1"},
		{"huge budget", func(a *Answers) { a.Budget.MonthlyUSD = 1e6 + 1 }, "budget.monthly_usd: 1000000"},
		{"a budget for no account", func(a *Answers) { a.Budget.PerAccount = map[string]float64{"staging": 5} }, "budget.per_account.staging: there is no account"},
		{"a budget of nothing for an account", func(a *Answers) { a.Budget.PerAccount = map[string]float64{"production": 0} }, "budget.per_account.production: 0"},
		{"too many to notify", func(a *Answers) { a.Budget.Notify = notify(11) }, "budget.notify: 11 addresses"},
		{"bad address to notify", func(a *Answers) { a.Budget.Notify = []string{"x"} }, "budget.notify[0]: not an e-mail address"},
		{"notified twice", func(a *Answers) { a.Budget.Notify = []string{"x@acme.example", "X@acme.example"} }, "budget.notify[1]: twice"},

		{"two at once, in order", func(a *Answers) { a.HomeRegion, a.SessionHours = "x", 1 }, "home_region: x\nsession_hours: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := exampleAnswers.clone()
			c.change(&a)
			got := a.Validate()
			var want []string
			if c.want != "" {
				want = strings.Split(c.want, "\n")
			}
			if len(got) != len(want) {
				t.Fatalf("got %v\nwant %q", got, want)
			}
			for i, p := range got {
				field, what, _ := strings.Cut(want[i], ": ")
				if p.Field != field || !strings.Contains(p.What, what) || p.Next == "" || strings.HasSuffix(p.Next, ".") {
					t.Errorf("got %v, want %s", p, want[i])
				}
			}
		})
	}
}

func TestPlusAddress(t *testing.T) {
	long := strings.Repeat("m", 64-len("+x@acme.example"))
	for _, c := range []struct{ mailbox, tag, want, fault string }{
		{mail, "production", "aws+production@acme.example", ""},
		{"aws+x@acme.example", "production", "aws+x-production@acme.example", ""},
		{"aws+@acme.example", "production", "aws+production@acme.example", ""},
		{long + "@acme.example", "x", long + "+x@acme.example", ""},
		{long + "@acme.example", "xx", "", "65 characters"},
		{mail, "", "", "needs a word"},
		{mail, "a b", "", "without spaces"},
		{mail, "a@b", "", "not an e-mail address"},
		{mail, "büro", "", "plain English"},
		{"", "x", "", "not an e-mail address"},
		{"aws", "x", "", "not an e-mail address"},
		{"a@b", "x", "", "not an e-mail address"},
		{"@acme.example", "x", "", "not an e-mail address"},
		{".aws@acme.example", "x", "", "starts with a dot"},
		{"a@b.c", "x", "", "6 at least"},
		{"a%b@acme.example", "x", "", "not an e-mail address"},
		{"aws@acme..example", "x", "", "not an e-mail address"},
		{"aws@acme.example\n", "x", "", "plain English"},
	} {
		got, err := PlusAddress(c.mailbox, c.tag)
		if got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q and %q: %q, %v; want %q, …%s…", c.mailbox, c.tag, got, err, c.want, c.fault)
		}
	}
}

func FuzzPlusAddress(f *testing.F) {
	f.Add(mail, "production")
	f.Add("aws+x@acme.example", "log-archive")
	f.Add("a@b.c", "")
	f.Add("+@acme.example", "+")
	f.Add("a@b@acme.example", "@")
	f.Fuzz(func(t *testing.T, mailbox, tag string) {
		got, err := PlusAddress(mailbox, tag)
		if err != nil {
			if got != "" {
				t.Fatalf("%q came with %v", got, err)
			}
			return
		}
		_, domain, _ := strings.Cut(mailbox, "@")
		if emailFault(got) != "" || got == mailbox || !strings.HasSuffix(got, tag+"@"+domain) || strings.Count(got, "@") != 1 {
			t.Fatalf("%q and %q gave %q", mailbox, tag, got)
		}
	})
}

func TestPersonalAddress(t *testing.T) {
	for email, want := range map[string]bool{
		"someone@gmail.com": true, "Some.One@Outlook.com": true, "x@icloud.com": true, "x+aws@gmail.com": true,
		"first.last@acme.example": true, "first.last+aws@acme.example": true, "First.Last@acme.example": true,
		mail: false, "aws-billing@acme.example": false, "team@notgmail.com": false, "a.b@acme.example": false, "": false, "gmail.com": false,
	} {
		if got := PersonalAddress(email); got != want {
			t.Errorf("%s: %v, want %v", email, got, want)
		}
	}
}

func TestRegions(t *testing.T) {
	if len(enabledRegions) != 17 || len(optInRegions) != 17 {
		t.Errorf("%d and %d Regions, want 17 and 17", len(enabledRegions), len(optInRegions))
	}
	seen := map[string]bool{}
	for _, region := range append(Regions(), optInRegions...) {
		if seen[region] || !KnownRegion(region) {
			t.Errorf("%s is twice in the lists or not known", region)
		}
		seen[region] = true
	}
	Regions()[0] = "x"
	if Regions()[0] != "us-east-1" || OptInRegion("us-east-1") || !OptInRegion("af-south-1") || KnownRegion("") {
		t.Error("the lists say wrong things")
	}
}

func TestProduction(t *testing.T) {
	for name, want := range map[string]bool{"production": true, "Prod EU": true, "shop-live": true, "prd": true, "products": false, "development": false, "Preprod": false, "": false} {
		if got := (Account{Name: name}).Production(); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestKeyAndSecurity(t *testing.T) {
	for name, want := range map[string]string{"production": "production", "Log Archive": "log-archive", " Büro 2 ": "b-ro-2", "--": ""} {
		if got := (Account{Name: name}).Key(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := (Answers{Email: mail}).WithDefaults().Security(); got != "security" {
		t.Errorf("security account %q", got)
	}
	if got := (Answers{Accounts: []Account{{Name: "production", Unit: UnitWorkloads}}}).Security(); got != "" {
		t.Errorf("security account %q, want none", got)
	}
}
