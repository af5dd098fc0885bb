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

// scrolled is the pane's part that fits, with a word that there is more.
func (v *preview) scrolled(m *model, width, height int) []string {
	lines := v.pane(m, width)
	v.scroll = min(v.scroll, max(0, len(lines)-height))
	lines = lines[v.scroll:]
	if len(lines) > height && height > 1 {
		lines = append(lines[:height-1:height-1], m.styles.muted.Render("(more: pgdn)"))
	}
	return lines
}

// pane says all that is known about the chosen item.
func (v *preview) pane(m *model, width int) []string {
	s := m.styles
	p := &page{width: width}
	if v.chosen >= len(v.page.Items) {
		return nil
	}
	i := v.page.Items[v.chosen]
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
		field("Who", "Only you can do this: AWS has no API for it.")
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
		field("Consent", "Shown again, call by call, when its time comes.")
	case i.Blocked != nil:
		p.add(s.strong, i.Blocked.What)
		field("Why", i.Blocked.Why)
		field("Next", i.Blocked.Next)
		field("Code", i.Blocked.Code)
	}
	return p.lines
}

func (v *preview) call(p *page, s styles, c *plan.Call, field func(name, text string)) {
	p.raw(v.tabs(s, p.width))
	switch v.aspect {
	case asJSON:
		text, err := plan.RequestJSON(c, v.page.Facts)
		if err != nil {
			text = []byte(err.Error())
		}
		p.add(s.accent, c.Request.Service+":"+c.Request.Operation+" to "+c.Where.In(v.page.Facts))
		p.exact(s.text, string(text))
		for _, d := range documents(text) {
			p.gap()
			p.add(s.accent, d.name+", the document inside it:")
			p.exact(s.text, d.text)
		}
	case asCommand:
		p.exact(s.text, plan.CommandLine(c, v.page.Facts))
	default:
		p.add(s.strong, c.Title)
		field("Why", c.Why)
		field("Cost", c.Price())
		field("Undo", c.WayBack())
		field("Does", effectWord(c.Effect))
		field("Where", c.Where.In(v.page.Facts))
		field("Call", c.Request.Service+":"+c.Request.Operation)
		if c.IAMAction != c.Request.Service+":"+c.Request.Operation {
			field("Needs", c.IAMAction)
		}
		if c.Consent == plan.Typed {
			field("Consent", "Typed for this call alone: "+c.ConsentAsk)
		}
		field("After", strings.Join(c.After, ", "))
	}
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
