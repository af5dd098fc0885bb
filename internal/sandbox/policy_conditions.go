package sandbox

import (
	"strings"
)

// operators are the condition operators of policies the sandbox evaluates: whether a value of the request wildcard
// one of the policy's words.
var operators = map[string]func(word, value string) bool{
	"StringEquals":           func(word, value string) bool { return word == value },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             wildcard,
	"ArnEquals":              wildcard,
	"ArnLike":                wildcard,
	"Bool":                   strings.EqualFold,
	"Null":                   strings.EqualFold,
}

// baseOperator strips what can stand around an operator: set quantifier, Not, IfExists. ArnNotLike is ArnLike.
func baseOperator(operator string) string {
	_, op, found := strings.Cut(operator, ":")
	if !found {
		op = operator
	}
	op = strings.TrimSuffix(op, "IfExists")
	return strings.Replace(op, "Not", "", 1)
}

// wildcard reports whether s fits a pattern with * and ?.
func wildcard(pattern, s string) bool {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*':
			for j := range len(s) - i + 1 {
				if wildcard(pattern[i+1:], s[i+j:]) {
					return true
				}
			}
			return false
		case '?':
			if i >= len(s) {
				return false
			}
		default:
			if i >= len(s) || s[i] != pattern[i] {
				return false
			}
		}
	}
	return len(pattern) == len(s)
}
