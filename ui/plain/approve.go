package plain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// Approve implements run.FrontEnd. Only the word yes approves; Enter alone leaves the step out.
func (u *UI) Approve(ctx context.Context, p run.Page) (run.Decision, []string, error) {
	u.introduce(p)
	calls, work := plan.Calls(p.Items), false
	for _, i := range p.Items {
		work = work || i.Call != nil || i.HandOff != nil
	}
	u.write(wrapPlan(safe.Text("Nothing of this has been done yet.\n\n"+plan.Describe(p.Items, p.Facts)), u.o.Width))
	if err := u.Err(); err != nil {
		return run.Leave, nil, err // what could not be shown is not approved
	}
	u.expect(p.Items, nil)
	switch {
	case !work:
		return run.Go, nil, nil
	case u.o.Yes:
		u.say("Approved by --yes.")
		return run.Go, nil, nil
	}
	d, refused, err := u.decide(p, func() (string, error) { return u.read(ctx) })
	if err != nil || d != run.Go {
		return d, nil, err
	}
	unsure, err := u.consent(ctx, slices.DeleteFunc(calls, func(c *plan.Call) bool { return slices.Contains(refused, c.ID) }))
	if err != nil {
		return run.Leave, nil, err
	}
	refused = append(refused, unsure...)
	u.expect(p.Items, refused)
	return run.Go, refused, nil
}

func approvalPrompt(calls int, undo bool) string {
	what := fmt.Sprintf("run these %d calls", calls)
	switch calls {
	case 0:
		what = "begin"
	case 1:
		what = "run this call"
	}
	if undo {
		return "Type yes to " + what + ". Enter alone is no, which leaves this step as it is. Type later to stop here until another day, or ? for all you can type."
	}
	return "Type yes to " + what + ". Enter alone is no, which leaves this step out. Type later to stop here until another day, back for the questions, or ? for all you can type."
}

// detailsOf is what support or an auditor asks for.
func detailsOf(p run.Page) string {
	lines := []string{"Plan " + p.Hash}
	for _, c := range plan.Calls(p.Items) {
		lines = append(lines, c.ID,
			"  service: "+plan.DisplayService(c.Request.Service), "  permission: "+c.IAMAction,
			"  in turn with: "+c.Lane, "  fingerprint: "+plan.Fingerprint(c, p.Facts))
	}
	return strings.Join(lines, "\n")
}

// consent asks for the word of each call that needs it typed, and returns the ids of those it was not typed for.
func (u *UI) consent(ctx context.Context, calls []*plan.Call) (refused []string, err error) {
	for _, c := range calls {
		if c.Consent != plan.Typed {
			continue
		}
		word := c.ConsentWord()
		u.say(c.Title + "\n" + c.ConsentAsk + "\nType " + word + " in full to agree. Enter alone is no, which leaves this call out.")
		line, err := u.read(ctx)
		for err == nil && line != word && !isNo(line) { // a slip of the keys is no answer
			u.say("That was not " + word + ". Type it in full, or press Enter for no.")
			line, err = u.read(ctx)
		}
		if err != nil {
			return nil, err
		}
		if line != word {
			u.say("Not agreed: this call is left out.")
			refused = append(refused, c.ID)
		}
	}
	return refused, nil
}

// isNo reports whether an answer to a question for consent is a no.
func isNo(line string) bool {
	return line == "" || strings.EqualFold(line, "no") || strings.EqualFold(line, "n")
}
