package export

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A page is a file of the project as "terraform fmt" has it: two spaces for each level, and the equals signs of neighbouring
// lines one below the other. HashiCorp's own package does that, too, and evaluates expressions besides, which nothing here
// needs: a program with it is 1 MB larger. The tests compare with it.
type page struct {
	b       strings.Builder
	level   int
	fresh   bool // nothing is in this block yet
	aligned []argument
}

// argument is a line "name = value" whose neighbours are not known yet.
type argument struct {
	name  string
	value Value
}

// Bytes is the text of the file, with one newline at its end.
func (p *page) Bytes() []byte {
	p.align()
	return []byte(strings.TrimSpace(p.b.String()) + "\n")
}

func (p *page) line(text string) {
	p.align()
	p.write(text)
}

// write indents a text of one or more lines.
func (p *page) write(text string) {
	for l := range strings.SplitSeq(text, "\n") {
		p.b.WriteString(strings.Repeat("  ", p.level) + l + "\n")
	}
	p.fresh = false
}

func (p *page) blank() {
	p.align()
	p.b.WriteString("\n")
}

// comment adds lines of comment.
func (p *page) comment(text string) {
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		p.line(strings.TrimRight("# "+strings.TrimSpace(l), " "))
	}
}

// set adds an argument. One of several lines stands for itself.
func (p *page) set(name string, v Value) {
	if strings.Contains(v.hcl, "\n") {
		p.line(name + " = " + v.hcl)
		return
	}
	p.aligned = append(p.aligned, argument{name, v})
	p.fresh = false
}

// align writes the arguments that stand one below the other.
func (p *page) align() {
	width := 0
	for _, a := range p.aligned {
		width = max(width, utf8.RuneCountInString(a.name))
	}
	for _, a := range p.aligned {
		p.write(a.name + strings.Repeat(" ", width-utf8.RuneCountInString(a.name)) + " = " + a.value.hcl)
	}
	p.aligned = nil
}

// block adds a block with what fill writes into it.
func (p *page) block(header string, fill func()) {
	p.line(header + " {")
	p.level++
	p.fresh = true
	fill()
	p.align()
	p.level--
	p.line("}")
}

// nest is block with an empty line before it, except at the beginning of another.
func (p *page) nest(header string, fill func()) {
	if !p.fresh {
		p.blank()
	}
	p.block(header, fill)
}

func (p *page) body(b Body) {
	for _, e := range b {
		if e.Block == nil {
			p.set(e.Name, e.Value)
		} else {
			p.nest(e.Name, func() { p.body(e.Block) })
		}
	}
}

// resource adds a resource. home is the Region of the providers.
func (p *page) resource(r Resource, home string) {
	if r.Note != "" {
		p.comment(r.Note)
	}
	p.block(fmt.Sprintf("resource %q %q", r.Type, r.Label), func() {
		if r.Account != "" {
			p.set("provider", Ref("aws."+r.Account))
		}
		if r.Region != "" && r.Region != home {
			p.set("region", Text(r.Region))
		}
		p.body(r.Body)
		if !r.PreventDestroy && len(r.IgnoreChanges) == 0 {
			return
		}
		p.nest("lifecycle", func() {
			if r.PreventDestroy {
				p.comment("This cannot be made again as it is.")
				p.set("prevent_destroy", Bool(true))
			}
			if len(r.IgnoreChanges) > 0 {
				p.comment("These are not read from AWS: what is there stays.")
				var names []Value
				for _, n := range r.IgnoreChanges {
					names = append(names, Ref(n))
				}
				p.set("ignore_changes", List(names...))
			}
		})
	})
	p.blank()
}

// takeOver adds the import block of a resource.
func (p *page) takeOver(r Resource, home string) {
	p.block("import", func() {
		p.set("to", Ref(r.Address()))
		p.set("id", Text(r.importID(home)))
	})
	p.blank()
}

// importID is the id with the Region behind it where the resource is in another Region than its provider: id and argument
// must agree, or the resource would be replaced.
func (r Resource) importID(home string) string {
	if r.Region != "" && r.Region != home {
		return r.ID + "@" + r.Region
	}
	return r.ID
}
