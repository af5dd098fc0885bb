package tui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/vt"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// driver sends messages to a model as the program would. Its time is that of a synctest bubble.
type driver struct {
	t         *testing.T
	m         *model
	cancelled int
	quit      bool
	copied    string // what the clipboard was given last
	last      int64
	late      []tea.Msg // messages of timers; fire delivers them
}

// drive runs f with a driver on a screen of this size, past the first screen.
func drive(t *testing.T, width, height int, f func(*driver)) {
	t.Helper()
	driveAll(t, width, height, Options{Steps: allSteps(), Region: "eu-west-1", Log: "/home/ada/.local/state/wizard/wizard.log"}, func(d *driver) {
		for _, s := range allSteps() {
			d.m.told[s.Name] = true // past the pages of the steps, which have tests of their own
		}
		d.send(event(run.StepBegin, "organization", "", "Organization and accounts"))
		f(d)
	})
}

func driveAll(t *testing.T, width, height int, o Options, f func(*driver)) {
	t.Helper()
	o.Getenv = func(string) string { return "" }
	synctest.Test(t, func(t *testing.T) {
		d := &driver{t: t}
		d.m = newModel(o, func() { d.cancelled++ })
		d.run(d.m.Init())
		d.send(tea.WindowSizeMsg{Width: width, Height: height})
		f(d)
	})
}

// event is an event.
func event(kind run.EventKind, step, item, text string) tea.Msg {
	return eventMsg{run.Event{Time: noon, Kind: kind, Step: step, Item: item, Text: text}}
}

func (d *driver) send(msgs ...tea.Msg) {
	d.t.Helper()
	for _, msg := range msgs {
		_, cmd := d.m.Update(msg)
		d.run(cmd)
		if d.m.crash != nil {
			d.t.Fatal(d.m.crash)
		}
	}
}

// run makes a command and gives its message back to the model; timers wait for fire.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	switch msg := msg.(type) {
	case nil, tick:
		return
	case setDone, saved:
		d.send(msg)
		return
	case ready, rested:
		d.late = append(d.late, msg)
		return
	case opened:
		d.send(msg)
		return
	case tea.QuitMsg:
		d.quit = true
		return
	}
	if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
		for i := range v.Len() {
			d.run(v.Index(i).Interface().(tea.Cmd))
		}
		return
	}
	switch kind := reflect.TypeOf(msg); {
	case kind.String() == "tea.setClipboardMsg":
		d.copied = fmt.Sprint(msg)
	case strings.Contains(kind.PkgPath(), "huh"):
		d.send(msg)
	}
}

// fire delivers what timers sent.
func (d *driver) fire() {
	late := d.late
	d.late = nil
	d.send(late...)
}

var named = map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "tab": tea.KeyTab,
	"left": tea.KeyLeft, "right": tea.KeyRight, "f5": tea.KeyF5, "insert": tea.KeyInsert, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "end": tea.KeyEnd}

// key presses keys, by their names.
func (d *driver) key(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		msg := tea.KeyPressMsg{Text: k, Code: []rune(k)[0]}
		if code, ok := named[k]; ok {
			msg = tea.KeyPressMsg{Code: code}
		} else if letter, ok := strings.CutPrefix(k, "ctrl+"); ok {
			msg = tea.KeyPressMsg{Code: []rune(letter)[0], Mod: tea.ModCtrl}
		}
		d.send(msg)
	}
}

// write types a text letter by letter.
func (d *driver) write(text string) {
	d.t.Helper()
	d.key(strings.Split(text, "")...)
}

// ask puts a demand and returns where its reply will be.
func (d *driver) ask(x demand) <-chan replyOnce {
	d.t.Helper()
	reply := make(chan replyOnce, 1)
	d.last++
	x.id, x.reply = d.last, reply
	d.send(x)
	return reply
}

func (d *driver) approve(items ...plan.Item) <-chan replyOnce {
	d.t.Helper()
	p := onePage()
	p.Items = items
	return d.ask(demand{page: p})
}

// got is the reply, which must be there.
func (d *driver) got(reply <-chan replyOnce) replyOnce {
	d.t.Helper()
	select {
	case r := <-reply:
		return r
	default:
		d.t.Fatalf("no reply; the screen:\n%s", d.screen())
		return replyOnce{}
	}
}

func (d *driver) none(reply <-chan replyOnce) {
	d.t.Helper()
	select {
	case r := <-reply:
		d.t.Fatalf("replied %+v too early", r)
	default:
	}
}

// screen is what a terminal shows.
func (d *driver) screen() string {
	e := vt.NewEmulator(d.m.width, d.m.height)
	defer e.Close()
	e.WriteString(strings.ReplaceAll(d.m.View().Content, "\n", "\r\n"))
	lines := strings.Split(e.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (d *driver) shows(texts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			d.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

func (d *driver) hides(text string) {
	d.t.Helper()
	if screen := d.screen(); strings.Contains(screen, text) {
		d.t.Errorf("%q is on the screen:\n%s", text, screen)
	}
}
