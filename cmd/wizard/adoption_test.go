package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/cloud"
	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
)

// founders are the scenarios in which something was there before the wizard.
var founders = []sandbox.Scenario{sandbox.Half, sandbox.Messy, sandbox.Adopted, sandbox.ControlTower, sandbox.Project}

// TestAdoptionLeavesTheFoundersThingsAlone runs the whole set-up where things are there already. Whatever differs in AWS
// afterwards was done by a call that was shown and approved, or by the person's hand-offs; what was there before was changed
// only by calls that were shown as a change or a deletion; and nothing is there twice.
func TestAdoptionLeavesTheFoundersThingsAlone(t *testing.T) {
	t.Parallel()
	for _, scenario := range founders {
		t.Run(string(scenario), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := watched(t, scenario)
				w.run()
				for _, wrong := range w.wrong {
					t.Error(wrong)
				}
				things := w.place.things()
				if once := slices.Compact(slices.Clone(things)); len(once) != len(things) {
					t.Errorf("some things are there twice:\n%s", strings.Join(things, "\n"))
				}
				t.Logf("%d calls, %d records before, %d after", len(w.calls), len(w.initial), len(records(t, w.place)))
				switch scenario {
				case sandbox.Project:
					if len(w.calls) != 0 {
						t.Errorf("made %v in an organization that is somebody else's", w.calls)
					}
				case sandbox.ControlTower:
					left := untouched(records(t, w.place))
					if was := untouched(w.initial); !maps.Equal(was, left) {
						t.Errorf("what Control Tower made differs: %v", changed(was, left))
					}
					fallthrough
				default:
					if len(w.calls) == 0 {
						t.Error("nothing was made, so nothing was tried")
					}
				}
			})
		})
	}
}

// TestTheAdoptionTestCanFail: a change of the founder's things is seen when it comes from outside of a call, and when the
// call was shown as one that only makes something new.
func TestTheAdoptionTestCanFail(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*watch){
		"changed by nobody's call": func(w *watch) {
			w.meddle = func(world *sandbox.World) { world.Org.Policies = nil }
		},
		"a change shown as a creation": func(w *watch) {
			w.shownAs = func(plan.Effect) plan.Effect { return plan.Creates }
		},
		"a call that nobody approved": func(w *watch) {
			w.forget = true
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := watched(t, sandbox.Adopted)
				spoil(w)
				w.run()
				if len(w.wrong) == 0 {
					t.Error("it was not seen")
				}
			})
		})
	}
}

// watch is a set-up whose every write is compared with what was shown.
type watch struct {
	told
	t       *testing.T
	place   *place
	initial map[string]int // what was there before

	now     map[string]int         // what was there at the last look
	calls   []string               // that took effect, in order
	wrong   []string               // what must not be
	shown   map[string]plan.Effect // what was approved, by call
	persons map[string]bool        // the hand-offs
	flight  string                 // the call in flight
	acting  bool                   // the person is doing what was handed off

	meddle  func(*sandbox.World)          // nil: nobody else changes anything
	shownAs func(plan.Effect) plan.Effect // nil: as it was
	forget  bool                          // what was approved is not known
	guard   sync.Mutex
}

func watched(t *testing.T, scenario sandbox.Scenario) *watch {
	t.Helper()
	world, err := sandbox.NewWorld(scenario, 7)
	if err != nil {
		t.Fatal(err)
	}
	w := &watch{t: t, place: newPlaceIn(t, world), shown: map[string]plan.Effect{}, persons: map[string]bool{}}
	w.initial = records(t, w.place)
	w.now = w.initial
	return w
}

// Tell notes which call is in flight: there is one at a time.
func (w *watch) Tell(e run.Event) {
	w.told.Tell(e)
	if e.Kind == run.Begin && !w.handedOff(e.Item) {
		w.guard.Lock()
		w.flight = e.Item
		w.guard.Unlock()
	}
}

// handedOff reports whether the item is a person's to do: it goes on beside the calls.
func (w *watch) handedOff(item string) bool {
	w.guard.Lock()
	defer w.guard.Unlock()
	return w.persons[item]
}

// Approve notes what was shown.
func (w *watch) Approve(_ context.Context, p run.Page) (run.Decision, []string, error) {
	w.guard.Lock()
	for _, i := range p.Items {
		if i.HandOff != nil {
			w.persons[i.ID()] = true
		}
	}
	w.guard.Unlock()
	for _, c := range plan.Calls(p.Items) {
		effect := c.Effect
		if w.shownAs != nil {
			effect = w.shownAs(effect)
		}
		if !w.forget {
			w.shown[c.ID] = effect
		}
	}
	return run.Go, nil, nil
}

// run is the set-up, one call after another.
func (w *watch) run() {
	w.t.Helper()
	sim := w.place.sim
	sim.Faults(func(r sandbox.Request) error {
		if w.meddle != nil && r.Operation == "DescribeTrails" {
			w.meddle(r.World)
			w.meddle = nil
		}
		if crashtest.Write(r.Operation) {
			w.look(r.World, "", "between the calls")
		}
		return nil
	})
	sim.Reply(func(r sandbox.Request) error {
		what := r.Service + "." + r.Operation
		if !crashtest.Write(r.Operation) {
			return nil
		}
		w.guard.Lock()
		id := w.flight
		w.guard.Unlock()
		if w.look(r.World, id, "by "+what) {
			w.calls = append(w.calls, id)
		}
		return nil
	})
	j, err := journal.Open(filepath.Join(w.place.dir, "journal.jsonl"), time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	defer j.Close()
	c, err := cloud.Open(w.t.Context(), cloud.Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", TokenDir: w.place.dir})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = run.New(run.Options{Steps: allSteps(), Cloud: c, Answers: w.place.answers, Journal: j, Unattended: true, Lanes: 1, FrontEnd: w,
		StandIn: func(act string) error {
			w.acts(true)
			err := sim.StandIn(act)
			w.place.world(func(world *sandbox.World) { // the person was shown what to do, and did it
				w.look(world, "", "by the person")
				w.acts(false)
			})
			return err
		}}).Run(w.t.Context())
	if err != nil {
		w.t.Error(err)
	}
	w.place.world(func(world *sandbox.World) { w.look(world, "", "after the calls") })
}

// acts notes that the person begins or ends.
func (w *watch) acts(begins bool) {
	w.guard.Lock()
	defer w.guard.Unlock()
	w.acting = begins
}

// look compares the world with the last look, and reports whether anything differs. By a call that only makes new things,
// and outside of the calls, nothing of what was there before may differ.
func (w *watch) look(world *sandbox.World, call, when string) bool {
	b, err := json.Marshal(world)
	if err != nil {
		w.t.Error(err)
		return false
	}
	now := recordsOf(w.t, b)
	w.guard.Lock()
	defer w.guard.Unlock()
	if w.acting { // whose doing a difference is cannot be told now
		w.now = now
		return call != ""
	}
	effect, shown := w.shown[call]
	differs := !maps.Equal(w.now, now)
	if differs && call != "" && !shown {
		w.wrong = append(w.wrong, fmt.Sprintf("%s changed something and was not shown", call))
	}
	if effect != plan.Changes && effect != plan.Deletes {
		for record, n := range w.now {
			if now[record] < n && now[record] < w.initial[record] {
				w.wrong = append(w.wrong, fmt.Sprintf("%s (%s, shown as %q) took away or changed what was there: %s", call, when, effect, record))
			}
		}
	}
	w.now = now
	return differs
}

// records are the things in the simulated AWS with their own plain values, and how often each is there.
func records(t *testing.T, p *place) map[string]int {
	t.Helper()
	var b []byte
	p.world(func(w *sandbox.World) {
		var err error
		if b, err = json.Marshal(w); err != nil {
			t.Error(err)
		}
	})
	return recordsOf(t, b)
}

func recordsOf(t *testing.T, world []byte) map[string]int {
	var v map[string]any
	if err := json.Unmarshal(world, &v); err != nil {
		t.Error(err)
	}
	for _, part := range []string{"seed", "draws", "clock", "pace"} { // chance and time
		delete(v, part)
	}
	out := map[string]int{}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			var own []string
			for key, value := range v {
				switch {
				case value == nil: // a list that nothing is in yet
				case isNested(value), strings.Count(path, ".") < 2: // a service's part of the world is no thing by itself
					walk(value, path+"."+key)
				default:
					own = append(own, fmt.Sprintf("%s=%v", key, value))
				}
			}
			slices.Sort(own)
			if len(own) > 0 {
				out[path+" "+strings.Join(own, " ")]++
			}
		case []any:
			for _, e := range v {
				walk(e, path+"[]")
			}
		default:
			out[fmt.Sprintf("%s %v", path, v)]++
		}
	}
	walk(v, "")
	return out
}

func isNested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// untouched are the records of what Control Tower looks after: accounts, units, policies, logins and the trail.
func untouched(all map[string]int) map[string]int {
	out := map[string]int{}
	for record, n := range all {
		if strings.HasPrefix(record, ".organizations") || strings.HasPrefix(record, ".identity") || strings.HasPrefix(record, ".cloudtrail") {
			out[record] = n
		}
	}
	return out
}

// changed names the records that are in one of the two only.
func changed(was, is map[string]int) []string {
	var out []string
	for record, n := range was {
		if is[record] != n {
			out = append(out, "- "+record)
		}
	}
	for record, n := range is {
		if was[record] != n {
			out = append(out, "+ "+record)
		}
	}
	slices.Sort(out)
	return out
}
