// Package setup is the list of the steps.
package setup

import (
	"awswizard/steps"
	"awswizard/steps/alerts"
	"awswizard/steps/baseline"
	"awswizard/steps/budgets"
	"awswizard/steps/guardrails"
	"awswizard/steps/handover"
	"awswizard/steps/identity"
	"awswizard/steps/network"
	"awswizard/steps/organization"
	"awswizard/steps/trail"
	"awswizard/steps/vpc"
	"awswizard/steps/welcome"
)

// Steps is the set-up in its order. A new step is one line here.
func Steps() []steps.Step {
	return []steps.Step{
		welcome.Step(),
		organization.Step(),
		identity.Step(),
		guardrails.Step(),
		trail.Step(),
		alerts.Step(),
		budgets.Step(),
		network.Step(),
		vpc.Step(),
		baseline.Step(),
		handover.Step(),
	}
}
