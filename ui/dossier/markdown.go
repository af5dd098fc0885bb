package dossier

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"awswizard/internal/plan"
	"awswizard/ui/safe"
)

// JSON is the document as JSON.
func JSON(d Document) ([]byte, error) {
	b, err := json.MarshalIndent(d, "", "  ")
	return append(b, '\n'), err
}

// Markdown is the document as Markdown.
func Markdown(d Document) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The AWS organization of %s\n", text(d.Company))
	for _, p := range d.summary() {
		line("%s\n", text(p))
	}
	line("## Accounts\n\n| unit | account | id |\n| --- | --- | --- |\n| | management account | %s |", d.Organization.Management)
	for _, u := range d.Organization.Units {
		for _, a := range u.Accounts {
			line("| %s | %s | %s |", text(unitName(u)), text(a.Name), a.ID)
		}
	}
	line("\n## What is set up\n\n| step | state | calls made | controls |\n| --- | --- | --- | --- |")
	for _, s := range d.Steps {
		line("| %s | %s | %d | %s |", text(s.Title), s.State, s.Calls, strings.Join(s.Controls, ", "))
	}
	if len(d.Score) > 0 {
		line("\n## Score\n")
		for _, s := range d.Score {
			line("- %s", text(s))
		}
	}
	line("\n## Cost\n\n%s", text(d.cost()))
	for _, p := range d.Prices {
		line("- %s: about $%.2f a month", text(p.What), p.MonthlyUSD)
	}
	notes := func(title, none string, all []Note) {
		line("\n## %s\n", title)
		if len(all) == 0 {
			line("%s", none)
		}
		for _, n := range all {
			line("%s", strings.TrimSpace(strings.Join(slices.DeleteFunc([]string{"- **" + text(n.What) + "**", text(n.Why), text(n.Next)}, func(s string) bool { return s == "" }), " ")))
		}
	}
	notes("What cannot be undone, or not yet", "Everything the wizard made can be taken back: `wizard undo`.", d.CannotUndo)
	notes("What stays to do", "Nothing.", d.Left)
	if len(d.Yours) > 0 {
		line("\n## What stays yours\n")
		b.WriteString(TopicsMarkdown(d.Yours, "###"))
	}
	line("\n## Approvals\n\n| when (UTC) | step | calls | by | plan |\n| --- | --- | --- | --- | --- |")
	for _, a := range d.Approvals {
		line("| %s | %s | %d | %s | %s |", when(a.Time), a.Step, a.Calls, text(a.By), short(a.Plan))
	}
	line("\n## Every call\n\n| when (UTC) | what | operation | account | Region | outcome | request id |\n| --- | --- | --- | --- | --- | --- | --- |")
	for _, c := range d.Calls {
		line("| %s | %s | %s:%s | %s | %s | %s | %s |", when(c.Time), text(c.Title), c.Service, c.Operation, text(c.place()), c.Region, c.result(), text(c.RequestID))
	}
	return []byte(b.String())
}

// TopicsMarkdown are topics as Markdown, under headings of this level.
func TopicsMarkdown(topics []Topic, level string) string {
	var b strings.Builder
	for i, t := range topics {
		if i > 0 {
			b.WriteString("\n")
		}
		title := text(t.Title)
		if len(t.Controls) > 0 {
			title += " (" + strings.Join(t.Controls, ", ") + ")"
		}
		fmt.Fprintf(&b, "%s %s\n\n%s\n\n", level, title, text(t.Why))
		if t.URL != "" {
			fmt.Fprintf(&b, "Where: <%s>\n\n", t.URL)
		}
		for n, next := range t.Next {
			what, lines, copied := strings.Cut(next, "\n")
			fmt.Fprintf(&b, "%d. %s\n", n+1, text(what))
			if copied {
				fmt.Fprintf(&b, "\n   ```%s\n   %s\n   ```\n", languageOf(lines), strings.ReplaceAll(lines, "\n", "\n   "))
			}
		}
	}
	return b.String()
}

// languageOf is the language of lines to be copied: policies, the settings of a pipeline, or else commands.
func languageOf(lines string) string {
	switch first, _, _ := strings.Cut(lines, "\n"); {
	case first == "{":
		return "json"
	case strings.HasSuffix(first, ":"):
		return "yaml"
	}
	return "sh"
}

// summary are the paragraphs the document begins with.
func (d Document) summary() []string {
	out := []string{fmt.Sprintf("Written on %s by the wizard, as %s. Home Region: %s.", d.Made.Format("2 January 2006, 15:04 UTC"), d.Caller, d.HomeRegion)}
	if d.Sandbox {
		out = append(out, "This is a trial run on a simulated AWS. Nothing here is real.")
	}
	if d.Damage != "" {
		out = append(out, "The record of calls could not be read, so calls and approvals are missing: "+d.Damage)
	}
	done := 0
	for _, s := range d.Steps {
		if s.State == "done" || s.State == "nothing to do" {
			done++
		}
	}
	made := 0
	for _, c := range d.Calls {
		if c.Outcome == "done" {
			made++
		}
	}
	out = append(out, fmt.Sprintf("%d of %d steps are done. %s changed something at AWS; each was shown and approved before.", done, len(d.Steps), plan.Count(made, "call")))
	if d.SignIn != "" {
		out = append(out, "People sign in at "+d.SignIn+".")
	}
	return out
}

func (d Document) cost() string {
	if d.MonthlyUSD == 0 {
		return "Nothing of what was made has a fixed monthly price. You pay for what you use."
	}
	return fmt.Sprintf("What the wizard made costs about $%.2f a month. Beyond it you pay for what you use.", d.MonthlyUSD)
}

func (c Call) place() string {
	if c.AccountName != "" {
		return c.AccountName
	}
	return c.Account
}

func (c Call) result() string {
	if c.Code != "" {
		return c.Outcome + " (" + c.Code + ")"
	}
	return c.Outcome
}

func unitName(u Unit) string {
	if u.Name == "" {
		return "(other)"
	}
	return u.Name
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// short is enough of a hash to find it by.
func short(hash string) string {
	_, sum, found := strings.Cut(hash, ":")
	if !found {
		sum = hash
	}
	return sum[:min(12, len(sum))]
}

// text makes a value of AWS or of the founder harmless in a table of Markdown.
func text(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(strings.TrimSpace(safe.Text(s)))
}
