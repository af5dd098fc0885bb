package main

import (
	"awswizard/steps"
	"awswizard/steps/budgets"
	"awswizard/steps/guardrails"
	"awswizard/steps/identity"
	"awswizard/steps/network"
	"awswizard/steps/organization"
	"awswizard/steps/trail"
	"awswizard/steps/welcome"
)

type step = steps.Step

// allSteps is the set-up in its order. A new step is one line here.
func allSteps() []step {
	return []step{
		welcome.Step(),
		organization.Step(),
		identity.Step(),
		guardrails.Step(),
		trail.Step(),
		budgets.Step(),
		network.Step(),
	}
}
