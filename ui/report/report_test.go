package report_test

import (
	"strings"
	"testing"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
	"awswizard/ui/report"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
)

func results() map[string]*run.Result {
	return map[string]*run.Result{
		"done": {Steps: []run.StepResult{{Name: "organization", Title: "The organization", Done: true, OK: 12}, {Name: "trail", Title: "The trail", Done: true}}},
		"trouble": {Steps: []run.StepResult{
			{Name: "organization", Title: "The organization", OK: 1, Failed: 1,
				Problems: []run.ItemProblem{{Item: "organization/account/production", Title: "Create the account production", Problem: run.Problem{
					What: "Create the account production was refused.", Why: "Your organization may have 2 accounts.", Next: "Ask AWS for more.",
					Code: "ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED", RequestID: "1234"}}},
				Left: []plan.Item{{Call: &plan.Call{Title: "Create the account production"}}}},
			{Name: "identity", Title: "Sign-in", Skipped: true, Left: []plan.Item{{HandOff: &plan.HandOff{Title: "Switch on the login page", URL: "https://eu-west-1.console.aws.amazon.com/singlesignon/home?region=eu-west-1"}}}},
			{Name: "budgets", Title: "Budget", NotReached: true},
			{Name: "network", Title: "Default networks", Left: []plan.Item{{Later: &plan.Later{Title: "Remove the default VPCs of production"}}}},
		}},
	}
}

func TestReport(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			facts := plan.NewFacts(map[string]string{"identity.start_url": "https://d-1234567890.awsapps.com/start"})
			golden.RequireEqual(t, report.Text(r, report.Options{Sandbox: name == "done", Facts: facts}))
		})
	}
}

// TestAWayBackThatWaits: where all that is left cannot be taken back now, nobody is told to try at once again.
func TestAWayBackThatWaits(t *testing.T) {
	locked := plan.Item{Blocked: &plan.Blocked{What: "The archive stays until next year.", Why: "It is locked.", Next: "Nothing to do now."}}
	waits := &run.Result{Steps: []run.StepResult{{Title: "The trail", OK: 3, Left: []plan.Item{locked}}, {Title: "Budget", Done: true}}}
	undo := report.Options{Undo: true}
	if text := report.Text(waits, undo); !strings.HasPrefix(text, "All that can be taken back now is taken back.") || strings.Contains(text, "the same command") {
		t.Errorf("%s", text)
	}
	waits.Steps[0].Left = append(waits.Steps[0].Left, plan.Item{Call: unit()})
	if text := report.Text(waits, undo); !strings.HasPrefix(text, "The way back is not finished.") || !strings.Contains(text, "the same command") {
		t.Errorf("with a call left:\n%s", text)
	}
}

func TestNoLineIsWiderThanTheScreenExceptAddresses(t *testing.T) {
	for width := 40; width <= 160; width++ {
		for _, r := range results() {
			for l := range strings.Lines(report.Text(r, report.Options{Width: width})) {
				if ansi.StringWidth(strings.TrimRight(l, "\n")) > width && !strings.Contains(l, "https://") && len(strings.Fields(l)) > 1 {
					t.Fatalf("at width %d: %q", width, l)
				}
			}
		}
	}
}

// TestOf is the report as it ends on the screen and in the file that is kept.
func TestOf(t *testing.T) {
	all := results()
	all["done"].Steps[0].Made = []*plan.Call{unit()}
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			facts := plan.NewFacts(map[string]string{"identity.start_url": "https://d-1234567890.awsapps.com/start"})
			ahead := report.Options{Facts: facts, MonthlyUSD: 3, Score: []string{"15 of 17 controls are met."}}
			golden.RequireEqual(t, report.Of(r, ahead).Markdown(r)+"\n---\n\n"+report.Of(r, report.Options{Facts: facts, Undo: true}).Markdown(r))
		})
	}
}

// TestPlan is a dry run as Markdown, with one item of each kind.
func TestPlan(t *testing.T) {
	step := steps.Step{Name: "organization", Title: "The organization", About: steps.About{Why: "Because.", What: "Units.", Cost: "Free.", Undo: "At once."}}
	items := []plan.Item{{Call: unit()},
		{HandOff: &plan.HandOff{Title: "Switch on the login page", Why: "AWS lets only a person do this.", URL: "https://eu-west-1.console.aws.amazon.com/", Clicks: []string{"Open the link.", "Press Enable."}}},
		{Later: &plan.Later{Title: "Remove default networks", Why: "The accounts do not exist yet.", Operations: []string{"ec2:DeleteVpc"}, Places: []plan.Place{{Account: "production", Region: "eu-west-1"}}, MostCalls: 4}},
		{Blocked: &plan.Blocked{What: "The quota is used up.", Why: "AWS allows 2 accounts.", Next: "Ask for more."}},
		{Blocked: &plan.Blocked{What: "The old trail stays.", Why: "It is yours.", Next: "Delete it yourself.", Kept: true}}}
	golden.RequireEqual(t, report.Plan([]run.StepPlan{{Step: step, Items: items}, {Step: steps.Step{Title: "Budget"}}}))
}

func unit() *plan.Call {
	return &plan.Call{ID: "organization/unit/security", Title: "Create the organizational unit Security", Why: "It holds the account with the logs.",
		Effect: plan.Creates, Where: plan.Place{Account: "111111111111", Region: "us-east-1"}, Undo: "Delete it.", IAMAction: "organizations:CreateOrganizationalUnit",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).CreateOrganizationalUnit, func(plan.Facts) *organizations.CreateOrganizationalUnitInput {
			return &organizations.CreateOrganizationalUnitInput{Name: aws.String("Security ``` of `Acme`"), ParentId: aws.String("r-ab12")}
		})}
}

// TestAWayBackWithNothingToTakeBack claims no work.
func TestAWayBackWithNothingToTakeBack(t *testing.T) {
	r := &run.Result{Steps: []run.StepResult{{Name: "a", Title: "A", Done: true}}}
	x := report.Of(r, report.Options{Undo: true})
	if x.Title != "There is nothing to take back." || x.Sections[0].Lines[0] != "No call was made in this run." {
		t.Errorf("got %+v", x)
	}
}
