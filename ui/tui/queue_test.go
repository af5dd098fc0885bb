package tui

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

func TestEventsBecomeOneMessageAndKeepTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, ended := newQueue(), make(chan struct{})
		var got []tea.Msg
		numbered := func(from, to int) (events eventsMsg) {
			for n := from; n < to; n++ {
				e := run.Event{Kind: run.OK, Item: fmt.Sprint(n)}
				q.put(eventMsg{e})
				events = append(events, e)
			}
			return events
		}
		first := numbered(0, 1000)
		q.put(demand{id: 1})
		second := numbered(1000, 3000)
		q.put(withdrawn{1})
		go q.pump(func(msg tea.Msg) { got = append(got, msg) }, ended)
		synctest.Wait()
		if want := []tea.Msg{first, demand{id: 1}, second, withdrawn{1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %d messages", len(got))
		}
		got = nil
		third := numbered(0, 1)
		synctest.Wait()
		if len(got) > 0 {
			t.Error("the screen is drawn again at once")
		}
		<-time.After(drawEvery)
		if synctest.Wait(); !reflect.DeepEqual(got, []tea.Msg{third}) {
			t.Errorf("got %d messages", len(got))
		}
		close(ended)
	})
}
