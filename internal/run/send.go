package run

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"awswizard/internal/cloud"
	"awswizard/internal/journal"
	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
)

type awsConfig = aws.Config

// Waiting for AWS to be ready starts with short looks and grows to long ones. A request in flight is given inFlight to
// end even when the person stops the program.
const (
	firstWait = 2 * time.Second
	mostWait  = 20 * time.Second
	inFlight  = 2 * time.Minute
)

// call makes one approved call: build, check against the approval, journal, send, journal, settle.
func (w *work) call(ctx context.Context, c *plan.Call) {
	waited, pause := time.Duration(0), firstWait
	for {
		if ctx.Err() != nil {
			return
		}
		retry := w.attempt(ctx, c, &waited, pause)
		if !retry {
			return
		}
		pause = min(pause*3/2, mostWait)
	}
}

// attempt is one try; true means: try again now.
func (w *work) attempt(ctx context.Context, c *plan.Call, waited *time.Duration, pause time.Duration) bool {
	e, step := w.v.e, w.v.step.Name
	since := e.signedInSoFar()
	item := plan.Item{Call: c}
	facts := e.Facts()
	in := c.Request.Build(facts)
	if key, unknown := plan.UnknownIn(in); unknown {
		w.unknown(item, key)
		return false
	}
	account := facts.AccountID(c.Where.Account)
	if key, unknown := plan.Unknown(account); unknown {
		if c.Where.Account != plan.Management {
			w.unknown(item, key)
			return false
		}
		account = e.Caller().Account
		facts = facts.With(map[string]string{plan.AccountFact(plan.Management): account})
	}
	now, err := templateOf(c, facts)
	if err != nil {
		w.halt(err)
		return false
	}
	w.mu.Lock()
	approved := w.v.approved[c.ID]
	w.mu.Unlock()
	if !approved.covers(now, facts) {
		w.leave(item, "what would be sent is no longer what was approved; it is shown again")
		w.set(c.ID, untried)
		return false
	}
	print := plan.Fingerprint(c, facts)
	at := plan.Place{Account: account, Region: c.Where.Region, Task: c.Where.Task}
	cfg, err := w.open(c, at, cloud.Ticket{Service: c.Request.Service, Operation: c.Request.Operation,
		Match: func(input any) error {
			sent, err := plan.FingerprintOf(c.Request.Service, c.Request.Operation, at, input)
			if err != nil {
				return err
			}
			if sent != print {
				return errors.New("the request differs from the approved one")
			}
			return nil
		}})
	if errors.Is(err, plan.ErrNoEntry) {
		w.leave(item, "the account cannot be entered as "+string(e.Caller().Kind)+"; sign in as yourself first")
		return false
	}
	if err != nil {
		return w.refused(ctx, c, err, since)
	}
	base := journal.Entry{Step: step, Item: c.ID, Service: c.Request.Service, Operation: c.Request.Operation,
		Account: account, Region: c.Where.Region, Fingerprint: print}
	begin := base
	begin.Kind, begin.Input, begin.TakesBack, begin.Before = journal.KindBegin, json.RawMessage(now.JSON), c.TakesBack, c.Before
	begin.Title, begin.MonthlyUSD = c.Title, c.MonthlyUSD
	if err := e.record(begin); err != nil {
		w.halt(err)
		return false
	}
	e.event(Event{Kind: Begin, Step: step, Item: c.ID, Text: c.Title})
	sending, done := context.WithTimeout(context.WithoutCancel(ctx), inFlight)
	out, err := c.Request.Send(sending, cfg, in)
	done()
	if err != nil {
		return w.answered(ctx, c, base, err, waited, pause, since)
	}
	return w.succeeded(ctx, c, base, out, waited, pause)
}

// open gives the configuration that one approved request leaves by; a change of a file on this computer needs none.
func (w *work) open(c *plan.Call, at plan.Place, t cloud.Ticket) (awsConfig, error) {
	if c.Request.Local() {
		return awsConfig{}, nil
	}
	return w.v.e.o.Cloud.Write(at, t)
}

// answered deals with an error reply.
func (w *work) answered(ctx context.Context, c *plan.Call, base journal.Entry, err error, waited *time.Duration, pause time.Duration, since int) bool {
	e := w.v.e
	code := cloud.Code(err)
	base.Code, base.Message = code, err.Error()
	x := cloud.Explain(err)
	base.RequestID = x.RequestID
	if matches(c.Done, code) {
		base.Kind = journal.KindOK
		if err := e.record(base); err != nil {
			w.halt(err)
			return false
		}
		w.set(c.ID, made)
		e.event(Event{Kind: OK, Step: base.Step, Item: c.ID, Text: c.Title + ": it was so already", RequestID: x.RequestID})
		return false
	}
	if cloud.InDoubt(err) {
		// No reply: the journal keeps the begin without an end, and the next look at AWS tells whether it happened.
		w.set(c.ID, doubted)
		e.event(Event{Kind: Waiting, Step: base.Step, Item: c.ID, Text: c.Title + ": no reply from AWS; looking whether it happened", Until: e.o.Now().Add(doubtLimit)})
		return false
	}
	base.Kind = journal.KindFail
	if err := e.record(base); err != nil {
		w.halt(err)
		return false
	}
	limit, ok := waitFor(c.Wait, code)
	if !ok && cloud.Passing(err) && *waited < patience { // it did not begin, or it would be in doubt
		if e.bideTime(ctx, base.Step, c.ID, err, pause, patience-*waited) != nil {
			return false
		}
		*waited += pause
		return true
	}
	if ok && *waited < limit {
		return w.later(ctx, c, base.Step, err, code, waited, pause)
	}
	return w.refused(ctx, c, err, since)
}

// later waits for what passes; true means: try again.
func (w *work) later(ctx context.Context, c *plan.Call, step string, err error, code string, waited *time.Duration, pause time.Duration) bool {
	e := w.v.e
	e.event(Event{Kind: Waiting, Step: step, Item: c.ID, Until: e.o.Now().Add(pause),
		Text: c.Title + ": " + e.notReady(err, code) + "; trying again"})
	if e.o.Sleep(ctx, pause) != nil {
		return false
	}
	*waited += pause
	return true
}

// notReady says why AWS is to be asked again later: in words where it is known, else with AWS's code.
func (e *Engine) notReady(err error, code string) string {
	switch x := cloud.ExplainKnowing(e.Facts(), err); {
	case x.Kind == cloud.NotReady && x.What != "":
		return x.What
	case x.Kind == cloud.Conflict && x.What == "" && x.Why != "":
		return strings.ToLower(x.Why[:1]) + strings.TrimSuffix(x.Why[1:], ".")
	}
	return "AWS is not ready (" + code + ")"
}

// refused tells a failure and asks what to do; true means: try again.
func (w *work) refused(ctx context.Context, c *plan.Call, err error, since int) bool {
	e, step := w.v.e, w.v.step.Name
	again, ended := w.renew(ctx, err, since)
	if ended != nil {
		p := e.problemOf(err, c.Title)
		e.event(Event{Kind: Failed, Step: step, Item: c.ID, Text: c.Title, RequestID: p.RequestID, Problem: &p})
		w.fail(c.ID, c.Title, p)
		w.halt(ended) // everything else would be refused, too; the next start goes on
		return false
	}
	if again {
		return true
	}
	p := e.problemOf(err, c.Title)
	switch {
	case c.Request.Local():
	case p.What == c.Request.Operation+" did not work": // the title says it better
		p.What = quoted(c) + " was refused."
	case cloud.Passing(err):
		p.What = quoted(c) + " could not be done. " + whole(p.What)
	default:
		p.What = quoted(c) + " was refused. " + whole(p.What)
	}
	e.event(Event{Kind: Failed, Step: step, Item: c.ID, Text: c.Title, RequestID: p.RequestID, Problem: &p})
	if e.o.Unattended && cloud.Explain(err).Kind == cloud.Credentials {
		w.fail(c.ID, c.Title, p)
		w.halt(err) // everything else would be refused, too; the next start goes on
		return false
	}
	same := c.Request.Operation + " " + p.Code
	w.mu.Lock()
	quiet := w.v.quiet[same]
	w.mu.Unlock()
	if quiet || ctx.Err() != nil {
		w.fail(c.ID, c.Title, p)
		return false
	}
	d, err := w.v.trouble(ctx, c.ID, p)
	switch {
	case err != nil:
		w.fail(c.ID, c.Title, p)
		w.halt(err)
	case d == Go:
		return true
	case d == Leave:
		w.fail(c.ID, c.Title, p)
		w.halt(ErrLeft)
	case d == Again:
		w.halt(errAgain)
	default:
		w.fail(c.ID, c.Title, p)
		w.mu.Lock()
		w.v.quiet[same] = true
		w.mu.Unlock()
	}
	return false
}

// succeeded records the reply, learns from it and waits for what AWS still does in the background.
func (w *work) succeeded(ctx context.Context, c *plan.Call, base journal.Entry, out any, waited *time.Duration, pause time.Duration) bool {
	e := w.v.e
	base.Kind, base.Settles = journal.KindOK, c.Settle != nil
	base.RequestID = requestID(out)
	if c.Learn != nil {
		base.Facts = c.Learn(out)
	}
	if err := e.record(base); err != nil {
		w.halt(err)
		return false
	}
	e.learn(base.Facts)
	if c.Settle == nil {
		w.made(c)
		e.event(Event{Kind: OK, Step: base.Step, Item: c.ID, Text: c.Title, RequestID: base.RequestID, Facts: base.Facts})
		return false
	}
	return w.settle(ctx, c, base, waited, pause)
}

// settle polls until AWS has finished what it accepted. AWS may tell only now that it did nothing: where the reason is one that
// passes, the call is made again.
func (w *work) settle(ctx context.Context, c *plan.Call, base journal.Entry, waitedSoFar *time.Duration, pause time.Duration) bool {
	e := w.v.e
	every, limit := c.SettleEvery, settleLimit(c)
	if every <= 0 {
		every = 5 * time.Second
	}
	for waited := time.Duration(0); waited <= limit; waited += every {
		since := e.signedInSoFar()
		done, facts, err := w.settled(ctx, c, base)
		if unsettled := (*plan.Unsettled)(nil); errors.As(err, &unsettled) {
			entry := base
			entry.Kind, entry.Code, entry.Message, entry.Facts = journal.KindFail, unsettled.Reason, err.Error(), nil
			if err := e.record(entry); err != nil {
				w.halt(err)
				return false
			}
			if most, passes := waitFor(c.Wait, unsettled.Reason); passes && *waitedSoFar < most {
				return w.later(ctx, c, base.Step, err, unsettled.Reason, waitedSoFar, pause)
			}
			return w.refused(ctx, c, err, e.signedInSoFar())
		}
		if cloud.SignedOut(err) {
			again, ended := w.renew(ctx, err, since)
			if !again {
				w.cannotLook(c, err, ended)
				return false
			}
		}
		if err != nil {
			e.o.Log.Info("looking whether a call has settled", "item", c.ID, "error", err)
		} else if done {
			entry := base
			entry.Kind, entry.Facts = journal.KindSettled, facts
			if err := e.record(entry); err != nil {
				w.halt(err)
				return false
			}
			e.learn(facts)
			w.made(c)
			told := plan.NewFacts(base.Facts).With(facts).Map()
			e.event(Event{Kind: OK, Step: base.Step, Item: c.ID, Text: c.Title, RequestID: base.RequestID, Facts: told})
			return false
		}
		if waited == 0 {
			e.event(Event{Kind: Waiting, Step: base.Step, Item: c.ID, Until: e.o.Now().Add(every), Limit: e.o.Now().Add(limit),
				Text: c.Title + ": AWS accepted it and is working on it"})
		}
		if e.o.Sleep(ctx, every) != nil {
			return false
		}
	}
	// AWS still works on it. It must not be asked for twice, so the next look at AWS decides what is left.
	w.set(c.ID, doubted)
	e.event(Event{Kind: Waiting, Step: base.Step, Item: c.ID, Text: c.Title + ": AWS is still working on it; looking again", Until: e.o.Now().Add(doubtLimit)})
	return false
}

// cannotLook is the end of looking how AWS gets on with a call, because nobody is signed in any more: AWS works on it, and the
// next look decides what is left.
func (w *work) cannotLook(c *plan.Call, err, ended error) {
	e, step := w.v.e, w.v.step.Name
	p := e.problemOf(err, c.Title)
	e.event(Event{Kind: Waiting, Step: step, Item: c.ID, Text: c.Title + ": AWS is working on it, and it cannot be looked at now. " + p.What})
	w.set(c.ID, doubted)
	w.mu.Lock()
	w.v.problem(c.ID, c.Title, p)
	w.mu.Unlock()
	if ended != nil {
		w.halt(ended)
	}
}

// settleLimit is how long AWS may work on what it accepted.
func settleLimit(c *plan.Call) time.Duration {
	if c.SettleLimit <= 0 {
		return 15 * time.Minute
	}
	return c.SettleLimit
}

// missing says for a person why a fact is not there.
func missing(key string) string {
	if name, ok := strings.CutPrefix(key, "account."); ok {
		return "the account " + strings.TrimSuffix(name, ".id") + " does not exist yet"
	}
	return "something before it was not done (" + key + ")"
}

func (w *work) settled(ctx context.Context, c *plan.Call, base journal.Entry) (bool, map[string]string, error) {
	at := plan.Place{Account: base.Account, Region: base.Region}
	if c.SettleIn.Account != "" {
		at = c.SettleIn
		at.Account = w.v.e.Facts().AccountID(at.Account)
	}
	cfg, err := w.v.e.o.Cloud.Read(at)
	if err != nil {
		return false, nil, err
	}
	return c.Settle(ctx, cfg, w.v.e.Facts())
}

func requestID(out any) string {
	if m, ok := metadata(out); ok {
		id, _ := middleware.GetRequestIDMetadata(m)
		return id
	}
	return ""
}

// matches reports whether code is in the list; an entry "Code" also stands for every "Code/Reason".
func matches(list []string, code string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return covers(s, code) })
}

func covers(entry, code string) bool {
	return code != "" && (entry == code || len(code) > len(entry) && code[:len(entry)] == entry && code[len(entry)] == '/')
}

func waitFor(waits map[string]time.Duration, code string) (time.Duration, bool) {
	if d, ok := waits[code]; ok {
		return d, true
	}
	for entry, d := range waits {
		if covers(entry, code) {
			return d, true
		}
	}
	return 0, false
}

// quoted is the title of a call as a part of a sentence: "Create the account production" was refused.
func quoted(c *plan.Call) string { return `"` + c.Title + `"` }

// whole is a cause with the dot that ends a sentence.
func whole(cause string) string { return strings.TrimSuffix(cause, ".") + "." }
