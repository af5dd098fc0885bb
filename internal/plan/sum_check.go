package plan

import (
	"errors"
	"fmt"
	"strings"
)

// Check finds what is wrong with a plan as a plan: ids that are missing or used twice, items that wait for something
// not in the plan or for each other, and calls that do not say what a person must know before approving them.
func Check(items []Item) error {
	var errs []error
	work := map[string][]string{} // After by id, for what can be waited for
	seen := map[string]bool{}
	for n, i := range items {
		id := i.ID()
		if id == "" {
			errs = append(errs, fmt.Errorf("item %d has no id", n+1))
		} else if seen[id] {
			errs = append(errs, fmt.Errorf("%s: the id is used twice", id))
		}
		seen[id] = true
		if set := fieldsSet(i); set != 1 {
			errs = append(errs, fmt.Errorf("%s: an item is one of call, hand-off, later and blocked, this is %d of them", id, set))
		}
		for _, missing := range missingFrom(i) {
			errs = append(errs, fmt.Errorf("%s: %s", id, missing))
		}
		switch {
		case i.Call != nil:
			work[id] = i.Call.After
		case i.HandOff != nil:
			work[id] = i.HandOff.After
		}
	}
	for _, i := range items {
		for _, after := range work[i.ID()] {
			if _, ok := work[after]; !ok {
				errs = append(errs, fmt.Errorf("%s: waits for %s, which is no call or hand-off of this plan", i.ID(), after))
			}
		}
	}
	if id, ok := findCycle(items, work); ok {
		errs = append(errs, fmt.Errorf("%s: waits for itself", id))
	}
	return errors.Join(errs...)
}

func fieldsSet(i Item) int {
	n := 0
	for _, set := range []bool{i.Call != nil, i.HandOff != nil, i.Later != nil, i.Blocked != nil} {
		if set {
			n++
		}
	}
	return n
}

// missingFrom lists what an item does not say.
func missingFrom(i Item) []string {
	switch {
	case i.Call != nil:
		return missingFromCall(i.Call)
	case i.HandOff != nil:
		h := i.HandOff
		return missing(
			need{"step", h.Step != ""}, need{"title", h.Title != ""}, need{"why", h.Why != ""},
			need{"clicks or a sign-in", len(h.Clicks) > 0 || h.SignIn != nil},
		)
	case i.Later != nil:
		l := i.Later
		return missing(
			need{"step", l.Step != ""}, need{"title", l.Title != ""}, need{"why", l.Why != ""},
			need{"operations", len(l.Operations) > 0}, need{"places", len(l.Places) > 0},
			need{"most calls above zero", l.MostCalls > 0},
		)
	case i.Blocked != nil:
		b := i.Blocked
		return missing(need{"what", b.What != ""}, need{"why", b.Why != ""}, need{"next", b.Next != ""})
	}
	return nil
}

func missingFromCall(c *Call) []string {
	_, _, isAction := cutNonEmpty(c.IAMAction, ":")
	return missing(
		need{"step", c.Step != ""}, need{"title", c.Title != ""}, need{"why", c.Why != ""},
		need{"effect", c.Effect == Creates || c.Effect == Changes || c.Effect == Deletes},
		need{"undo, or why there is none", c.Undo != "" || c.NoUndo != ""},
		need{"IAM action (service:Operation)", isAction || c.Request.Local()},
		need{fmt.Sprintf("known lane (%q is none)", c.Lane), knownLane(c)},
		need{"place (account and Region)", c.Where.Account != "" && c.Where.Region != ""},
		need{"request", c.Request.build != nil && c.Request.Service != "" && c.Request.Operation != ""},
		need{"question for its typed consent", c.Consent != Typed || c.ConsentAsk != ""},
		need{"typed consent for what is named", c.Named == "" || c.Consent == Typed},
		need{"name to type for what is lost for good", c.Effect != Deletes || c.Undo != "" || c.Consent != Typed || c.Named != ""},
	)
}

type need struct {
	what string
	met  bool
}

func missing(needs ...need) []string {
	var out []string
	for _, n := range needs {
		if !n.met {
			out = append(out, "has no "+n.what)
		}
	}
	return out
}

// knownLane reports whether a call's lane is one of those all steps share, or one of its own step. A misspelt shared
// lane would let two Organizations writes run side by side, which AWS answers with ConcurrentModificationException.
func knownLane(c *Call) bool {
	name, rest, deeper := strings.Cut(c.Lane, "/")
	parts := strings.Split(rest, "/")
	for _, p := range parts {
		if deeper && p == "" {
			return false
		}
	}
	switch name {
	case "organizations", "trail", "budgets":
		return !deeper
	case "identity":
		return !deeper || len(parts) == 1
	case "network":
		return deeper && (len(parts) == 2 || len(parts) == 3) // the place, and within it what may go side by side
	case "":
		return false
	}
	return name == c.Step
}

func cutNonEmpty(s, sep string) (before, after string, ok bool) {
	before, after, ok = strings.Cut(s, sep)
	return before, after, ok && before != "" && after != ""
}

// findCycle returns an item that waits for itself, directly or through others.
func findCycle(items []Item, after map[string][]string) (id string, found bool) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(id string) bool
	visit = func(id string) bool {
		if state[id] != 0 {
			return state[id] == visiting
		}
		state[id] = visiting
		for _, next := range after[id] {
			if visit(next) {
				return true
			}
		}
		state[id] = done
		return false
	}
	for _, i := range items {
		if visit(i.ID()) {
			return i.ID(), true
		}
	}
	return "", false
}
