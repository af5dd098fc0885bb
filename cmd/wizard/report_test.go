package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"awswizard/internal/journal"
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
		if c.Outcome == "in doubt" || c.Title == "" || c.Caller == "" || c.AccountName == "" {
			t.Errorf("a call without its end, title, caller or account: %+v", c)
		}
	}
	for _, s := range d.Steps {
		if s.State != "done" {
			t.Errorf("%s is %s", s.Name, s.State)
		}
	}
	if len(d.Left) > 0 && !strings.Contains(d.Left[0].What, "For you") || len(d.CannotUndo) == 0 || len(d.Approvals) == 0 || d.MonthlyUSD <= 0 {
		t.Errorf("left %v, cannot be undone %v, %d approvals, $%v", d.Left, d.CannotUndo, len(d.Approvals), d.MonthlyUSD)
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
