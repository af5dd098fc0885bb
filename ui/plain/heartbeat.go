package plain

import (
	"fmt"
	"time"

	"awswizard/internal/run"
)

// stillWorking is how often a person hears that something goes on while nothing else is said.
const stillWorking = 30 * time.Second

// beat is what goes on now.
type beat struct {
	item string // id; "" for the step itself
	stop chan struct{}
}

// follow keeps a person told of what goes on: the item begun last, and when that is over the step.
func (u *UI) follow(e run.Event) {
	u.mu.Lock()
	if e.Kind == run.StepBegin {
		u.step = e.Text
	}
	step, running := u.step, ""
	if u.beat != nil {
		running = u.beat.item
	}
	u.mu.Unlock()
	switch e.Kind {
	case run.StepBegin:
		u.begin("", step)
	case run.Begin:
		u.begin(e.Item, u.title(e.Item, e.Text))
	case run.OK, run.Failed, run.Skipped:
		if e.Item == running {
			u.begin("", step)
		}
	case run.StepEnd:
		u.quiet()
	}
}

// begin says from now on, every half a minute, that this goes on.
func (u *UI) begin(item, text string) {
	u.quiet()
	b, since := &beat{item: item, stop: make(chan struct{})}, time.Now()
	u.mu.Lock()
	u.beat = b
	u.mu.Unlock()
	go func() {
		t := time.NewTicker(stillWorking)
		defer t.Stop()
		for {
			select {
			case now := <-t.C:
				u.sayStill(fmt.Sprintf("Still working: %s, %d seconds", text, int(now.Sub(since).Round(time.Second).Seconds())))
			case <-b.stop:
				return
			}
		}
	}()
}

// sayStill says what still goes on. While a person is asked that is the question, once more when other lines came after it.
func (u *UI) sayStill(working string) {
	u.mu.Lock()
	prompt, buried := u.prompt, u.buried
	u.mu.Unlock()
	switch {
	case prompt == "":
		u.say(working)
	case buried:
		u.say("This waits for you: " + prompt)
		u.mu.Lock()
		u.buried = false
		u.mu.Unlock()
	}
}

// quiet ends the beat: a question is asked, or the step is over.
func (u *UI) quiet() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.beat != nil {
		close(u.beat.stop)
		u.beat = nil
	}
}
