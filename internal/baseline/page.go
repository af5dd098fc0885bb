package baseline

import (
	"fmt"
	"strings"
)

// Page is docs/controls.md: the table of the controls. known says which steps this wizard has.
func Page(known func(step string) bool) string {
	var b strings.Builder
	b.WriteString(`# The controls

` + "`wizard check`" + ` scores an account or an organization against the [AWS Startup Security Baseline](` + guidance + `), edition of
2026. This page is made from the table in internal/baseline/controls.go, and a test checks that it matches.

Older tools, AWS's own conformance pack of March 2025 among them, number twelve of the account controls only, and call
GuardDuty ACCT.11. "old number" says what a control is called there.

| control | old number | what it means | judged for | set by |
| --- | --- | --- | --- | --- |
`)
	old := func(c Control) string {
		switch c.Old {
		case "new":
			return "none"
		case "":
			return "same"
		}
		return c.Old
	}
	by := func(c Control) string {
		switch {
		case c.Sets(known):
			return "the step " + c.Step
		case c.Step != "" && known(c.Step):
			return "the step " + c.Step + ", when you ask for it"
		}
		return "you"
	}
	scope := map[Scope]string{PerAccount: "each account", Organization: "the organization", Management: "the account that pays"}
	for _, c := range Controls() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.ID, old(c), c.Title, scope[c.Scope], by(c))
	}
	b.WriteString("\n## What a person does\n\nWhere the wizard does not set a control of its own accord, `check` says what to do:\n\n")
	for _, c := range Controls() {
		if !c.Sets(known) {
			fmt.Fprintf(&b, "- **%s** %s\n", c.ID, c.Next)
		}
	}
	b.WriteString("\nWhere AWS Control Tower runs the organization, the wizard leaves the organization, its guardrails and its trail alone. Instead:\n\n")
	for _, c := range Controls() {
		if c.Tower != "" {
			fmt.Fprintf(&b, "- **%s** %s\n", c.ID, c.Tower)
		}
	}
	b.WriteString("\n## False alarms of scanners\n\n")
	for _, c := range Controls() {
		if c.Scanners != "" {
			fmt.Fprintf(&b, "- **%s** %s\n", c.ID, c.Scanners)
		}
	}
	b.WriteString(`
## The results

| result | it means |
| --- | --- |
| pass | AWS's answer shows that it is so |
| fail | AWS's answer shows that it is not so; ` + "`check`" + ` ends with 3 |
| needs you | no API shows it, or it is a decision about money or habits |
| cannot check | AWS refused the answer, or gives it on a paid support plan only; the reason stands beside it |
| not applicable | there is nothing it could be about, e.g. no database |

A control counts once, with the worst of its accounts. ` + "`check`" + ` only reads: it asks for no credential report to be made, and
of environment variables it takes the names, never the values.
`)
	return b.String()
}
