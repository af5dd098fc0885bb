package handover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The hand-offs. Whoever says done is not asked again, also where AWS shows no difference: each is a decision.
const (
	supportID  = name + "/support"
	pipelineID = name + "/pipeline"
	secretsID  = name + "/secrets-" // and a mark of what was found, so that another find is asked about anew
)

// yours are what the founder may begin with now. What has no need yet is only in the report (see Topics).
func yours(s State, a answers.Answers, f plan.Facts) []plan.Item {
	var items []plan.Item
	add := func(id string, t Topic) {
		if _, done := f.Lookup(said(id)); done {
			return
		}
		items = append(items, plan.Item{HandOff: &plan.HandOff{ID: id, Step: name, Optional: true, Title: t.Title, Why: t.Why, URL: t.URL,
			Clicks: append(t.Next, "Say done here, also when you decided against it: you are not asked again. wizard report has the commands to copy.")}})
	}
	if s.onBasic(a, f) {
		add(supportID, supportTopic(a, f))
	}
	if found := s.secrets(); len(found) > 0 {
		add(secretsID+mark(found), foundSecrets(found, steps.ReferencesOf(a, f)))
	}
	if len(s.Accounts) > 0 && s.providers() == 0 {
		add(pipelineID, pipelineTopic(a, f))
	}
	return items
}

// said is the fact that remembers a hand-off as done, where AWS gives no way to see it.
func said(id string) string { return strings.ReplaceAll(strings.ReplaceAll(id, "/", "."), "-", "_") }

// production is the reference of the account customers will depend on.
func production(a answers.Answers) string {
	first := ""
	for _, acc := range a.Accounts {
		switch {
		case acc.Production():
			return acc.Key()
		case acc.Unit == answers.UnitWorkloads && first == "":
			first = acc.Key()
		}
	}
	if first == "" {
		return plan.Management
	}
	return first
}

// onBasic reports whether the account for production has AWS's free support plan. One that does not exist yet will begin
// with it.
func (s State) onBasic(a answers.Answers, f plan.Facts) bool {
	if len(s.Accounts) == 0 {
		return false
	}
	id, exists := f.Lookup(plan.AccountFact(production(a)))
	if !exists {
		id = s.Accounts[0].ID
	}
	acc, seen := s.account(id)
	return seen && acc.Support.Why == "" && !acc.Support.Value.Paid
}

// mark is short, and another one for another find.
func mark(found []secret) string {
	sum := sha256.Sum256(fmt.Append(nil, found))
	return hex.EncodeToString(sum[:4])
}
