package guardrails

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzComparison: a document that says something else must never count as the one that is wanted, or a guardrail that
// somebody weakened would count as standing.
func FuzzComparison(f *testing.F) {
	seeds := []string{
		"", "{", `null`, `{"Statement":null}`, `{"Statement":[]}`, `{"Statement":[null]}`, `{"Statement":{}}`,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`,
		`{"Statement":[{"Sid":"A","Effect":"Deny","Action":["a:B","A:b"],"Resource":"*","Condition":{"StringEquals":{"aws:X":"v"}}}]}`,
		`{"Statement":[{"Effect":"Deny","NotAction":["iam:*"],"Resource":["*"],"Condition":{"Bool":{"aws:x":true}}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"aws:x":"1","AWS:X":"2"}}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"aws:x":"1"},"stringequals":{"aws:x":"2"}}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"StringEquals":{"aws:x":[],"AWS:X":"2"}}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"StringEquals":"x"}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":"*","Condition":{"StringEquals":["x"]}}]}`,
		`{"Statement":[{"Effect":"Deny","Action":{"a":1},"Resource":[["*"],null]}]}`,
		`{"Statement":[{"Effect":"Deny","Action":["a","b c"],"Resource":["[a b]"]}]}`,
	}
	for _, a := range seeds {
		for _, b := range seeds {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if same(a, b) != same(b, a) {
			t.Fatalf("%q and %q are the same from one side only", a, b)
		}
		left, err := statements(a)
		if err != nil {
			if covered(a, []Policy{{Content: a}}) {
				t.Fatalf("%q cannot be read and counts as standing: %v", a, err)
			}
			return
		}
		if again, err := statements(a); err != nil || !slices.Equal(left, again) {
			t.Fatalf("%q reads %q and then %q, %v", a, left, again, err)
		}
		if !same(a, a) || !covered(a, []Policy{{Content: "{"}, {Content: a}}) {
			t.Fatalf("%q is not itself", a)
		}
		if right, err := statements(b); err == nil && same(a, b) && !sameJSON(a, b) && !slices.Equal(left, right) {
			t.Fatalf("%q and %q are the same and say %q and %q", a, b, left, right)
		}
		for _, changed := range changes(t, a) {
			if same(a, changed) {
				t.Fatalf("%q is the same as %q", a, changed)
			}
		}
	})
}

// changes are documents in which one member of one statement says something else.
func changes(t *testing.T, document string) []string {
	var doc struct{ Statement json.RawMessage }
	var list []map[string]any
	if json.Unmarshal([]byte(document), &doc) != nil || json.Unmarshal(doc.Statement, &list) != nil {
		return nil
	}
	var out []string
	for i := range list {
		for key, was := range list[i] {
			if key == "Sid" {
				continue // a label
			}
			list[i][key] = []any{was, "something else"}
			text, err := json.Marshal(map[string]any{"Statement": list})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(text))
			list[i][key] = was
		}
	}
	return out
}
