package tui

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
)

// timed is a model that says when a frame after a key was ready.
type timed struct {
	*model
	pressed bool
	ready   chan time.Time
}

func (t *timed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := t.model.Update(msg)
	if _, key := msg.(tea.KeyPressMsg); key {
		t.pressed = true
	}
	return t, cmd
}

func (t *timed) View() tea.View {
	v := t.model.View()
	if t.pressed {
		t.pressed = false
		t.ready <- time.Now()
	}
	return v
}

// wide is the removal of the default networks of four accounts: 64 lanes and more.
func wide() run.Page {
	p := onePage()
	p.Step, p.Items = allSteps()[3], sweep("management", "security", "production", "development")
	return p
}

// BenchmarkKeyToFrame measures how long a key waits for its frame while 64 lanes report progress as fast as they can.
func BenchmarkKeyToFrame(b *testing.B) {
	t := &timed{model: newModel(Options{Steps: allSteps(), Getenv: func(string) string { return "" }}, func() {}), ready: make(chan time.Time, 1)}
	page := wide()
	t.work = newProgress(page, nil)
	t.current = t.work
	in, keys := io.Pipe()
	defer keys.Close()
	p := tea.NewProgram(t, tea.WithInput(in), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithWindowSize(120, 40),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Run()
	}()
	p.Send(tea.WindowSizeMsg{Width: 120, Height: 40})
	told, stop := newQueue(), make(chan struct{})
	go told.pump(p.Send, stop)
	f := &Front{send: told.put, ended: stop}
	var reporting sync.WaitGroup
	items := plan.Calls(page.Items)
	for lane := range 64 {
		reporting.Go(func() {
			pace := time.NewTicker(time.Millisecond)
			defer pace.Stop()
			for n := lane; ; n += 64 {
				c := items[n%len(items)]
				f.Tell(run.Event{Time: time.Now(), Kind: []run.EventKind{run.Begin, run.Waiting, run.OK}[n/64%3], Item: c.ID, Text: c.Title})
				select {
				case <-stop:
					return
				case <-pace.C:
				}
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		p.Send(tea.KeyPressMsg{Code: 'd', Text: "d"})
		took = append(took, (<-t.ready).Sub(began))
	}
	close(stop)
	reporting.Wait()
	p.Kill()
	<-over
	slices.Sort(took)
	ms := func(at float64) float64 {
		return float64(took[min(len(took)-1, int(at*float64(len(took))))].Microseconds()) / 1000
	}
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op") // it is the two above that a person feels
}

// BenchmarkFrame draws each screen that shows many calls, as after a key.
func BenchmarkFrame(b *testing.B) {
	page := wide()
	for name, show := range map[string]func(*model){
		"preview": func(m *model) { m.current = newPreview(demand{page: page}) },
		"preview-json": func(m *model) {
			v := newPreview(demand{page: page})
			v.lookAt(m, asJSON)
			m.current = v
		},
		"progress": func(m *model) { m.work = newProgress(page, nil); m.current = m.work },
	} {
		b.Run(name, func(b *testing.B) {
			m := newModel(Options{Steps: allSteps(), Getenv: func(string) string { return "" }}, func() {})
			m.width, m.height = 120, 40
			show(m)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				m.Update(tea.KeyPressMsg{Code: []rune{tea.KeyDown, tea.KeyUp}[n%2]})
				m.View()
			}
		})
	}
}

// BenchmarkMemory is what a plan of that size and 10 000 events leave in memory.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		page := wide()
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		m := newModel(Options{Steps: allSteps(), Getenv: func(string) string { return "" }}, func() {})
		m.width, m.height = 120, 40
		v := newPreview(demand{page: page})
		m.current = v
		for range 3 * len(page.Items) {
			v.move(1)
			v.fold(true)
			m.View()
		}
		m.work = newProgress(page, nil)
		m.current = m.work
		for n := range 10_000 {
			m.Update(eventMsg{run.Event{Kind: run.Begin, Item: page.Items[n%len(page.Items)].ID(), Text: fmt.Sprint(n)}})
		}
		m.View()
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
		runtime.KeepAlive(v)
		runtime.KeepAlive(m)
	}
}
