package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"awswizard/internal/cloud"

	"github.com/charmbracelet/x/exp/golden"
)

// remains are the parts of the sandbox's world that the way back leaves changed, by a pattern of the path, each with the
// reason. Nothing else may differ from the world before the set-up.
type remains []struct{ path, why string }

// alwaysRemains remain whatever the scenario.
var alwaysRemains = remains{
	{`^(clock|draws|pace)$`, "the sandbox's own time and chance"},
	{`^identity/(clients|devices|tokens)`, "sign-ins that were made; they open nothing once the person is deleted"},
	{`^organizations/s3_until$`, "when accounts stop obeying an S3 policy that was detached"},
	{`^iam/.*AWSServiceRole`, "service-linked roles: AWS makes them with a service, and leaves them"},
	{`^s3/buckets/org-trail-archive-`, "the copy of the log is locked: its files cannot be deleted before the lock ends"},
	{`^cost_explorer/`, "a person opened Cost Explorer; AWS then makes a monitor of its own, and leaves it"},
}

// remainsOf remain after the set-up of a scenario.
var remainsOf = map[string]remains{
	"fresh": {
		{`/(Credits|Plan)$`, "the free plan ends with the organization and does not come back; it was agreed to"},
		{`^accounts/.*/RootMFA$`, "a person protected the root user; that is not taken back"},
	},
	"half": {
		{`^organizations/trusted/sso.amazonaws.com$`, "Identity Center's console switched it on with Identity Center, and leaves it"},
	},
	"adopted": {
		{`^identity/.*/Password$`, "a person set a password"},
		{`^identity/.*/Revision$`, "the sandbox counts the changes of a permission set"},
		{`^s3/buckets/acme-robotics-audit-logs/Versioning$`, "it is the founder's own bucket, and old versions may be in it by now"},
	},
	"messy": {
		{`^accounts/.*/(RootMFA|RootKeys|RootKeyInUse)$|^root_key_lost$|^principals/A[KS]IASANDBOXCALLER`, "a person protected the root user and deleted its keys; that is not taken back"},
		{`^budgets/.*/(LastUpdatedTime|Made)$`, "AWS notes when a budget was written last"},
	},
}

// noArchive are the scenarios in which the set-up makes no trail, each with the reason.
var noArchive = map[string]string{
	"controltower": "Control Tower keeps the record of all calls",
	"project":      "the organization is AWS's, and nothing is set up",
}

// world reads the sandbox's file as a flat list of values by path. What is named by chance, and so has another name when it
// is made again, goes by its kind.
func (tr *trial) world() map[string]string {
	tr.t.Helper()
	var tree struct{ World map[string]any }
	if err := json.Unmarshal([]byte(tr.read(tr.sandbox)), &tree); err != nil {
		tr.t.Fatal(err)
	}
	inForce(tree.World)
	values := map[string][]string{}
	flatten(values, "", tree.World)
	out := map[string]string{}
	for path, all := range values {
		slices.Sort(all)
		out[path] = strings.Join(all, " ")
	}
	return out
}

// inForce puts the assignments in force in the place of Identity Center's record of all work.
func inForce(world map[string]any) {
	identity, _ := world["identity"].(map[string]any)
	instances, _ := identity["instances"].([]any)
	for _, i := range instances {
		instance, _ := i.(map[string]any)
		operations, _ := instance["Operations"].([]any)
		delete(instance, "Operations")
		assigned := map[string]any{}
		for _, o := range operations {
			operation, _ := o.(map[string]any)
			name := fmt.Sprint(operation["Account"], " ", operation["PermissionSet"], " ", operation["Principal"])
			switch operation["Kind"] {
			case "CREATE":
				assigned[name] = true
			case "DELETE":
				delete(assigned, name)
			}
		}
		instance["assigned"] = assigned
	}
}

// byChance are the ids of networks.
var byChance = regexp.MustCompile(`\b(vpc|subnet|igw|rtb|acl|sg|dopt|eni)-[0-9a-f]+`)

// flatten names the elements of lists by what identifies them, so that their order does not matter.
func flatten(out map[string][]string, path string, value any) {
	at := func(key string) string { return strings.TrimPrefix(path+"/"+byChance.ReplaceAllString(key, "$1"), "/") }
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			flatten(out, at(key), child)
		}
	case []any:
		for n, child := range v {
			key := fmt.Sprint(n)
			switch element := child.(type) {
			case map[string]any:
				key = elementKey(element, key)
			case string:
				key = element
			}
			flatten(out, at(key), child)
		}
	case nil:
	default:
		out[path] = append(out[path], byChance.ReplaceAllString(fmt.Sprint(v), "$1"))
	}
}

func elementKey(object map[string]any, fallback string) string {
	var parts []string
	for _, name := range []string{"ID", "id", "ARN", "Name", "Account", "Policy", "Target"} {
		if text, ok := object[name].(string); ok && text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return fallback
	}
	return strings.Join(parts, "+")
}

// differences are the paths whose values differ, without those that may remain.
func differences(before, after map[string]string, may remains) []string {
	var out []string
	for path := range maps.Keys(merged(before, after)) {
		if before[path] == after[path] || slices.ContainsFunc(may, func(r struct{ path, why string }) bool {
			return regexp.MustCompile(r.path).MatchString(path)
		}) {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %q, was %q", path, after[path], before[path]))
	}
	slices.Sort(out)
	return out
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// ends is the world as an undo leaves it, without the accounts that were made and closed, which AWS keeps for 90 days with
// what is in them, and without default networks, which have come back where there were some before.
func (tr *trial) ends(before map[string]string) map[string]string {
	tr.t.Helper()
	after := tr.world()
	closed, networks := map[string]bool{}, map[string]bool{}
	for path := range after {
		parts := strings.Split(path, "/")
		switch {
		case parts[0] == "accounts" && before["accounts/"+parts[1]+"/ID"] == "":
			closed[parts[1]] = true
		case strings.HasPrefix(path, "ec2/networks/") && len(parts) > 4:
			networks[strings.Join(parts[:4], "/")] = true
		}
	}
	for id := range closed {
		if after["organizations/id"] != "" && after["organizations/members/"+id+"/Closing"] == "" {
			tr.t.Errorf("the account %s was made and is not closed", id)
		}
	}
	for place := range networks {
		// The sandbox makes a default network when it is first looked at: none before means an untouched one.
		if before[place+"/vpcs/vpc/ID"] == "" && after[place+"/vpcs/vpc/Default"] == "true" && after[place+"/gateways/igw/VPC"] == "vpc" {
			maps.DeleteFunc(after, func(path, _ string) bool { return strings.HasPrefix(path, place+"/") })
		}
		if before[place+"/made"] != "" {
			after[place+"/made"] = before[place+"/made"]
		}
	}
	maps.DeleteFunc(after, func(path, value string) bool {
		for id := range closed {
			if strings.Contains(path, id) || strings.Contains(value, id) {
				return true
			}
		}
		return false
	})
	return after
}

// undone runs the whole way back, closes accounts, and checks that nothing failed.
func (tr *trial) undone() []line {
	tr.t.Helper()
	all := wellFormed(tr.t, tr.run("undo", "--yes", "--json", "--close-accounts"))
	for _, l := range ofType(all, "fail") {
		tr.t.Errorf("failed: %v", l)
	}
	return all
}

// TestUndoLeavesTheWorldAsItWas is the promise of the way back, from every place a founder may start.
func TestUndoLeavesTheWorldAsItWas(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"fresh", "admin", "half", "messy", "adopted", "controltower", "project"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scenario)
			for _, l := range ofType(lines(t, tr.must(exitDone, "undo", "--plan", "--json").out), "call", "later", "handoff") {
				t.Errorf("offered before anything was made: %v", l)
			}
			before, may := tr.world(), slices.Concat(alwaysRemains, remainsOf[scenario])
			if made := tr.run("apply", "--yes", "--json"); made.code != exitDone && made.code != exitLeft { // messy has a public bucket
				t.Fatalf("apply: exit %d\n%s", made.code, last(made.out, 2000))
			}

			look := tr.must(exitDone, "undo", "--plan", "--json")
			wellFormed(t, look)
			if len(look.writes) != 0 {
				t.Errorf("undo --plan wrote %v", look.writes)
			}
			first := tr.undone()
			for _, l := range ofType(first, "ok") {
				seen := func(p line) bool { return p.text("id") == l.text("id") }
				if later := ofType(lines(t, look.out), "later"); len(later) == 0 && !slices.ContainsFunc(lines(t, look.out), seen) {
					t.Errorf("undo --plan did not show %s", l.text("id"))
				}
			}
			again := exitLeft // the archive of the log, which is locked
			if noArchive[scenario] != "" {
				again = exitDone
			}
			second := tr.must(again, "undo", "--yes", "--json", "--close-accounts")
			if len(second.writes) != 0 {
				t.Errorf("the second undo wrote %v", second.writes)
			}
			text := fmt.Sprintf("wizard undo --yes --close-accounts:\n%s\nagain: exit %d\n%s", outcomes(first), second.code, outcomes(lines(t, second.out)))

			if before["organizations/id"] == "" { // ours: it can go when the closed accounts are gone
				tr.longClosed()
				text += "\n91 days later:\n" + outcomes(tr.undone())
			}
			for _, x := range differences(before, tr.ends(before), may) {
				t.Errorf("not as it was: %s", last(x, 300))
			}
			golden.RequireEqual(t, byRun.ReplaceAllString(readable(text, first), "<differs>"))
		})
	}
}

// byRun differs from run to run: the day until which files are locked, a year from now, and the versions of files.
var byRun = regexp.MustCompile(`\d+ [A-Z][a-z]+ 20\d\d|\b[\w.]{32}\b`)

// longClosed makes the closed accounts be closed for 91 days: AWS keeps them for 90, and with them the organization.
func (tr *trial) longClosed() {
	tr.t.Helper()
	closing := regexp.MustCompile(`("Closing":\s*)"[^"]*"`)
	tr.write(tr.sandbox, closing.ReplaceAllString(tr.read(tr.sandbox), `${1}"`+time.Now().AddDate(0, 0, -91).UTC().Format(time.RFC3339)+`"`))
}

// reached makes the settings for all accounts old enough to have reached each of them: GuardDuty takes hours.
func (tr *trial) reached() {
	tr.t.Helper()
	since := regexp.MustCompile(`("Since":\s*)"[^"]*"`)
	tr.write(tr.sandbox, since.ReplaceAllString(tr.read(tr.sandbox), `${1}"`+time.Now().AddDate(0, 0, -1).UTC().Format(time.RFC3339)+`"`))
}

// TestYesAloneClosesNoAccount: what is lost for good needs words of its own, and what was not agreed to is told.
func TestYesAloneClosesNoAccount(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	tr.must(exitDone, "apply", "--yes", "--json", "--step", "organization")
	plain := tr.must(exitLeft, "undo", "--yes")
	for _, w := range plain.writes {
		if w.Operation == closing {
			t.Errorf("closed an account without a word: %+v", w)
		}
	}
	if !strings.Contains(plain.out, "--close-accounts, or --agree organization/close/production") {
		t.Errorf("how to agree is not said:\n%s", last(plain.out, 1500))
	}
	one := tr.must(exitLeft, "undo", "--yes", "--json", "--agree", "organization/close/production")
	if len(one.writes) != 1 || one.writes[0].Operation != closing {
		t.Errorf("agreed to one, wrote %v", one.writes)
	}
	for _, args := range [][]string{{"undo"}, {"undo", "--close-accounts"}, {"undo", "--plan", "--yes"}, {"undo", "--json"}} {
		if r := tr.run(args...); r.code != exitUsage || len(r.writes) != 0 {
			t.Errorf("%v: exit %d, wrote %v", args, r.code, r.writes)
		}
	}
}

// TestWhatWasChangedSinceStays: what somebody changed after the wizard made it is shown with the change and stays, with what
// hangs on it, until it is agreed to by itself.
func TestWhatWasChangedSinceStays(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, "admin")
	only := []string{"--step", "organization", "--step", "identity", "--step", "guardrails", "--step", "budgets", "--step", "baseline"}
	tr.must(exitDone, append([]string{"apply", "--yes", "--json"}, only...)...)
	world, contactOf := tr.read(tr.sandbox), "" // whose contact stands first in the file
	for _, change := range []struct{ path, was, is string }{
		{"\"BudgetName\": \"wizard-monthly\"", `"Amount": "200"`, `"Amount": "950"`},
		{`"Name": "wizard-security-guard"`, `\"Effect\":\"Deny\",\"Action\":[`, `\"Effect\":\"Deny\",\"Action\":[\"glacier:DeleteArchive\",`},
		{`"Name": "PowerUserAccess"`, `"SessionDuration": "PT8H"`, `"SessionDuration": "PT4H"`},
		{`"BILLING": {`, `"Email": "`, `"Email": "finance.`},
	} {
		before, rest, found := strings.Cut(world, change.path)
		at := strings.Index(rest, change.was)
		if !found || at < 0 {
			t.Fatalf("the sandbox's file has no %s with %s", change.path, change.was)
		}
		world = before + change.path + rest[:at] + change.is + rest[at+len(change.was):]
		if ids := regexp.MustCompile(`"(\d{12})": \{`).FindAllStringSubmatch(before, -1); change.path == `"BILLING": {` {
			contactOf = regexp.MustCompile(`"ID": "` + ids[len(ids)-1][1] + `",\s*"Name": "(\w+)"`).FindStringSubmatch(world)[1]
		}
	}
	tr.write(tr.sandbox, world)

	stays := map[string]string{ // the calls of the way back that need consent by themselves, and what is shown
		"budgets/undo/budget/wizard-monthly":              "its limit is $950, and was $200",
		"guardrails/undo/policy/security-guard":           "Somebody changed the text of the guardrail wizard-security-guard",
		"guardrails/undo/attach/security-guard/workloads": "Detached from the unit workloads, it forbids nothing there any more",
		"identity/undo/permission-set/PowerUserAccess":    "Somebody changed the permission set PowerUserAccess",
		"baseline/undo/contact/" + contactOf + "/billing": "finance.",
	}
	shown := tr.must(exitDone, append([]string{"undo", "--plan"}, only...)...)
	for id, text := range stays {
		if !strings.Contains(strings.Join(strings.Fields(shown.out), " "), text) {
			t.Errorf("%s: the change is not shown: %s", id, text)
		}
	}
	plain := tr.must(exitLeft, append([]string{"undo", "--yes"}, only...)...)
	for _, text := range []string{"The unit workloads stays.", "The trusted access of Account Management stays."} {
		if said := strings.Contains(strings.ToLower(strings.Join(strings.Fields(plain.out), " ")), strings.ToLower(text)); !said && (contactOf != "management" || strings.HasPrefix(text, "The unit")) {
			t.Errorf("%q is not said, though something hangs on it", text)
		}
	}
	agree := []string{"undo", "--yes", "--json"}
	for id := range stays {
		if !strings.Contains(plain.out, "--agree "+id+"\n") {
			t.Errorf("how to agree to %s is not said:\n%s", id, last(plain.out, 1500))
		}
		agree = append(agree, "--agree", id)
	}
	after := tr.read(tr.sandbox)
	for _, kept := range []string{`"BudgetName": "wizard-monthly"`, "glacier:DeleteArchive", `"PT4H"`, "finance."} {
		if !strings.Contains(after, kept) {
			t.Errorf("%s is gone", kept)
		}
	}
	all := wellFormed(t, tr.must(exitLeft, append(agree, only...)...))
	for id := range stays {
		if !slices.ContainsFunc(ofType(all, "ok"), func(l line) bool { return l.text("id") == id }) {
			t.Errorf("agreed to %s, and it was not made: %s", id, outcomes(all))
		}
	}
	after = tr.read(tr.sandbox)
	for _, gone := range []string{`"BudgetName": "wizard-monthly"`, "glacier:DeleteArchive", `"PT4H"`, "finance."} {
		if strings.Contains(after, gone) {
			t.Errorf("%s is still there", gone)
		}
	}
}

// TestSetUpAgainAfterUndo begins afresh: nothing of the first set-up counts as ours, and the whole of it is made again.
func TestSetUpAgainAfterUndo(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"fresh", "adopted"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, scenario)
			// Without the trail: its archive is locked and would be adopted.
			only := []string{"--step", "organization", "--step", "identity", "--step", "guardrails", "--step", "budgets"}
			tr.must(exitDone, append([]string{"apply", "--yes", "--json"}, only...)...)
			tr.run("undo", "--yes", "--json")
			again := tr.must(exitDone, append([]string{"apply", "--yes", "--json"}, only...)...)
			all := wellFormed(t, again)
			for _, made := range []string{"identity/group/developers", "guardrails/policy/org-guard", "organization/unit/workloads"} {
				if !slices.ContainsFunc(ofType(all, "ok"), func(l line) bool { return l.text("id") == made }) {
					t.Errorf("%s was not made again", made)
				}
			}
			tr.must(exitDone, append([]string{"plan", "--detailed-exitcode"}, only...)...)
		})
	}
}

// TestUndoStoppedAndGoneOn stops the way back at one call after another, as Ctrl-C does, and forgets the reply of the last
// call, as a kill in that moment does. It goes on from there, and comes to the same end.
func TestUndoStoppedAndGoneOn(t *testing.T) {
	t.Parallel()
	only := []string{"--step", "organization", "--step", "identity", "--step", "guardrails"}
	tr := newTrial(t, "fresh")
	tr.run("status")
	before := tr.world()
	tr.must(exitDone, append([]string{"apply", "--yes", "--json"}, only...)...)
	for stops := 1; ; stops++ {
		r := tr.stopped(2, append([]string{"undo", "--yes", "--json", "--close-accounts"}, only...)...)
		if r.code != exitInterrupted {
			t.Logf("%d stops", stops)
			if stops < 10 {
				t.Errorf("only %d stops, then exit %d", stops, r.code)
			}
			break
		}
		tr.forgetLastReply()
	}
	tr.longClosed()
	for _, l := range ofType(wellFormed(t, tr.must(exitDone, append([]string{"undo", "--yes", "--json"}, only...)...)), "fail", "blocked") {
		t.Errorf("left at the end: %v", l)
	}
	for _, x := range differences(before, tr.ends(before), slices.Concat(alwaysRemains, remainsOf["fresh"])) {
		t.Errorf("not as it was: %s", last(x, 300))
	}
}

// stopped runs a command and interrupts it at its n-th write.
func (tr *trial) stopped(n int, args ...string) ran {
	tr.t.Helper()
	var (
		out, errs bytes.Buffer
		mu        sync.Mutex
		r         ran
	)
	signals := make(chan os.Signal, 1)
	args = append(args, "--sandbox="+tr.sandbox, "--answers", tr.answers, "--scenario", tr.scenario)
	r.code = execute(system{args: args, in: strings.NewReader(""), out: &out, err: &errs, pace: quick, signals: signals,
		getenv: func(string) string { return "" },
		sent: func(s cloud.Sent) {
			mu.Lock()
			defer mu.Unlock()
			if s.Write {
				if r.writes = append(r.writes, s); len(r.writes) == n {
					signals <- os.Interrupt
				}
			}
		}})
	r.out, r.err = out.String(), errs.String()
	return r
}

// forgetLastReply cuts the journal after the last request that left.
func (tr *trial) forgetLastReply() {
	tr.t.Helper()
	all := strings.SplitAfter(tr.read(tr.journal()), "\n")
	for n := len(all) - 1; n >= 0; n-- {
		if strings.Contains(all[n], `"kind":"begin"`) {
			tr.write(tr.journal(), strings.Join(all[:n+1], ""))
			return
		}
	}
}
