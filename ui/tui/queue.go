package tui

import (
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

// eventsMsg are events that came while the screen was drawn.
type eventsMsg []run.Event

// drawEvery is the least time between two messages of events: more than a screen can show helps nobody.
const drawEvery = 16 * time.Millisecond

// queue stands between the engine and the screens. Putting never waits, so that a slow terminal does not slow AWS down;
// and events become one message, so that thousands of them do not stand before a key in the line.
type queue struct {
	mu   sync.Mutex
	msgs []tea.Msg
	more chan struct{} // holds one
}

func newQueue() *queue { return &queue{more: make(chan struct{}, 1)} }

// put appends a message. What is not an event keeps its place behind the events before it.
func (q *queue) put(msg tea.Msg) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, isEvent := msg.(eventMsg)
	var last eventsMsg
	if n := len(q.msgs); n > 0 {
		last, _ = q.msgs[n-1].(eventsMsg)
	}
	switch {
	case isEvent && last != nil:
		q.msgs[len(q.msgs)-1] = append(last, e.Event)
	case isEvent:
		q.msgs = append(q.msgs, eventsMsg{e.Event})
	default:
		q.msgs = append(q.msgs, msg)
	}
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// pump gives the messages to send, in order, until ended is closed.
func (q *queue) pump(send func(tea.Msg), ended <-chan struct{}) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-q.more:
		case <-ended:
			return
		}
		select {
		case <-pause.C:
		case <-ended:
			return
		}
		q.mu.Lock()
		msgs := q.msgs
		q.msgs = nil
		q.mu.Unlock()
		for _, msg := range msgs {
			send(msg)
		}
		pause.Reset(drawEvery)
	}
}
