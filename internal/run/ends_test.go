package run_test

import (
	"context"
	"testing"
	"testing/synctest"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/sandbox"
	"awswizard/steps"
	"awswizard/steps/handover"
)

// TestTheKeyInUseIsTheLastToGo: nothing is looked at after the call that ends the credentials of the run, and the next
// run finds nothing left. Without a person, it is not made.
func TestTheKeyInUseIsTheLastToGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, err := sandbox.NewWorld(sandbox.Messy, 7)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t)
		b.sim = sandbox.New(world)
		b.restart()
		b.front.handOff = func(context.Context, *plan.HandOff) run.Decision { return run.Skip }
		alone, err := run.New(run.Options{Steps: []steps.Step{handover.Step()}, Cloud: b.cloud, Journal: b.journal, FrontEnd: b.front, Unattended: true,
			Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}).Run(t.Context())
		if err != nil || len(b.sent) > 0 || len(plan.Calls(alone.Steps[0].Left)) != 1 {
			t.Fatalf("without a person: %v, sent %v, left %v", err, b.sent, alone.Steps)
		}
		result, err := b.run(t.Context(), handover.Step())
		if err != nil || !result.Steps[0].Done || len(b.sent) != 1 || b.sent[0] != "DeleteAccessKey" {
			t.Fatalf("%v, sent %v, %+v", err, b.sent, result.Steps)
		}
		b.restart()
		result, err = b.run(t.Context(), handover.Step())
		if err != nil || !result.Steps[0].Done || len(b.sent) != 1 {
			t.Errorf("the next run: %v, sent %v, %+v", err, b.sent, result.Steps)
		}
	})
}
