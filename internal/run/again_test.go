package run_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"awswizard/internal/answers"
	"awswizard/internal/run"
	"awswizard/steps"
)

// changer is a person who changes a setting when a page is shown.
type changer struct {
	person
	asked []string
	on    func(page run.Page) (key, answer string)
	set   []run.Setting
	err   error
}

func (c *changer) Ask(ctx context.Context, page run.Page, previous string) (string, run.Decision, error) {
	c.asked = append(c.asked, page.Question.Key)
	if key, answer := c.on(page); key != "" {
		c.set, c.err = page.Set(key, answer)
		return "", run.Again, nil
	}
	return previous, run.Go, nil
}

// asks is a step with two questions and no plan.
func asks(name, first, second string) steps.Step {
	question := func(key string, value func(*answers.Answers) *string) steps.Question {
		return steps.Question{Key: key, Label: key, Title: key + "?", Apply: func(a *answers.Answers, v string) { *value(a) = v },
			Validate: func(v string) error {
				if strings.Contains(v, "!") {
					return errors.New("no exclamation marks")
				}
				return nil
			}}
	}
	fields := map[string]func(*answers.Answers) *string{
		"company":         func(a *answers.Answers) *string { return &a.Company },
		"email":           func(a *answers.Answers) *string { return &a.Email },
		"home_region":     func(a *answers.Answers) *string { return &a.HomeRegion },
		"block_public_s3": func(a *answers.Answers) *string { return &a.BlockPublicS3 },
	}
	s := unitsStep(nil)
	s.Name, s.Title = name, name
	s.Questions = func(_ steps.State, a answers.Answers) []steps.Question {
		var out []steps.Question
		for _, key := range []string{first, second} {
			q := question(key, fields[key])
			q.Default = *fields[key](&a)
			out = append(out, q)
		}
		return out
	}
	return s
}

// TestAChangedSettingLeadsBack to the step it belongs to, which is looked at and planned again. What was answered is not
// asked again, and the questions go on where they were.
func TestAChangedSettingLeadsBack(t *testing.T) {
	for name, c := range map[string]struct {
		at, key, answer string
		want            string
		bad             bool
	}{
		"of an earlier step": {"block_public_s3", "company", "New", "company email home_region block_public_s3 block_public_s3", false},
		"of this step":       {"email", "company", "New", "company email email home_region block_public_s3", false},
		"of a later step":    {"email", "home_region", "eu-west-2", "company email email home_region block_public_s3", false},
		"that is not valid":  {"email", "company", "New!", "company email email home_region block_public_s3", true},
		"that is not there":  {"email", "nonsense", "New", "company email email home_region block_public_s3", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				done := false
				front := &changer{}
				front.on = func(p run.Page) (string, string) {
					if p.Question.Key != c.at || done {
						return "", ""
					}
					done = true
					return c.key, c.answer
				}
				o := run.Options{Steps: []steps.Step{asks("one", "company", "email"), asks("two", "home_region", "block_public_s3")}, Cloud: b.cloud,
					Journal: b.journal, FrontEnd: front, Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1"}}
				engine := run.New(o)
				if _, err := engine.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(front.asked, " "); got != c.want {
					t.Errorf("asked %s\nwant  %s", got, c.want)
				}
				begun := 0
				for _, e := range front.events {
					if e.Kind == run.StepBegin && e.Step == "one" {
						begun++
					}
				}
				if begun != 2 {
					t.Errorf("the first step was begun %d times", begun)
				}
				i := slices.IndexFunc(engine.Settings(), func(s run.Setting) bool { return s.Question.Key == c.key && s.Value == c.answer })
				switch {
				case c.bad && (front.err == nil || i >= 0):
					t.Errorf("taken: %v, %+v", front.err, engine.Settings())
				case !c.bad && (front.err != nil || i < 0 || engine.Settings()[i].Source != "typed now" || len(front.set) != 4):
					t.Errorf("%v, %+v", front.err, engine.Settings())
				}
			})
		})
	}
}

// TestAnAnswerAWSRefusesIsAskedForAgain, also in a step whose questions were answered before, until one can be taken.
func TestAnAnswerAWSRefusesIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		taken := []string{}
		step := unitsStep(nil)
		step.Questions = func(_ steps.State, a answers.Answers) []steps.Question {
			return []steps.Question{{Key: "trail.bucket_prefix", Default: a.Trail.Prefix(),
				Apply: func(a *answers.Answers, v string) { a.Trail.BucketPrefix = v },
				Validate: func(v string) error {
					if slices.Contains(taken, v) {
						return errors.New("somebody else has it")
					}
					return nil
				}}}
		}
		next := []string{}
		front := &prompted{next: &next}
		start := func(want ...string) {
			t.Helper()
			front.asked = nil
			o := run.Options{Steps: []steps.Step{step}, Cloud: b.cloud, Journal: b.journal, FrontEnd: front, Answers: answers.Answers{Company: "Acme", Email: "aws@acme.example"}}
			if _, err := run.New(o).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(front.asked, want) {
				t.Errorf("asked with %q, want %q", front.asked, want)
			}
			b.restart()
		}
		start("org-trail")
		start() // it was answered
		taken, next = []string{"org-trail", "acme"}, []string{"acme", "acme-trail"}
		start("org-trail", "acme")
	})
}

// prompted is a person who answers one after the other, and notes with which answer each question came.
type prompted struct {
	person
	asked []string
	next  *[]string
}

func (p *prompted) Ask(_ context.Context, _ run.Page, previous string) (string, run.Decision, error) {
	p.asked = append(p.asked, previous)
	if len(*p.next) == 0 {
		return previous, run.Go, nil
	}
	answer := (*p.next)[0]
	*p.next = (*p.next)[1:]
	return answer, run.Go, nil
}
