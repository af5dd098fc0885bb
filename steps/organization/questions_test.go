package organization

import (
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
