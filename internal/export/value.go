package export

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Value is what an argument is set to, as it is written.
type Value struct{ hcl string }

// Text, Number, Whole and Bool are literals; Ref is a reference to another resource, e.g. "aws_organizations_policy.guard.id".
func Text(s string) Value      { return Value{`"` + escaped(s) + `"`} }
func Number(n float64) Value   { return Value{strconv.FormatFloat(n, 'f', -1, 64)} }
func Whole(n int64) Value      { return Value{strconv.FormatInt(n, 10)} }
func Bool(b bool) Value        { return Value{strconv.FormatBool(b)} }
func Ref(address string) Value { return Value{address} }

// File is the content of a file of the project.
func File(path string) Value { return Value{"file(" + Path(path).hcl + ")"} }

// Path is where a file of the project is.
func Path(path string) Value { return Value{`"${path.module}/` + escaped(path) + `"`} }

// Map is a map of the names to their values.
func Map(pairs Body) Value {
	var p page
	p.line("{")
	p.level++
	p.body(pairs)
	p.align()
	p.level--
	p.line("}")
	return Value{strings.TrimSpace(p.b.String())}
}

// List is a list of values.
func List(values ...Value) Value {
	var all []string
	for _, v := range values {
		all = append(all, v.hcl)
	}
	return Value{"[" + strings.Join(all, ", ") + "]"}
}

// Texts is a list of strings.
func Texts(all []string) Value {
	var values []Value
	for _, s := range all {
		values = append(values, Text(s))
	}
	return List(values...)
}

// escaped is a text between quotation marks: nothing in it is taken for a template.
func escaped(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteString(string(r) + string(r))
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// key is the name of a map's member: what is no plain name stands between quotation marks.
func key(name string) string {
	plain := name != "for" // which begins an expression there
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		plain = plain && (letter || i > 0 && (r >= '0' && r <= '9' || r == '-'))
	}
	if plain && name != "" {
		return name
	}
	return Text(name).hcl
}
