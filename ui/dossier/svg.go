package dossier

import (
	"fmt"
	"strings"
	"time"
)

// The sizes of the diagram, in pixels.
const (
	boxWidth, boxHeight = 190, 44
	gap                 = 24
)

// diagram draws the organization: the management account above, the units below it, their accounts below them.
func diagram(o Organization) string {
	columns, tallest := max(1, len(o.Units)), 0
	for _, u := range o.Units {
		tallest = max(tallest, len(u.Accounts))
	}
	width := columns*(boxWidth+gap) + gap
	height := gap + boxHeight + 2*gap + 20 + tallest*(boxHeight+gap/2) + gap
	var b strings.Builder
	fmt.Fprintf(&b, `<svg role="img" aria-label="The accounts of the organization" viewBox="0 0 %d %d" width="%d" height="%d">`, width, height, width, height)
	box := func(x, y int, name, id string) {
		fmt.Fprintf(&b, `<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/>`, x, y, boxWidth, boxHeight)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text><text class="small" x="%d" y="%d" text-anchor="middle">%s</text>`,
			x+boxWidth/2, y+18, esc(clip(name)), x+boxWidth/2, y+34, esc(id))
	}
	top := (width - boxWidth) / 2
	bus := gap + boxHeight + gap
	for n, u := range o.Units {
		x := gap + n*(boxWidth+gap)
		middle := x + boxWidth/2
		fmt.Fprintf(&b, `<path class="edge" d="M%d %dV%dH%dV%d"/>`, width/2, gap+boxHeight, bus, middle, bus+gap-4)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`, middle, bus+gap+10, esc(clip(unitName(u))))
		for m, a := range u.Accounts {
			box(x, bus+gap+20+m*(boxHeight+gap/2), a.Name, a.ID)
		}
	}
	box(top, gap, "management account", o.Management)
	b.WriteString("</svg>")
	return b.String()
}

// clip keeps a name inside its box.
func clip(s string) string {
	if r := []rune(s); len(r) > 24 {
		return string(r[:23]) + "…"
	}
	return s
}

// timeline draws the calls over time, a row for each step: when the set-up was at work, and how often it was gone on with.
func timeline(calls []Call) string {
	if len(calls) == 0 {
		return "<p>No call was made.</p>"
	}
	var order []string
	rows := map[string][]Call{}
	for _, c := range calls {
		if rows[c.Step] == nil {
			order = append(order, c.Step)
		}
		rows[c.Step] = append(rows[c.Step], c)
	}
	from, to := calls[0].Time, calls[0].Time
	for _, c := range calls {
		if c.Time.Before(from) {
			from = c.Time
		}
		if c.Time.After(to) {
			to = c.Time
		}
	}
	const label, plot, row = 120, 620, 26
	height := len(order)*row + 40
	span := max(to.Sub(from), time.Second)
	at := func(t time.Time) float64 { return label + float64(plot)*float64(t.Sub(from))/float64(span) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg role="img" aria-label="When the calls of each step were made" viewBox="0 0 %d %d" width="%d" height="%d">`, label+plot+20, height, label+plot+20, height)
	for n, step := range order {
		y := n*row + row/2
		fmt.Fprintf(&b, `<text x="0" y="%d">%s</text><path class="edge" d="M%d %dH%d"/>`, y+4, esc(clip(step)), label, y, label+plot)
		last := -10.0
		for _, c := range rows[step] {
			if x := at(c.Time); x-last >= 1.5 { // closer ones would only lie over one another
				fmt.Fprintf(&b, `<circle class="dot" cx="%.1f" cy="%d" r="3"/>`, x, y)
				last = x
			}
		}
	}
	y := len(order)*row + 18
	fmt.Fprintf(&b, `<text class="small" x="%d" y="%d">%s</text><text class="small" x="%d" y="%d" text-anchor="end">%s</text></svg>`, label, y, when(from), label+plot, y, when(to))
	return b.String()
}
