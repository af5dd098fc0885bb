package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
)

// TestScenarios runs the whole set-up from every place a founder may start, unattended, and shows what came of it and
// what a plan made afterwards still has.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, scenario := range scenarios() {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scenario)
			run := tr.run("apply", "--yes", "--json")
			done := wellFormed(t, run)
			after := tr.run("plan", "--json", "--detailed-exitcode")
			if len(after.writes) != 0 {
				t.Errorf("the plan wrote %v", after.writes)
			}
			left := wellFormed(t, after)
			again := tr.run("apply", "--yes", "--json")
			for _, w := range again.writes {
				t.Errorf("the second apply wrote %s.%s in %s", w.Service, w.Operation, w.Region)
			}
			if again.code != run.code {
				t.Errorf("the second apply ends with %d, the first did with %d", again.code, run.code)
			}
			text := fmt.Sprintf("wizard apply --yes: exit %d%s\n%s\nwizard plan --detailed-exitcode afterwards: exit %d%s\n%s",
				run.code, said(run), outcomes(done), after.code, said(after), plannedItems(left))
			golden.RequireEqual(t, readable(text, slices.Concat(done, left)))
		})
	}
}

func said(r ran) string {
	if r.err == "" {
		return ""
	}
	return "\n" + r.err
}

// tally counts lines that are alike, in the order of the first of each.
type tally struct {
	order []string
	count map[string]int
}

func (c *tally) add(text string) {
	if c.count == nil {
		c.count = map[string]int{}
	}
	if c.count[text] == 0 {
		c.order = append(c.order, text)
	}
	c.count[text]++
}

func (c *tally) String() string {
	var b strings.Builder
	for _, text := range c.order {
		if n := c.count[text]; n > 1 {
			text = fmt.Sprintf("%s  × %d", text, n)
		}
		fmt.Fprintf(&b, "  %s\n", text)
	}
	return b.String()
}

// short is an item's id; those of the sweeps through all Regions, of which there are hundreds, without the Region and the
// resource.
func short(l line) string {
	id := l.text("id")
	switch parts := strings.Split(id, "/"); {
	case parts[0] == "network" && len(parts) > 3:
		return strings.Join(parts[:3], "/") + "/…"
	case parts[0] == "baseline" && len(parts) > 3 && parts[len(parts)-3] == "disks":
		return strings.Join(parts[:len(parts)-1], "/") + "/…"
	}
	return id
}

// outcomes are the steps of an apply: each item in the order of the plan, with what became of it.
func outcomes(all []line) string {
	ends := map[string]line{}
	for _, l := range ofType(all, "ok", "fail", "skip") {
		ends[l.text("id")] = l
	}
	var b strings.Builder
	var items tally
	told := map[string]bool{}
	for _, l := range all {
		switch l.text("type") {
		case "step":
			fmt.Fprintf(&b, "\n== %s ==\n", l.text("step"))
		case "step-end":
			fmt.Fprintf(&b, "%s  → %s\n", items.String(), l.text("text"))
			items = tally{}
		case "call", "file", "handoff":
			if id := l.text("id"); told[id] {
				items.add(fmt.Sprintf("again    %s", short(l)))
			} else {
				told[id] = true
				items.add(ended(l, ends[id]))
			}
		case "later":
			items.add(fmt.Sprintf("later    %s (at most %v calls)", short(l), l["most_calls"]))
		case "blocked":
			items.add(blockedText(l))
		case "fail":
			if !told[l.text("id")] {
				items.add(fmt.Sprintf("FAILED   %s: %s %s %s", short(l), l.text("what"), l.text("why"), l.text("next")))
			}
		}
	}
	summary := all[len(all)-1]
	counts, _ := summary["counts"].(map[string]any)
	fmt.Fprintf(&b, "\nmade %v, failed %v, left %v\n", counts["ok"], counts["failed"], counts["left"])
	return b.String()
}

func ended(planned, end line) string {
	what := short(planned)
	if planned.text("type") == "handoff" {
		what += " (by a person)"
	}
	switch end.text("type") {
	case "ok":
		if strings.Contains(end.text("text"), "already") {
			what += " (was so already)"
		}
		return "made     " + what
	case "skip":
		return fmt.Sprintf("skipped  %s: %s", what, end.text("reason"))
	case "fail":
		return fmt.Sprintf("FAILED   %s: %s | %s | %s | %s", what, end.text("code"), end.text("what"), end.text("why"), end.text("next"))
	}
	return "NOT TOLD " + what
}

func blockedText(l line) string {
	kind := "blocked"
	if l["kept"] == true {
		kind = "kept"
	}
	return fmt.Sprintf("%-8s %s\n             %s\n             why:  %s\n             next: %s", kind, short(l), l.text("what"), l.text("why"), l.text("next"))
}

// plannedItems are the items of a plan.
func plannedItems(all []line) string {
	var items tally
	for _, l := range all {
		switch kind := l.text("type"); kind {
		case "call", "file":
			items.add(fmt.Sprintf("%-8s %s", l.text("effect"), short(l)))
		case "handoff", "later":
			items.add(fmt.Sprintf("%-8s %s", kind, short(l)))
		case "blocked":
			items.add(blockedText(l))
		}
	}
	if len(items.order) == 0 {
		return "  nothing\n"
	}
	return items.String()
}
