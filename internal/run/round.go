package run

import (
	"context"
	"errors"
	"slices"
	"time"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
)

// AWS shows a change to the next reader only after a while: how long the look after a run is repeated before something
// is called unfinished, and how long a call in doubt is looked for before it is made again.
const (
	consistencyLimit = 2 * time.Minute
	doubtLimit       = 30 * time.Second
	firstLookAgain   = time.Second
	slowestLookAgain = 15 * time.Second
	mostRounds       = 20
	// patience is how long a request is made again by itself while AWS cannot be reached or asks for fewer of them.
	patience = 5 * time.Minute
)

// rounds plans, shows, runs and looks again until nothing is left that can be done now.
func (v *visit) rounds(ctx context.Context) error {
	e := v.e
	waited, pause := time.Duration(0), firstLookAgain
	for n := 0; n < mostRounds; n++ {
		for {
			items, err := v.plan()
			if err != nil {
				return err
			}
			fresh, unseen, err := v.sort(items, waited)
			if err != nil {
				return err
			}
			v.doneAfterAll(items)
			if len(fresh) > 0 {
				more, err := v.round(ctx, items, fresh)
				if err != nil {
					return err
				}
				if !more {
					return v.finish(items)
				}
				if slices.ContainsFunc(v.result.Made, func(c *plan.Call) bool { return c.EndsSession }) {
					return v.finish(slices.DeleteFunc(items, func(i plan.Item) bool { return v.outcomes[i.ID()] == made }))
				}
				waited, pause = 0, firstLookAgain
				if v.part {
					n--
				}
				if v.idle {
					continue
				}
				break
			}
			if len(unseen) == 0 || waited > consistencyLimit {
				for _, i := range unseen {
					v.problem(i.ID(), titleOf(i), Problem{What: titleOf(i) + " was done, but AWS does not show it yet.",
						Why: "AWS can take some minutes to show a change everywhere.", Next: "Start the wizard again later: it looks again and goes on from there."})
				}
				return v.finish(items)
			}
			e.event(Event{Kind: Waiting, Step: v.step.Name, Item: unseen[0].ID(), Until: e.o.Now().Add(pause), Limit: e.o.Now().Add(consistencyLimit - waited),
				Text: "Waiting for AWS to show: " + titleOf(unseen[0])})
			if err := e.o.Sleep(ctx, pause); err != nil {
				return err
			}
			waited += pause
			pause = min(pause*2, slowestLookAgain)
			if ok, err := v.look(ctx); err != nil || !ok {
				return err
			}
		}
		if ok, err := v.look(ctx); err != nil || !ok {
			return err
		}
	}
	items, err := v.plan()
	if err != nil {
		return err
	}
	return v.finish(items)
}

func (v *visit) plan() ([]plan.Item, error) {
	return v.e.plan(v.step, v.state)
}

// sort separates what can be done now from what was done and is not shown by AWS yet.
func (v *visit) sort(items []plan.Item, waited time.Duration) (fresh, unseen []plan.Item, err error) {
	waiting := map[string]bool{} // for a doubt to end: what follows a call in doubt must not overtake it
	for _, i := range items {
		id := i.ID()
		o := v.outcomes[id]
		if i.Call != nil && o == doubted && v.mayStillCome(i.Call, waited) ||
			o == untried && slices.ContainsFunc(after(i), func(id string) bool { return waiting[id] }) {
			waiting[id] = true
			unseen = append(unseen, i)
			continue
		}
		switch {
		case i.Call != nil && o == made:
			now, err := templateOf(i.Call, v.e.Facts())
			if err != nil {
				return nil, nil, err
			}
			if v.approved[id].covers(now, v.e.Facts()) {
				unseen = append(unseen, i)
			} else {
				fresh = append(fresh, i)
			}
		case i.Call != nil && (o == untried || o == doubted):
			fresh = append(fresh, i)
		case i.HandOff != nil && o == made:
			unseen = append(unseen, i)
		case i.HandOff != nil && o == untried:
			fresh = append(fresh, i)
		case i.Later != nil && i.Later.Await > 0 && waited < i.Later.Await:
			unseen = append(unseen, i)
		case (i.Blocked != nil || i.Later != nil) && !v.shown[id]:
			fresh = append(fresh, i)
		}
	}
	return fresh, unseen, nil
}

// mayStillCome reports whether AWS may yet show a call in doubt as done. What it accepted it works on for as long as the
// call says, also when the program was stopped meanwhile; asking again would start it twice. Where the look shows that nothing
// comes of it, it is made again.
func (v *visit) mayStillCome(c *plan.Call, waited time.Duration) bool {
	accepted := v.e.doubt[c.ID]
	return waited < doubtLimit || accepted.Settles && !c.Lapsed && v.e.o.Now().Before(accepted.Time.Add(settleLimit(c)))
}

// round shows the fresh items, asks for approval and runs what was approved. False means: go no further here.
func (v *visit) round(ctx context.Context, items, fresh []plan.Item) (bool, error) {
	v.idle = false
	defer func() {
		if !v.idle {
			v.e.forget()
		}
	}()
	facts := v.e.Facts()
	// Taken before the person looks: what is approved is what was built then.
	shown := map[string]template{}
	prints := map[string]string{}
	for _, c := range plan.Calls(fresh) {
		t, err := templateOf(c, facts)
		if err != nil {
			return false, err
		}
		shown[c.ID], prints[c.ID] = t, plan.Fingerprint(c, facts)
	}
	hash := plan.Hash(fresh, facts)
	d, refused, err := Go, []string(nil), error(nil)
	if !v.standing(fresh, shown, facts) {
		d, refused, err = v.approval(ctx, fresh, facts)
	}
	if err != nil {
		return false, err
	}
	switch d {
	case Leave:
		v.result.Left = items
		return false, ErrLeft
	case Skip:
		v.result.Skipped = true
		for _, i := range fresh {
			v.outcomes[i.ID()] = left
			v.e.event(Event{Kind: Skipped, Step: v.step.Name, Item: i.ID(), Text: "Left out: " + titleOf(i)})
		}
		return false, nil
	case Back:
		return true, v.questions(ctx)
	case Again:
		return false, errAgain
	}
	v.part = d == Part
	again := map[string]bool{} // not decided on yet
	for _, id := range refused {
		if v.part {
			again[id] = true
		} else {
			v.outcomes[id] = left
		}
	}
	for _, i := range fresh {
		if !v.part && (i.Blocked != nil || i.Later != nil) {
			v.shown[i.ID()] = true
		}
	}
	approved := map[string]string{}
	var todo []plan.Item
	for _, i := range fresh {
		switch {
		case again[i.ID()]:
		case i.Call != nil && v.outcomes[i.ID()] != left:
			v.approved[i.ID()] = shown[i.ID()]
			approved[i.ID()] = prints[i.ID()]
			todo = append(todo, i)
		case i.HandOff != nil && v.outcomes[i.ID()] != left:
			todo = append(todo, i)
		case i.Call != nil, i.HandOff != nil:
			text := "Not approved: " + titleOf(i)
			if saved := v.e.o.Saved; saved != nil && saved.differs[i.ID()] != "" {
				text += " (" + saved.differs[i.ID()] + ")"
			}
			v.e.event(Event{Kind: Skipped, Step: v.step.Name, Item: i.ID(), Text: text})
		}
	}
	if len(approved) > 0 {
		v.result.Hash = hash
		if err := v.e.record(journal.Entry{Kind: journal.KindApprove, Step: v.step.Name, Hash: v.result.Hash, Items: approved}); err != nil {
			return false, err
		}
	}
	if err := v.execute(ctx, todo); err != nil && !errors.Is(err, plan.ErrPlanAgain) {
		return false, err
	}
	v.idle = v.e.o.Unattended && !slices.ContainsFunc(todo, func(i plan.Item) bool { return v.outcomes[i.ID()] != left })
	return true, nil
}

// standing reports whether every item is a call that was approved as it is in an earlier round, and was held up only by a
// doubt: the approval stands.
func (v *visit) standing(fresh []plan.Item, now map[string]template, f plan.Facts) bool {
	return !slices.ContainsFunc(fresh, func(i plan.Item) bool {
		if i.Call == nil {
			return true
		}
		before, approved := v.approved[i.ID()]
		return !approved || !before.covers(now[i.ID()], f)
	})
}

func (v *visit) approval(ctx context.Context, fresh []plan.Item, facts plan.Facts) (Decision, []string, error) {
	if saved := v.e.o.Saved; saved != nil {
		return Go, saved.refused(fresh, facts), nil
	}
	v.e.ask.Lock()
	defer v.e.ask.Unlock()
	p := v.e.page(v.n)
	p.Items, p.Facts, p.Hash = fresh, facts, plan.Hash(fresh, facts)
	d, refused, err := v.e.o.FrontEnd.Approve(ctx, p)
	for _, c := range plan.Calls(fresh) {
		agreed := v.e.o.Agreed == nil || c.Consent != plan.Typed || v.e.o.Agreed(c)
		nobody := c.EndsSession && v.e.o.Unattended // there must be somebody to sign in anew
		if (!agreed || nobody) && !slices.Contains(refused, c.ID) {
			refused = append(refused, c.ID)
		}
	}
	return d, refused, err
}
