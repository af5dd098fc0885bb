// Package export writes what the wizard manages, as it is at AWS now, as a Terraform project with import blocks: the
// founder's engineers take it over without anything being made again. It reads only.
//
// Every reader of this package gives Resources; the project (project.go) puts them into files. Arguments, ids and their traps are
// those of hashicorp/aws 6 (checked in tests against the provider's schema and a table of id forms).
package export

import (
	"fmt"
	"strings"
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
	var kept Body
	for _, k := range sortedKeys(tags) {
		if !strings.HasPrefix(k, "aws:") {
			kept.Set(key(k), Text(tags[k]))
		}
	}
	if len(kept) > 0 {
		b.Set("tags", Map(kept))
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
