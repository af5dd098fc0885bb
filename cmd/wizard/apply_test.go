package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// fieldsOf are the fields of design §8 that a line of each type always has, besides v, type and time.
var fieldsOf = map[string][]string{
	"call": {"id", "step", "lane", "service", "operation", "account", "account_name", "region", "effect", "reversible", "monthly_usd",
		"iam_action", "title", "input", "cli", "after"},
	"file":     {"id", "step", "lane", "effect", "reversible", "title", "path", "diff", "after"},
	"handoff":  {"id", "step", "title", "url", "clicks"},
	"later":    {"id", "step", "title", "operations", "places", "most_calls"},
	"blocked":  {"id", "step", "what", "why", "next", "code", "kept"},
	"begin":    {"id"},
	"ok":       {"id"},
	"fail":     {"id", "what"},
	"skip":     {"id"},
	"wait":     {"reason"},
	"step":     {"step"},
	"step-end": {"step"},
	"summary":  {"counts", "plan_hash", "exit"},
}

// wellFormed checks what every reader of --json relies on.
func wellFormed(t *testing.T, r ran) []line {
	t.Helper()
	all := lines(t, r.out)
	for n, l := range all {
		kind := l.text("type")
		fields, known := fieldsOf[kind]
		if !known {
			t.Errorf("line %d has the unknown type %q", n+1, kind)
		}
		if l["v"] != 1.0 {
			t.Errorf("line %d: v is %v", n+1, l["v"])
		}
		if _, err := time.Parse(time.RFC3339Nano, l.text("time")); err != nil {
			t.Errorf("line %d: %v", n+1, err)
		}
		for _, f := range fields {
			if _, has := l[f]; !has {
				t.Errorf("line %d, a %s, lacks %s: %v", n+1, kind, f, l)
			}
		}
		if kind == "call" && !slices.Contains([]string{"create", "change", "delete"}, l.text("effect")) {
			t.Errorf("line %d: effect %q", n+1, l.text("effect"))
		}
	}
	if n := slices.IndexFunc(all, func(l line) bool { return l.text("type") == "summary" }); n != len(all)-1 {
		t.Errorf("the summary is line %d of %d", n+1, len(all))
	}
	if got := all[len(all)-1]["exit"]; got != float64(r.code) {
		t.Errorf("the summary says exit %v, the program ended with %d", got, r.code)
	}
	return all
}

// TestApplyThenNothingIsLeft is the whole set-up without a person, and that it is done once.
func TestApplyThenNothingIsLeft(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	first := tr.must(exitDone, "apply", "--yes", "--json")
	all := wellFormed(t, first)
	if first.err != "" {
		t.Errorf("standard error: %s", first.err)
	}
	shown := map[string]bool{}
	ended := map[string]bool{}
	for _, l := range all {
		id := l.text("id")
		switch l.text("type") {
		case "call", "file", "handoff":
			shown[id] = true
		case "begin":
			if !shown[id] {
				t.Errorf("%s began without having been shown", id)
			}
		case "ok", "fail", "skip":
			ended[id] = true
		}
	}
	for id := range shown {
		if !ended[id] {
			t.Errorf("%s was shown, and what became of it is not told", id)
		}
	}
	if len(first.writes) < 400 {
		t.Errorf("only %d writes: is this the whole set-up?", len(first.writes))
	}

	after := tr.must(exitDone, "plan", "--detailed-exitcode")
	if strings.Contains(after.out, "aws ") || strings.Count(after.out, "Nothing to do.") != len(allSteps()) {
		t.Errorf("the plan after the set-up is not empty:\n%s", after.out)
	}
	second := tr.must(exitDone, "apply", "--yes", "--json")
	wellFormed(t, second)
	if len(second.writes) != 0 {
		t.Errorf("the second apply wrote: %+v", second.writes)
	}
	third := tr.must(exitDone, "apply", "--yes")
	if len(third.writes) != 0 {
		t.Errorf("the third apply wrote: %+v", third.writes)
	}
}

// TestOnlyTheStepAskedFor acts in no other step.
func TestOnlyTheStepAskedFor(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	r := tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	for _, l := range ofType(wellFormed(t, r), "call", "begin", "ok") {
		if l.text("step") != "organization" {
			t.Errorf("%s of the step %s", l.text("id"), l.text("step"))
		}
	}
	for _, w := range r.writes {
		if !slices.Contains([]string{"organizations", "iam", "account", "servicequotas"}, w.Service) {
			t.Errorf("wrote %s.%s", w.Service, w.Operation)
		}
	}
	if len(r.writes) == 0 {
		t.Error("nothing was written")
	}
	left := tr.must(exitChanges, "plan", "--detailed-exitcode", "--step", "identity")
	if !strings.Contains(left.out, "Identity Center") || strings.Contains(left.out, "trail") {
		t.Errorf("the plan of one step:\n%s", left.out)
	}
	if again := tr.must(exitDone, "plan", "--detailed-exitcode", "--step", "organization"); !strings.Contains(again.out, "Nothing to do.") {
		t.Errorf("the organization is not done:\n%s", again.out)
	}
}

// TestPlansAreJSONLines is `plan --json` before anything was done.
func TestPlansAreJSONLines(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	r := tr.must(exitChanges, "plan", "--json", "--detailed-exitcode")
	all := wellFormed(t, r)
	seen := map[string]bool{}
	for _, l := range all[:len(all)-1] {
		if id := l.text("id"); seen[id] {
			t.Errorf("%s stands there twice", id)
		} else {
			seen[id] = true
		}
		if l.text("type") == "call" && !strings.HasPrefix(l.text("cli"), "aws ") {
			t.Errorf("%s has the command line %q", l.text("id"), l.text("cli"))
		}
	}
	counts, _ := all[len(all)-1]["counts"].(map[string]any)
	planned := fmt.Sprint(len(ofType(all, "call", "file")))
	if got := fmt.Sprint(counts["create"].(float64) + counts["change"].(float64) + counts["delete"].(float64)); got != planned {
		t.Errorf("the summary counts %s calls, there are %s", got, planned)
	}
	same := tr.must(exitDone, "plan", "--json")
	if got := lines(t, same.out); got[len(got)-1]["plan_hash"] != all[len(all)-1]["plan_hash"] {
		t.Error("planning twice gives two hashes")
	}
}
