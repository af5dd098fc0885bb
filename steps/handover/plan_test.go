package handover

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/goccy/go-yaml"

	"awswizard/internal/answers"
	"awswizard/internal/baseline"
	"awswizard/internal/plan"
	"awswizard/steps"
)

func TestPlans(t *testing.T) {
	used := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	for name, s := range map[string]State{
		"unknown":   {},
		"none-left": {Known: true},
		"not-root":  {Known: true, Count: 1},
		"as-root":   {Known: true, Count: 1, AsRoot: true, Keys: []Key{{ID: "AKIAOTHER", Active: true, LastUsed: used}}},
		"own-key": {Known: true, Count: 1, AsRoot: true, Keys: []Key{{ID: "AKIAOWN", Active: true, Own: true, LastUsed: used},
			{ID: "AKIAOTHER"}}},
		"all-open":        {Known: true, Accounts: accounts(func(*baseline.Account) {})},
		"secrets-found":   {Known: true, Accounts: accounts(settled, withSecrets(1))},
		"many-secrets":    {Known: true, Accounts: accounts(settled, withSecrets(6))},
		"settled":         {Known: true, Accounts: accounts(settled)},
		"support-refused": {Known: true, Accounts: accounts(settled, func(a *baseline.Account) { a.Support.Value, a.Support.Why = baseline.Support{}, "AccessDenied: no" })},
		"cannot-enter":    {Known: true, Accounts: accounts(settled, func(a *baseline.Account) { a.Support.Value, a.NoEntry = baseline.Support{}, "you are root" })},
	} {
		t.Run(name, func(t *testing.T) {
			items := planned(s, founder(), facts())
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			for _, c := range plan.Calls(items) {
				if c.Consent != plan.Typed || c.Undo != "" {
					t.Errorf("%s is deleted without a word typed for it", c.ID)
				}
			}
			golden.RequireEqual(t, plan.Describe(items, facts()))
		})
	}
}

func founder() answers.Answers {
	return answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1"}.WithDefaults()
}

func facts() plan.Facts {
	return plan.NewFacts(map[string]string{"account.management.id": "111111111111", "account.production.id": "333333333333", "organization.id": "o-example"})
}

// accounts are the management account and production, as a change of each leaves them.
func accounts(changes ...func(*baseline.Account)) []baseline.Account {
	all := []baseline.Account{{ID: "111111111111", Top: true}, {ID: "333333333333"}}
	for i := range all {
		all[i].Regions = []baseline.Region{{Name: "eu-west-1"}}
		for _, change := range changes {
			change(&all[i])
		}
	}
	return all
}

func settled(a *baseline.Account) {
	a.Support.Value.Paid = true
	a.Providers.Value = []string{"token.actions.githubusercontent.com"}
}

func withSecrets(n int) func(*baseline.Account) {
	return func(a *baseline.Account) {
		for i := range n {
			a.Regions[0].Functions.Value = append(a.Regions[0].Functions.Value, baseline.Function{Name: fmt.Sprintf("mail-%d", i+1), Secrets: []string{"SMTP_PASSWORD"}})
		}
	}
}

// TestNothingIsAskedTwice: what a person said done to is not planned again, until something else is found.
func TestNothingIsAskedTwice(t *testing.T) {
	s := State{Known: true, Accounts: accounts(withSecrets(1))}
	f := facts()
	first := planned(s, founder(), f)
	if len(first) != 3 {
		t.Fatalf("%d items", len(first))
	}
	for _, i := range first {
		if !i.HandOff.Optional || i.HandOff.Poll != nil {
			t.Errorf("%s cannot be left, or cannot be said done", i.ID())
		}
		f = f.With(map[string]string{said(i.ID()): "done"})
	}
	if again := planned(s, founder(), f); len(again) != 0 {
		t.Errorf("asked again: %s", plan.Describe(again, f))
	}
	more := State{Known: true, Accounts: accounts(withSecrets(2))}
	if again := planned(more, founder(), f); len(again) != 1 {
		t.Errorf("another secret gives %d items", len(again))
	}
}

// TestDocuments: what is to be copied into a file can be read by those who get it.
func TestDocuments(t *testing.T) {
	if entries, err := os.ReadDir("documents"); err != nil || len(entries) != 6 {
		t.Fatalf("%d documents: %v", len(entries), err)
	}
	all := ""
	for _, topic := range Topics(founder(), facts()) {
		all += strings.Join(topic.Next, "\n")
	}
	for _, text := range []string{trustDocument, deployDocument, readSecretDocument, bucketDocument, teamDocument} {
		text = filled(text, "{account}", "333333333333", "{region}", "eu-west-1", "{organization}", "o-example")
		if !json.Valid([]byte(text)) || !strings.Contains(all, text) {
			t.Errorf("not JSON, or in no topic:\n%s", text)
		}
	}
	var workflow struct {
		Permissions map[string]string
		Steps       []map[string]any
	}
	if err := yaml.Unmarshal([]byte(workflowDocument), &workflow); err != nil || workflow.Permissions["id-token"] != "write" || len(workflow.Steps) != 1 {
		t.Errorf("the workflow: %+v, %v", workflow, err)
	}
}

func TestTheWayBackSaysThatKeysStayDeleted(t *testing.T) {
	made := steps.Made{"handover/root-key/AKIAOTHER": {Step: name, Operation: "DeleteAccessKey"}}
	items := undone(State{}, answers.Answers{}, plan.Facts{}, made)
	if len(items) != 1 || items[0].Blocked == nil || !items[0].Blocked.Kept {
		t.Errorf("got %+v", items)
	}
	if items := undone(State{}, answers.Answers{}, plan.Facts{}, nil); len(items) > 0 {
		t.Errorf("nothing was made, and the way back says %+v", items)
	}
}
