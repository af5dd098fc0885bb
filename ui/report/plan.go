package report

import (
	"fmt"
	"strings"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// Plan is a dry run as Markdown: every step, and every call with its words, its request and its command line. Notes stand
// under its title.
func Plan(planned []run.StepPlan, notes ...string) string {
	var b strings.Builder
	var all []plan.Item
	for _, p := range planned {
		all = append(all, p.Items...)
	}
	fmt.Fprintf(&b, "# What wizard would do\n\nNothing was changed. In all: %s.\n", plan.Sum(all))
	for _, note := range notes {
		fmt.Fprintf(&b, "\n%s\n", note)
	}
	for _, p := range planned {
		fmt.Fprintf(&b, "\n## %s\n", flat(p.Step.Title))
		a := p.Step.About
		for _, part := range []struct{ lead, text string }{{"Why", a.Why}, {"What", a.What}, {"Cost", a.Cost}, {"Undo", a.Undo}} {
			if part.text != "" {
				fmt.Fprintf(&b, "\n**%s:** %s\n", part.lead, flat(part.text))
			}
		}
		if len(p.Items) == 0 {
			b.WriteString("\nNothing to do.\n")
		}
		for _, i := range p.Items {
			item(&b, i, p.Facts)
		}
	}
	return b.String()
}

func item(b *strings.Builder, i plan.Item, f plan.Facts) {
	switch {
	case i.Call != nil:
		c := i.Call
		fmt.Fprintf(b, "\n### %s\n\n%s\n\n- Effect: %s\n- Where: %s\n- Cost: %s\n- Undo: %s\n- Call: `%s:%s`, needs `%s`\n",
			flat(c.Title), flat(c.Why), c.Effect, flat(c.Where.In(f)), flat(c.Price()), flat(c.WayBack()), c.Request.Service, c.Request.Operation, c.IAMAction)
		if request, err := plan.RequestJSON(c, f); err == nil {
			block(b, "json", string(request))
		}
		block(b, "sh", plan.CommandLine(c, f))
	case i.HandOff != nil:
		fmt.Fprintf(b, "\n### For you: %s\n\n%s\n\n", flat(i.HandOff.Title), flat(i.HandOff.Why))
		if i.HandOff.URL != "" {
			fmt.Fprintf(b, "<%s>\n\n", flat(i.HandOff.URL))
		}
		for n, click := range i.HandOff.Clicks {
			fmt.Fprintf(b, "%d. %s\n", n+1, flat(click))
		}
	case i.Later != nil:
		fmt.Fprintf(b, "\n### Later: %s\n\n%s\n\n- At most %s, of %s, in %s. Each is shown before it is made.\n",
			flat(i.Later.Title), flat(i.Later.Why), plan.Count(i.Later.MostCalls, "call"), strings.Join(i.Later.Operations, ", "), plan.Count(len(i.Later.Places), "place"))
		if price := i.Later.Price(); price != "" {
			fmt.Fprintf(b, "- Cost: %s\n", price)
		}
	case i.Blocked != nil:
		fmt.Fprintf(b, "\n### %s: %s\n\n%s %s\n", i.Blocked.Heading(), flat(i.Blocked.What), flat(i.Blocked.Why), flat(i.Blocked.Next))
	}
}

// block is a code block, with a fence that is longer than any in the text.
func block(b *strings.Builder, language, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n%s%s\n%s\n%s\n", fence, language, strings.TrimRight(safe.Text(text), "\n"), fence)
}

// flat is text on one line.
func flat(s string) string { return strings.Join(strings.Fields(safe.Text(s)), " ") }
