// Package report writes what a run came to, for the normal screen after it.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"

	"github.com/charmbracelet/x/ansi"
)

// Options say how the report is written.
type Options struct {
	Width   int  // columns; 80 when zero
	Sandbox bool // it was a trial run
	Undo    bool // it was the way back
	Facts   plan.Facts
	// MonthlyUSD is the expected price of all that the wizard made, in this run and before.
	MonthlyUSD float64
	Score      []string // how the organization stands against the baseline; nil when it was not measured
	Yours      []string // controls that no step sets, and what to do about each
	Again      string   // how to go on; "" for the same command
}

// Text is the report of a run, in lines no wider than o.Width except for addresses.
func Text(r *run.Result, o Options) string {
	if o.Width <= 0 {
		o.Width = 80
	}
	w := &writer{width: o.Width}
	ok, failed, left := r.Counts()
	done := !slices.ContainsFunc(r.Steps, func(s run.StepResult) bool { return !s.Done })
	switch {
	case done && o.Undo && ok == 0:
		w.line("", "There is nothing to take back.")
	case done && o.Undo:
		w.line("", "What the wizard made is taken back.")
	case o.Undo && onlyLater(r):
		w.line("", "All that can be taken back now is taken back. What stays is named below, with the reason.")
	case o.Undo:
		w.line("", "The way back is not finished.")
	case done:
		w.line("", "The set-up is done.")
	case failed > 0:
		w.line("", "The set-up is not finished: AWS refused %s.", plan.Count(failed, "call"))
	case left > 0:
		w.line("", "The set-up is not finished: %s left.", plan.Count(left, "thing"))
	default:
		w.line("", "The set-up is not finished.")
	}
	if o.Sandbox {
		w.line("", "This was a trial run on a simulated AWS. Nothing real was touched.")
	}
	w.line("", "")
	for _, s := range r.Steps {
		w.row(word(s), s.Title+about(s))
	}
	w.problems(r)
	w.left(r)
	w.kept(r)
	w.list("Your score:", o.Score)
	w.list("What stays yours:", o.Yours)
	w.line("", "")
	w.line("", "Calls made in this run: %d.", ok)
	if url, known := o.Facts.Lookup("identity.start_url"); known && !o.Undo {
		w.line("", "Sign in from now on at %s", url)
	}
	switch {
	case done:
	case o.Undo && onlyLater(r):
		w.line("", "Start wizard undo again when what stands in the way is over: it does only what is left.")
	default:
		w.line("", "%s", cmp.Or(o.Again, "Start the same command again to go on: it looks at AWS first and does only what is left."))
	}
	return strings.TrimRight(w.b.String(), "\n") + "\n"
}

// onlyLater reports whether all that is left is what cannot be done now, whoever tries.
func onlyLater(r *run.Result) bool {
	found := false
	for _, s := range r.Steps {
		if s.Failed > 0 || s.NotReached || s.Skipped || s.Unread {
			return false
		}
		for _, i := range s.Left {
			switch {
			case i.Blocked != nil:
				found = true
			case i.HandOff == nil || !i.HandOff.Optional:
				return false
			}
		}
	}
	return found
}

// list writes lines under a heading; nothing for none.
func (w *writer) list(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	w.line("", "")
	w.line("", "%s", heading)
	for _, text := range lines {
		w.line("  ", "- %s", text)
	}
}

func word(s run.StepResult) string {
	switch {
	case s.Done:
		return "done"
	case s.NotReached:
		return "not yet"
	case s.Skipped:
		return "left out"
	case s.Failed > 0:
		return "trouble"
	}
	return "unfinished"
}

// about says how much was made in a step, and what is left there that the set-up does without.
func about(s run.StepResult) string {
	var parts []string
	if s.OK > 0 {
		parts = append(parts, plan.Count(s.OK, "call")+" made")
	}
	if n := s.Optional(); n > 0 && s.Done {
		parts = append(parts, run.Optional(n))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}

type writer struct {
	b     strings.Builder
	width int
}

// line writes one paragraph, wrapped at spaces only, so that an address or a command stays whole. The first line begins
// with indent, the others stand under its text.
func (w *writer) line(indent, format string, args ...any) {
	text := safe.Text(fmt.Sprintf(format, args...))
	rest := indent
	if strings.HasPrefix(text, "- ") {
		rest += "  "
	}
	out, empty := indent, true
	for _, word := range strings.Fields(text) {
		if !empty && ansi.StringWidth(out)+1+ansi.StringWidth(word) > w.width {
			w.b.WriteString(out + "\n")
			out, empty = rest, true
		}
		if !empty {
			out += " "
		}
		out, empty = out+word, false
	}
	w.b.WriteString(strings.TrimRight(out, " ") + "\n")
}

// row writes a state in its column and what it is the state of.
func (w *writer) row(state, what string) {
	w.b.WriteString(ansi.Truncate(fmt.Sprintf("  %-11s %s", state, safe.Text(what)), w.width, "…") + "\n")
}

// problems lists what was refused or cannot be done, each once.
func (w *writer) problems(r *run.Result) {
	seen := map[string]bool{}
	for _, s := range r.Steps {
		for _, p := range s.Problems {
			key := p.Problem.What + p.Problem.Why
			if seen[key] {
				continue
			}
			if len(seen) == 0 {
				w.line("", "")
				w.line("", "What stands in the way:")
			}
			seen[key] = true
			w.line("  ", "- %s", p.Problem.What)
			w.line("    ", "%s", join(p.Problem.Why, p.Problem.Next))
			if p.Problem.Code != "" {
				w.line("    ", "AWS says %s%s", p.Problem.Code, request(p.Problem.RequestID))
			}
		}
	}
}

func join(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}

func request(id string) string {
	if id == "" {
		return ""
	}
	return " (request " + id + ")"
}

// kept lists what stays as it is on purpose.
func (w *writer) kept(r *run.Result) {
	first := true
	for _, s := range r.Steps {
		for _, i := range s.Left {
			if i.Blocked == nil || !i.Blocked.Kept {
				continue
			}
			if first {
				w.line("", "")
				w.line("", "Good to know: this stays as it is.")
				first = false
			}
			w.line("  ", "- %s", i.Blocked.What)
			w.line("    ", "%s", join(i.Blocked.Why, i.Blocked.Next))
		}
	}
}

// left lists what waits for a person or for another day.
func (w *writer) left(r *run.Result) {
	first := true
	for _, s := range r.Steps {
		for _, i := range s.Left {
			text := ""
			switch {
			case i.HandOff != nil:
				text = "for you: " + i.HandOff.Title + " " + i.HandOff.URL
			case i.Call != nil:
				text = "not made: " + i.Call.Title
			case i.Later != nil:
				text = "later: " + i.Later.Title
			default:
				continue
			}
			if first {
				w.line("", "")
				w.line("", "What is left:")
				first = false
			}
			w.line("  ", "- %s", strings.TrimSpace(text))
		}
	}
}
