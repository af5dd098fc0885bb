package plain_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/runtest"
	"awswizard/steps"
	"awswizard/ui/plain"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
)

// talk is a UI that reads what is typed here, and what it wrote.
func talk(t *testing.T, o plain.Options, typed ...string) (*plain.UI, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	text := ""
	for _, line := range typed {
		text += line + "\n"
	}
	u := plain.New(strings.NewReader(text), &out, o)
	t.Cleanup(u.Close)
	return u, &out
}

// session does to the front end what the engine does in one step.
func session(t *testing.T, u *plain.UI) {
	t.Helper()
	ctx, p := t.Context(), runtest.Page()
	p.Question = &steps.Question{Key: "home_region", Title: "Which Region is home?", Why: "Logs and people live there.", Example: "eu-west-1",
		Choices: []steps.Choice{{Value: "eu-west-1", Label: "Ireland (eu-west-1)"}, {Value: "us-east-1", Label: "North Virginia (us-east-1)"}}}
	if a, d, err := u.Ask(ctx, p, "eu-west-1"); a != "us-east-1" || d != run.Go || err != nil {
		t.Errorf("the question gives %q, %v, %v", a, d, err)
	}
	d, refused, err := u.Approve(ctx, p)
	if d != run.Go || len(refused) != 0 || err != nil {
		t.Errorf("the plan gives %v, %v, %v", d, refused, err)
	}
	for _, e := range runtest.Events() {
		u.Tell(e)
	}
	if d, err := u.Trouble(ctx, p, "organization/move/production", *runtest.Events()[6].Problem); d != run.Go || err != nil {
		t.Errorf("the problem gives %v, %v", d, err)
	}
	if d, err := u.HandOff(ctx, p, p.Items[2].HandOff); d != run.Skip || err != nil {
		t.Errorf("the hand-off gives %v, %v", d, err)
	}
	u.Final("Made: 1 account.\nContinue with:\n  wizard")
	if err := u.Err(); err != nil {
		t.Error(err)
	}
}

var script = []string{"3", "2", "yse", "details", "yes", "agree", "", "r", "what?", "s"}

func TestSession(t *testing.T) {
	u, out := talk(t, plain.Options{Width: 80}, script...)
	session(t, u)
	golden.RequireEqual(t, out.String())
}

func TestTwentyColumns(t *testing.T) {
	u, out := talk(t, plain.Options{Width: 20}, script...)
	session(t, u)
	exact := false // requests and commands are shown as they are sent
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "   Request "):
			exact = true
		case strings.TrimSpace(line) == "":
			exact = false
		}
		if !exact && ansi.StringWidth(line) > 20 && !strings.Contains(line, "://") {
			t.Errorf("%d columns: %q", ansi.StringWidth(line), line)
		}
	}
	golden.RequireEqual(t, out.String())
}

func TestApprove(t *testing.T) {
	for name, c := range map[string]struct {
		typed   []string
		want    run.Decision
		refused string
		err     error
	}{
		"yes":                 {[]string{"yes", "agree"}, run.Go, "", nil},
		"capitals":            {[]string{"YES", "agree"}, run.Go, "", nil},
		"Enter is no":         {[]string{""}, run.Skip, "", nil},
		"no":                  {[]string{"no"}, run.Skip, "", nil},
		"later":               {[]string{"later"}, run.Leave, "", nil},
		"back":                {[]string{"back"}, run.Back, "", nil},
		"y is not yes":        {[]string{"y", "no"}, run.Skip, "", nil},
		"a slip, then agreed": {[]string{"yes", "agreee", "agree"}, run.Go, "", nil},
		"not agreed":          {[]string{"yes", ""}, run.Go, "organization/account/production", nil},
		"a yes too many":      {[]string{"yes", "yes", "no"}, run.Go, "organization/account/production", nil},
		"Agree is not it":     {[]string{"yes", "Agree", "no"}, run.Go, "organization/account/production", nil},
		"pasted":              {[]string{"\x1b[200~ yes\u00a0\x1b[201~\r", "\ufeffagree\u200b"}, run.Go, "", nil},
		"end":                 {nil, run.Leave, "", plain.ErrNoInput},
		"end after a typo":    {[]string{"yess"}, run.Leave, "", plain.ErrNoInput},
		"end before agreed":   {[]string{"yes"}, run.Leave, "", plain.ErrNoInput},
	} {
		u, out := talk(t, plain.Options{}, c.typed...)
		d, refused, err := u.Approve(t.Context(), runtest.Page())
		if d != c.want || strings.Join(refused, " ") != c.refused || !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, refused %v, error %v\n%s", name, d, refused, err, out)
		}
	}
}

// TestWhatIsLostForGoodAsksForItsName: the word for all else does not agree to it.
func TestWhatIsLostForGoodAsksForItsName(t *testing.T) {
	for last, refused := range map[string]int{"222222222222": 0, "no": 1} {
		u, out := talk(t, plain.Options{}, "yes", "agree", last)
		p := runtest.Page()
		for _, c := range plan.Calls(p.Items) {
			if c.Consent == plan.Typed {
				c.Named = "222222222222"
			}
		}
		d, left, err := u.Approve(t.Context(), p)
		if d != run.Go || len(left) != refused || err != nil || !strings.Contains(out.String(), "That was not 222222222222.") {
			t.Errorf("%s: got %v, left out %v, error %v\n%s", last, d, left, err, out)
		}
	}
}

func TestApproveWithoutWorkAsksNothing(t *testing.T) {
	u, out := talk(t, plain.Options{})
	p := runtest.Page()
	p.Items = p.Items[3:]
	if d, _, err := u.Approve(t.Context(), p); d != run.Go || err != nil {
		t.Errorf("got %v, %v\n%s", d, err, out)
	}
}

func TestAsk(t *testing.T) {
	short := func(s string) error {
		if len(s) < 3 {
			return errors.New("at least 3 characters.")
		}
		return nil
	}
	choices := []steps.Choice{{Value: "one", Label: "The first"}, {Value: "two"}}
	for name, c := range map[string]struct {
		q        steps.Question
		previous string
		typed    []string
		want     string
		d        run.Decision
		err      error
	}{
		"typed":             {steps.Question{}, "", []string{"Acme"}, "Acme", run.Go, nil},
		"previous":          {steps.Question{Default: "Other"}, "Acme", []string{""}, "Acme", run.Go, nil},
		"default":           {steps.Question{Default: "Acme"}, "", []string{""}, "Acme", run.Go, nil},
		"checked":           {steps.Question{Validate: short}, "", []string{"ab", "abc"}, "abc", run.Go, nil},
		"checked forever":   {steps.Question{Validate: short}, "", []string{"ab", "", "a"}, "", run.Leave, plain.ErrNoInput},
		"number":            {steps.Question{Choices: choices}, "", []string{"0", "2"}, "two", run.Go, nil},
		"label":             {steps.Question{Choices: choices}, "", []string{"the FIRST"}, "one", run.Go, nil},
		"standing choice":   {steps.Question{Choices: choices}, "two", []string{""}, "two", run.Go, nil},
		"consent":           {steps.Question{Typed: "yes"}, "", []string{"yes"}, "yes", run.Go, nil},
		"a slip of consent": {steps.Question{Typed: "yes"}, "", []string{"y", "yes"}, "yes", run.Go, nil},
		"consent by Enter":  {steps.Question{Typed: "yes"}, "", []string{""}, "", run.Go, nil},
		"back":              {steps.Question{}, "", []string{"b"}, "", run.Back, nil},
		"quit":              {steps.Question{}, "", []string{"q"}, "", run.Leave, nil},
		"end":               {steps.Question{}, "Acme", nil, "", run.Leave, plain.ErrNoInput},
		"pasted":            {steps.Question{}, "", []string{"\x1b[200~\x1b[31mAc\x07me\x1b[0m\x1b[201~\r"}, "Acme", run.Go, nil},
		"too long":          {steps.Question{}, "", []string{strings.Repeat("x", 2<<20)}, "", run.Leave, plain.ErrNoInput},
	} {
		u, out := talk(t, plain.Options{Width: 80}, c.typed...)
		p := runtest.Page()
		p.Question = &c.q
		a, d, err := u.Ask(t.Context(), p, c.previous)
		if a != c.want || d != c.d || !errors.Is(err, c.err) {
			t.Errorf("%s: got %q, %v, %v\n%s", name, a, d, err, out)
		}
		if name == "checked" && !strings.Contains(out.String(), `"ab" cannot be used: at least 3 characters.`) {
			t.Errorf("the refusal is not said:\n%s", out)
		}
	}
}

func TestUnattended(t *testing.T) {
	for _, sandbox := range []bool{true, false} {
		u, _ := talk(t, plain.Options{Yes: true, Sandbox: sandbox})
		p := runtest.Page()
		wantHandOff := run.Skip
		if sandbox {
			wantHandOff = run.Go
		}
		if d, refused, err := u.Approve(t.Context(), p); d != run.Go || refused != nil || err != nil {
			t.Errorf("plan: %v, %v, %v", d, refused, err)
		}
		if d, err := u.HandOff(t.Context(), p, p.Items[2].HandOff); d != wantHandOff || err != nil {
			t.Errorf("hand-off with sandbox %v: %v, %v", sandbox, d, err)
		}
		if d, err := u.Trouble(t.Context(), p, "x", run.Problem{What: "w"}); d != run.Skip || err != nil {
			t.Errorf("problem: %v, %v", d, err)
		}
	}
}

// The engine's poll sees that the person is done: the question ends, and the line typed afterwards is still there for
// the next one.
func TestHandOffEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, keyboard := io.Pipe()
		u := plain.New(in, io.Discard, plain.Options{})
		ctx, seen := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := u.HandOff(ctx, runtest.Page(), runtest.Page().Items[2].HandOff)
			ended <- err
		}()
		synctest.Wait() // it waits for a line
		seen()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		go func() {
			_, _ = io.WriteString(keyboard, "later\n")
			_ = keyboard.Close()
		}()
		if d, _, err := u.Approve(t.Context(), runtest.Page()); d != run.Leave || err != nil {
			t.Errorf("the next question gives %v, %v", d, err)
		}
	})
}

// A name in AWS may hold anything, also what moves a terminal's cursor or writes from right to left.
func TestTextFromAWSIsHarmless(t *testing.T) {
	u, out := talk(t, plain.Options{Width: 80}, "no")
	p := runtest.Page()
	p.Items[0].Call.Title = "Create \x1b[2J\x1b]0;title\x07the\u202e account\u009b1m\r\x08"
	u.Tell(run.Event{Kind: run.StepBegin, Text: "a\x1b[1Ab"})
	if _, _, err := u.Approve(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexAny(out.String(), "\x1b\x07\r\x08\u009b\u202e"); i >= 0 {
		t.Errorf("a control character came through: %q", out.String()[max(0, i-20):i+5])
	}
	if !strings.Contains(out.String(), "Create the account") {
		t.Errorf("the text is gone:\n%s", out)
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// What could not be shown is neither asked nor approved.
func TestClosedOutput(t *testing.T) {
	for _, yes := range []bool{true, false} {
		u := plain.New(strings.NewReader("yes\nagree\n"), closedPipe{}, plain.Options{Yes: yes})
		if d, _, err := u.Approve(t.Context(), runtest.Page()); d == run.Go || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("with yes %v: got %v, %v", yes, d, err)
		}
		p := runtest.Page()
		p.Question = &steps.Question{}
		if _, _, err := u.Ask(t.Context(), p, ""); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a question ends with %v", err)
		}
	}
}

func TestTroubleIsDescribedOnce(t *testing.T) {
	u, out := talk(t, plain.Options{Width: 80}, "s", "s")
	first, second := run.Problem{What: "It was refused."}, run.Problem{What: "It was refused again."}
	u.Tell(run.Event{Kind: run.Failed, Item: "a", Text: "Do it", Problem: &first})
	for _, problem := range []run.Problem{first, second} {
		if d, err := u.Trouble(t.Context(), runtest.Page(), "a", problem); d != run.Skip || err != nil {
			t.Errorf("got %v, %v", d, err)
		}
	}
	for _, what := range []string{first.What, second.What} {
		if n := strings.Count(out.String(), what); n != 1 {
			t.Errorf("%q is said %d times:\n%s", what, n, out)
		}
	}
}

func TestProgressCountsOnlyWhatWasApproved(t *testing.T) {
	u, out := talk(t, plain.Options{}, "yes", "no")
	p := runtest.Page()
	if _, refused, err := u.Approve(t.Context(), p); err != nil || len(refused) != 1 {
		t.Fatal(refused, err)
	}
	out.Reset()
	u.Tell(run.Event{Kind: run.OK, Item: plan.Calls(p.Items)[1].ID, RequestID: "req-1"})
	if got, want := out.String(), "[1/1] Move production under Workloads: done (request req-1)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A secret is asked for with the terminal told not to show it, and is not repeated when it cannot be used.
func TestSecretIsNotShown(t *testing.T) {
	q := steps.Question{Key: "alerts.webhook", Title: "What is the address?", Secret: "hook", Validate: func(v string) error {
		if v != "canary-right" {
			return errors.New("it is not complete")
		}
		return nil
	}}
	var out bytes.Buffer
	hidden, shown := 0, 0
	u := plain.New(strings.NewReader("canary-wrong\ncanary-right\n"), &out, plain.Options{Hide: func() func() { hidden++; return func() { shown++ } }})
	defer u.Close()
	got, d, err := u.Ask(t.Context(), run.Page{Step: steps.Step{Name: "alerts"}, Question: &q}, "")
	if got != "canary-right" || d != run.Go || err != nil {
		t.Fatalf("%q, %v, %v", got, d, err)
	}
	if hidden != 2 || shown != 2 {
		t.Errorf("the typing was hidden %d times and shown again %d times", hidden, shown)
	}
	if strings.Contains(out.String(), "canary") || !strings.Contains(out.String(), "it is not complete") {
		t.Errorf("said:\n%s", &out)
	}
}

func TestASignInThatRanOutIsNoFailure(t *testing.T) {
	p := run.Problem{What: "Your sign-in has run out", Why: "AWS ends each sign-in after some hours.", Next: "In another window, run `aws login`.", SignIn: run.SignInBeside}
	u, out := talk(t, plain.Options{}, "", "R")
	if d, err := u.Trouble(t.Context(), run.Page{}, "identity/user", p); d != run.Go || err != nil {
		t.Errorf("%v %v", d, err)
	}
	for _, say := range []string{"Your sign-in has run out. Nothing is lost.\nWhat to do next: In another window", "Type r when you have signed in"} {
		if !strings.Contains(out.String(), say) {
			t.Errorf("%q is not said:\n%s", say, out)
		}
	}
	if strings.Contains(out.String(), "Problem with") {
		t.Errorf("it is called a problem:\n%s", out)
	}
	p.SignIn = run.SignInAnew
	u, out = talk(t, plain.Options{}, "r", "q")
	if d, err := u.Trouble(t.Context(), run.Page{}, "identity/user", p); d != run.Leave || err != nil || strings.Contains(out.String(), "Type r") {
		t.Errorf("%v %v:\n%s", d, err, out)
	}
}
