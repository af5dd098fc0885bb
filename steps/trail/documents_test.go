package trail

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// FuzzOverSomebodysPolicy puts our statements over a bucket policy that was there: ours stand then, theirs are all kept,
// and a second time changes nothing.
func FuzzOverSomebodysPolicy(f *testing.F) {
	want := load("log-bucket.json", values{"bucket": "b", "trail": "arn:t", "management": managementAccount, "organization": "o-1"})
	for _, s := range []string{"", "{", "null", `{"Statement":null}`, `{"Statement":[null]}`, `{"Statement":{}}`, `{"Statement":[{}]}`, want.text(),
		`{"Version":"2012-10-17","Statement":{"Sid":"Theirs","Effect":"Deny","Principal":"*","NotAction":"s3:GetObject","Resource":"*"}}`,
		`{"Statement":[{"Sid":"DenyNonTLS","Effect":"Allow","Principal":"*","Action":"s3:*"},{"Sid":null},{"Sid":{"a":[1]}},{"Effect":"Deny"}]}`,
		`{"Statement":[{"Condition":{"NumericLessThan":{"a":12345678901234567890,"b":1e3}}}]}`, `{"Statement":[{"Resource":"<&>\u2028"}]}`} {
		f.Add(s)
	}
	ours := map[any]bool{}
	for _, s := range want.Statement {
		ours[s.Sid] = true
	}
	f.Fuzz(func(t *testing.T, current string) {
		merged := want.over(current)
		if !want.stands(merged) {
			t.Fatalf("ours do not stand in %s", merged)
		}
		if again := want.over(merged); again != merged {
			t.Fatalf("the second time gives %s, the first time %s", again, merged)
		}
		have := numbered(t, merged)
		for _, s := range numbered(t, current) {
			if sid, ok := s["Sid"].(string); s == nil || ok && ours[sid] {
				continue
			}
			found := false
			for _, h := range have {
				found = found || reflect.DeepEqual(h, s)
			}
			if !found {
				t.Fatalf("%v is lost in %s", s, merged)
			}
		}
	})
}

// numbered are the statements of a policy with their numbers as they are written.
func numbered(t *testing.T, policy string) []map[string]any {
	t.Helper()
	if len(statements(policy)) == 0 {
		return nil
	}
	var lone struct{ Statement map[string]any }
	var list struct{ Statement []map[string]any }
	for _, into := range []any{&list, &lone} {
		d := json.NewDecoder(strings.NewReader(policy))
		d.UseNumber()
		if d.Decode(into) == nil {
			break
		}
	}
	if list.Statement == nil {
		return []map[string]any{lone.Statement}
	}
	return list.Statement
}
