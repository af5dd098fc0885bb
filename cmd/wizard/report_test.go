package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"awswizard/internal/answers"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/ui/dossier"
)

// TestReport writes the report of a finished set-up in all forms: it holds every call of the journal and changes nothing.
func TestReport(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	tr.must(exitDone, "apply", "--yes")
	before := tr.read(tr.sandbox)
	entries, err := journal.Read(tr.journal())
	if err != nil {
		t.Fatal(err)
	}
	begun := 0
	for _, e := range entries.Entries {
		if e.Kind == journal.KindBegin {
			begun++
		}
	}
	var d dossier.Document
	if err := json.Unmarshal([]byte(tr.must(exitDone, "report", "--format", "json").out), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Calls) != begun || begun < 400 {
		t.Errorf("%d calls in the report, %d in the journal", len(d.Calls), begun)
	}
	for _, c := range d.Calls {
		if c.Outcome == "in doubt" || c.Title == "" || c.Caller == "" || c.AccountName == "" || c.RequestID == "" && c.Service != "file" {
			t.Errorf("a call without its end, title, caller, account or request id: %+v", c)
		}
	}
	for _, s := range d.Steps {
		want := "done"
		if s.Name == "alerts" || s.Name == "vpc" { // the answers want neither
			want = "nothing to do"
		}
		if s.State != want {
			t.Errorf("%s is %s", s.Name, s.State)
		}
	}
	if len(d.Left) > 0 && !strings.Contains(d.Left[0].What, "For you") || len(d.CannotUndo) == 0 || len(d.Approvals) == 0 || d.MonthlyUSD <= 0 {
		t.Errorf("left %v, cannot be undone %v, %d approvals, $%v", d.Left, d.CannotUndo, len(d.Approvals), d.MonthlyUSD)
	}
	if len(d.Yours) != 6 || !strings.Contains(strings.Join(d.Yours[2].Next, ""), "arn:aws:iam::") || strings.Contains(strings.Join(d.Yours[2].Next, ""), "(known after") {
		t.Errorf("what stays with the founder: %+v", d.Yours)
	}
	page := filepath.Join(tr.dir, "report.html")
	r := tr.must(exitDone, "report", "--format", "html", "--out", page)
	if text := tr.read(page); !strings.Contains(text, "Delete the default network") || !strings.HasSuffix(strings.TrimSpace(text), "</html>") {
		t.Errorf("the page is not whole: %s", last(text, 200))
	}
	if len(r.writes) > 0 || tr.read(tr.sandbox) != before {
		t.Error("the report changed something at AWS")
	}
	tr.must(exitUsage, "report", "--format", "pdf")
}

// TestReportBeforeAnything: an account where nothing was done has a report, too.
func TestReportBeforeAnything(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	if out := tr.must(exitDone, "report").out; !strings.Contains(out, "0 calls changed something") || !strings.Contains(out, "What stays to do") {
		t.Errorf("%s", out)
	}
}

// TestPageOfHandover keeps docs/handover.md as the step says it; -update writes it.
func TestPageOfHandover(t *testing.T) {
	a := answers.Answers{Company: "Acme Robotics", Email: "aws@acme-robotics.example", HomeRegion: "eu-west-1"}
	f := plan.NewFacts(map[string]string{"account.production.id": "333333333333", "organization.id": "o-exampleorgid"})
	want := "# What stays yours\n\nWhat no program can decide or do for you, with the commands to copy. `wizard report` shows the same with the numbers of your\n" +
		"own accounts. This page is made from steps/handover, and a test checks that it matches.\n\n" + dossier.TopicsMarkdown(topics(a, f), "##")
	path := filepath.Join("..", "..", "docs", "handover.md")
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("docs/handover.md is not what the step says (%v); run go test ./cmd/wizard -run TestPageOfHandover -update", err)
	}
}
