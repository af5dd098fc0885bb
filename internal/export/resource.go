// Package export writes what the wizard manages, as it is at AWS now, as a Terraform project with import blocks: the
// founder's engineers take it over without anything being made again. It reads only.
//
// Every reader of this package gives Resources; the project (project.go) puts them into files. Arguments, ids and their traps are
// those of hashicorp/aws 6 (checked in tests against the provider's schema and a table of id forms).
package export

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Resource is one Terraform resource with its import id.
type Resource struct {
	Type, Label string // e.g. "aws_organizations_account", "production"
	File        string // the file it stands in, e.g. "organization.tf"
	Account     string // provider alias; "" is the default provider, the management account
	// Region is written into resource and import id when it differs from that of the provider.
	Region string
	// ID is the import id; "" when the provider cannot import the type, and Note says so.
	ID   string
	Body Body
	Note string // comment above the resource
	// PreventDestroy guards what cannot be made again; IgnoreChanges lists arguments that are not read from AWS.
	PreventDestroy bool
	IgnoreChanges  []string
}

// Address is the resource's address in the configuration.
func (r Resource) Address() string { return r.Type + "." + r.Label }

// Body is the arguments and nested blocks of a resource in their order.
type Body []Entry

// Entry is one argument (Block is nil) or one nested block.
type Entry struct {
	Name  string
	Value Value
	Block Body
}

// Value is what an argument is set to: a literal, a reference to another resource, a file beside the project, a list of values
// or a map of them.
type Value struct {
	literal cty.Value
	ref     string // traversal, e.g. "aws_organizations_policy.org_guard.id"
	file    string // path below the project's folder, read with file() or named
	list    []Value
	pairs   Body // of a map: names with values
	kind    valueKind
}

type valueKind int

const (
	isLiteral valueKind = iota
	isRef
	isFile
	isPath
	isList
	isMap
)

// Text, Number and Bool are literals.
func Text(s string) Value      { return Value{literal: cty.StringVal(s)} }
func Number(n float64) Value   { return Value{literal: cty.NumberFloatVal(n)} }
func Whole(n int64) Value      { return Value{literal: cty.NumberIntVal(n)} }
func Bool(b bool) Value        { return Value{literal: cty.BoolVal(b)} }
func Ref(address string) Value { return Value{kind: isRef, ref: address} }

// File is the content of a file of the project.
func File(path string) Value { return Value{kind: isFile, file: path} }

// Path is where a file of the project is.
func Path(path string) Value { return Value{kind: isPath, file: path} }

// Map is a map of the names to their values.
func Map(pairs Body) Value { return Value{kind: isMap, pairs: pairs} }

// List is a list of values.
func List(values ...Value) Value { return Value{kind: isList, list: values} }

// Texts is a list of strings.
func Texts(all []string) Value {
	var values []Value
	for _, s := range all {
		values = append(values, Text(s))
	}
	return List(values...)
}

// Set adds an argument.
func (b *Body) Set(name string, v Value) { *b = append(*b, Entry{Name: name, Value: v}) }

// Some adds an argument when the text is not empty: what AWS gives back empty is not valid configuration everywhere.
func (b *Body) Some(name, text string) {
	if text != "" {
		b.Set(name, Text(text))
	}
}

// Tags adds the tags when there are any. Tags of AWS itself ("aws:…") cannot be set.
func (b *Body) Tags(tags map[string]string) {
	kept := map[string]cty.Value{}
	for k, v := range tags {
		if !strings.HasPrefix(k, "aws:") {
			kept[k] = cty.StringVal(v)
		}
	}
	if len(kept) > 0 {
		b.Set("tags", Value{literal: cty.MapVal(kept)})
	}
}

// Nest adds a nested block.
func (b *Body) Nest(name string, block Body) {
	if block == nil {
		block = Body{}
	}
	*b = append(*b, Entry{Name: name, Block: block})
}

// Label makes a Terraform name of any text: small letters, digits and underscores, not beginning with a digit.
func Label(parts ...string) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, strings.Join(parts, "_"))
	for strings.Contains(text, "__") {
		text = strings.ReplaceAll(text, "__", "_")
	}
	text = strings.Trim(text, "_")
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "r_" + text
	}
	return text
}

// Unmanaged is something the wizard set up that has no Terraform type, or that must not stand in a state file.
type Unmanaged struct{ What, Why string }

// Labels gives out labels that are unique by type.
type labels map[string]bool

func (l labels) unique(typ, label string) string {
	name := label
	for n := 2; l[typ+"."+name]; n++ {
		name = fmt.Sprintf("%s_%d", label, n)
	}
	l[typ+"."+name] = true
	return name
}
