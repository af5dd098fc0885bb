package plan_test

import (
	"strings"
	"testing"

	"awswizard/internal/plan"

	"github.com/charmbracelet/x/exp/golden"
)

// onePlan is a plan with an item of each kind.
func onePlan() []plan.Item {
	trail := callFor("booleans", requests()["booleans"])
	trail.ID, trail.Title, trail.Why = "trail/trail/organization", "Create the organization trail", "Records who did what in every account."
	trail.MonthlyUSD, trail.CostNote = 0.4, "the first copy of management events is free; storage is about $0.02 per GB"
	assign := callFor("unknown-fact", requests()["unknown-fact"])
	assign.ID, assign.Step, assign.Lane = "identity/assignment/readers", "identity", "identity/production"
	assign.Title, assign.Why = "Let readers look at production", "Reading needs no write rights."
	assign.Effect, assign.Undo, assign.NoUndo = plan.Deletes, "", "a test says so"
	assign.Where.Region, assign.After = "eu-west-1", []string{"trail/trail/organization", "identity/enable"}
	assign.Consent, assign.ConsentAsk, assign.Named = plan.Typed, "a bill of $3 a month", "production"
	return []plan.Item{
		{Call: trail},
		{Call: assign},
		{HandOff: &plan.HandOff{
			ID: "identity/enable", Step: "identity", Title: "Turn on IAM Identity Center", Why: "AWS has no API for it in an organization.",
			URL: "https://console.aws.amazon.com/singlesignon/home", Clicks: []string{"Check the Region at the top right: eu-west-1.", "Press Enable."}, Optional: true,
		}},
		{Later: &plan.Later{
			ID: "network/sweep", Step: "network", Title: "Remove default VPCs", Why: "The accounts do not exist yet.",
			Operations: []string{"ec2:DeleteSubnet", "ec2:DeleteVpc"}, MostCalls: 40,
			Places: []plan.Place{{Account: "production", Region: "eu-west-1"}, {Account: "security", Region: "eu-west-1"}, {Account: "production", Region: "us-east-1"}},
		}},
		{Blocked: &plan.Blocked{
			ID: "organization/quota", Step: "organization", What: "Create the account development", Why: "The organization may have 2 accounts only.",
			Next: "Ask AWS Support to raise the limit.", Code: "ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED",
		}},
	}
}

func TestDescribe(t *testing.T) {
	golden.RequireEqual(t, plan.Describe(onePlan(), someFacts()))
}

func TestDescribeNothing(t *testing.T) {
	if got := plan.Describe(nil, plan.Facts{}); got != "Nothing to do.\n" {
		t.Errorf("got %q", got)
	}
}

func TestTotals(t *testing.T) {
	if got, want := plan.Sum(onePlan()), (plan.Totals{Create: 1, Delete: 1, HandOffs: 1, Later: 1, LaterAtMost: 40, Blocked: 1, MonthlyUSD: 0.4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for want, totals := range map[string]plan.Totals{
		"12 to create, 3 to change, 1 to delete; 1 for you to do; about $0 a month":                   {Create: 12, Change: 3, Delete: 1, HandOffs: 1},
		"0 to create, 0 to change, 0 to delete; 2 to plan later, at most 1 call; about $3.50 a month": {Later: 2, LaterAtMost: 1, MonthlyUSD: 3.5},
		"0 to create, 1 to change, 0 to delete; 1 that cannot be done now; less than $0.01 a month":   {Change: 1, Blocked: 1, MonthlyUSD: 0.001},
	} {
		if got := totals.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestPrice(t *testing.T) {
	for want, c := range map[string]plan.Call{
		"free":                                {},
		"about $3 a month":                    {MonthlyUSD: 3},
		"about $0.02 per GB stored":           {CostNote: "about $0.02 per GB stored"},
		"about $3 a month; more with traffic": {MonthlyUSD: 3, CostNote: "more with traffic"},
	} {
		if got := c.Price(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCheckAcceptsAWholePlan(t *testing.T) {
	if err := plan.Check(onePlan()); err != nil {
		t.Error(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	for want, spoil := range map[string]func(i []plan.Item){
		"used twice":                   func(i []plan.Item) { i[1].Call.ID = i[0].Call.ID },
		"has no id":                    func(i []plan.Item) { i[3].Later.ID = "" },
		"2 of them":                    func(i []plan.Item) { i[0].Later = i[3].Later },
		"0 of them":                    func(i []plan.Item) { i[0] = plan.Item{} },
		"no call or hand-off":          func(i []plan.Item) { i[0].Call.After = []string{"network/sweep"} },
		"waits for itself":             func(i []plan.Item) { i[0].Call.After = []string{"identity/assignment/readers"} },
		"has no title":                 func(i []plan.Item) { i[0].Call.Title = "" },
		"has no why":                   func(i []plan.Item) { i[0].Call.Why = "" },
		"has no effect":                func(i []plan.Item) { i[0].Call.Effect = "make" },
		"has no undo":                  func(i []plan.Item) { i[0].Call.Undo = "" },
		"has no IAM action":            func(i []plan.Item) { i[0].Call.IAMAction = "CreateTrail" },
		`lane ("trails" is none)`:      func(i []plan.Item) { i[0].Call.Lane = "trails" },
		`lane ("organizations/x"`:      func(i []plan.Item) { i[0].Call.Lane = "organizations/x" },
		`lane ("network/production"`:   func(i []plan.Item) { i[0].Call.Lane = "network/production" },
		`lane ("identity/"`:            func(i []plan.Item) { i[0].Call.Lane = "identity/" },
		`lane ("" is none)`:            func(i []plan.Item) { i[0].Call.Lane = "" },
		"has no place":                 func(i []plan.Item) { i[0].Call.Where.Region = "" },
		"has no request":               func(i []plan.Item) { i[0].Call.Request = plan.Request{} },
		"has no question":              func(i []plan.Item) { i[1].Call.ConsentAsk = "" },
		"has no name to type":          func(i []plan.Item) { i[1].Call.Named = "" },
		"has no typed consent":         func(i []plan.Item) { i[0].Call.Named = "222222222222" },
		"has no clicks or a sign-in":   func(i []plan.Item) { i[2].HandOff.Clicks = nil },
		"has no most calls above":      func(i []plan.Item) { i[3].Later.MostCalls = 0 },
		"has no places":                func(i []plan.Item) { i[3].Later.Places = nil },
		"organization/quota: has no n": func(i []plan.Item) { i[4].Blocked.Next = "" },
	} {
		items := onePlan()
		spoil(items)
		if err := plan.Check(items); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got: %v", want, err)
		}
	}
}

func TestIAMAction(t *testing.T) {
	for _, c := range []struct{ service, operation, want string }{
		{"organizations", "CreateAccount", "organizations:CreateAccount"},
		{"ssoadmin", "CreatePermissionSet", "sso:CreatePermissionSet"},
		{"costexplorer", "CreateAnomalyMonitor", "ce:CreateAnomalyMonitor"},
		{"budgets", "CreateBudget", "budgets:ModifyBudget"},
		{"s3", "PutBucketEncryption", "s3:PutEncryptionConfiguration"},
		{"s3", "PutBucketVersioning", "s3:PutBucketVersioning"},
		{"s3", "PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
		{"s3control", "PutPublicAccessBlock", "s3:PutAccountPublicAccessBlock"},
		{"lambda", "Invoke", "lambda:InvokeFunction"},
	} {
		if got := plan.IAMAction(c.service, c.operation); got != c.want {
			t.Errorf("%s %s needs %s, want %s", c.service, c.operation, got, c.want)
		}
	}
}

func TestDisplayService(t *testing.T) {
	for service, want := range map[string]string{"ssoadmin": "IAM Identity Center", "organizations": "AWS Organizations", "unheard": "unheard"} {
		if got := plan.DisplayService(service); got != want {
			t.Errorf("%s is called %q, want %q", service, got, want)
		}
	}
}

func TestTheWorkOfASumNamesNothingThatIsNot(t *testing.T) {
	t.Parallel()
	for want, totals := range map[string]plan.Totals{
		"3 to change": {Change: 3}, "1 to create, 2 to delete; about $2 a month": {Create: 1, Delete: 2, MonthlyUSD: 2},
		"1 for you to do; 1 that stays as it is": {HandOffs: 1, Kept: 1}, "": {},
	} {
		if got := totals.Work(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
