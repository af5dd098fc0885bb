package tui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// look is all that the drawn text of a node depends on besides the plan itself, which never changes while it is shown.
type look struct {
	width       int
	dark, ascii bool
}

// sheet is what is said about a node in one way, drawn once.
type sheet struct {
	lines []string
	plain []string // the same without colours and in small letters, to search in
}

type sheetKey struct {
	of     *node
	aspect aspect
}

// mostSheets bounds the memory of what is drawn. It is more than a person looks at between two changes of the window.
const mostSheets = 256

// sheet draws what is said about a node, or takes it from memory.
func (v *preview) sheet(m *model, of *node, width int) *sheet {
	now := look{width, m.dark, m.ascii}
	if v.look != now || len(v.sheets) >= mostSheets {
		v.look, v.sheets = now, map[sheetKey]*sheet{}
		v.read = 0 // lines are others now
	}
	key := sheetKey{of, v.aspect}
	if known, ok := v.sheets[key]; ok {
		return known
	}
	p := &page{width: width}
	v.write(p, m.styles, of)
	drawn := &sheet{lines: p.lines}
	for _, line := range p.lines {
		drawn.plain = append(drawn.plain, strings.ToLower(ansi.Strip(line)))
	}
	v.sheets[key] = drawn
	return drawn
}

// endless is a width at which no line is broken.
const endless = 1 << 20

// raw is what is said about a node without a width and without colours: to copy, and to search in.
func (v *preview) raw(s styles, of *node) string {
	p := &page{width: endless}
	v.write(p, s, of)
	return ansi.Strip(strings.Join(p.lines, "\n"))
}

// write says all that is known about a node in the chosen way.
func (v *preview) write(p *page, s styles, of *node) {
	if of.group() {
		v.group(p, s, of)
		return
	}
	i := v.page.Items[of.items[0]]
	field := func(name, text string) {
		if text != "" {
			p.hang(pad(name, 9), s.accent, text, s.text)
		}
	}
	switch {
	case i.Call != nil:
		v.call(p, s, i.Call, field)
	case i.HandOff != nil:
		p.add(s.strong, i.HandOff.Title)
		field("Who", "Only you can do this: no program can.")
		field("Why", i.HandOff.Why)
		for n, click := range i.HandOff.Clicks {
			field(fmt.Sprintf("Click %d", n+1), click)
		}
		if i.HandOff.Optional {
			field("Optional", "The set-up goes on without it.")
		}
	case i.Later != nil:
		p.add(s.strong, i.Later.Title)
		field("Why", i.Later.Why)
		field("Bounds", fmt.Sprintf("at most %d calls, of %s, in %d places", i.Later.MostCalls, strings.Join(i.Later.Operations, ", "), len(i.Later.Places)))
		if price := i.Later.Price(); price != "" {
			field("Cost", price)
		}
		field("Consent", "Shown again, call by call, when its time comes.")
	case i.Blocked != nil:
		p.add(s.strong, i.Blocked.What)
		field("Why", i.Blocked.Why)
		field("Next", i.Blocked.Next)
		field("Code", i.Blocked.Code)
	}
}

func (v *preview) call(p *page, s styles, c *plan.Call, field func(name, text string)) {
	switch v.aspect {
	case asJSON:
		v.request(p, s, c)
	case asCommand:
		p.command(s.text, plan.CommandLine(c, v.page.Facts))
	default:
		p.add(s.strong, c.Title)
		if need := v.waits[c.ID]; need != "" {
			field("Waits", v.titleOf(need)+" is left out, and this needs it.")
		}
		field("Why", c.Why)
		field("Cost", c.Price())
		field("Undo", c.WayBack())
		field("Does", effectWord(c.Effect))
		field("Where", c.Place(v.page.Facts))
		field("Who", v.who())
		if c.Request.Local() {
			field("Change", "\n"+c.Diff(v.page.Facts))
			break
		}
		field("Call", c.Request.Service+":"+c.Request.Operation)
		if c.IAMAction != c.Request.Service+":"+c.Request.Operation {
			field("Needs", c.IAMAction)
		}
		if c.Consent == plan.Typed {
			field("Consent", "Asked for this call alone: "+c.ConsentAsk)
		}
		for _, need := range c.After {
			field("After", v.titleOf(need))
		}
	}
}

// request is a call as JSON, and the documents inside it.
func (v *preview) request(p *page, s styles, c *plan.Call) {
	text, err := plan.RequestJSON(c, v.page.Facts)
	if err != nil {
		text = []byte(err.Error())
	}
	p.add(s.strong, c.Request.Service+":"+c.Request.Operation+" to "+c.Place(v.page.Facts))
	p.json(s, string(text))
	for _, d := range documents(text) {
		p.gap()
		p.add(s.strong, d.name+", the document inside it:")
		p.json(s, d.text)
	}
	for _, file := range c.Files {
		p.gap()
		p.add(s.strong, file.Name+", the file inside it:")
		for line := range strings.Lines(file.Text) {
			p.exact(s.text, strings.TrimRight(line, "\n"))
		}
	}
}

// group says what the calls of a group have in common, then each of them: what was on the screen to its end was seen.
func (v *preview) group(p *page, s styles, of *node) {
	switch v.aspect {
	case asJSON:
		for n, i := range of.items {
			if n > 0 {
				p.gap()
			}
			v.request(p, s, v.page.Items[i].Call)
		}
		return
	case asCommand:
		for _, i := range of.items {
			p.command(s.text, plan.CommandLine(v.page.Items[i].Call, v.page.Facts))
		}
		return
	}
	p.add(s.strong, v.groupTitle(of))
	calls := v.callsOf(of)
	for _, part := range []struct {
		name string
		of   func(*plan.Call) string
	}{
		{"Does", func(c *plan.Call) string { return effectWord(c.Effect) }},
		{"Why", func(c *plan.Call) string { return c.Why }},
		{"Cost", (*plan.Call).Price},
		{"Undo", func(c *plan.Call) string { return strings.ReplaceAll(c.WayBack(), c.Where.Region, "REGION") }},
	} {
		for n, text := range different(calls, part.of) {
			name := part.name
			if n > 0 {
				name = ""
			}
			p.hang(pad(name, 9), s.accent, text, s.text)
		}
	}
	p.hang(pad("Who", 9), s.accent, v.who(), s.text)
	p.gap()
	p.add(s.accent, "Each call with its whole request, in this order:")
	place := ""
	for _, c := range calls {
		if at := c.Where.In(v.page.Facts); at != place {
			place = at
			p.add(s.strong, at)
		}
		text, err := plan.RequestJSON(c, v.page.Facts)
		if err != nil {
			text = []byte(err.Error())
		}
		var line bytes.Buffer
		if json.Compact(&line, text) != nil {
			line.Reset()
			line.Write(text)
		}
		p.hang("  "+c.Effect.Mark()+" ", effectStyle(s, c.Effect), c.Request.Operation+" "+line.String(), s.text)
	}
}

func (v *preview) groupTitle(of *node) string {
	if of.depth == 0 {
		return of.says()
	}
	return of.above.title + ", " + of.says()
}

func (v *preview) callsOf(of *node) []*plan.Call {
	var out []*plan.Call
	for _, i := range of.items {
		if c := v.page.Items[i].Call; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// different are the texts of calls, each once, in order.
func different(calls []*plan.Call, text func(*plan.Call) string) []string {
	var out []string
	for _, c := range calls {
		if x := text(c); !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// who makes the calls, for a person.
func (v *preview) who() string {
	c := v.page.Caller
	switch {
	case c.ARN != "":
		return "The wizard, signed in as " + c.ARN
	case c.Kind != "":
		return "The wizard, signed in as " + string(c.Kind)
	}
	return ""
}

// titleOf is the title of an item of this plan.
func (v *preview) titleOf(id string) string {
	for _, i := range v.page.Items {
		switch {
		case i.ID() != id:
		case i.Call != nil:
			return i.Call.Title
		case i.HandOff != nil:
			return i.HandOff.Title
		}
	}
	return id
}

func effectWord(e plan.Effect) string {
	switch e {
	case plan.Creates:
		return "creates something new"
	case plan.Deletes:
		return "deletes something"
	case plan.Changes:
		return "changes something that exists"
	}
	return string(e)
}

// tabs names the ways to look at a call.
func (v *preview) tabs(s styles, width int) string {
	var out []string
	for n, name := range []string{"1 words", "2 JSON", "3 command"} {
		if aspect(n) == v.aspect {
			out = append(out, s.chosen.Render("["+name+"]"))
		} else {
			out = append(out, s.muted.Render(" "+name+" "))
		}
	}
	return ansi.Truncate(strings.Join(out, " "), width, "…")
}

// document is a text of JSON that a request holds as a string, such as a policy.
type document struct{ name, text string }

// documents finds those of a request, since escaped in one line nobody can read them.
func documents(request []byte) (out []document) {
	var members map[string]any
	if json.Unmarshal(request, &members) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		text, ok := members[name].(string)
		var indented bytes.Buffer
		if ok && strings.HasPrefix(text, "{") && json.Indent(&indented, []byte(text), "", "  ") == nil {
			out = append(out, document{name, indented.String()})
		}
	}
	return out
}
