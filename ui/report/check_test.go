package report

import (
	"strings"
	"testing"

	"awswizard/internal/baseline"

	"github.com/charmbracelet/x/exp/golden"
)

// someRows are verdicts on four controls in two accounts.
func someRows() []baseline.Row {
	control := func(id, title, step string) baseline.Control {
		return baseline.Control{ID: id, Title: title, Scope: baseline.PerAccount, Step: step}
	}
	row := func(c baseline.Control, account string, r baseline.Result, evidence, next string) baseline.Row {
		name := map[string]string{"111122223333": "management", "444455556666": "production"}[account]
		return baseline.Row{Control: c, Account: account, Name: name, Verdict: baseline.Verdict{Result: r, Evidence: evidence, Next: next}}
	}
	disks, trail, keys, none := control("WKLD.08", "New disks are encrypted", ""), control("ACCT.07", "Every API call is recorded", "trail"),
		control("ACCT.13", "No long-lived access keys", ""), control("WKLD.09", "Databases are encrypted", "")
	return []baseline.Row{
		row(trail, "111122223333", baseline.Pass, "cloudtrail:DescribeTrails in 111122223333: the trail all", ""),
		row(trail, "444455556666", baseline.Fail, "cloudtrail:DescribeTrails in 444455556666: no trail", "wizard apply --step trail"),
		row(keys, "111122223333", baseline.Pass, "iam:ListAccessKeys in 111122223333: no active key", ""),
		row(keys, "444455556666", baseline.Pass, "iam:ListAccessKeys in 444455556666: no active key", ""),
		row(disks, "111122223333", baseline.Fail, "ec2:GetEbsEncryptionByDefault in 111122223333: off", "Turn it on."),
		row(disks, "444455556666", baseline.Fail, "ec2:GetEbsEncryptionByDefault in 444455556666: off", "Turn it on."),
		row(none, "111122223333", baseline.NotApplicable, "ec2:DescribeNetworkInterfaces in 111122223333: none\x1b[31m", ""),
		row(none, "444455556666", baseline.NotApplicable, "ec2:DescribeNetworkInterfaces in 444455556666: none", ""),
	}
}

func TestChecks(t *testing.T) {
	golden.RequireEqual(t, Checks(someRows(), Options{Width: 50})+"\n"+ChecksMarkdown(someRows()))
}

// TestAccountsThatCannotBeEntered are named once, with the way in, and not with each control.
func TestAccountsThatCannotBeEntered(t *testing.T) {
	rows := someRows()
	for i := range rows {
		if rows[i].Name == "production" {
			rows[i].Verdict = baseline.Verdict{Result: baseline.CannotCheck, Evidence: "root cannot enter the account " + rows[i].Account, Next: "Sign in as yourself.", NoEntry: true}
		}
	}
	text := Checks(rows, Options{})
	if strings.Count(text, "root cannot enter") != 1 || strings.Count(text, "Sign in as yourself.") != 1 || !strings.Contains(text, "In production: not entered, see above") {
		t.Errorf("%s", text)
	}
	yours := Yours(rows, func(string) bool { return false })
	if len(yours) != 2 || yours[1] != "3 controls could not be checked in production. Sign in as yourself." {
		t.Errorf("yours is %q", yours)
	}
}

// TestYours leaves out what a step of the wizard sets, and what is in order.
func TestYours(t *testing.T) {
	yours := Yours(someRows(), func(step string) bool { return step == "trail" })
	if len(yours) != 1 || yours[0] != "New disks are encrypted (WKLD.08). Turn it on." {
		t.Errorf("yours is %q", yours)
	}
	if all := strings.Join(Yours(someRows(), func(string) bool { return false }), "\n"); !strings.Contains(all, "ACCT.07") {
		t.Errorf("without the step trail yours is %q", all)
	}
}
