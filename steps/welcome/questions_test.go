package welcome

import (
	"slices"
	"strings"
	"testing"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func keys(qs []steps.Question) string {
	var out []string
	for _, q := range qs {
		out = append(out, q.Key)
	}
	return strings.Join(out, " ")
}

func TestQuestions(t *testing.T) {
	named := founder()
	named.People = []answers.Person{{Name: "First Founder", Email: "first@acme-robotics.example"}}
	free := with(func(s *State) { s.PlanType = "FREE" })
	for name, c := range map[string]struct {
		state   State
		answers answers.Answers
		want    string
	}{
		"nothing known":      {safe(), answers.Answers{}, "company email home_region people[0].name people[0].email"},
		"completed defaults": {safe(), founder().WithDefaults(), "company email home_region people[0].name people[0].email"},
		"administrator":      {safe(), named, "company email home_region"},
		"free plan":          {free, named, "company email home_region accept_paid_plan"},
		"free plan, nobody":  {free, founder(), "company email home_region accept_paid_plan people[0].name people[0].email"},
		"free, organization": {with(func(s *State) { s.PlanType, s.Case = "FREE", Manager }), named, "company email home_region"},
		"member":             {with(func(s *State) { s.Case = Member }), named, ""},
	} {
		if got := keys(questions(c.state, c.answers)); got != c.want {
			t.Errorf("%s asks %q, want %q", name, got, c.want)
		}
	}
}

func question(t *testing.T, key string, s State, a answers.Answers) steps.Question {
	t.Helper()
	qs := questions(s, a)
	i := slices.IndexFunc(qs, func(q steps.Question) bool { return q.Key == key })
	if i < 0 {
		t.Fatalf("%s is not asked", key)
	}
	return qs[i]
}

func TestAnswersAreChecked(t *testing.T) {
	for key, byAnswer := range map[string]map[string]bool{
		"company":         {"Acme": true, "": false, " ": false, strings.Repeat("x", 101): false},
		"email":           {"aws@acme.example": true, "": false, "acme": false, "a b@acme.example": false},
		"home_region":     {"eu-west-1": true, "eu-west-9": false},
		"people[0].name":  {"First Founder": true, "": false},
		"people[0].email": {"first@acme.example": true, "first": false},
	} {
		q := question(t, key, safe(), answers.Answers{})
		for answer, ok := range byAnswer {
			if err := q.Validate(answer); (err == nil) != ok {
				t.Errorf("%s %q: %v", key, answer, err)
			}
		}
	}
}

func TestOnlyTheWholeWordYesEndsTheFreePlan(t *testing.T) {
	free := with(func(s *State) { s.PlanType, s.Credits = "FREE", "120.00 USD" })
	q := question(t, "accept_paid_plan", free, founder())
	if q.Typed != "yes" || q.Default != "" || !strings.Contains(q.Why, "120.00 USD") {
		t.Errorf("the money gate is %+v", q)
	}
	for answer, want := range map[string]bool{"yes": true, "y": false, "": false, "no": false, "YES": false} {
		a := founder()
		a.AcceptPaidPlan = true
		q.Apply(&a, answer)
		if a.AcceptPaidPlan != want {
			t.Errorf("%q gives %v", answer, a.AcceptPaidPlan)
		}
	}
}

func TestFirstPersonIsAnAdministrator(t *testing.T) {
	a := founder()
	question(t, "people[0].name", safe(), a).Apply(&a, " First Founder ")
	question(t, "people[0].email", safe(), a).Apply(&a, "first@acme-robotics.example")
	if len(a.People) != 1 || a.People[0].Name != "First Founder" || a.People[0].Email != "first@acme-robotics.example" || !slices.Equal(a.People[0].Groups, []string{answers.GroupAdministrators}) {
		t.Errorf("people are %+v", a.People)
	}
}

func TestHomeRegionStartsFromTheProfile(t *testing.T) {
	for _, c := range []struct{ answer, profile, want string }{
		{"", "eu-central-1", "eu-central-1"}, {"eu-west-2", "eu-central-1", "eu-west-2"}, {"", "af-south-1", "us-east-1"},
		{"me-central-1", "eu-central-1", "me-central-1"}, // written down by the founder, in spite of all
	} {
		q := question(t, "home_region", State{Case: Standalone, Home: c.profile}, answers.Answers{HomeRegion: c.answer})
		if q.Default != c.want {
			t.Errorf("%+v: default is %q", c, q.Default)
		}
		if !slices.ContainsFunc(q.Choices, func(choice steps.Choice) bool { return choice.Value == q.Default }) {
			t.Errorf("%+v: the default is no choice", c)
		}
		for _, choice := range q.Choices {
			if strings.HasPrefix(choice.Label, " ") {
				t.Errorf("%s has no place name", choice.Value)
			}
		}
	}
}

// The engine makes the questions anew after each answer: none may be passed over.
func TestEveryQuestionIsReached(t *testing.T) {
	free := with(func(s *State) { s.PlanType = "FREE" })
	a := answers.Answers{}
	replies := map[string]string{
		"company": "Acme Robotics", "email": "aws@acme-robotics.example", "home_region": "eu-west-1", "accept_paid_plan": "yes",
		"people[0].name": "First Founder", "people[0].email": "first@acme-robotics.example",
	}
	for i := 0; ; i++ {
		qs := questions(free, a.WithDefaults())
		if i >= len(qs) {
			break
		}
		reply := replies[qs[i].Key]
		if err := qs[i].Validate; err != nil && err(reply) != nil {
			t.Fatalf("%s: %v", qs[i].Key, err(reply))
		}
		qs[i].Apply(&a, reply)
		delete(replies, qs[i].Key)
	}
	if len(replies) != 0 {
		t.Errorf("never asked: %v", replies)
	}
	if !a.AcceptPaidPlan || len(a.People) != 1 || a.People[0].Email != "first@acme-robotics.example" {
		t.Errorf("answers are %+v", a)
	}
}
