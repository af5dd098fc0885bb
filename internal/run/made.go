package run

import (
	"maps"
	"strings"

	"awswizard/internal/journal"
	"awswizard/steps"
)

// past is what the journal tells that AWS cannot.
type past struct {
	made steps.Made
	// facts are what a person did where there is no API to see it, and the requests that may still be in flight.
	// Everything else is read from AWS again, which is the truth.
	facts    map[string]string
	answered map[string]bool // steps whose questions were answered
	// doubts are the calls, by id, that left and have no recorded end: of the set-up, and of the way back. The entry is
	// their begin, or the ok of what AWS accepted and works on.
	doubts, undoing map[string]journal.Entry
}

// pastOf reads the journal from its beginning. A call that AWS answered with "it is so already" is not ours, and neither
// is one whose background work failed. What was taken back is forgotten with all that was learned from it.
func pastOf(r journal.Replay) past {
	p := past{made: steps.Made{}, facts: map[string]string{}, answered: map[string]bool{},
		doubts: map[string]journal.Entry{}, undoing: map[string]journal.Entry{}}
	begun := map[string]journal.Entry{}
	kept := map[string]map[string]string{} // remembered facts by item
	steppedOn := map[string]string{}       // step by item
	accepted := map[string]bool{}          // items whose last begin AWS accepted
	forget := func(ids []string) {
		for _, id := range ids {
			delete(p.made, id)
			delete(kept, id)
			delete(begun, id)
		}
	}
	for _, e := range r.Entries {
		if e.Item != "" {
			steppedOn[e.Item] = e.Step
		}
		if memory := memorable(e); len(memory) > 0 {
			if kept[e.Item] == nil {
				kept[e.Item] = map[string]string{}
			}
			maps.Copy(kept[e.Item], memory)
		}
		switch e.Kind {
		case journal.KindBegin:
			begun[e.Item], accepted[e.Item] = e, false
		case journal.KindOK, journal.KindSettled:
			from, known := begun[e.Item]
			switch {
			case known && len(from.TakesBack) > 0:
				if e.Kind == journal.KindSettled || !e.Settles { // what AWS only accepted may still fail
					forget(from.TakesBack)
				}
			case known && e.Code == "":
				p.made[e.Item] = madeBy(from, e, p.made[e.Item])
				accepted[e.Item] = true
			}
		case journal.KindFail:
			if accepted[e.Item] {
				delete(p.made, e.Item) // AWS had accepted it, and its work failed
			}
		case journal.KindHandoff:
			if len(e.TakesBack) > 0 {
				forget(e.TakesBack)
			} else {
				p.made[e.Item] = steps.MadeCall{Step: e.Step, Time: e.Time, Facts: e.Facts}
			}
		case journal.KindNote:
			p.answered[e.Step] = p.answered[e.Step] || e.Message == answered
		case journal.KindUndone:
			delete(p.answered, e.Step)
			for id, step := range steppedOn {
				if step == e.Step {
					forget([]string{id})
				}
			}
		}
	}
	for _, facts := range kept {
		maps.Copy(p.facts, facts)
	}
	for _, d := range r.InDoubt() {
		if _, known := begun[d.Item]; !known {
			continue // it was taken back, whatever became of it
		}
		if len(d.TakesBack) > 0 {
			p.undoing[d.Item] = d
			continue
		}
		p.doubts[d.Item] = d
		if _, ours := p.made[d.Item]; !ours {
			doubtful := madeBy(d, d, steps.MadeCall{})
			doubtful.InDoubt = true
			p.made[d.Item] = doubtful
		}
	}
	for _, u := range r.Unsettled() {
		switch from, known := begun[u.Item]; {
		case !known:
		case len(from.TakesBack) > 0:
			p.undoing[u.Item] = u
		default:
			p.doubts[u.Item] = u
		}
	}
	return p
}

// memorable are the facts of an entry that a later start needs and cannot read from AWS.
func memorable(e journal.Entry) map[string]string {
	out := map[string]string{}
	for k, v := range e.Facts {
		if e.Kind == journal.KindHandoff && len(e.TakesBack) == 0 || strings.Contains(k, ".request.") {
			out[k] = v
		}
	}
	return out
}

// MadeBy are the calls of the journal that the wizard made and did not take back, by item id.
func MadeBy(r journal.Replay) steps.Made { return pastOf(r).made }

// MonthlyUSD is the expected price per month of what the wizard made and did not take back, from the journal.
func MonthlyUSD(r journal.Replay) (usd float64) {
	for _, m := range MadeBy(r) {
		usd += m.MonthlyUSD
	}
	return usd
}

// madeBy adds an entry's news to what was made before: the first values replaced are those to go back to.
func madeBy(begin, end journal.Entry, earlier steps.MadeCall) steps.MadeCall {
	made := steps.MadeCall{Step: begin.Step, Time: end.Time, Service: begin.Service, Operation: begin.Operation,
		Account: begin.Account, Region: begin.Region, Title: begin.Title, MonthlyUSD: begin.MonthlyUSD, Input: begin.Input, Facts: map[string]string{}, Before: earlier.Before}
	if made.Before == nil {
		made.Before = begin.Before
	}
	maps.Copy(made.Facts, earlier.Facts)
	maps.Copy(made.Facts, end.Facts)
	return made
}
