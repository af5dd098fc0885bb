// Package plan holds the values that describe what the wizard wants to do: calls, hand-offs, and the facts
// they use. It makes no requests and knows no AWS service; a plan can be shown, hashed and compared.
package plan

import (
	"maps"
	"slices"
	"strings"
)

// Facts are values learned on the way (organization id, account ids, ARNs), by key. Keys are dotted,
// lower-case paths such as "organization.id", "account.security.id" or "identity.instance". Facts is a
// value: With returns a copy, so a plan made from one Facts cannot change another's.
type Facts struct{ values map[string]string }

// NewFacts returns Facts holding a copy of values.
func NewFacts(values map[string]string) Facts { return Facts{maps.Clone(values)} }

const (
	placeholderStart = "(known after "
	placeholderEnd   = ")"
)

// Get returns the fact, or the placeholder "(known after KEY)" where it is not known yet. A request that
// still holds a placeholder is never sent (see Unknown).
func (f Facts) Get(key string) string {
	if v, ok := f.values[key]; ok && v != "" {
		return v
	}
	return placeholderStart + key + placeholderEnd
}

// Lookup returns the fact and whether it is known.
func (f Facts) Lookup(key string) (string, bool) {
	v, ok := f.values[key]
	return v, ok && v != ""
}

// With returns a copy of f with more added; values in more win. Empty values are ignored.
func (f Facts) With(more map[string]string) Facts {
	out := maps.Clone(f.values)
	if out == nil {
		out = map[string]string{}
	}
	for k, v := range more {
		if v != "" {
			out[k] = v
		}
	}
	return Facts{out}
}

// Keys returns the known keys, sorted.
func (f Facts) Keys() []string { return slices.Sorted(maps.Keys(f.values)) }

// Map returns a copy of the known facts.
func (f Facts) Map() map[string]string { return maps.Clone(f.values) }

// Unknown reports the first fact key whose placeholder stands in s.
func Unknown(s string) (key string, found bool) {
	_, rest, ok := strings.Cut(s, placeholderStart)
	if !ok {
		return "", false
	}
	key, _, ok = strings.Cut(rest, placeholderEnd)
	return key, ok
}

// Management is the account reference of the organization's management account.
const Management = "management"

// QuietUntil is the fact key of the time until which alarms say nothing of what this run does (RFC 3339). A dry run has none:
// its plan holds the placeholder, and is the same whenever it is carried out.
const QuietUntil = "run.quiet_until"

// UnreadFact is the fact key that says whether the state of a step could not be looked at: "yes" or "no".
func UnreadFact(step string) string { return step + ".unread" }

// AccountFact is the fact key that holds the 12-digit id of the account with this reference
// ("management", "security", …).
func AccountFact(ref string) string { return "account." + ref + ".id" }

// AccountID resolves an account reference: a 12-digit id stands for itself, a name is looked up.
func (f Facts) AccountID(ref string) string {
	if IsAccountID(ref) {
		return ref
	}
	return f.Get(AccountFact(ref))
}

// IsAccountID reports whether s has the form of an AWS account id: 12 digits.
func IsAccountID(s string) bool {
	if len(s) != 12 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
