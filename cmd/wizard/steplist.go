package main

import (
	"awswizard/steps"
	"awswizard/steps/setup"
)

type step = steps.Step

func allSteps() []step { return setup.Steps() }
