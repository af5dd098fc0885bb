package plain_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"awswizard/internal/run"
	"awswizard/internal/runtest"
	"awswizard/ui/plain"
)

// TestLookIntoThePlan: every call can be seen as JSON and as a command, found by a word, and left out by its number.
func TestLookIntoThePlan(t *testing.T) {
	for typed, want := range map[string]string{
		"?":           "find WORD lists the items",
		"list":        "2. Changes: Move production under Workloads (about $0.50 a month",
		"2":           "2. Changes: Move production under Workloads\n   Where",
		"see 3":       "3. For you: Turn on IAM Identity Center",
		"json 1":      "\n  \"AccountName\": \"production\"",
		"COMMAND 2":   "aws organizations move-account --region us-east-1",
		"find Quota":  "5. Cannot be done now: Create the account development",
		"find vpc":    "4. Later: Remove default VPCs",
		"find banana": "Nothing in this plan has the word \"banana\"",
		"find":        "Type find and a word",
		"json 3":      "Item 3 is no call",
		"see 9":       "a number from 1 to 5",
		"without x":   "Type without and a number",
		"without 1":   "Left out: Create the account production",
	} {
		u, out := talk(t, plain.Options{Width: 80}, typed, "no")
		if d, _, err := u.Approve(t.Context(), runtest.Page()); d != run.Skip || err != nil {
			t.Errorf("%s: %v, %v", typed, d, err)
		}
		_, answer, _ := strings.Cut(out.String(), "you can type.")
		if !strings.Contains(answer, want) {
			t.Errorf("%s is answered with\n%s", typed, answer)
		}
	}
}

func TestOneCallIsLeftOut(t *testing.T) {
	// The first call needs a word of its own: left out, it asks for none.
	u, out := talk(t, plain.Options{Width: 80}, "without 1", "without 2", "with 2", "list", "yes")
	d, refused, err := u.Approve(t.Context(), runtest.Page())
	if d != run.Go || !slices.Equal(refused, []string{"organization/account/production"}) || err != nil {
		t.Errorf("%v, %v, %v", d, refused, err)
	}
	for _, want := range []string{"Type yes to run this call", "1. Left out: Create the account production", "Taken in: Move production"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

func TestSomethingIsHeardWhileAWSIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, out := talk(t, plain.Options{})
		at := func(d time.Duration, e run.Event) {
			time.Sleep(d) //nolint:forbidigo // virtual time
			synctest.Wait()
			u.Tell(e)
		}
		at(0, run.Event{Kind: run.StepBegin, Text: "Organization"})
		at(0, run.Event{Kind: run.Begin, Item: "a", Text: "Create the account production"})
		at(65*time.Second, run.Event{Kind: run.OK, Item: "a", Text: "Create the account production"})
		at(31*time.Second, run.Event{Kind: run.StepEnd, Step: "organization", Text: "done"})
		at(2*time.Minute, run.Event{Kind: run.StepEnd, Step: "organization", Text: "done"})
		want := "\nLooking at: Organization\nStarted: Create the account production\nStill working: Create the account production, 30 seconds\n" +
			"Still working: Create the account production, 60 seconds\nCreate the account production: done\n" +
			"Still working: Organization, 30 seconds\nOrganization: done\nOrganization: done\n"
		if out.String() != want {
			t.Errorf("heard:\n%s", out)
		}
	})
}

// A question that other calls talk over is asked again when they are silent, and "still working" is not said meanwhile:
// it is the person who is waited for.
func TestAQuestionIsAskedAgainAfterOtherLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, keyboard := io.Pipe()
		var out bytes.Buffer
		u := plain.New(in, &out, plain.Options{})
		defer u.Close()
		defer keyboard.Close()
		ended := make(chan run.Decision)
		go func() {
			d, _ := u.HandOff(t.Context(), runtest.Page(), runtest.Page().Items[2].HandOff)
			ended <- d
		}()
		synctest.Wait()
		asked := out.Len()
		time.Sleep(2 * time.Minute) //nolint:forbidigo // virtual time
		if said := out.String()[asked:]; said != "" {
			t.Errorf("nothing came after the question, and this was said: %s", said)
		}
		u.Tell(run.Event{Kind: run.Begin, Item: "a", Text: "Create the account production"})
		u.Tell(run.Event{Kind: run.OK, Item: "a", Text: "Create the account production"})
		time.Sleep(2 * time.Minute) //nolint:forbidigo // virtual time
		synctest.Wait()
		want := "Started: Create the account production\nCreate the account production: done\n" +
			"This waits for you: Press Enter when done, s to skip, ? to hear it again, q to stop.\n"
		if said := out.String()[asked:]; said != want {
			t.Errorf("heard:\n%s", said)
		}
		_, _ = io.WriteString(keyboard, "s\n")
		if d := <-ended; d != run.Skip {
			t.Errorf("the answer was %v", d)
		}
	})
}
