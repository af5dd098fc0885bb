package jsonl_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/internal/runtest"
	"awswizard/steps"
	"awswizard/ui/jsonl"

	"github.com/charmbracelet/x/exp/golden"
)

func TestSession(t *testing.T) {
	var out bytes.Buffer
	u := jsonl.New(&out, jsonl.Options{Yes: true, Now: runtest.Noon})
	p := runtest.Page()
	if d, refused, err := u.Approve(t.Context(), p); d != run.Go || refused != nil || err != nil {
		t.Errorf("--yes decides %v, %v, %v", d, refused, err)
	}
	for _, e := range runtest.Events() {
		u.Tell(e)
	}
	u.Control(jsonl.Control{ID: "ACCT.02", Title: "Several accounts", Scope: "organization", Result: "pass", Evidence: "2 accounts",
		Account: "111122223333", AccountName: "management", Next: "Nothing."})
	u.Score(jsonl.Controls{Pass: 1}, 0)
	counts := jsonl.CountsOf(plan.Sum(p.Items))
	counts.OK, counts.Failed, counts.Left = 1, 1, 4
	u.Summary(counts, "sha256:0", 5)
	if err := u.Err(); err != nil {
		t.Fatal(err)
	}
	golden.RequireEqual(t, out.String())
}

// Design §8: every line is one JSON object with v, type and time; the types have these fields.
func TestEveryLineHasTheDesignsFields(t *testing.T) {
	var out bytes.Buffer
	u := jsonl.New(&out, jsonl.Options{Now: runtest.Noon})
	p := runtest.Page()
	u.Plan(p.Items, p)
	for _, e := range runtest.Events() {
		u.Tell(e)
	}
	u.Control(jsonl.Control{})
	u.Summary(jsonl.Counts{}, "", 0)
	want := map[string]string{
		"call":    "id step lane service operation account account_name region effect reversible monthly_usd iam_action title input cli after",
		"handoff": "id step title url clicks", "later": "id step title operations places most_calls", "blocked": "id step what why next code",
		"begin": "id", "ok": "id request_id facts", "fail": "id code request_id what why next", "skip": "id", "wait": "id reason until",
		"control": "id title scope result evidence", "summary": "counts plan_hash exit",
	}
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		kind, _ := fields["type"].(string)
		when, _ := fields["time"].(string)
		if _, err := time.Parse(time.RFC3339, when); err != nil || fields["v"] != 1.0 {
			t.Errorf("v is %v, time %v: %s", fields["v"], err, line)
		}
		for _, name := range strings.Fields(want[kind]) {
			if _, ok := fields[name]; !ok {
				t.Errorf("%s has no %s: %s", kind, name, line)
			}
		}
		seen[kind] = true
	}
	for kind := range want {
		if !seen[kind] {
			t.Errorf("no line of type %s", kind)
		}
	}
}

// Nobody is there: no method waits, and nothing is approved without --yes.
func TestNeverAsks(t *testing.T) {
	ctx, p := context.Background(), runtest.Page()
	for _, o := range []jsonl.Options{{}, {Yes: true}, {StandIn: true}} {
		t.Run(fmt.Sprintf("%v", o.Yes || o.StandIn), func(t *testing.T) {
			u := jsonl.New(io.Discard, o)
			wantPlan, wantHandOff := run.Leave, run.Skip
			if o.Yes {
				wantPlan = run.Go
			}
			if o.StandIn {
				wantHandOff = run.Go
			}
			if d, _, err := u.Approve(ctx, p); d != wantPlan || err != nil {
				t.Errorf("plan: %v, %v", d, err)
			}
			if d, err := u.HandOff(ctx, p, p.Items[2].HandOff); d != wantHandOff || err != nil {
				t.Errorf("hand-off: %v, %v", d, err)
			}
			if d, err := u.Trouble(ctx, p, "x", run.Problem{}); d != run.Skip || err != nil {
				t.Errorf("trouble: %v, %v", d, err)
			}
		})
	}
}

func TestAsk(t *testing.T) {
	u, p := jsonl.New(io.Discard, jsonl.Options{}), runtest.Page()
	p.Question = &steps.Question{Key: "company"}
	if a, d, err := u.Ask(t.Context(), p, "Acme"); a != "Acme" || d != run.Go || err != nil {
		t.Errorf("a standing answer gives %q, %v, %v", a, d, err)
	}
	_, _, err := u.Ask(t.Context(), p, "")
	var missing *run.MissingError
	if !errors.As(err, &missing) || missing.Fields[0] != "company" {
		t.Errorf("no answer gives %v", err)
	}
}

// Whoever has the address and the code of a sign-in can let somebody in.
func TestSignInIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	u := jsonl.New(&out, jsonl.Options{Now: runtest.Noon})
	h := &plan.HandOff{ID: "identity/sign-in", URL: "https://acme.example/device?user_code=ABCD", SignIn: &plan.SignIn{}}
	if d, err := u.HandOff(t.Context(), runtest.Page(), h); err != nil || d != run.Skip || out.Len() > 0 {
		t.Errorf("decides %v, wrote %q, error %v", d, out.String(), err)
	}
}

type closedPipe struct{ writes int }

func (c *closedPipe) Write([]byte) (int, error) {
	c.writes++
	return 0, io.ErrClosedPipe
}

// What nobody could see is not approved.
func TestClosedPipe(t *testing.T) {
	pipe := &closedPipe{}
	u := jsonl.New(pipe, jsonl.Options{Yes: true})
	d, _, err := u.Approve(t.Context(), runtest.Page())
	if d == run.Go || !errors.Is(err, io.ErrClosedPipe) || !errors.Is(u.Err(), io.ErrClosedPipe) {
		t.Errorf("decides %v, error %v, kept %v", d, err, u.Err())
	}
	u.Summary(jsonl.Counts{}, "", 0)
	if pipe.writes != 1 {
		t.Errorf("%d writes to a closed pipe", pipe.writes)
	}
}
