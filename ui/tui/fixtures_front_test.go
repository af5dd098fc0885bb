package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
	"awswizard/ui/login"
	"awswizard/ui/report"
)

// What the screens before and after a run show in tests.

func rootCaller() plan.Caller {
	return plan.Caller{Account: "111111111111", ARN: "arn:aws:iam::111111111111:root", Kind: plan.Root}
}

func someSettings() []run.Setting {
	home := choiceQuestion()
	home.Label = "Home Region"
	return []run.Setting{
		{Step: "welcome", Question: steps.Question{Key: "company", Label: "Company", Title: "What is your company called?", Default: "Acme Robotics"}, Value: "Acme Robotics", Source: "wizard.yaml"},
		{Step: "welcome", Question: textQuestion(), Value: "old@acme.example", Source: "typed now"},
		{Step: "welcome", Question: home, Value: "Place 12 (region-12)", Source: "--region"},
		{Step: "organization", Question: steps.Question{Key: "accounts", Label: "Accounts", Title: "Which accounts do you want?", Default: "security, production, development"},
			Value: "security, production, development", Source: "found at AWS"},
		{Step: "identity", Question: steps.Question{Key: "people", Label: "People", Title: "Who signs in?"},
			Value: "First Founder <first@acme.example> administrators; First Engineer <engineer@acme.example> developers billing", Source: "wizard.yaml"},
		{Step: "identity", Question: steps.Question{Key: "session_hours", Label: "Login lasts", Title: "How long does a login last?"}, Value: "8 hours, a working day", Source: "default"},
		{Step: "network", Question: steps.Question{Key: "budget.notify", Label: "Budget mail goes to", Title: "Who hears when the cost rises?"}, Source: "not given yet"},
	}
}

// settingsPage is a page whose settings can be changed; a change is taken as it comes.
func settingsPage() run.Page {
	return run.Page{Caller: rootCaller(), Settings: someSettings(), Set: func(key, answer string) ([]run.Setting, error) {
		rows := someSettings()
		for i := range rows {
			if rows[i].Question.Key == key {
				rows[i].Value, rows[i].Question.Default, rows[i].Source = answer, answer, "typed now"
			}
		}
		return rows, nil
	}}
}

func firstStart() *Start {
	p := settingsPage()
	return &Start{Caller: rootCaller(), Region: "eu-west-1", Settings: p.Settings, Set: p.Set}
}

// withProfiles is a first screen from which others can be signed in as.
func withProfiles(s *Start) *Start {
	s.Profiles = []login.Profile{
		{Name: "default", What: "aws login in account 111111111111", Used: true},
		{Name: "acme-admin", What: "AdministratorAccess in account 222222222222, through a login page"},
		{Name: "a-very-long-name-of-a-profile-that-somebody-else-once-made", What: "the role Deploy in account 333333333333"},
		{Name: "bare"},
	}
	return s
}

func oneStanding() *Start {
	s := firstStart()
	s.Standing = &run.Standing{Left: time.Date(2026, 11, 23, 18, 5, 0, 0, time.Local), Steps: []run.StepStanding{
		{Name: "welcome", Title: "Where you stand", State: run.IsDone, Optional: 1},
		{Name: "organization", Title: "Organization and accounts", State: run.InDoubt, Calls: 2,
			Notes: []string{"in doubt: Create the account production", "running at AWS: Create the account security"}},
		{Name: "identity", Title: "People and their logins", State: run.NeedsYou, Calls: 12, Notes: []string{"needs you: Turn on IAM Identity Center"}},
		{Name: "network", Title: "Networks", State: run.IsLeft, Calls: 68},
	}}
	return s
}

func someChecks() []tea.Msg {
	check := func(what, answer string) tea.Msg {
		return eventMsg{run.Event{Time: noon, Kind: run.Checked, Step: "network", Text: what, Answer: answer}}
	}
	return []tea.Msg{
		event(run.StepEnd, "organization", "", run.LookedAt), event(run.StepBegin, "network", "", "Networks"),
		check("Accounts to look at", "4"), check("Default VPCs", "3 in 3 Regions"), check("Default VPCs", "17 in 17 Regions"),
		check("In use, so left alone", "none"),
	}
}

func oneReview() *Review {
	all := allSteps()
	return &Review{Caller: rootCaller(), Example: true, Home: true, Plans: []run.StepPlan{
		{Step: all[0]}, {Step: all[1], Items: onePlan(), Facts: onePage().Facts}, {Step: all[2], Items: onePlan()[4:5]}, {Step: all[3]},
	}, Save: func() ([]string, error) {
		return []string{"wizard-plan.md (to read and pass on)", "wizard-plan.json (for wizard apply)"}, nil
	}}
}

func oneFinish() *Finish {
	return &Finish{Title: "The set-up is done.", Sections: []report.Section{
		{Title: "What was made", Lines: []string{"Organization and accounts: 8 calls", "People and their logins: 31 calls"}},
		{Title: "What it costs", Lines: []string{"about $2 a month"}},
		{Title: "How to take it back", Lines: []string{"wizard undo plans the way back, shows each call and makes it when you say so."}},
	}}
}
