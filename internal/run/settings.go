package run

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Setting is one answer as it stands, with where it came from.
type Setting struct {
	Step     string // the step it belongs to, by name
	Question steps.Question
	Value    string // in words; "" when there is none yet
	Source   string // "wizard.yaml", "typed now", "default", "found at AWS" or the name of a flag or a variable
}

// Where an answer can come from, besides flags and variables.
const (
	fromFile    = "wizard.yaml"
	fromPerson  = "typed now"
	fromAWS     = "found at AWS"
	fromDefault = "default"
	fromNobody  = "not given yet"
)

// errAgain means that a setting was changed, so that the run goes on from the step the setting belongs to.
var errAgain = errors.New("a setting was changed")

// Settings are the answers to all questions, as far as is known now what will be asked.
func (e *Engine) Settings() []Setting {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settings()
}

// Sources are where the answers came from that are in no file, by field.
func (e *Engine) Sources() map[string]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.sources)
}

func (e *Engine) settings() []Setting {
	var out []Setting
	a := e.o.Answers.WithDefaults()
	for _, s := range e.o.Steps {
		for _, q := range s.Questions(e.states[s.Name], a) {
			if q.Secret != "" {
				continue // it is asked for where it is used, and shown nowhere
			}
			out = append(out, Setting{Step: s.Name, Question: q, Value: inWords(q), Source: e.source(q)})
		}
	}
	return out
}

// inWords is the standing answer as a person reads it.
func inWords(q steps.Question) string {
	if q.Typed != "" && q.Default != q.Typed {
		return "no"
	}
	for _, c := range q.Choices {
		if c.Value == q.Default {
			return c.Label
		}
	}
	return q.Default
}

func (e *Engine) source(q steps.Question) string {
	field := fieldOf(q.Key)
	switch source := e.sources[field]; {
	case source != "":
		return source
	case q.Default == "" && q.Typed == "":
		return fromNobody
	case e.o.Answers.Given(field):
		return fromFile
	case q.Found:
		return fromAWS
	}
	return fromDefault
}

// fieldOf is the field of wizard.yaml a question's key is a part of: "people" for "people[0].name".
func fieldOf(key string) string {
	field, _, _ := strings.Cut(key, "[")
	return field
}

// Set changes a setting by the key of its question, and returns all settings as they are then. The run goes back to the
// step it belongs to as soon as the page that is shown is answered.
func (e *Engine) Set(key, answer string) ([]Setting, error) {
	for n, s := range e.o.Steps {
		e.mu.Lock()
		qs := s.Questions(e.states[s.Name], e.o.Answers.WithDefaults())
		e.mu.Unlock()
		i := slices.IndexFunc(qs, func(q steps.Question) bool { return q.Key == key && q.Secret == "" })
		if i < 0 {
			continue
		}
		if check := qs[i].Validate; check != nil {
			if err := check(answer); err != nil {
				return nil, err
			}
		}
		if err := e.give(qs[i], answer); err != nil {
			return nil, err
		}
		e.mu.Lock()
		e.changed = min(e.changed, n)
		e.mu.Unlock()
		return e.Settings(), nil
	}
	return nil, fmt.Errorf("there is no setting %q", key)
}

// keep holds a secret in memory; a plan learns only its check.
func (e *Engine) keep(name, value string) {
	if value == "" {
		return
	}
	e.o.Cloud.Keep(name, value)
	e.learn(map[string]string{plan.SecretFact(name): plan.SecretCheck(name, value)})
}

// give takes an answer and keeps it.
func (e *Engine) give(q steps.Question, answer string) error {
	if q.Secret != "" {
		e.keep(q.Secret, answer)
		return nil
	}
	e.mu.Lock()
	field, source := fieldOf(q.Key), e.source(q)
	if answer != q.Default {
		source = fromPerson
	}
	if source != fromFile {
		e.sources[field] = source
	}
	after := clone(e.o.Answers)
	q.Apply(&after, answer)
	e.o.Answers = after
	e.mu.Unlock()
	if e.o.Save == nil {
		return nil
	}
	if err := e.o.Save(after); err != nil {
		return fmt.Errorf("saving the answers: %w", err)
	}
	return nil
}

// clone copies the slices, so that a question cannot change answers somebody else holds.
func clone(a answers.Answers) answers.Answers {
	a.Accounts = append([]answers.Account(nil), a.Accounts...)
	a.People = append([]answers.Person(nil), a.People...)
	a.AllowedRegions = append([]string(nil), a.AllowedRegions...)
	a.Trail.SensitiveBuckets = slices.Clone(a.Trail.SensitiveBuckets)
	a.Alerts.Also, a.Alerts.Off, a.Alerts.Mute = slices.Clone(a.Alerts.Also), slices.Clone(a.Alerts.Off), slices.Clone(a.Alerts.Mute)
	a.Budget.Notify = append([]string(nil), a.Budget.Notify...)
	return a
}

// takeChange says from which step to go on when a setting was changed during the visit to step n or before it.
func (e *Engine) takeChange(n int, err error) (step int, changed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	again := errors.Is(err, errAgain)
	if err != nil && !again || !again && e.changed > n {
		return 0, false
	}
	step = min(e.changed, n)
	e.changed = len(e.o.Steps)
	return step, true
}
