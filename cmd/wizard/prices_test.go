package main

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"awswizard/internal/answers"
	"awswizard/steps"
	"awswizard/steps/alerts"
	"awswizard/steps/setup"
)

// allPaid is a wizard.yaml that says yes to all that costs money.
const allPaid = founderAnswers + `  per_account: {production: 100}
  anomalies: immediate
trail: {data_events: all, sensitive_buckets: [customers]}
alerts: {slack: true, heartbeat_hours: 6}
guardduty: used-regions
vpc: {accounts: [production], nat: per-zone}
`

// loggedPaid is one that asks for the cheaper way to watch a bucket.
const loggedPaid = founderAnswers + "trail: {data_events: access-logs, sensitive_buckets: [acme-robotics-downloads]}\n"

// asked says which answer asks for what costs money, by the beginning of its id. What nobody is asked about by itself is
// part of a step that names its price before its plan is approved.
var asked = map[string]string{
	"trail/trail/":             "the step trail",
	"trail/replication/":       "the step trail",
	"trail/selectors/":         "trail.data_events",
	"trail/access-logs/":       "trail.data_events",
	"alerts/notification":      "alerts.slack",
	"alerts/heartbeat":         "alerts.heartbeat_hours",
	"baseline/guardduty/all/":  "guardduty",
	"baseline/later/guardduty": "guardduty",
	"vpc/later/":               "vpc.nat",
}

// priced is one planned item that costs money.
type priced struct {
	ID         string
	Type       string
	MonthlyUSD float64 `json:"monthly_usd"`
}

// planOf is the plan with the trial's answers; where they want Slack, the founder has a channel.
func planOf(t *testing.T, tr *trial, flags ...string) string {
	t.Helper()
	env := map[string]string{}
	if strings.Contains(tr.read(tr.answers), "slack: true") {
		env[alerts.WebhookVariable] = "https://hooks.slack.com/services/T0/B0/secretpart"
	}
	r := wizardIn(func(name string) string { return env[name] }, append([]string{"plan", "--sandbox=" + tr.sandbox, "--answers", tr.answers}, flags...)...)
	if r.code != exitDone {
		t.Fatalf("exit %d: %s", r.code, r.err)
	}
	return r.out
}

// prices are the items of a plan that cost money.
func prices(t *testing.T, tr *trial) []priced {
	t.Helper()
	var found []priced
	for line := range strings.SplitSeq(strings.TrimSpace(planOf(t, tr, "--json")), "\n") {
		var p priced
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		if (p.Type == "call" || p.Type == "later") && p.MonthlyUSD > 0 {
			found = append(found, p)
		}
	}
	return found
}

var monthly = regexp.MustCompile(`about \$([0-9.]+) a month`)

// total is the price that the plan names at its end.
func total(t *testing.T, text string) float64 {
	t.Helper()
	all := monthly.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		t.Fatal("the plan names no total")
	}
	usd, err := strconv.ParseFloat(all[len(all)-1][1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return usd
}

// TestNothingCostsMoneyUnasked reads the plans of an account: with the answers a founder must give, and with a yes to
// all that costs money. Each price was asked for, its question names it, and the total is the sum.
func TestNothingCostsMoneyUnasked(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"defaults": founderAnswers, "everything": allPaid, "access logs": loggedPaid} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, "messy") // there is a bucket already
			tr.write(tr.answers, file)
			tr.run("status")
			sum, keys := 0.0, map[string]bool{}
			for _, p := range prices(t, tr) {
				sum += p.MonthlyUSD
				by := ""
				for beginning, key := range asked {
					if strings.HasPrefix(p.ID, beginning) {
						by = key
					}
				}
				step, basic := strings.CutPrefix(by, "the step ")
				switch {
				case by == "":
					t.Errorf("%s costs $%.2f a month, and nothing says who asks for it", p.ID, p.MonthlyUSD)
				case name == "defaults" && !basic:
					t.Errorf("%s costs $%.2f a month, and %s was not answered", p.ID, p.MonthlyUSD, by)
				case basic && !strings.Contains(stepNamed(t, step).About.Cost, "$"):
					t.Errorf("%s costs $%.2f a month, and the step does not say so", p.ID, p.MonthlyUSD)
				case !basic && !namesPrice(t, tr.answers, by):
					t.Errorf("the question %s names no price, and its answer costs $%.2f a month", by, p.MonthlyUSD)
				}
				keys[by] = true
			}
			for _, key := range asked {
				if name == "everything" && !keys[key] {
					t.Errorf("a yes to %s brings no price", key)
				}
			}
			if name == "access logs" && !keys["trail.data_events"] {
				t.Error("access logs bring no price")
			}
			if got := total(t, planOf(t, tr)); math.Abs(got-sum) > 0.005 || sum == 0 {
				t.Errorf("the plan ends with $%.2f a month, and its items come to $%.2f", got, sum)
			}
		})
	}
}

func stepNamed(t *testing.T, name string) steps.Step {
	t.Helper()
	for _, s := range setup.Steps() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no step %s", name)
	return steps.Step{}
}

// namesPrice reports whether the question with a key says what its answer costs.
func namesPrice(t *testing.T, file, key string) bool {
	t.Helper()
	a, err := answers.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range setup.Steps() {
		for _, q := range s.Questions(nil, a.WithDefaults()) {
			if q.Key != key {
				continue
			}
			text := q.Why
			for _, c := range q.Choices {
				text += c.Label
			}
			return strings.Contains(text, "$")
		}
	}
	return false
}
