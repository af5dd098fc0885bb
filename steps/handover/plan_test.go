package handover

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
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
	} {
		t.Run(name, func(t *testing.T) {
			items := planned(s, answers.Answers{}, plan.Facts{})
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			for _, c := range plan.Calls(items) {
				if c.Consent != plan.Typed || c.Undo != "" {
					t.Errorf("%s is deleted without a word typed for it", c.ID)
				}
			}
			golden.RequireEqual(t, plan.Describe(items, plan.NewFacts(nil)))
		})
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
