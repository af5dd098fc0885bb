package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
)

const networkAnswers = founderAnswers + `vpc:
  accounts: [production, development]
  regions: [eu-west-1, us-east-1]
  nat: one
`

// stepOf is the part of outcomes that is about one step.
func stepOf(t *testing.T, all []line, step string) string {
	t.Helper()
	_, rest, found := strings.Cut(outcomes(all), "== "+step+" ==\n")
	if !found {
		t.Fatalf("there is no step %s", step)
	}
	part, _, _ := strings.Cut(rest, "\n\n")
	return strings.TrimRight(part, "\n") + "\n"
}

// places are the accounts and Regions of networks, with the part there.
var places = regexp.MustCompile(`/(production|development)/[a-z]+-[a-z]+-\d(/\S+)?`)

// counted puts lines that differ only in the place together.
func counted(text string) string {
	var lines tally
	for l := range strings.Lines(text) {
		lines.add(strings.TrimSpace(places.ReplaceAllString(l, "")))
	}
	return lines.String()
}

// verdicts are the results of controls in the accounts that get a network.
func (tr *trial) verdicts(ids ...string) string {
	tr.t.Helper()
	var b strings.Builder
	for _, l := range ofType(lines(tr.t, tr.run("check", "--json").out), "control") {
		if slices.Contains(ids, l.text("id")) && slices.Contains([]string{"production", "development"}, l.text("account_name")) {
			fmt.Fprintf(&b, "  %s %s: %s\n", l.text("id"), l.text("account_name"), l.text("result"))
		}
	}
	return b.String()
}

// TestPrivateNetworks makes networks where they are asked for, in the same run as their accounts, and takes them back: plan,
// apply, check and undo as somebody at a command line sees them.
func TestPrivateNetworks(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.write(tr.answers, networkAnswers)
	first := wellFormed(t, tr.run("plan", "--json"))
	made := wellFormed(t, tr.run("apply", "--yes", "--json"))
	for _, l := range ofType(made, "fail") {
		t.Errorf("%s: %s %s", l.text("id"), l.text("code"), l.text("why"))
	}
	if again := tr.run("apply", "--yes", "--json"); len(again.writes) != 0 {
		t.Errorf("a second apply wrote %v", again.writes)
	}
	text := "planned before there is an account:\n"
	for _, l := range ofType(first, "later") {
		if l.text("step") == "vpc" {
			text += fmt.Sprintf("  %s: %s Then $%.2f a month.\n", l.text("id"), l.text("why"), l["monthly_usd"])
		}
	}
	text += "\nmade:\n" + counted(stepOf(t, made, "vpc")) + "\nwizard check:\n" + tr.verdicts("ACCT.09", "WKLD.10", "WKLD.11", "WKLD.12")

	tr.write(tr.answers, founderAnswers) // off: what stands there stays, and is still known
	if again := tr.run("apply", "--yes", "--json"); len(again.writes) != 0 {
		t.Errorf("an apply without networks wrote %v", again.writes)
	}
	back := wellFormed(t, tr.run("undo", "--yes", "--json", "--step", "vpc"))
	for _, l := range ofType(back, "fail") {
		t.Errorf("taking back %s: %s %s", l.text("id"), l.text("code"), l.text("why"))
	}
	text += "\ntaken back:\n" + counted(stepOf(t, back, "vpc"))
	if again := tr.run("undo", "--yes", "--json", "--step", "vpc"); len(again.writes) != 0 {
		t.Errorf("a second undo wrote %v", again.writes)
	}
	golden.RequireEqual(t, readable(text, made))
}
