package organization

import (
	"slices"
	"strings"
	"testing"

	"awswizard/internal/answers"
)

func TestAccountsQuestion(t *testing.T) {
	a := founder()
	a.Accounts[1].Email = "live@acme-robotics.example"
	q := questions(State{Caller: management}, a)[0]
	if !strings.Contains(q.Why, "development = aws+development@acme-robotics.example") {
		t.Errorf("the question does not show the addresses: %s", q.Why)
	}
	if q.Default != "security, production, development" {
		t.Errorf("default is %q", q.Default)
	}
	q.Apply(&a, " security, production ,staging,")
	var got []string
	for _, acc := range a.WithDefaults().Accounts {
		got = append(got, acc.Name+" "+acc.Email+" "+acc.Unit)
	}
	want := "security aws+security@acme-robotics.example Security|production live@acme-robotics.example Workloads|staging aws+staging@acme-robotics.example Workloads"
	if strings.Join(got, "|") != want {
		t.Errorf("accounts are %v, want %s", got, want)
	}
}

func TestAccountsQuestionRefuses(t *testing.T) {
	q := questions(State{}, answers.Answers{Email: "aws@acme.example"})[0]
	for answer, ok := range map[string]bool{
		"security, production": true, "": false, " , ": false, "production": false,
		"security, Prod, prod": false, "security, management": false, "security, größe": false,
	} {
		if err := q.Validate(answer); (err == nil) != ok {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestNoQuestionWhereNothingCanBeDone(t *testing.T) {
	for _, s := range []State{{Refused: "AccessDeniedException"}, {Caller: "1", Exists: true, Management: "2", AllFeatures: true}} {
		if q := questions(s, founder()); len(q) != 0 {
			t.Errorf("%+v asks %q", s, q[0].Title)
		}
	}
}

// Where an engineer made accounts of other names, those are suggested, so that nothing is made twice.
func TestExistingAccountsAreSuggested(t *testing.T) {
	byHand := with(func(s *State) {
		s.Accounts[1].Name, s.Accounts[1].Email = "Audit", "audit@acme-robotics.example"
		s.Accounts[2].Name, s.Accounts[2].Email = "prod", "prod@acme-robotics.example"
		s.Accounts[3].State = "CLOSED"
		s.Accounts[3].Email = "old@acme-robotics.example"
	})
	withoutLogs := byHand
	withoutLogs.Accounts = append(slices.Clone(byHand.Accounts[:1]), byHand.Accounts[2])
	chosen := founder()
	chosen.Accounts = []answers.Account{{Name: "security"}, {Name: "live"}}
	for name, c := range map[string]struct {
		state   State
		answers answers.Answers
		want    string
	}{
		"by hand":      {byHand, founder(), "Audit, prod"},
		"without logs": {withoutLogs, founder(), "security, prod"},
		"ours":         {done(), founder(), "security, production, development"},
		"chosen":       {byHand, chosen, "security, live"},
	} {
		q := questions(c.state, c.answers)[0]
		if q.Default != c.want {
			t.Errorf("%s: suggested %q, want %q", name, q.Default, c.want)
		}
		if err := q.Validate(q.Default); err != nil {
			t.Errorf("%s: our own suggestion is refused: %v", name, err)
		}
	}
	if q := questions(byHand, founder())[0]; !strings.Contains(q.Why, "Already there: Audit, prod;") {
		t.Errorf("what is there is not shown: %s", q.Why)
	}
}
