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
		var at []time.Time // when each came
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
		go q.pump(func(msg tea.Msg) { got, at = append(got, msg), append(at, time.Now()) }, ended)
		synctest.Wait()
		if want := []tea.Msg{first, demand{id: 1}, second, withdrawn{1}}; !reflect.DeepEqual(got, want) {
			t.Errorf("got %d messages", len(got))
		}
		third := numbered(0, 1)
		<-time.After(2 * drawEvery)
		synctest.Wait()
		if len(got) != 5 || !reflect.DeepEqual(got[4], tea.Msg(third)) {
			t.Fatalf("got %d messages", len(got))
		}
		if soon := at[4].Sub(at[3]); soon < drawEvery {
			t.Errorf("the screen is drawn again after %v", soon)
		}
		close(ended)
	})
}
