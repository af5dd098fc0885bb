package identity

import (
	"reflect"
	"strings"
	"testing"

	"awswizard/internal/answers"
)

func TestPeopleReadBackAsWritten(t *testing.T) {
	want := acme().People
	got, err := parsePeople(formatPeople(want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("parsePeople(formatPeople(people)) = %+v, %v, want %+v", got, err, want)
	}
}

func TestPeopleQuestion(t *testing.T) {
	q := questions(empty(), answers.Answers{})[0]
	for in, fault := range map[string]string{
		"First Founder <first@acme.example> administrators":                          "",
		"A B <a@acme.example> administrators, billing\nC D <c@acme.example> readers": "",
		"First Founder first@acme.example":                                           "Name <email> groups",
		"First Founder <first> administrators":                                       "not a name and an e-mail address",
		"First Founder <first@acme.example> developers":                              "at least one person",
		"First Founder <first@acme.example>":                                         "in no group",
		"First Founder <first@acme.example> admins":                                  `no group "admins"`,
		"<first@acme.example> administrators":                                        "has no name",
		"A B <a@acme.example> administrators; C D <A@acme.example> readers":          "twice",
		"": "at least one person",
	} {
		err := q.Validate(in)
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %v, want %q", in, err, fault)
		}
	}
	var a answers.Answers
	q.Apply(&a, "First Founder <first@acme.example> administrators billing")
	want := []answers.Person{{Name: "First Founder", Email: founderEmail, Groups: []string{"administrators", "billing"}}}
	if !reflect.DeepEqual(a.People, want) {
		t.Errorf("people %+v, want %+v", a.People, want)
	}
}

func TestHoursQuestion(t *testing.T) {
	q := questions(empty(), answers.Answers{})[1]
	if q.Default != "8" {
		t.Errorf("default %s, want 8", q.Default)
	}
	for in, ok := range map[string]bool{"8": true, "12": true, "7": false, "13": false, "long": false} {
		if err := q.Validate(in); (err == nil) != ok {
			t.Errorf("%q: %v", in, err)
		}
	}
}
