package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/baseline"
	"awswizard/internal/plan"
	"awswizard/ui/safe"
)

// headings are those of the results, in the words of a person.
var headings = map[baseline.Result]string{
	baseline.Fail: "Not as it should be", baseline.CannotCheck: "Could not be checked", baseline.NeedsYou: "Only you can tell or decide",
	baseline.Pass: "In order", baseline.NotApplicable: "Does not apply",
}

// ScoreLine is the score in one line.
func ScoreLine(s baseline.Score) string {
	return fmt.Sprintf("%d of %d controls pass; %d fail, %d need you, %d could not be checked, %d do not apply.",
		s[baseline.Pass], s.All(), s[baseline.Fail], s[baseline.NeedsYou], s[baseline.CannotCheck], s[baseline.NotApplicable])
}

// Checks is what a check found, what fails first, for the terminal.
func Checks(rows []baseline.Row, o Options) string {
	if o.Width <= 0 {
		o.Width = 80
	}
	w := &writer{width: o.Width}
	w.line("", "AWS Startup Security Baseline: %s", ScoreLine(baseline.Of(rows)))
	if o.Sandbox {
		w.line("", "This is a simulated AWS. Nothing real was looked at.")
	}
	w.closed(rows)
	several := len(accounts(rows)) > 1
	for _, result := range baseline.Results() {
		first := true
		for _, g := range baseline.Grouped(rows) {
			if g.Result != result {
				continue
			}
			if first {
				w.line("", "")
				w.line("", "%s", headings[result])
				first = false
			}
			w.line("  ", "- %s: %s", g.Control.ID, g.Control.Title)
			w.details(g, several)
		}
	}
	w.line("", "")
	w.line("", "Nothing was changed.")
	return strings.TrimRight(w.b.String(), "\n") + "\n"
}

// closed names the accounts that could not be entered, once: each control says the same of them.
func (w *writer) closed(rows []baseline.Row) {
	rows = notEntered(rows)
	if len(rows) == 0 {
		return
	}
	w.line("", "")
	w.line("", "Accounts that could not be entered")
	for _, s := range alike(baseline.Group{Result: baseline.CannotCheck, Rows: rows}) {
		w.line("  ", "- %s: %s", strings.Join(s.names, ", "), s.text)
	}
	var said []string
	for _, r := range rows {
		if r.Next != "" && !slices.Contains(said, r.Next) {
			said = append(said, r.Next)
			w.line("    ", "Next: %s", r.Next)
		}
	}
}

// notEntered are the rows of accounts that could not be entered, one for each account.
func notEntered(rows []baseline.Row) []baseline.Row {
	var out []baseline.Row
	for _, r := range rows {
		if r.NoEntry && !slices.ContainsFunc(out, func(o baseline.Row) bool { return o.Account == r.Account && o.Name == r.Name }) {
			out = append(out, r)
		}
	}
	return out
}

// entered is a control without the rows of accounts that could not be entered; names are those of these accounts.
func entered(g baseline.Group) (of baseline.Group, names []string) {
	of = baseline.Group{Control: g.Control, Result: g.Result}
	for _, r := range g.Rows {
		if r.NoEntry {
			names = append(names, r.Name)
		} else {
			of.Rows = append(of.Rows, r)
		}
	}
	return of, names
}

// details are the verdicts behind a control: those that made its result, what is alike once, and each advice once.
func (w *writer) details(g baseline.Group, several bool) {
	const indent = "    "
	var lines []string
	add := func(text string) {
		if text != "" && !slices.Contains(lines, text) {
			lines = append(lines, text)
		}
	}
	g, closed := entered(g)
	if g.Result == baseline.CannotCheck && len(closed) > 0 {
		add("In " + strings.Join(closed, ", ") + ": not entered, see above")
	}
	if g.Result != baseline.Pass && g.Result != baseline.NotApplicable {
		for _, s := range alike(g) {
			if several && g.Control.Scope == baseline.PerAccount {
				add("In " + strings.Join(s.names, ", ") + ": " + s.text)
			} else {
				add(s.text)
			}
		}
	}
	for _, r := range g.Rows {
		if r.Result == g.Result && r.Next != "" {
			add("Next: " + r.Next)
		}
		add(r.Note)
	}
	for _, text := range lines {
		w.line(indent, "%s", text)
	}
}

// saying is a piece of evidence with the accounts it is about.
type saying struct {
	text  string
	names []string
}

// alike gathers the evidence behind a control's result; the names of the accounts stand for their ids.
func alike(g baseline.Group) []saying {
	var out []saying
	for _, r := range g.Rows {
		if r.Result != g.Result {
			continue
		}
		text := strings.TrimSuffix(strings.Replace(r.Evidence, " in "+r.Account+": ", ": ", 1), " "+r.Account)
		i := slices.IndexFunc(out, func(s saying) bool { return s.text == text })
		if i < 0 {
			out, i = append(out, saying{text: text}), len(out)
		}
		out[i].names = append(out[i].names, r.Name)
	}
	return out
}

// Yours are the controls that are not in order and that no step of the wizard sets, each with what to do about it.
func Yours(rows []baseline.Row, known func(step string) bool) []string {
	var out, unseen []string
	for _, g := range baseline.Grouped(rows) {
		open := g.Result == baseline.Fail || g.Result == baseline.NeedsYou || g.Result == baseline.CannotCheck
		if !open || g.Control.Sets(known) {
			continue
		}
		of, _ := entered(g)
		if len(of.Rows) < len(g.Rows) && !slices.ContainsFunc(of.Rows, func(r baseline.Row) bool { return r.Result == g.Result }) {
			unseen = append(unseen, g.Control.ID)
			continue
		}
		i := slices.IndexFunc(g.Rows, func(r baseline.Row) bool { return r.Result == g.Result && r.Next != "" })
		if i >= 0 {
			out = append(out, fmt.Sprintf("%s (%s). %s", g.Control.Title, g.Control.ID, g.Rows[i].Next))
		}
	}
	if closed := notEntered(rows); len(unseen) > 0 {
		var names []string
		for _, r := range closed {
			names = append(names, r.Name)
		}
		out = append(out, fmt.Sprintf("%s could not be checked in %s. %s", plan.Count(len(unseen), "control"), strings.Join(names, ", "), closed[0].Next))
	}
	return out
}

func accounts(rows []baseline.Row) []string {
	var out []string
	for _, r := range rows {
		if id := cmp.Or(r.Account, r.Name); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// ChecksMarkdown is what a check found, as a page to keep: every verdict with its evidence.
func ChecksMarkdown(rows []baseline.Row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# AWS Startup Security Baseline\n\n%s\n", ScoreLine(baseline.Of(rows)))
	for _, result := range baseline.Results() {
		first := true
		for _, g := range baseline.Grouped(rows) {
			if g.Result != result {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n## %s\n", headings[result])
				first = false
			}
			fmt.Fprintf(&b, "\n### %s: %s\n\n| account | result | evidence | next |\n| --- | --- | --- | --- |\n", numbered(g.Control), g.Control.Title)
			for _, r := range g.Rows {
				fmt.Fprintf(&b, "| %s %s | %s | %s | %s |\n", cell(r.Name), r.Account, inWords(r.Result), cell(r.Evidence), cell(strings.Join(slices.DeleteFunc([]string{r.Next, r.Note}, func(s string) bool { return s == "" }), "<br>")))
			}
			if g.Control.Scanners != "" {
				fmt.Fprintf(&b, "\nScanners: %s\n", g.Control.Scanners)
			}
		}
	}
	return b.String()
}

// numbered is a control's number, with the one older tools use where it differs.
func numbered(c baseline.Control) string {
	switch c.Old {
	case "":
		return c.ID
	case "new":
		return c.ID + " (new in 2026)"
	}
	return c.ID + " (" + c.Old + " in older tools)"
}

func inWords(r baseline.Result) string { return strings.ReplaceAll(string(r), "_", " ") }

func cell(text string) string { return strings.ReplaceAll(safe.Text(text), "|", "\\|") }
