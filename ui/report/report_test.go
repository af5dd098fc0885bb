package report_test

import (
	"strings"
	"testing"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/report"

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
