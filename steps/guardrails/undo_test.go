package guardrails

import (
	"testing"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
	"awswizard/steps"
	"awswizard/steps/organization"
)

// The way back leaves the organization as the step found it, an account's earlier settings included, and nothing to
// take back once more.
func TestUndo(t *testing.T) {
	s := open(t)
	for range 2 { // what is made first tells the accounts
		_, items := s.look(organization.Step())
		s.run(items)
	}
	s.made = steps.Made{}
	production := s.facts.AccountID("production")
	s.world.S3.Blocks = map[string]*sandbox.PublicBlock{production: {Acls: true}}
	s.answers.AllowedRegions, s.answers.NoCommitments = []string{"eu-west-1"}, true
	for range 2 {
		_, items := s.look(Step())
		s.run(items)
	}
	if !s.world.S3PolicyBlocks(production) || len(s.world.IAM.RootFeatures) != 2 {
		t.Fatal("not set up")
	}
	back := func() []plan.Item {
		state, _ := s.look(Step())
		return Step().Undo(state, s.answers, s.facts, s.made)
	}
	s.world.Pace = 1 // an account still obeys the S3 policy when it was just detached
	items := back()
	if err := plan.Check(items); err != nil {
		t.Error(err)
	}
	s.run(items)
	state, _ := s.look(Step())
	left := state.(State)
	if len(left.Policies) != 0 || left.TrustsIAM || len(left.Root.Features) != 0 || left.Types[s3Type].On || left.Types[ec2Type].On {
		t.Errorf("left: %+v", left)
	}
	for _, acc := range left.Storage {
		if want := map[bool]Settings{true: "1000"}[acc.Account == production]; acc.Settings != want {
			t.Errorf("account %s has %q, before %q", acc.Account, acc.Settings, want)
		}
	}
	if items = back(); len(items) != 0 {
		t.Errorf("left to take back:\n%s", plan.Describe(items, s.facts))
	}
}
