package sandbox

import (
	"slices"
	"strings"
)

// operators are the condition operators of policies the sandbox evaluates: whether a value of the request matches
// one of the policy's words.
var operators = map[string]func(word, value string) bool{
	"StringEquals":           func(word, value string) bool { return word == value },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             wildcard,
	"ArnEquals":              wildcard,
	"ArnLike":                wildcard,
	"Bool":                   strings.EqualFold,
	"Null":                   nil, // about the key being there, see condition
}

// baseOperator strips what can stand around an operator: set quantifier, Not, IfExists. ArnNotLike is ArnLike.
func baseOperator(operator string) string {
	_, op, found := strings.Cut(operator, ":")
	if !found {
		op = operator
	}
	return strings.Replace(strings.TrimSuffix(op, "IfExists"), "Not", "", 1)
}

// condition evaluates one operator on one key. values are the request's, none when the key is absent.
func condition(operator string, wanted words, values []string) bool {
	base := baseOperator(operator)
	if base == "Null" {
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, "true") == (len(values) == 0) })
	}
	negated := strings.Contains(operator, "Not")
	if len(values) == 0 {
		// An absent key matches no word, so negated operators are true; ...IfExists and ForAllValues are true, too.
		return negated && !strings.HasPrefix(operator, "ForAnyValue:") ||
			strings.HasSuffix(operator, "IfExists") || strings.HasPrefix(operator, "ForAllValues:")
	}
	match := func(value string) bool {
		return slices.ContainsFunc(wanted, func(w string) bool { return operators[base](w, value) }) != negated
	}
	if strings.HasPrefix(operator, "ForAllValues:") {
		return !slices.ContainsFunc(values, func(v string) bool { return !match(v) })
	}
	return slices.ContainsFunc(values, match)
}

// wildcard reports whether s fits a pattern with * and ?.
func wildcard(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0: // let the last * take one character more
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// asked is a request as a policy sees it.
type asked struct {
	Action, Resource string
	Keys             map[string][]string // condition keys in lower case
}

// applies reports whether a statement is about the request. Action names do not care for case, resources do.
func (st statement) applies(q asked) bool {
	action := func(a string) bool { return wildcard(strings.ToLower(a), strings.ToLower(q.Action)) }
	resource := func(a string) bool { return a == "*" || wildcard(a, q.Resource) }
	if len(st.Action) > 0 && !slices.ContainsFunc(st.Action, action) || slices.ContainsFunc(st.NotAction, action) {
		return false
	}
	if len(st.Resource) > 0 && !slices.ContainsFunc(st.Resource, resource) || slices.ContainsFunc(st.NotResource, resource) {
		return false
	}
	for operator, keys := range st.Condition {
		for key, wanted := range keys {
			if !condition(operator, wanted, q.Keys[strings.ToLower(key)]) {
				return false
			}
		}
	}
	return true
}

// says reports whether the document has a statement of that effect about the request.
func (d *policyDocument) says(effect string, q asked) bool {
	return slices.ContainsFunc(d.Statement, func(st statement) bool { return st.Effect == effect && st.applies(q) })
}
