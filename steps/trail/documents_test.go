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

// A policy's version says how its statements are read: ${…} is a name in 2012-10-17 only. Theirs are read as before.
func TestTheVersionOfTheirPolicyStays(t *testing.T) {
	ours := load("log-bucket.json", values{})
	theirs := `"Statement":{"Sid":"Theirs","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}}`
	for _, c := range []struct{ name, current, want string }{
		{"the older", `{"Version":"2008-10-17",` + theirs, "2008-10-17"},
		{"the newer", `{"Version":"2012-10-17",` + theirs, "2012-10-17"},
		{"none", "{" + theirs, ""},
		{"no policy", "", "2012-10-17"},
		{"only ours, in the older", strings.Replace(ours.text(), "2012-10-17", "2008-10-17", 1), "2012-10-17"},
	} {
		if got := version(ours.over(c.current)); got != c.want {
			t.Errorf("%s: became %q, want %q", c.name, got, c.want)
		}
		if c.want == "" && !strings.HasPrefix(ours.over(c.current), `{"Statement"`) {
			t.Errorf("%s: a version is there: %s", c.name, ours.over(c.current))
		}
	}
	for _, s := range ours.Statement {
		if strings.Contains(encode(s), "${") {
			t.Errorf("%s is read otherwise in the older version", s.Sid)
		}
	}
}
