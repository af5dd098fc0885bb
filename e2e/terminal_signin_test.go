//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"awswizard/internal/journal"
)

// TestTerminalRootToYourselfToMembers: the set-up begins as root, the founder signs in as themselves, and from then on
// root makes no call; the calls in the other accounts are made as the founder's session.
func TestTerminalRootToYourselfToMembers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "aws.json")
	p := founder(start(t, setting{cols: 120, rows: 40}, "--sandbox="+file))
	p.hurry()
	p.Until("The page must show this code:", "signed in as root")
	code := regexp.MustCompile(`(?:[A-Z] ){4}- (?:[A-Z] ?){4}`)
	if s := p.Screen(); !code.MatchString(s) || !holds(s, "https://") || !holds(s, "never use a code") {
		t.Errorf("the sign-in does not show address, code and warning:\n%s", s)
	}
	p.Type("h").Expect("When it does not work", "do not press Allow").Type("h").Expect("The page must show this code:")
	p.Until("signed in as yourself")
	p.Until("Step 8 of ", " seen") // the networks of every account
	p.Type("a")
	p.Until("ctrl+c is safe")
	p.Until("Step 9 of ").CtrlC().Exits(130)

	members, signedIn := map[string]bool{}, false
	for _, e := range entries(t, file) {
		root := strings.HasSuffix(e.Caller, ":root")
		switch {
		case e.Kind == journal.KindHandoff && e.Item == "identity/sign-in":
			signedIn = true
		case e.Kind != journal.KindBegin:
		case root == signedIn:
			t.Errorf("%s was made as %s; signed in as oneself: %v", e.Item, e.Caller, signedIn)
		case strings.HasPrefix(e.Operation, "Delete"):
			members[e.Account] = true
		}
	}
	if len(members) < 3 {
		t.Errorf("networks were removed in %d accounts only", len(members))
	}
	written, err := filepath.Glob(file + ".state/aws-config")
	if err != nil || len(written) != 1 {
		t.Errorf("no profiles were written: %v %v", written, err)
	}
}

// whoIsIt answers sts:GetCallerIdentity, as AWS does for a user.
func whoIsIt(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	if r.Form.Get("Action") != "GetCallerIdentity" {
		http.Error(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>`+
		`</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`)
}

// TestTerminalFirstCredentials: with nobody signed in the ways to sign in are shown, and after one of them the wizard
// goes on by itself, with nothing typed.
func TestTerminalFirstCredentials(t *testing.T) {
	t.Parallel()
	aws := httptest.NewServer(http.HandlerFunc(whoIsIt))
	defer aws.Close()
	dir := t.TempDir()
	credentials := filepath.Join(dir, "credentials")
	x := start(t, setting{dir: dir, env: []string{"AWS_ENDPOINT_URL=" + aws.URL, "AWS_SHARED_CREDENTIALS_FILE=" + credentials,
		"AWS_CONFIG_FILE=" + filepath.Join(dir, "config"), "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1"}})
	x.Expect("You are not signed in to AWS", "Way 1. For a new account: aws login", "Looking every few seconds")
	x.Type("zx5").Esc().Resize(20, 5).Expect("make the window").Resize(50, 14).Expect("(more: down)").Resize(80, 24).Expect("Way 1.")
	if err := os.WriteFile(credentials, []byte("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	x.Expect("From a bare AWS account to a safe set of accounts", "123456789012", "r review only").Type("q").Exits(0)
}
