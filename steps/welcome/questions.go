package welcome

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

// regionNames are the places of the Regions that can be a home, for people who do not know the codes.
var regionNames = map[string]string{
	"us-east-1": "Virginia, USA", "us-east-2": "Ohio, USA", "us-west-1": "California, USA", "us-west-2": "Oregon, USA",
	"ca-central-1": "Canada", "sa-east-1": "São Paulo",
	"eu-west-1": "Ireland", "eu-west-2": "London", "eu-west-3": "Paris", "eu-central-1": "Frankfurt", "eu-north-1": "Stockholm",
	"ap-south-1": "Mumbai", "ap-northeast-1": "Tokyo", "ap-northeast-2": "Seoul", "ap-northeast-3": "Osaka",
	"ap-southeast-1": "Singapore", "ap-southeast-2": "Sydney",
}

func questions(s State, a answers.Answers) []steps.Question {
	if s.Case != "" && !s.own() {
		return nil // nothing can be set up from here, so nothing is asked
	}
	asked := []steps.Question{
		checked(a, steps.Question{
			Key: "company", Label: "Company", Title: "What is your company called?",
			Why:     "It stands in the reports, and in the names of things that other companies could otherwise have taken.",
			Example: "Acme Robotics", Default: a.Company,
			Apply: func(a *answers.Answers, v string) { a.Company = strings.TrimSpace(v) },
		}),
		checked(a, steps.Question{
			Key: "email", Label: "Mailbox", Title: "Which mailbox do AWS mails go to?",
			Why:     "Each account needs an address of its own; we make them from this mailbox (aws+production@…), so all mail arrives there. A shared mailbox is best: it stays when people leave.",
			Example: "aws@acme.example", Default: a.Email,
			Apply: func(a *answers.Answers, v string) { a.Email = strings.TrimSpace(v) },
		}),
		checked(a, steps.Question{
			Key: "home_region", Label: "Home Region", Title: "Where is your home?",
			Why:     "A Region is a place with AWS data centres. Choose the one nearest to your customers or required by law; moving later is work.",
			Default: s.homeRegion(a), Choices: regionChoices(a),
			Apply: func(a *answers.Answers, v string) { a.HomeRegion = strings.TrimSpace(v) },
		}),
	}
	if s.endsFreePlan() {
		asked = append(asked, paidPlan(s, a))
	}
	// The questions are made anew after each answer, and these two go away once answered: so they come last.
	return append(asked, firstPerson(a)...)
}

// firstPerson asks for the first administrator, unless the answers name one already.
func firstPerson(a answers.Answers) []steps.Question {
	var first answers.Person
	if len(a.People) > 0 {
		first = a.People[0]
	}
	// Founder with the shared mailbox is what WithDefaults writes for nobody.
	unnamed := first.Name == "" || first.Email == "" || (first.Name == "Founder" && first.Email == a.Email)
	if !unnamed {
		return nil
	}
	set := func(change func(*answers.Person, string)) func(*answers.Answers, string) {
		return func(a *answers.Answers, v string) {
			a.People = slices.Clone(a.People)
			if len(a.People) == 0 {
				a.People = []answers.Person{{Groups: []string{answers.GroupAdministrators}}}
			}
			change(&a.People[0], strings.TrimSpace(v))
		}
	}
	return []steps.Question{
		checked(a, steps.Question{
			Key: "people[0].name", Label: "First administrator", Title: "Who is the first administrator?",
			Why:     "This person gets a login of their own and may do everything. Others are added later, in wizard.yaml.",
			Example: "first and last name", Default: first.Name,
			Apply: set(func(p *answers.Person, v string) { p.Name = v }),
		}),
		checked(a, steps.Question{
			Key: "people[0].email", Label: "Their address", Title: "What is that person's e-mail address?",
			Why:     "It becomes the sign-in name. Here a person's own address is better than the shared mailbox.",
			Example: "first@acme.example", Default: cmp.Or(first.Email, a.Email),
			Apply: set(func(p *answers.Person, v string) { p.Email = v }),
		}),
	}
}

// paidPlan is the money gate: nothing but the word yes, typed in full, agrees.
func paidPlan(s State, a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "accept_paid_plan", Label: "End the free plan", Title: "End the free plan?",
		Why: s.moneyWarning(), Typed: "yes",
		Apply: func(a *answers.Answers, v string) { a.AcceptPaidPlan = strings.TrimSpace(v) == "yes" },
	}
	if a.AcceptPaidPlan {
		q.Default = "yes"
	}
	return q
}

// checked makes the question refuse an empty answer, and what Validate would say about its field.
func checked(a answers.Answers, q steps.Question) steps.Question {
	q.Validate = func(v string) error {
		if strings.TrimSpace(v) == "" {
			return errors.New("this cannot be empty")
		}
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

// homeRegion is the answer so far, else the profile's Region, else the general default.
func (s State) homeRegion(a answers.Answers) string {
	for _, r := range []string{a.HomeRegion, s.Home} {
		if r != "" && slices.Contains(answers.Regions(), r) || r == a.HomeRegion && answers.KnownRegion(r) {
			return r
		}
	}
	return answers.DefaultRegion
}

// regionChoices leaves out the Regions an account must enable first: an organization trail at home there would miss
// the accounts that have not. One that the founder wrote down stays.
func regionChoices(a answers.Answers) []steps.Choice {
	var choices []steps.Choice
	if r := a.HomeRegion; answers.OptInRegion(r) {
		choices = append(choices, steps.Choice{Value: r, Label: r + " (yours; each account must switch it on first)"})
	}
	for _, r := range answers.Regions() {
		choices = append(choices, steps.Choice{Value: r, Label: regionNames[r] + " (" + r + ")"})
	}
	return choices
}
