package plain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// heartbeat is the least time between two lines that say the same item is waiting.
const heartbeat = 10 * time.Second

// Tell implements run.FrontEnd: one line for each event.
func (u *UI) Tell(e run.Event) {
	defer u.follow(e)
	switch e.Kind {
	case run.Begin:
		u.say("Started: " + u.title(e.Item, e.Text))
	case run.OK:
		line := u.counted(e.Item) + u.title(e.Item, e.Text) + ": done"
		if e.RequestID != "" {
			line += " (request " + e.RequestID + ")"
		}
		u.say(line)
	case run.Failed:
		line := u.counted(e.Item) + u.title(e.Item, e.Text) + ": failed"
		if e.Problem != nil {
			line += "\n" + describeProblem(*e.Problem)
			u.told(e.Item, *e.Problem)
		}
		u.say(line)
	case run.Skipped:
		u.say(u.counted(e.Item) + e.Text)
	case run.Waiting:
		u.wait(e)
	case run.StepBegin:
		u.say("\nLooking at: " + e.Text)
	case run.StepEnd:
		u.say(u.ended(e))
	case run.Checked, run.Looking: // the words of the step itself are enough to listen to
	default:
		u.say(e.Text)
	}
}

// ended is a step's verdict, with its title where it has told one.
func (u *UI) ended(e run.Event) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return cmp.Or(u.step, e.Step) + ": " + e.Text
}

func (u *UI) wait(e run.Event) {
	u.mu.Lock()
	last, told := u.waitedAt[e.Item]
	quiet := told && e.Time.Sub(last) < heartbeat
	if !quiet {
		u.waitedAt[e.Item] = e.Time
	}
	u.mu.Unlock()
	if quiet {
		return
	}
	line := "Still working: " + e.Text
	if pause := e.Until.Sub(e.Time).Round(time.Second); !e.Until.IsZero() && pause > 0 {
		line += fmt.Sprintf(" (looks again in %v", pause)
		if most := e.Limit.Sub(e.Time).Round(time.Second); !e.Limit.IsZero() && most > pause {
			line += fmt.Sprintf(", for up to %v", most)
		}
		line += ")"
	}
	u.say(line)
}

// expect notes the calls that are about to run, so that progress can be counted.
func (u *UI) expect(items []plan.Item, refused []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.titles, u.open = map[string]string{}, map[string]bool{}
	for _, i := range items {
		switch {
		case i.Call != nil:
			u.titles[i.ID()] = i.Call.Title
			if !slices.Contains(refused, i.ID()) {
				u.open[i.ID()] = true
			}
		case i.HandOff != nil:
			u.titles[i.ID()] = i.HandOff.Title
		}
	}
	u.total = len(u.open)
}

// counted is "[3/12] " when a call that was expected has ended.
func (u *UI) counted(id string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.open[id] {
		return ""
	}
	delete(u.open, id)
	return fmt.Sprintf("[%d/%d] ", u.total-len(u.open), u.total)
}

func (u *UI) title(id, otherwise string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if t, ok := u.titles[id]; ok {
		return t
	}
	return otherwise
}

// told notes that an item's problem was described, and reports whether it had been before.
func (u *UI) told(id string, p run.Problem) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	before, ok := u.problems[id]
	u.problems[id] = p
	return ok && before == p
}

func describeProblem(p run.Problem) string {
	var lines []string
	for _, part := range []struct{ name, text string }{
		{"What happened", p.What}, {"Why", p.Why}, {"What to do next", p.Next}, {"AWS error code", p.Code}, {"Request", p.RequestID},
	} {
		if part.text != "" {
			lines = append(lines, part.name+": "+part.text)
		}
	}
	return strings.Join(lines, "\n")
}
