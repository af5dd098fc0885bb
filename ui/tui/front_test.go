package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/run"
)

func TestASettingIsChangedFromAnywhere(t *testing.T) {
	for name, show := range map[string]func(*driver) <-chan replyOnce{
		"first screen": func(d *driver) <-chan replyOnce { return d.ask(demand{start: firstStart(), page: settingsPage()}) },
		"question": func(d *driver) <-chan replyOnce {
			p, q := settingsPage(), textQuestion()
			p.Step, p.Question, p.Nth, p.Asked = allSteps()[1], &q, 2, 2
			return d.ask(demand{page: p})
		},
		"plan": func(d *driver) <-chan replyOnce {
			p := settingsPage()
			p.Step, p.Items = allSteps()[1], onePlan()
			return d.ask(demand{page: p})
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				reply := show(d)
				d.key("ctrl+e", "down", "enter")
				d.shows("Which mailbox")
				d.write("new@acme.example")
				d.key("enter")
				d.shows("new@acme.example", "typed now", "Changed.")
				d.none(reply)
				d.key("esc")
				if r := d.got(reply); r.decision != run.Again {
					t.Errorf("got %+v", r)
				}
			})
		})
	}
}

func TestSettingsThatWereOnlyLookedAtChangeNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.ask(demand{start: firstStart(), page: settingsPage()})
		d.key("s", "down", "enter", "esc", "esc")
		d.none(reply)
		d.key("enter")
		if r := d.got(reply); r.answer != string(Begin) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestAReviewApprovesNothing(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.ask(demand{review: oneReview(), page: settingsPage()})
		d.key("down", "enter", "enter")
		for _, k := range []string{"a", "x", "b", "o", "y", "enter", "enter", "tab", "1", "2", "3", "pgdown"} {
			d.key(k)
		}
		d.fire()
		d.write("yes")
		d.none(reply)
		d.hides("Type yes")
		d.key("e")
		d.key("esc", "esc", "esc", "esc")
		if r := d.got(reply); r.decision != run.Back {
			t.Errorf("got %+v", r)
		}
	})
}

func TestTheStepPageComesOnceAndOnTheWayBack(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		d.m.told = map[string]bool{}
		p, q := onePage(), textQuestion()
		p.Question, p.Nth, p.Asked = &q, 1, 1
		reply := d.ask(demand{page: p})
		d.shows("Step 2 of 4", "Enter goes on to one question")
		d.key("enter")
		d.shows("Which mailbox")
		d.write("half")
		d.key("esc")
		d.none(reply)
		d.shows("Enter goes on to one question")
		d.key("enter")
		d.shows("> half")
	})
}

func TestKeysForTheScreenBeforeAgreeToNoBill(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		p, q := onePage(), typedQuestion()
		p.Question, p.Nth, p.Asked = &q, 1, 1
		reply := d.ask(demand{page: p})
		d.write("yes")
		d.key("enter")
		d.none(reply)
		d.fire()
		d.write("yes")
		d.send(tea.WindowSizeMsg{Width: 20, Height: 5})
		d.key("enter")
		d.none(reply)
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.key("enter")
		if r := d.got(reply); r.answer != "yes" {
			t.Errorf("got %+v", r)
		}
	})
}

func TestAnotherProfileIsChosenOnTheFirstScreen(t *testing.T) {
	for name, start := range map[string]*Start{"new": withProfiles(firstStart()), "begun": withProfiles(oneStanding()), "way back": withProfiles(&Start{Caller: rootCaller()})} {
		t.Run(name, func(t *testing.T) {
			drive(t, 80, 24, func(d *driver) {
				reply := d.ask(demand{start: start, page: settingsPage()})
				d.key("p")
				d.shows("Which AWS profile?", "acme-admin", "222222222222", "in use now")
				d.key("enter") // the one in use: nothing begins anew
				d.none(reply)
				d.key("p", "esc")
				d.hides("Which AWS profile?")
				d.key("p", "up", "down", "enter")
				if r := d.got(reply); r.answer != string(SignInAs) || r.profile != "acme-admin" {
					t.Errorf("got %+v", r)
				}
			})
		})
	}
}

func TestWithoutProfilesThereIsNoKeyToThem(t *testing.T) {
	drive(t, 80, 24, func(d *driver) {
		reply := d.ask(demand{start: firstStart(), page: settingsPage()})
		d.hides("another profile")
		d.hides("Press p")
		d.key("p")
		d.hides("Which AWS profile?")
		d.none(reply)
	})
}
