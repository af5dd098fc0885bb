package report

import (
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// Report is what a run came to, in parts under headings.
type Report struct {
	Title    string
	Sections []Section
}

// Section is one part.
type Section struct {
	Title string
	Lines []string
}

// Of makes the report of a run: what was made, what stands in the way, what stays the person's, what it costs, how to take
// it back and where to sign in.
func Of(r *run.Result, o Options) Report {
	out := Report{Title: title(r, o)}
	add := func(title string, lines ...string) {
		if len(lines) > 0 {
			out.Sections = append(out.Sections, Section{title, lines})
		}
	}
	add("Your score", o.Score...)
	var made []string
	for _, s := range r.Steps {
		if s.OK > 0 {
			made = append(made, s.Title+": "+plan.Count(s.OK, "call"))
		}
	}
	if len(made) == 0 {
		made = []string{"Nothing had to be made in this run."}
		if o.Undo {
			made = []string{"No call was made in this run."}
		}
	}
	what := "What was made in this run"
	if o.Undo {
		what = "What was taken back in this run"
	}
	add(what, made...)
	add("What stands in the way", standing(r)...)
	add("What stays yours", append(yours(r), o.Yours...)...)
	if !o.Undo {
		cost := "Nothing of what was made has a monthly price. You pay for what you use."
		if o.MonthlyUSD > 0 {
			cost = fmt.Sprintf("What the wizard made costs about $%.2f a month; beyond it you pay for what you use.", o.MonthlyUSD)
		}
		add("What it costs", cost)
		add("How to take it back", "wizard undo plans the way back, shows each call and makes it when you say so.")
		if url, known := o.Facts.Lookup("identity.start_url"); known {
			add("Where to sign in from now on", url)
		}
	}
	return out
}

// title is the outcome in one sentence.
func title(r *run.Result, o Options) string {
	text := Text(r, o)
	return strings.ReplaceAll(text[:strings.Index(text+"\n\n", "\n\n")], "\n", " ")
}

func standing(r *run.Result) []string {
	var out []string
	for _, s := range r.Steps {
		for _, p := range s.Problems {
			line := join(p.Problem.What, p.Problem.Why, p.Problem.Next)
			if !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

func yours(r *run.Result) []string {
	var out []string
	for _, s := range r.Steps {
		for _, i := range s.Left {
			switch {
			case i.HandOff != nil && i.HandOff.Optional:
				out = append(out, join("For you, when you like:", i.HandOff.Title, i.HandOff.URL))
			case i.HandOff != nil:
				out = append(out, join("For you:", i.HandOff.Title, i.HandOff.URL))
			case i.Call != nil:
				out = append(out, "Not made: "+i.Call.Title)
			case i.Later != nil:
				out = append(out, "Later: "+i.Later.Title)
			}
		}
	}
	return out
}

// Markdown is the report as a file to keep, with every call that was made.
func (x Report) Markdown(r *run.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", flat(x.Title))
	for _, s := range x.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(&b, "- %s\n", flat(line))
		}
	}
	for _, s := range r.Steps {
		if len(s.Made) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## Calls made: %s\n\n", flat(s.Title))
		for _, c := range s.Made {
			fmt.Fprintf(&b, "- %s (`%s:%s`; %s; to take it back: %s)\n", flat(c.Title), c.Request.Service, c.Request.Operation, flat(c.Price()), flat(c.WayBack()))
		}
	}
	return b.String()
}
