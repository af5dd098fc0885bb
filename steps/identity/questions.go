package identity

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(_ State, a answers.Answers) []steps.Question {
	return []steps.Question{
		{
			Key:     "people",
			Label:   "People",
			Title:   "Who signs in?",
			Why:     "Each person gets a login of their own. Groups: " + strings.Join(groupNames(), ", ") + ".",
			Example: "First Founder <first@acme.example> administrators; First Engineer <engineer@acme.example> developers billing",
			Default: formatPeople(a.People),
			Validate: func(s string) error {
				people, err := parsePeople(s)
				if err != nil {
					return err
				}
				return checkPeople(people)
			},
			Apply: func(a *answers.Answers, s string) {
				if people, err := parsePeople(s); err == nil {
					a.People = people
				}
			},
		},
		{
			Key:     "session_hours",
			Label:   "Login lasts",
			Title:   "How long does a login last?",
			Why:     "After this time the keys a person works with expire by themselves, and they sign in again.",
			Default: strconv.Itoa(hours(a)),
			Choices: []steps.Choice{
				{Value: "8", Label: "8 hours, a working day"},
				{Value: "9", Label: "9 hours"},
				{Value: "10", Label: "10 hours"},
				{Value: "11", Label: "11 hours"},
				{Value: "12", Label: "12 hours, the most AWS allows"},
			},
			Validate: func(s string) error {
				if n, err := strconv.Atoi(s); err != nil || n < 8 || n > 12 {
					return errors.New("a number of hours from 8 to 12, please")
				}
				return nil
			},
			Apply: func(a *answers.Answers, s string) {
				if n, err := strconv.Atoi(s); err == nil {
					a.SessionHours = n
				}
			},
		},
		attributesQuestion(a),
	}
}

// hours is the session length asked for, within what AWS allows (PT1H to PT12H) and the baseline wants (8 to 12).
func hours(a answers.Answers) int { return min(max(a.SessionHours, 8), 12) }

// parsePeople reads "Name <email> group group; Name <email> group".
func parsePeople(s string) ([]answers.Person, error) {
	var people []answers.Person
	for line := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ';' || r == '\n' }) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		end := strings.LastIndex(line, ">")
		if end < 0 {
			return nil, fmt.Errorf("%q: write it as Name <email> groups", line)
		}
		address, err := mail.ParseAddress(line[:end+1])
		if err != nil {
			return nil, fmt.Errorf("%q: that is not a name and an e-mail address", line[:end+1])
		}
		people = append(people, answers.Person{
			Name: address.Name, Email: address.Address,
			Groups: strings.FieldsFunc(line[end+1:], func(r rune) bool { return r == ' ' || r == ',' || r == '\t' }),
		})
	}
	return people, nil
}

// formatPeople writes people as parsePeople reads them.
func formatPeople(people []answers.Person) string {
	lines := make([]string, 0, len(people))
	for _, p := range people {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s <%s> %s", p.Name, p.Email, strings.Join(p.Groups, " "))))
	}
	return strings.Join(lines, "; ")
}

// checkPeople says what is wrong with a list of people.
func checkPeople(people []answers.Person) error {
	seen := map[string]bool{}
	admin := false
	for _, p := range people {
		key := strings.ToLower(p.Email)
		switch {
		case strings.TrimSpace(p.Name) == "":
			return fmt.Errorf("%s has no name; AWS asks for one", p.Email)
		case len(p.Email) > 128:
			return fmt.Errorf("%s is longer than the 128 characters AWS allows", p.Email)
		case seen[key]:
			return fmt.Errorf("%s is there twice", p.Email)
		case len(p.Groups) == 0:
			return fmt.Errorf("%s is in no group; choose from %s", p.Email, strings.Join(groupNames(), ", "))
		}
		seen[key] = true
		for _, g := range p.Groups {
			if !slices.Contains(groupNames(), g) {
				return fmt.Errorf("there is no group %q; choose from %s", g, strings.Join(groupNames(), ", "))
			}
		}
		admin = admin || slices.Contains(p.Groups, administrators)
	}
	if !admin {
		return errors.New("at least one person must be in the group administrators, or nobody could manage AWS")
	}
	return nil
}
