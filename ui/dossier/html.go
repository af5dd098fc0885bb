package dossier

import (
	"fmt"
	"html"
	"strings"
)

// style is all the page needs: readable on a screen, in the dark, and on paper.
const style = `
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --accent: #0b5cad; --good: #1a7f37; --bad: #b3261e; --wait: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --line: #3c434d; --soft: #20252c; --accent: #7ab8ff; --good: #5fd07a; --bad: #ff8a80; --wait: #e3b341 } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) } th, .word, .done, .refused, .open { overflow-wrap: normal } .line { white-space: nowrap }
.wide { overflow-x: auto } pre { background: var(--soft); padding: .5rem .7rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem } .done { color: var(--good) } .refused { color: var(--bad) } .open { color: var(--wait) }
svg { max-width: 100%; height: auto } svg text { font: 13px system-ui, sans-serif; fill: currentColor } .box { fill: var(--soft); stroke: var(--line) } .edge { stroke: var(--line); fill: none } .dot { fill: var(--accent) } .small { font-size: 11px; opacity: .8 }
@media print { body { max-width: none; margin: 0; font-size: 10pt } h2, h3 { break-after: avoid } tr, figure, pre { break-inside: avoid } thead { display: table-header-group } .calls { page: calls } .calls table { font-size: 7.5pt } @page calls { size: landscape } }
`

// HTML is the document as one page that loads nothing.
func HTML(d Document) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	title := "The AWS organization of " + d.Company
	line(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`)
	line(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>%s</title><style>%s</style></head><body>`, esc(title), style)
	line("<h1>%s</h1>", esc(title))
	for _, p := range d.summary() {
		line("<p>%s</p>", esc(p))
	}
	line("<h2>Accounts</h2><figure>%s</figure>", diagram(d.Organization))
	table(&b, "", []string{"unit", "account", "id"}, func(row func(...string)) {
		row("", "management account", d.Organization.Management)
		for _, u := range d.Organization.Units {
			for _, a := range u.Accounts {
				row(unitName(u), a.Name, a.ID)
			}
		}
	})
	line("<h2>What is set up</h2>")
	table(&b, "", []string{"step", "state", "calls made", "controls"}, func(row func(...string)) {
		for _, s := range d.Steps {
			row(s.Title, s.State, fmt.Sprint(s.Calls), strings.Join(s.Controls, ", "))
		}
	})
	if len(d.Score) > 0 {
		line("<h2>Score</h2><ul>")
		for _, s := range d.Score {
			line("<li>%s</li>", esc(s))
		}
		line("</ul>")
	}
	line("<h2>Cost</h2><p>%s</p>", esc(d.cost()))
	if len(d.Prices) > 0 {
		table(&b, "", []string{"what", "about, a month"}, func(row func(...string)) {
			for _, p := range d.Prices {
				row(p.What, fmt.Sprintf("$%.2f", p.MonthlyUSD))
			}
		})
	}
	notes := func(title, none string, all []Note) {
		line("<h2>%s</h2>", esc(title))
		if len(all) == 0 {
			line("<p>%s</p>", esc(none))
			return
		}
		line("<ul>")
		for _, n := range all {
			line("<li><strong>%s</strong> %s %s</li>", esc(n.What), esc(n.Why), esc(n.Next))
		}
		line("</ul>")
	}
	notes("What cannot be undone, or not yet", "Everything the wizard made can be taken back: wizard undo.", d.CannotUndo)
	notes("What stays to do", "Nothing.", d.Left)
	if len(d.Yours) > 0 {
		line("<h2>What stays yours</h2>")
	}
	for _, t := range d.Yours {
		line("<h3>%s</h3><p>%s</p>", esc(strings.TrimSpace(t.Title+" "+bracketed(t.Controls))), esc(t.Why))
		if t.URL != "" {
			line(`<p>Where: <a href="%[1]s">%[1]s</a></p>`, esc(t.URL))
		}
		line("<ol>")
		for _, next := range t.Next {
			what, lines, copied := strings.Cut(next, "\n")
			if copied {
				lines = "<pre>" + esc(lines) + "</pre>"
			}
			line("<li>%s%s</li>", esc(what), lines)
		}
		line("</ol>")
	}
	line("<h2>When it was done</h2><figure>%s</figure>", timeline(d.Calls))
	line(`<h2 class="calls">Approvals</h2>`)
	table(&b, "calls", []string{"when (UTC)", "step", "calls", "by", "plan"}, func(row func(...string)) {
		for _, a := range d.Approvals {
			row(when(a.Time), a.Step, fmt.Sprint(a.Calls), a.By, short(a.Plan))
		}
	})
	line(`<h2 class="calls">Every call</h2>`)
	table(&b, "calls", []string{"when (UTC)", "what", "operation", "account", "Region", "outcome", "request id"}, func(row func(...string)) {
		for _, c := range d.Calls {
			row(when(c.Time), c.Title, c.Service+":"+c.Operation, c.place(), c.Region, c.result(), c.RequestID)
		}
	})
	line("</body></html>")
	return []byte(b.String())
}

func bracketed(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "(" + strings.Join(ids, ", ") + ")"
}

func esc(s string) string { return html.EscapeString(strings.TrimSpace(s)) }

// table writes a table; the cells of a state carry its colour as well as its word, and times and names stay whole.
func table(b *strings.Builder, class string, head []string, rows func(row func(...string))) {
	fmt.Fprintf(b, `<div class="wide %s"><table><thead><tr>`, class)
	for _, h := range head {
		fmt.Fprintf(b, `<th scope="col">%s</th>`, esc(h))
	}
	b.WriteString("</tr></thead><tbody>\n")
	rows(func(cells ...string) {
		b.WriteString("<tr>")
		for n, c := range cells {
			kind := ""
			switch head[n] {
			case "state", "outcome":
				kind = ` class="` + colour(c) + `"`
			case "when (UTC)", "Region", "plan":
				kind = ` class="line"`
			case "step", "account", "unit":
				kind = ` class="word"` // broken between words only
			}
			fmt.Fprintf(b, "<td%s>%s</td>", kind, esc(c))
		}
		b.WriteString("</tr>\n")
	})
	b.WriteString("</tbody></table></div>\n")
}

func colour(state string) string {
	switch word, _, _ := strings.Cut(state, " ("); word {
	case "done", "nothing to do", "was so already":
		return "done"
	case "refused", "cannot go on":
		return "refused"
	}
	return "open"
}
