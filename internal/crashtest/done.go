package crashtest

import "awswizard/internal/journal"

// Ended is what a journal says about the requests that left.
type Ended struct {
	Done   []string // "Operation in Region" of each that took effect
	Twice  []string // items that took effect more than once
	Found  int      // whose reply did not come, and AWS showed that it had taken effect
	Repeat int      // whose reply did not come, and that were made again
}

// EndOf reads a journal, which may be of several runs.
func EndOf(r journal.Replay) Ended {
	var out Ended
	open := map[string]journal.Entry{} // begun, by item
	done := map[string]int{}           // by item
	for _, e := range r.Entries {
		from, inFlight := open[e.Item]
		switch e.Kind {
		case journal.KindBegin:
			if inFlight {
				out.Repeat++
			}
			open[e.Item] = e
		case journal.KindOK, journal.KindSettled:
			if !inFlight {
				continue // what had been accepted has ended
			}
			if e.Kind == journal.KindSettled {
				out.Found++
			}
			out.Done = append(out.Done, from.Operation+" in "+from.Region)
			if done[e.Item]++; done[e.Item] == 2 {
				out.Twice = append(out.Twice, e.Item)
			}
			delete(open, e.Item)
		case journal.KindFail:
			if !inFlight && done[e.Item] > 0 { // it had been accepted, and nothing came of it
				done[e.Item]--
			}
			delete(open, e.Item)
		}
	}
	return out
}
