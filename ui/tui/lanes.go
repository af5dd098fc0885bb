package tui

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// cell is how far the calls of one account in one Region are.
type cell struct{ over, all, running, broken, leftOut int }

// lanes is the table of a sweep: accounts × Regions.
type lanes struct {
	accounts, regions []string // as they come in the plan
	cells             map[[2]string]*cell
}

// lanes counts the calls that stand for an account and Region. Few of them are better read one by one.
func (w *progress) lanes() lanes {
	g := lanes{cells: map[[2]string]*cell{}}
	sweep := 0
	for _, j := range w.jobs {
		if !sweeps(j.lane, j.where) {
			continue
		}
		sweep++
		place := j.where
		key := [2]string{place.Account, place.Region}
		c := g.cells[key]
		if c == nil {
			c = &cell{}
			g.cells[key] = c
			if !slices.Contains(g.accounts, place.Account) {
				g.accounts = append(g.accounts, place.Account)
			}
			if !slices.Contains(g.regions, place.Region) {
				g.regions = append(g.regions, place.Region)
			}
		}
		c.all++
		switch j.state {
		case running:
			c.running++
		case made:
			c.over++
		case broken:
			c.over++
			c.broken++
		case leftOut:
			c.over++
			c.leftOut++
		}
	}
	if sweep < groupFrom {
		return lanes{}
	}
	return g
}

// has reports whether an item is counted in the table.
func (g lanes) has(j *job) bool {
	return len(g.cells) > 0 && sweeps(j.lane, j.where)
}

// mark is the sign of a cell.
func (c *cell) mark(m *model) (string, paint) {
	s := m.styles
	switch {
	case c == nil:
		return " ", s.muted
	case c.broken > 0:
		return s.marks.failed, s.bad
	case c.over == c.all && c.leftOut > 0:
		return s.marks.skipped, s.muted
	case c.over == c.all:
		return s.marks.done, s.good
	case c.running > 0 || c.over > 0:
		return s.marks.now, s.accent
	}
	return s.marks.later, s.muted
}

// draw draws the table: whole where there is room for a line per Region, else one line per account.
func (g lanes) draw(m *model, width, room int) []string {
	if len(g.cells) == 0 {
		return nil
	}
	const label, column = 16, 13
	if len(g.regions)+2 <= room && label+column*len(g.accounts) <= width {
		return g.whole(m, width, label, column)
	}
	return g.compact(m, width)
}

func (g lanes) whole(m *model, width, label, column int) []string {
	s := m.styles
	head := pad("Region", label)
	for _, a := range g.accounts {
		head += pad(ansi.Truncate(oneLine(a), column-1, "…"), column)
	}
	out := []string{s.strong.Render(ansi.Truncate(head, width, ""))}
	for _, r := range g.regions {
		line := s.text.Render(pad(oneLine(r), label))
		for _, a := range g.accounts {
			c := g.cells[[2]string{a, r}]
			mark, style := c.mark(m)
			text := ""
			if c != nil {
				text = fmt.Sprintf(" %d/%d", c.over, c.all)
			}
			line += style.Render(mark) + s.text.Render(pad(text, column-1))
		}
		out = append(out, line)
	}
	return append(out, "")
}

func (g lanes) compact(m *model, width int) []string {
	s := m.styles
	name := 0
	for _, a := range g.accounts {
		name = max(name, ansi.StringWidth(oneLine(a)))
	}
	name = min(name, 16)
	var out []string
	for _, a := range g.accounts {
		line, over, all, broken := "", 0, 0, 0
		for _, r := range g.regions {
			c := g.cells[[2]string{a, r}]
			mark, style := c.mark(m)
			line += style.Render(mark)
			if c != nil {
				all++
				broken += c.broken
				if c.over == c.all {
					over++
				}
			}
		}
		tail := fmt.Sprintf(" %d of %s", over, plan.Count(all, "Region"))
		if broken > 0 {
			tail += fmt.Sprintf(", %s failed", plan.Count(broken, "call"))
		}
		if name+1+len(g.regions)+ansi.StringWidth(tail) > width {
			tail = fmt.Sprintf(" %d/%d", over, all)
		}
		if name+1+len(g.regions)+ansi.StringWidth(tail) > width {
			line = "" // no room for a mark per Region
		}
		out = append(out, s.text.Render(pad(ansi.Truncate(oneLine(a), name, "…"), name)+" ")+line+s.text.Render(tail))
	}
	legend := fmt.Sprintf("%s done, %s working, %s failed, %s waiting", s.marks.done, s.marks.now, s.marks.failed, s.marks.later)
	if long := "one mark a Region: " + legend; ansi.StringWidth(long) <= width {
		legend = long
	}
	return append(out, s.muted.Render(ansi.Truncate(legend, width, "…")), "")
}
