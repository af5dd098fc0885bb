package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/pattern"
	"awswizard/internal/plan"
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
	call            string     // "service:Operation"
	where           plan.Place // of a call
	person          bool       // a hand-off
	state           workState
	began, ended    time.Time
	requestID       string
	made            string // the ids of what was made
	text            string // what AWS said, or what is waited for
	until           time.Time
}

// progress is the work on what was approved.
type progress struct {
	step    string
	jobs    []*job
	byID    map[string]*job
	facts   plan.Facts
	account string // of the caller
	scroll  int    // lines the person scrolled up from where the work is
	long    bool   // there is more than fits
	details bool   // each item with its call, place and request
}

func newProgress(p run.Page, refused []string) *progress {
	w := &progress{step: p.Step.Title, byID: map[string]*job{}, facts: p.Facts, account: p.Caller.Account}
	for _, i := range p.Items {
		var j *job
		switch {
		case slices.Contains(refused, i.ID()):
			continue
		case i.Call != nil:
			j = &job{id: i.Call.ID, title: i.Call.Title, lane: i.Call.Lane, where: i.Call.Where,
				call: i.Call.Request.Service + ":" + i.Call.Request.Operation}
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
		j.state, j.ended, j.requestID, j.text, j.made = made, e.Time, e.RequestID, "", w.idsIn(e.Facts)
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

// id is what AWS calls a thing by: 12 digits, or a short word before them, as in "ou-ab12-cd34ef56".
var id = pattern.Of(`^([0-9]{12}|[a-z]{1,6}-[0-9a-z-]{4,40})$`)

// idsIn are the ids of what was made, among the facts a reply told: that of a new account, of a unit. That of the request
// for an account (car-…) is nothing a person can use.
func (w *progress) idsIn(facts map[string]string) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		if v := facts[key]; id().MatchString(v) && !strings.HasPrefix(v, "car-") && v != w.account && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return strings.Join(out[:min(len(out), 2)], ", ")
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

// in is how many items are in a state.
func (w *progress) in(state workState) (n int) {
	for _, j := range w.jobs {
		if j.state == state {
			n++
		}
	}
	return n
}

// busy reports whether something is left to do.
func (w *progress) busy() bool {
	finished, total := w.counts()
	return finished < total
}

// terminalBar is for the tab or the task bar of the terminal.
func (w *progress) terminalBar() *tea.ProgressBar {
	finished, total := w.counts()
	state := tea.ProgressBarDefault
	if w.in(broken) > 0 {
		state = tea.ProgressBarError
	}
	return tea.NewProgressBar(state, 100*finished/max(total, 1))
}

func (w *progress) typing() bool { return false }

func (w *progress) hints() []hint {
	does := "details"
	if w.details {
		does = "fewer details"
	}
	hints := []hint{{"d", does}}
	if w.long {
		hints = append(hints, hint{"up/down", "scroll"})
	}
	return hints
}

func (w *progress) update(m *model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "d":
			w.details, w.scroll = !w.details, 0
		case "up", "k":
			w.scroll++
		case "down", "j":
			w.scroll--
		case "pgup":
			w.scroll += 10
		case "pgdown":
			w.scroll -= 10
		}
	}
	return nil
}

func (w *progress) view(m *model, width, height int) []string {
	s := m.styles
	finished, total := w.counts()
	p := &page{width: width}
	head := w.step + ": " + fmt.Sprintf("%d of %d done", finished-w.in(broken)-w.in(leftOut), total)
	if n := w.in(leftOut); n > 0 {
		head += fmt.Sprintf(", %d left out", n)
	}
	if n := w.in(broken); n > 0 {
		head += fmt.Sprintf(", %d failed", n)
	}
	p.add(s.strong, head)
	p.raw(gauge(s, finished, total, min(width, 60)))
	if !w.busy() {
		p.hang(m.spin()+" ", s.accent, "Looking at AWS again, to make sure. This only reads.", s.text)
	}
	if height >= 14 {
		p.raw("")
	}
	bottom := w.bottom(m, width, height)
	room := max(1, height-len(p.lines)-len(bottom))
	rows, at := w.rows(m, width, room)
	w.long = len(rows) > room
	from := max(0, min(at-room/2, len(rows)-room))
	w.scroll = min(max(w.scroll, from-max(0, len(rows)-room)), from)
	from -= w.scroll
	return slices.Concat(fit(append(p.lines, rows[from:min(len(rows), from+room)]...), width, height-len(bottom)), bottom)
}

// bottom says that it is safe to leave, and where the log is.
func (w *progress) bottom(m *model, width, height int) []string {
	p := &page{width: width}
	if height >= 14 && !m.stopping {
		safe := "Safe to leave: q stops after the call in flight; the next start goes on."
		if m.o.Forgets {
			safe = "q stops after the call in flight."
		}
		p.add(m.styles.muted, safe)
	}
	if m.o.Log != "" && (height >= 18 || w.details) {
		p.hang("Log  ", m.styles.muted, m.o.Log, m.styles.muted)
	}
	return p.lines
}

// rows are the lanes of the Regions as a table, then each other item. At is the line where the work is.
func (w *progress) rows(m *model, width, room int) (rows []string, at int) {
	p := &page{width: width}
	grid := w.lanes()
	if !w.details {
		p.raw(grid.draw(m, width, room)...)
	}
	at = -1
	for _, j := range w.jobs {
		quiet := j.state == queued || j.state == made || j.state == running && j.text == ""
		if !w.details && quiet && grid.has(j) {
			continue // in the table
		}
		if at < 0 && (j.state == running || j.state == queued) {
			at = len(p.lines)
		}
		w.draw(p, m, j)
	}
	if at < 0 {
		at = len(p.lines)
	}
	return p.lines, at
}

func (w *progress) draw(p *page, m *model, j *job) {
	s := m.styles
	switch j.state {
	case queued:
		text := "Waiting: " + j.title
		if j.text != "" {
			text += " (" + j.text + ")"
		}
		p.hang(s.marks.later+" ", s.muted, text, s.muted)
	case running:
		p.hang(m.spin()+" ", s.accent, fmt.Sprintf("%s, %s", j.title, lasted(m.now.Sub(j.began))), s.strong)
		if j.text != "" {
			text := strings.TrimPrefix(j.text, strings.TrimPrefix(j.title, "For you: ")+": ")
			if left := j.until.Sub(m.now); left > 0 {
				text += ", next look in " + lasted(left)
			}
			p.hang("    ", s.muted, text, s.muted)
		}
	case made:
		text := j.title
		if d := j.ended.Sub(j.began); d >= time.Second && !j.began.IsZero() {
			text += ", " + lasted(d)
		}
		if j.made != "" {
			text += ", " + j.made
		}
		p.hang(s.marks.done+" ", s.good, text, s.text)
	case broken:
		p.hang(s.marks.failed+" ", s.bad, "Failed: "+j.title, s.text)
		if j.text != "" {
			p.hang("    ", s.muted, j.text, s.text)
		}
	case leftOut:
		p.hang(s.marks.skipped+" ", s.muted, j.text, s.muted)
	}
	if !w.details {
		return
	}
	for _, part := range []struct{ name, text string }{{"call", j.call}, {"where", placeIn(j.where, w.facts)}, {"since", clock(j.began)},
		{"request", j.requestID}} {
		if part.text != "" {
			p.hang("    "+pad(part.name, 8), s.muted, part.text, s.muted)
		}
	}
}

func placeIn(p plan.Place, f plan.Facts) string {
	if p.Account == "" {
		return ""
	}
	return p.In(f)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("15:04:05")
}

// lasted is a length of time for a person: "9s", "2m 05s", "1h 03m".
func lasted(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
}

// gauge draws how much is done.
func gauge(s styles, finished, total, width int) string {
	percent := fmt.Sprintf(" %d%%", 100*finished/max(total, 1))
	cells := max(1, width-ansi.StringWidth(percent))
	full := cells * finished / max(total, 1)
	return s.accent.Render(strings.Repeat(s.marks.full, full)) + s.muted.Render(strings.Repeat(s.marks.empty, cells-full)) + s.text.Render(percent)
}
