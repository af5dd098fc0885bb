package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/journal"
)

// TestTheScoreBeforeAndAfter shows in the report what the set-up brought. How it was before is measured once.
func TestTheScoreBeforeAndAfter(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "")
	var was []string
	for n := range 2 {
		r := tr.run("apply", "--yes")
		text := strings.Join(strings.Fields(r.out), " ")
		before := regexp.MustCompile(`Before: (\d+) of 32 controls`).FindStringSubmatch(text)
		now := regexp.MustCompile(`Now: (\d+) of 32 controls`).FindStringSubmatch(text)
		if before == nil || now == nil {
			t.Fatalf("run %d: no score in the report\n%s", n, last(r.out, 3000))
		}
		if before[1] != "5" || now[1] != "15" {
			t.Errorf("run %d: %s before, %s now", n, before[1], now[1])
		}
		for _, stays := range []string{"What stays yours:", "Secrets do not get into your code (WKLD.04). Add Gitleaks", "Trusted Advisor shows no serious problem (ACCT.12)", "Business Support+, from $29 a month"} {
			if !strings.Contains(text, stays) {
				t.Errorf("run %d does not say %q", n, stays)
			}
		}
		past, err := journal.Read(tr.journal())
		if err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, e := range past.Entries {
			if scored(e) {
				notes = append(notes, e.Time.String())
			}
		}
		if len(notes) != 1 || n == 1 && !slices.Equal(notes, was) {
			t.Errorf("run %d: noted at %v, before at %v", n, notes, was)
		}
		was = notes
	}
}

func TestTheScoreBeforeSaysWhatWasNotSeen(t *testing.T) {
	t.Parallel()
	for want, before := range map[string]map[string]string{
		"Before: 5 of 32 controls of the AWS Startup Security Baseline passed.":                          {"pass": "5"},
		"Before: 0 of 32 controls of the AWS Startup Security Baseline passed; 20 could not be checked.": {"cannot_check": "20"},
	} {
		if got := scoreWas(before, 32); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
