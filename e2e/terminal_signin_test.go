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

// TestTerminalAnotherProfile: the account of the first screen is not the one meant, so another AWS profile is chosen there,
// and everything begins anew with its account: the first screen, the home Region, the journal.
func TestTerminalAnotherProfile(t *testing.T) {
	t.Parallel()
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "Credential=AKIAI44QH8DHBEXAMPLE/") {
			whoIs("210987654321", "grace", w, r)
			return
		}
		whoIsIt(w, r)
	}))
	defer aws.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("config", "[default]\nregion = eu-west-1\n[profile second]\nregion = eu-central-1\n"+
		"[profile gone]\nsso_session = none\nsso_account_id = 333333333333\nsso_role_name = ReadOnlyAccess\n"+
		"[sso-session none]\nsso_start_url = https://none.awsapps.com/start\nsso_region = eu-west-1\n")
	credentials := write("credentials", "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"+
		"[second]\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n")
	env := []string{"AWS_ENDPOINT_URL=" + aws.URL, "AWS_SHARED_CREDENTIALS_FILE=" + credentials, "AWS_CONFIG_FILE=" + config, "AWS_EC2_METADATA_DISABLED=true"}
	begun := func(state, account string) bool {
		_, err := os.Stat(filepath.Join(state, account))
		return err == nil
	}

	state := filepath.Join(dir, "state")
	x := start(t, setting{dir: dir, env: env}, "--state-dir", state)
	x.Expect("From a bare AWS account", "123456789012", "eu-west-1 is your home", "Press p for another AWS profile")
	x.Type("p").Expect("Which AWS profile?", "default", "in use now", "second", "ReadOnlyAccess in account 333333333333")
	x.Type("jj").Enter().Expect("Way 2. If your company has a login page") // nobody is signed in with that one
	x.Type("pp").Enter().Expect("From a bare AWS account", "210987654321", "user/grace", "eu-central-1 is your home")
	x.Enter().Expect("Step 1 of")
	x.CtrlC().Exits(130)
	if begun(state, "123456789012") || !begun(state, "210987654321") {
		t.Errorf("the journal is not that of the account chosen")
	}

	state = filepath.Join(dir, "by-line")
	y := start(t, setting{dir: dir, env: env}, "--state-dir", state, "--accessible")
	y.Expect("Account: 123456789012", "1. default", "2. second", "type a number from 1 to 3 for another profile")
	y.Type("2\r").Expect("Account: 210987654321", "2. second: an access key kept on this computer (in use now)")
	y.Type("\r").Expect("Looking at: Where you stand")
	y.CtrlC().Exits(130)
	if begun(state, "123456789012") || !begun(state, "210987654321") {
		t.Errorf("by line: the journal is not that of the account chosen")
	}
}

// whoIsIt answers sts:GetCallerIdentity, as AWS does for a user.
func whoIsIt(w http.ResponseWriter, r *http.Request) { whoIs("123456789012", "ada", w, r) }

func whoIs(account, user string, w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	if r.Form.Get("Action") != "GetCallerIdentity" {
		http.Error(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::%[1]s:user/%[2]s</Arn><UserId>AIDAEXAMPLE</UserId><Account>%[1]s</Account>`+
		`</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>`, account, user)
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
