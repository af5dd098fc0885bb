package run

import (
	"context"
	"reflect"
	"slices"

	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// agreementsMissing are the questions that want their answer typed in full and have not got it.
func (v *visit) agreementsMissing() []string {
	var missing []string
	for _, q := range v.step.Questions(v.state, v.e.Answers().WithDefaults()) {
		if q.Typed != "" && q.Default != q.Typed {
			missing = append(missing, q.Key)
		}
	}
	return missing
}

// mayGoOn reports whether the questions were answered in an earlier run, so that they need not be put again. A secret is
// kept from no run to the next.
func (v *visit) mayGoOn() bool {
	return v.e.o.Undo || v.e.answered[v.step.Name] && len(v.e.Answers().Missing()) == 0 && len(v.agreementsMissing()) == 0 && !v.secretWanted() && !v.refused()
}

// refused reports whether an answer as it stands cannot be taken, as AWS showed since it was given.
func (v *visit) refused() bool {
	return slices.ContainsFunc(v.step.Questions(v.state, v.e.Answers().WithDefaults()), func(q steps.Question) bool {
		return q.Default != "" && q.Validate != nil && q.Validate(q.Default) != nil
	})
}

func (v *visit) secretWanted() bool {
	facts := v.e.Facts()
	return slices.ContainsFunc(v.step.Questions(v.state, v.e.Answers().WithDefaults()), func(q steps.Question) bool {
		_, given := facts.Lookup(plan.SecretFact(q.Secret))
		return q.Secret != "" && !given
	})
}

// questions asks what the step wants to know. Back goes to the question before.
func (v *visit) questions(ctx context.Context) error {
	e := v.e
	if e.o.Undo {
		return nil // the way back asks nothing but its approval
	}
	if e.o.Unattended {
		if missing := v.agreementsMissing(); len(missing) > 0 {
			return &MissingError{missing}
		}
		return nil
	}
	defer e.forget() // a person may have done something elsewhere meanwhile
	before := e.Answers()
	for i := e.asking[v.step.Name]; ; {
		qs := slices.DeleteFunc(v.step.Questions(v.state, e.Answers().WithDefaults()), func(q steps.Question) bool { return q.Aside })
		if i >= len(qs) {
			if err := e.record(journal.Entry{Kind: journal.KindNote, Step: v.step.Name, Message: answered}); err != nil {
				return err
			}
			e.answered[v.step.Name] = true
			delete(e.asking, v.step.Name)
			if reflect.DeepEqual(before, e.Answers()) {
				return nil
			}
			// What is looked for depends on the answers, and may show that one cannot be taken.
			if _, err := v.look(ctx); err != nil || !v.refused() {
				return err
			}
			before, i = e.Answers(), 0
		}
		q := qs[i]
		p := e.page(v.n)
		p.Question, p.Nth, p.Asked = &q, i+1, len(qs)
		answer, d, err := e.o.FrontEnd.Ask(ctx, p, q.Default)
		if err != nil {
			return err
		}
		switch d {
		case Leave:
			return ErrLeft
		case Back:
			i = max(0, i-1)
			continue
		case Again:
			e.asking[v.step.Name] = i
			return errAgain
		}
		if err := e.give(q, answer); err != nil {
			return err
		}
		i++
	}
}
