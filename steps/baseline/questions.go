package baseline

import (
	"cmp"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(s State, a answers.Answers) []steps.Question {
	phone := steps.Question{
		Key: "contacts.phone", Label: "Phone for AWS", Title: "Which phone number may AWS use for urgent news about your accounts?",
		Why:     "AWS wants a number with each contact: security, billing and operations. Write none to set no contacts.",
		Example: "+353 1 555 0100", Default: cmp.Or(a.Contacts.Phone, s.Phone), Found: a.Contacts.Phone == "" && s.Phone != "",
		Apply: func(a *answers.Answers, v string) { a.Contacts.Phone = strings.TrimSpace(v) },
	}
	found := s.model(types.AlternateContactTypeSecurity).Email
	email := steps.Question{
		Key: "contacts.security.email", Label: "Security contact", Title: "Whom does AWS write to when your keys or your accounts are in danger?",
		Why:     "A shared mailbox that somebody reads every day, such as security@ or the company's own. AWS writes here when it finds your keys on the internet.",
		Example: "security@acme.example", Default: cmp.Or(a.Contacts.Security.Email, found, a.Email), Found: a.Contacts.Security.Email == "" && found != "",
		Apply: func(a *answers.Answers, v string) { a.Contacts.Security.Email = strings.TrimSpace(v) },
	}
	if answers.PersonalAddress(email.Default) {
		email.Why = email.Default + " looks like one person's own address: when that person is away or leaves, nobody hears of it. " + email.Why
	}
	alarm := steps.Question{
		Key: "guardduty", Label: "GuardDuty", Title: "Turn on GuardDuty, a burglar alarm for your accounts?",
		Why:     "It costs nothing for 30 days, then usually $1 to $10 a month for each account that works. It can be turned off any day.",
		Default: cmp.Or(a.GuardDuty, s.guarding(), answers.GuardDutyOff), Found: a.GuardDuty == "" && s.guarding() != "",
		Choices: []steps.Choice{
			{Value: answers.GuardDutyOff, Label: "No, not now"},
			{Value: answers.GuardDutyUsed, Label: "Yes, in the Regions I use, in all accounts (advised as soon as you have customers)"},
			{Value: answers.GuardDutyEverywhere, Label: "Yes, in all Regions, in all accounts (a thief works where you do not look; there it costs next to nothing)"},
		},
		Apply: func(a *answers.Answers, v string) { a.GuardDuty = v },
	}
	return []steps.Question{checked(a, phone), checked(a, email), alarm}
}

// guarding is the answer that GuardDuty stands at now because of the wizard, "" where it is off: leaving the answer out turns it
// off as little as leaving the question does.
func (s State) guarding() string {
	var on []string
	for _, g := range s.Guards {
		if g.Ours && len(g.Detectors) > 0 {
			on = append(on, g.Region)
		}
	}
	switch {
	case len(on) == 0:
		return ""
	case len(on) == len(answers.Regions()):
		return answers.GuardDutyEverywhere
	}
	return answers.GuardDutyUsed
}

// checked gives the question the rules of the answers: what Validate would say about its field.
func checked(a answers.Answers, q steps.Question) steps.Question {
	q.Validate = func(v string) error {
		changed := a
		q.Apply(&changed, v)
		for _, p := range changed.Validate() {
			if p.Field == q.Key {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return q
}
