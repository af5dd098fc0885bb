package run

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"awswizard/internal/pattern"
	"awswizard/internal/plan"
)

// template is a request as it was approved: its place and its JSON, in which values not known then stand as
// placeholders.
type template struct {
	Service, Operation string
	At                 plan.Place // its account a 12-digit id, or a placeholder
	JSON               []byte
}

func templateOf(c *plan.Call, f plan.Facts) (template, error) {
	b, err := plan.RequestJSON(c, f)
	if err != nil {
		return template{}, fmt.Errorf("%s: %w", c.ID, err)
	}
	at := c.Where
	at.Account = f.AccountID(at.Account)
	return template{Service: c.Request.Service, Operation: c.Request.Operation, At: at, JSON: b}, nil
}

var placeholder = pattern.Of(`\(known after ([^)]+)\)`)

// resolved puts the facts known now where placeholders stood.
func (t template) resolved(f plan.Facts) template {
	t.JSON = filled(t.JSON, f)
	t.At.Account = string(filled([]byte(t.At.Account), f))
	t.At.Region = string(filled([]byte(t.At.Region), f))
	return t
}

func filled(b []byte, f plan.Facts) []byte {
	return placeholder().ReplaceAllFunc(b, func(m []byte) []byte {
		return []byte(f.Get(string(placeholder().FindSubmatch(m)[1])))
	})
}

// covers reports whether approving t approved the request now, which may only differ in what has become known since.
func (t template) covers(now template, f plan.Facts) bool {
	r := t.resolved(f)
	return r.Service == now.Service && r.Operation == now.Operation && r.At == now.At && bytes.Equal(r.JSON, now.JSON)
}

// against says in which values the request now is another one than the approved t.
func (t template) against(now template) string {
	switch {
	case t.Service != now.Service || t.Operation != now.Operation:
		return t.Service + ":" + t.Operation + " was approved, and now it is " + now.Service + ":" + now.Operation
	case t.At != now.At:
		return "it was approved for " + t.At.Account + " in " + t.At.Region + ", and now it is for " + now.At.Account + " in " + now.At.Region
	}
	before, after := map[string]string{}, map[string]string{}
	leaves(before, "", t.JSON)
	leaves(after, "", now.JSON)
	var differ []string
	for _, path := range slices.Sorted(maps.Keys(union(before, after))) {
		if before[path] != after[path] {
			differ = append(differ, fmt.Sprintf("%s was %s, and now it is %s", path, shown(before[path]), shown(after[path])))
		}
	}
	return strings.Join(differ, "; ")
}

func union(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// leaves puts the values of a JSON document into out, by their path.
func leaves(out map[string]string, path string, doc json.RawMessage) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(doc, &object) == nil && object != nil:
		for key, v := range object {
			leaves(out, strings.TrimPrefix(path+"."+key, "."), v)
		}
	case json.Unmarshal(doc, &list) == nil && list != nil:
		for n, v := range list {
			leaves(out, fmt.Sprintf("%s[%d]", path, n), v)
		}
	default:
		out[path] = string(doc)
	}
}

// shown is a value for a person: of a long one, such as a policy, the beginning.
func shown(value string) string {
	const most = 60
	if letters := []rune(value); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return cmp.Or(value, "not set")
}
