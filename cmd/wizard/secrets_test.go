package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsStayOut looks for the credentials of the environment and of the sign-in in everything the program leaves
// behind and says: each command's text, page and JSON, the log of all requests, the journal, the plan, the export.
func TestSecretsStayOut(t *testing.T) {
	canaries := map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0001", "AWS_SECRET_ACCESS_KEY": "canary-secret-key-2f9d", "AWS_SESSION_TOKEN": "canary-session-token-7ab1",
		"WIZARD_SLACK_WEBHOOK": "https://hooks.slack.com/services/TCANARY00/BCANARY00/canarywebhook55c0",
	}
	for k, v := range canaries {
		t.Setenv(k, v)
	}
	for _, format := range [][]string{{"--json"}, nil} {
		tr := newTrial(t, "")
		plan := filepath.Join(tr.dir, "plan.json")
		dry := wizardIn(os.Getenv, "plan", "--json", "--out", plan, "--sandbox="+tr.sandbox, "--answers", tr.answers)
		r := wizardIn(os.Getenv, append([]string{"apply", "--yes", "--debug", "--sandbox=" + tr.sandbox, "--answers", tr.answers}, format...)...)
		if r.code != exitDone {
			t.Fatalf("exit %d\n%s\n%s", r.code, r.err, last(r.out, 2000))
		}
		said := map[string]string{"standard output": r.out, "standard error": r.err, "the dry run": dry.out + dry.err, "the saved plan": tr.read(plan),
			"the sandbox's file": tr.read(tr.sandbox), "the answers": tr.read(tr.answers)}
		if !strings.Contains(r.out, "(secret slack-webhook") || !strings.Contains(said["the sandbox's file"], "encrypted:") {
			t.Fatalf("the webhook was not stored:\n%s", last(r.out, 2000))
		}
		if format != nil { // once is enough
			sayAll(t, tr, said)
		}
		tokens := map[string]string{}
		for path, text := range files(t, tr.state()) {
			if filepath.Base(filepath.Dir(path)) != "sso-cache" {
				said[path] = text
				continue
			}
			var token struct{ AccessToken, ClientSecret, RefreshToken string }
			if err := json.Unmarshal([]byte(text), &token); err != nil {
				t.Fatal(err)
			}
			tokens["the access token"], tokens["the client's secret"] = token.AccessToken, token.ClientSecret
			if token.RefreshToken != "" {
				tokens["the refresh token"] = token.RefreshToken
			}
		}
		if len(said) < 8 || tokens["the access token"] == "" || tokens["the client's secret"] == "" {
			t.Fatalf("%d texts to look through; the sign-in: %d secrets", len(said), len(tokens))
		}
		t.Logf("%d texts looked through for %d secrets", len(said), len(canaries)+len(tokens))
		for where, text := range said {
			for _, secrets := range []map[string]string{canaries, tokens} {
				for what, secret := range secrets {
					if strings.Contains(text, secret) {
						t.Errorf("%s holds %s", where, what)
					}
				}
			}
			if where == "standard output" && format == nil {
				continue // the person who signs in reads the address and its code there
			}
			for _, what := range []string{"user_code", "userCode", "device_code", "deviceCode"} {
				if strings.Contains(text, what) {
					t.Errorf("%s holds a %s", where, what)
				}
			}
		}
	}
}

// sayAll adds what the commands say that only look, and the export they write.
func sayAll(t *testing.T, tr *trial, said map[string]string) {
	t.Helper()
	export := filepath.Join(tr.dir, "terraform")
	for _, more := range []string{"status", "status --json", "check", "check --json", "check --format md", "plan", "plan --format md", "undo --plan", "undo --plan --json",
		"report", "report --format html", "report --format json", "export terraform --out " + export} {
		r := wizardIn(os.Getenv, append(strings.Fields(more), "--debug", "--sandbox="+tr.sandbox, "--answers", tr.answers)...)
		if r.code != exitDone && r.code != exitChanges || len(r.out) < 100 {
			t.Errorf("wizard %s: exit %d, %s\n%s", more, r.code, r.err, last(r.out, 500))
		}
		said["wizard "+more] = r.out + r.err
	}
	for path, text := range files(t, export) {
		said[path] = text
	}
}
