// Package steptest makes the calls of a step's plan on the sandbox, as the engine does, for the tests of the steps.
package steptest

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// patience is how long is waited before a call that may be made again.
const patience = 2 * time.Second

// Make makes a call: again where it may be refused for a while, and until what it began in AWS has settled. wait moves the clock
// of the sandbox. It gives what is known afterwards, and the refusal.
func Make(t testing.TB, c *plan.Call, config func(plan.Place) (aws.Config, error), facts plan.Facts, wait func(time.Duration)) (plan.Facts, error) {
	t.Helper()
	in := c.Request.Build(facts)
	if key, unknown := plan.UnknownIn(in); unknown {
		t.Fatalf("%s still waits for %s", c.ID, key)
	}
	cfg, err := config(c.Where)
	if err != nil {
		return facts, err
	}
	for waited := time.Duration(0); ; waited += patience {
		known, err := once(t, c, in, cfg, config, facts, wait)
		if err == nil || waited >= c.Wait[reason(err)] {
			return known, err
		}
		wait(patience)
	}
}

// reason is what passes or does not: AWS's code, or what it told only after it had taken the call.
func reason(err error) string {
	var u *plan.Unsettled
	if errors.As(err, &u) {
		return u.Reason
	}
	return steps.Code(err)
}

// once makes a call one time.
func once(t testing.TB, c *plan.Call, in any, cfg aws.Config, config func(plan.Place) (aws.Config, error), facts plan.Facts, wait func(time.Duration)) (plan.Facts, error) {
	t.Helper()
	out, err := c.Request.Send(t.Context(), cfg, in)
	if err != nil {
		return facts, err
	}
	if c.Learn != nil {
		facts = facts.With(c.Learn(out))
	}
	if c.Settle == nil {
		return facts, nil
	}
	if c.SettleIn.Account != "" {
		if cfg, err = config(c.SettleIn); err != nil {
			return facts, err
		}
	}
	for waited := time.Duration(0); ; waited += c.SettleEvery {
		done, learned, err := c.Settle(t.Context(), cfg, facts)
		if done || err != nil {
			return facts.With(learned), err
		}
		if waited >= c.SettleLimit {
			t.Fatalf("%s is not settled after %v", c.ID, c.SettleLimit)
		}
		wait(c.SettleEvery)
	}
}
