package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/doctest"
)

// TestDocumentOfTroubles keeps docs/troubleshooting.md as the table of known errors says.
func TestDocumentOfTroubles(t *testing.T) {
	t.Parallel()
	doctest.Keep(t, "troubleshooting.md", troubles())
}

// kinds are the sections of the document, in the order a founder meets them.
var kinds = []struct {
	kind  Kind
	title string
}{
	{Credentials, "Signing in"},
	{Denied, "Not allowed"},
	{NotReady, "Not ready yet"},
	{Quota, "Limits"},
	{Conflict, "There already, in use, or changing"},
	{Missing, "Not there"},
	{Throttled, "Too fast"},
	{Network, "The network"},
	{Unsupported, "Not offered"},
	{Other, "The rest"},
}

// troubles is the document: one row for each cause, with all codes that it explains.
func troubles() string {
	codes := map[cause][]string{}
	add := func(c cause, code string) {
		if !slices.Contains(codes[c], code) {
			codes[c] = append(codes[c], code)
		}
	}
	for code, c := range causes {
		add(c, "`"+code+"`")
	}
	for _, e := range endings {
		add(e.cause, "`…"+e.ending+"`")
	}
	for _, p := range phrases {
		add(p.cause, "“…"+p.phrase+"…”")
	}
	var out strings.Builder
	out.WriteString(`# When something goes wrong

<!-- Made from internal/cloud/causes.go by TestDocumentOfTroubles -update. -->

Every failure is told as what happened, why, and what to do next. One failure never stops the rest; start the wizard again
when the cause is gone, and it goes on with what is left. AWS's own code stands in the report and in the log. These are the
codes the wizard knows. “…” stands for the name of the call or of the thing; a code that begins with … is the end of many codes.

- A sentence of AWS's that the table does not explain is quoted as it is.
- *An explicit deny in a service control policy* is one of the [guardrails](guardrails.md), which are told by name.
- *It is not certain whether … happened*: the request was sent and no clear answer came. The next start looks at AWS first, so nothing
  is made twice.
- Before you ask somebody for help: ` + "`wizard status`" + `, and the log, whose path is shown when something fails. Neither holds secrets.
`)
	for _, k := range kinds {
		rows := map[string]string{}
		for c, of := range codes {
			if c.kind != k.kind {
				continue
			}
			slices.Sort(of)
			rows[c.what+of[0]] = fmt.Sprintf("| %s | %s | %s | %s |\n", cmp.Or(c.what, "“…” failed"), cmp.Or(c.why, "AWS's own words are shown."), c.next, strings.Join(of, ", "))
		}
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&out, "\n## %s\n\n| what | why | what next | AWS's code |\n| --- | --- | --- | --- |\n", k.title)
		var keys []string
		for key := range rows {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			out.WriteString(rows[key])
		}
	}
	return out.String()
}

// TestTroublesAreAllThere: no cause is left out because its kind has no section.
func TestTroublesAreAllThere(t *testing.T) {
	t.Parallel()
	text := troubles()
	for code := range causes {
		if !strings.Contains(text, "`"+code+"`") {
			t.Errorf("%s is not in the document", code)
		}
	}
}
