package steps

import (
	"encoding/json"
	"strings"
	"time"

	"awswizard/internal/plan"
)

// Done gives the call made under id, when it was this operation.
func (m Made) Done(id, operation string) (MadeCall, bool) {
	call, ok := m[id]
	return call, ok && call.Operation == operation
}

// Under reports whether a call was made whose id begins with this, e.g. "budgets/notification/".
func (m Made) Under(prefix string) bool {
	for id := range m {
		if strings.HasPrefix(id, prefix) {
			return true
		}
	}
	return false
}

// Input decodes the request of a made call, as the AWS CLI writes it; what it has not stays empty.
func Input[T any](m MadeCall) T {
	var in, empty T
	if len(m.Input) == 0 || json.Unmarshal(m.Input, &in) != nil {
		return empty
	}
	return in
}

// Day is the day the call was made, for a person.
func (m MadeCall) Day() string { return Day(m.Time) }

// Day writes a day as people read it: 7 March 2026.
func Day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// UnlessChanged makes a call of the way back need a typed yes of its own when somebody changed since what it takes back.
// What was changed is said in words.
func UnlessChanged(c plan.Call, changes []string) plan.Call {
	if len(changes) > 0 {
		c.Consent = plan.Typed
		c.ConsentAsk = "This was changed since the wizard made it: " + strings.Join(changes, "; ") + ". It stays unless you agree to this: " + c.Title + "."
	}
	return c
}
