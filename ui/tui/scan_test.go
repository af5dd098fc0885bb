package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

func checked(step, what, answer string) tea.Msg {
	return eventMsg{run.Event{Time: noon, Kind: run.Checked, Step: step, Text: what, Answer: answer}}
}

// TestTheWayBackShowsWhatItLooksAt: before the first step it looks at all that was made, which takes minutes at AWS. What
// was found then is not shown as the state of a step that has begun since.
func TestTheWayBackShowsWhatItLooksAt(t *testing.T) {
	driveAll(t, 80, 24, Options{Steps: allSteps(), Undo: true}, func(d *driver) {
		d.send(event(run.Waiting, "", "", "Looking at everything that was made"))
		d.send(checked("network", "Default VPCs", "17 in 17 Regions"))
		d.shows("Networks", "Default VPCs", "17 in 17 Regions")
		d.send(checked("organization", "Accounts", "4"))
		d.shows("Default VPCs", "Organization and accounts", "Accounts ........")
		d.send(event(run.StepBegin, "network", "", "Networks"))
		d.hides("17 in 17 Regions")
		d.send(checked("network", "Default VPCs", "3 in 3 Regions"))
		d.shows("3 in 3 Regions")
	})
}

// TestWhatWasFoundBeforeTheCallsIsNotShownAfterThem: the look after the calls begins a new list.
func TestWhatWasFoundBeforeTheCallsIsNotShownAfterThem(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.send(checked("organization", "Accounts", "4"), checked("organization", "Units", "2"))
		d.shows("Accounts ........", "Units ....")
		d.send(event(run.OK, "organization", "organization/unit", "Delete the unit"))
		d.send(checked("organization", "Accounts", "1"))
		d.shows("Accounts ........")
		d.hides("Units ....")
	})
}

// TestThePageOfAStepSaysHowTheLastOneEnded: in a window without the list of steps nothing else does.
func TestThePageOfAStepSaysHowTheLastOneEnded(t *testing.T) {
	for verdict, small := range map[string]bool{"done": false, "4 left": true} {
		for _, height := range []int{24, 12} {
			driveAll(t, 80, height, Options{Steps: allSteps()}, func(d *driver) {
				d.send(event(run.StepBegin, "organization", "", "Organization and accounts"), event(run.StepEnd, "organization", "", verdict),
					event(run.StepBegin, "identity", "", "People and their logins"))
				p, q := onePage(), textQuestion()
				p.Step, p.Question, p.Nth, p.Asked = allSteps()[2], &q, 1, 1
				d.ask(demand{page: p})
				says := "Organization and accounts: " + verdict + "."
				if height == 24 || small {
					d.shows(says)
				}
			})
		}
	}
}
