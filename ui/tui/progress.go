package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

type workState int

const (
	queued workState = iota
	running
	made
	broken
	leftOut
)

// job is one approved item on its way.
type job struct {
	id, title, lane string
	person          bool // a hand-off
	state           workState
	began, ended    time.Time
	requestID       string
	text            string // what AWS said, or what is waited for
	until           time.Time
}

// progress is the work on what was approved.
type progress struct {
	step   string
	jobs   []*job
	byID   map[string]*job
	scroll int // lines the person scrolled up from where the work is
}

func newProgress(p run.Page, refused []string) *progress {
	w := &progress{step: p.Step.Title, byID: map[string]*job{}}
	for _, i := range p.Items {
		var j *job
		switch {
		case i.Call != nil && !slices.Contains(refused, i.Call.ID):
			j = &job{id: i.Call.ID, title: i.Call.Title, lane: i.Call.Lane}
		case i.HandOff != nil:
			j = &job{id: i.HandOff.ID, title: "For you: " + i.HandOff.Title, person: true}
		default:
			continue
		}
		w.jobs = append(w.jobs, j)
		w.byID[j.id] = j
	}
	return w
}

func (w *progress) happened(e run.Event) {
	j := w.byID[e.Item]
	if j == nil {
		return
	}
	switch e.Kind {
	case run.Begin:
		j.state, j.text, j.until = running, "", time.Time{}
		if j.began.IsZero() {
			j.began = e.Time
		}
	case run.OK:
		j.state, j.ended, j.requestID, j.text = made, e.Time, e.RequestID, ""
	case run.Failed:
		j.state, j.ended, j.requestID = broken, e.Time, e.RequestID
		if e.Problem != nil {
			j.text = e.Problem.What
		}
	case run.Skipped:
		j.state, j.text = leftOut, e.Text
	case run.Waiting:
		j.text, j.until = e.Text, e.Until
	}
}

// counts are the items that are over, and all.
func (w *progress) counts() (finished, total int) {
	for _, j := range w.jobs {
		if j.state > running {
			finished++
		}
	}
	return finished, len(w.jobs)
}

// busy reports whether something is left to do, or failed and may be tried again.
func (w *progress) busy() bool {
	finished, total := w.counts()
	return finished < total
}

func (w *progress) typing() bool  { return false }
func (w *progress) hints() []hint { return []hint{{"up/down", "scroll"}} }

func (w *progress) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "up", "k":
			w.scroll++
		case "down", "j":
			w.scroll--
		}
	}
	return nil
}

func (w *progress) view(m *model, width, height int) []string {
	s := m.styles
	finished, total := w.counts()
	p := &page{width: width}
	p.add(s.strong, w.step+": "+fmt.Sprintf("%d of %d done", finished, total))
	p.raw(bar(s, finished, total, min(width, 60)))
	if height >= 14 {
		p.raw("")
	}
	rows, at := w.rows(m, width)
	room := max(1, height-len(p.lines))
	from := max(0, min(at-room/2, len(rows)-room))
	w.scroll = min(max(w.scroll, from-max(0, len(rows)-room)), from)
	from -= w.scroll
	p.raw(rows[from:min(len(rows), from+room)]...)
	return p.lines
}

// rows are the lanes of the Regions summed up per account, then each other item. At is the line where the work is.
func (w *progress) rows(m *model, width int) (rows []string, at int) {
	s := m.styles
	p := &page{width: width}
	for _, r := range w.regions() {
		line := fmt.Sprintf("%s: %d of %s", r.account, r.over, count(r.all, "Region"))
		if r.broken > 0 {
			line += fmt.Sprintf(", %s failed", count(r.broken, "call"))
		}
		mark, style := m.spin(), s.accent
		if r.over == r.all {
			mark, style = s.marks.done, s.good
		}
		if r.broken > 0 {
			style = s.bad
		}
		p.hang(mark+" ", style, line, s.text)
	}
	at = -1
	for _, j := range w.jobs {
		if _, ok := accountOf(j.lane); ok && (j.state == queued || j.state == made || (j.state == running && j.text == "")) {
			continue // in the sums
		}
		if at < 0 && (j.state == running || j.state == queued) {
			at = len(p.lines)
		}
		j.draw(p, m)
	}
	if at < 0 {
		at = len(p.lines)
	}
	return p.lines, at
}

func (j *job) draw(p *page, m *model) {
	s := m.styles
	switch j.state {
	case queued:
		text := j.title
		if j.text != "" {
			text += " (" + j.text + ")"
		}
		p.hang(s.marks.later+" ", s.muted, text, s.muted)
	case running:
		p.hang(m.spin()+" ", s.accent, fmt.Sprintf("%s, %ds", j.title, int(max(0, m.now.Sub(j.began)).Seconds())), s.strong)
		if j.text != "" {
			text := strings.TrimPrefix(j.text, j.title+": ")
			if !j.until.IsZero() {
				text += ", until " + j.until.Format("15:04:05")
			}
			p.hang("    ", s.muted, text, s.muted)
		}
	case made:
		text := j.title
		if d := j.ended.Sub(j.began); d >= time.Second && !j.began.IsZero() {
			text += fmt.Sprintf(", %ds", int(d.Seconds()))
		}
		p.hang(s.marks.done+" ", s.good, text, s.text)
		if j.requestID != "" && p.width >= 70 {
			p.hang("    request ", s.muted, j.requestID, s.muted)
		}
	case broken:
		p.hang(s.marks.failed+" ", s.bad, "Failed: "+j.title, s.text)
		if j.text != "" {
			p.hang("    ", s.muted, j.text, s.text)
		}
	case leftOut:
		p.hang(s.marks.skipped+" ", s.muted, j.text, s.muted)
	}
}

// accountOf reads the account of a lane that stands for one Region of it.
func accountOf(lane string) (account string, ok bool) {
	parts := strings.Split(lane, "/")
	if len(parts) != 3 || parts[0] != "network" {
		return "", false
	}
	return parts[1], true
}

// regions is how far the Regions of an account are.
type regions struct {
	account           string
	over, all, broken int
}

func (w *progress) regions() []regions {
	var out []regions
	open, lanes := map[string]bool{}, map[string]bool{}
	for _, j := range w.jobs {
		if j.state <= running {
			open[j.lane] = true
		}
	}
	for _, j := range w.jobs {
		account, ok := accountOf(j.lane)
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(r regions) bool { return r.account == account })
		if i < 0 {
			out = append(out, regions{account: account})
			i = len(out) - 1
		}
		if j.state == broken {
			out[i].broken++
		}
		if lanes[j.lane] {
			continue
		}
		lanes[j.lane] = true
		out[i].all++
		if !open[j.lane] {
			out[i].over++
		}
	}
	return out
}

// bar draws how much is done.
func bar(s styles, finished, total, width int) string {
	percent := fmt.Sprintf(" %d%%", 100*finished/max(total, 1))
	cells := max(1, width-len(percent))
	full := cells * finished / max(total, 1)
	return s.accent.Render(strings.Repeat(s.marks.full, full)) + s.muted.Render(strings.Repeat(s.marks.empty, cells-full)) + s.text.Render(percent)
}
