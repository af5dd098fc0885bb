package guardrails

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// statements reads a policy document as a sorted list of canonical statements: without Sid (a label), with single
// values as lists, lists sorted, and actions in lower case, as IAM compares them.
func statements(document string) ([]string, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &doc); err != nil {
		return nil, fmt.Errorf("guardrails: reading a policy: %w", err)
	}
	var list []map[string]any
	if err := json.Unmarshal(doc.Statement, &list); err != nil {
		var one map[string]any // a lone statement may stand without its list
		if err := json.Unmarshal(doc.Statement, &one); err != nil {
			return nil, fmt.Errorf("guardrails: reading a policy's statements: %w", err)
		}
		list = []map[string]any{one}
	}
	var out []string
	for _, st := range list {
		delete(st, "Sid")
		for key, value := range st {
			switch key {
			case "Action", "NotAction":
				st[key] = sorted(value, strings.ToLower)
			case "Resource", "NotResource":
				st[key] = sorted(value, func(s string) string { return s })
			case "Condition":
				condition, err := canonicalCondition(value)
				if err != nil {
					return nil, err
				}
				st[key] = condition
			}
		}
		text, err := json.Marshal(st) // map keys come out sorted
		if err != nil {
			return nil, fmt.Errorf("guardrails: comparing policies: %w", err)
		}
		out = append(out, string(text))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// sorted makes a sorted list of one value or a list of values. Conditions may hold true or "true" for the same.
func sorted(value any, fold func(string) string) []string {
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	var out []string
	for _, v := range values {
		out = append(out, fold(fmt.Sprint(v)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// canonicalCondition folds operator and key names, which IAM compares without regard to case, but not values. What is no
// condition, or has a name twice, is an error: nobody knows which of the two AWS would take.
func canonicalCondition(value any) (any, error) {
	operators, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("guardrails: a condition is not an object")
	}
	out := map[string]map[string][]string{}
	for operator, keys := range operators {
		byKey, ok := keys.(map[string]any)
		if _, twice := out[strings.ToLower(operator)]; !ok || twice {
			return nil, fmt.Errorf("guardrails: the condition %s has no keys or is there twice", operator)
		}
		folded := map[string][]string{}
		for key, v := range byKey {
			if _, twice := folded[strings.ToLower(key)]; twice {
				return nil, fmt.Errorf("guardrails: the condition key %s is there twice", key)
			}
			folded[strings.ToLower(key)] = sorted(v, func(s string) string { return s })
		}
		out[strings.ToLower(operator)] = folded
	}
	return out, nil
}

// same reports whether two documents mean the same. A document that cannot be read is like no other.
func same(a, b string) bool {
	if sameJSON(a, b) {
		return true
	}
	left, err := statements(a)
	if err != nil {
		return false
	}
	right, err := statements(b)
	return err == nil && slices.Equal(left, right)
}

// covered reports whether every statement of document stands in some of the policies.
func covered(document string, by []Policy) bool {
	need, err := statements(document)
	if err != nil {
		return false
	}
	var have []string
	for _, p := range by {
		if list, err := statements(p.Content); err == nil {
			have = append(have, list...)
		}
	}
	return !slices.ContainsFunc(need, func(st string) bool { return !slices.Contains(have, st) })
}
