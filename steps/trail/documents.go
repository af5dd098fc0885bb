package trail

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"awswizard/internal/order"
	"awswizard/internal/plan"
)

//go:embed policies/*.json
var policies embed.FS

// statement is one statement of a policy, its members in the order people write them.
type statement struct {
	Sid       string
	Effect    string
	Principal any `json:",omitempty"`
	Action    any
	Resource  any `json:",omitempty"`
	Condition any `json:",omitempty"`
}

// document is a policy of this step, filled with values.
type document struct {
	Version   string
	Statement []statement
}

// values are what a document is filled with, by the name in its braces.
type values map[string]string

// load reads a document of the policies folder and fills its strings.
func load(file string, v values) document {
	raw, err := policies.ReadFile("policies/" + file)
	if err != nil {
		panic(err) // the file is part of the program
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		panic(fmt.Errorf("%s: %w", file, err))
	}
	for i, s := range d.Statement {
		d.Statement[i].Principal = fill(s.Principal, v)
		d.Statement[i].Resource = fill(s.Resource, v)
		d.Statement[i].Condition = fill(s.Condition, v)
	}
	return d
}

// fill puts values in place of their names in braces, in every string of a decoded JSON value.
func fill(x any, v values) any {
	switch x := x.(type) {
	case string:
		for k, value := range v {
			x = strings.ReplaceAll(x, "{"+k+"}", value)
		}
		return x
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = fill(x[i], v)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[k] = fill(x[k], v)
		}
		return out
	}
	return x
}

// text is the document as it is sent.
func (d document) text() string { return encode(d) }

func encode(x any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(x); err != nil {
		panic(err) // strings, lists and maps of them always encode
	}
	return strings.TrimSpace(b.String())
}

// stands reports whether each of the document's statements is in current, as it should be.
func (d document) stands(current string) bool {
	have := statements(current)
	for _, want := range d.Statement {
		if !slices.ContainsFunc(have, func(s map[string]any) bool { return reflect.DeepEqual(canonical(s), canonical(plainly(want))) }) {
			return false
		}
	}
	return true
}

// over is the document together with the statements of current that are somebody else's: they are kept, and with them the
// version of the policy, since it says how they are read. Ours mean the same in every version.
func (d document) over(current string) string {
	out := struct {
		Version   string `json:",omitempty"`
		Statement []any
	}{Version: d.Version}
	for _, s := range d.Statement {
		out.Statement = append(out.Statement, s)
	}
	for _, s := range statements(current) {
		if !slices.ContainsFunc(d.Statement, func(ours statement) bool { return ours.Sid == s["Sid"] }) {
			out.Statement = append(out.Statement, s)
			out.Version = version(current)
		}
	}
	return encode(out)
}

// version is that of a policy; one without it is read as 2008-10-17, and stays without it.
func version(policy string) string {
	var d struct{ Version string }
	if json.Unmarshal([]byte(policy), &d) != nil {
		return ""
	}
	return d.Version
}

// statements decodes the statements of a policy; AWS may give a single one without its list.
func statements(policy string) []map[string]any {
	var d struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(policy), &d) != nil {
		return nil
	}
	var list []map[string]any
	if decode(d.Statement, &list) == nil {
		return list
	}
	var one map[string]any
	if decode(d.Statement, &one) == nil && one != nil {
		return []map[string]any{one}
	}
	return nil
}

// decode leaves numbers as they are written: somebody else's may be larger than a float64 can hold.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// plainly is a statement as JSON decodes it.
func plainly(s statement) map[string]any {
	var out map[string]any
	if err := decode([]byte(encode(s)), &out); err != nil {
		panic(err) // it was encoded a line ago
	}
	return out
}

// canonical makes two ways of writing the same policy equal: AWS writes lists of one as a plain value, and lists have
// no order.
func canonical(x any) any {
	switch x := x.(type) {
	case []any:
		list := make([]any, len(x))
		for i := range x {
			list[i] = canonical(x[i])
		}
		if len(list) == 1 {
			return list[0]
		}
		order.By(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return list
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[k] = canonical(x[k])
		}
		return out
	}
	return x
}

// fillings are the values for all documents, from the names of the buckets and the home Region.
func fillings(f plan.Facts, bucket, archive, region string) values {
	account := managementID(f)
	return values{
		"bucket": bucket, "archive": archive, "management": account,
		"organization": f.Get("organization.id"), "trail": trailARN(account, region), "role": roleARN(account),
	}
}
