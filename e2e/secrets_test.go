//go:build unix

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// canaries are secrets of the environment that must come out nowhere.
func canaries() []string {
	return []string{"AWS_ACCESS_KEY_ID=AKIACANARYCANARY0001", "AWS_SECRET_ACCESS_KEY=canary-secret-key-2f9d", "AWS_SESSION_TOKEN=canary-session-token-7ab1",
		"WIZARD_SLACK_WEBHOOK=https://hooks.slack.com/services/T0/B0/canary-webhook-55c0"}
}

// codeLike are words that a token, a client's secret or a device code could be.
var codeLike = regexp.MustCompile(`[A-Za-z0-9._~+/-]{20,}`)

// noSecrets looks for the canaries, and for whatever the simulated sign-in gave out, in every file below dir and in every
// screen that was acted on. The simulated AWS keeps the digests of its secrets, and so can recognise each.
func noSecrets(t *testing.T, x *Terminal, dir, sandbox string) {
	t.Helper()
	world, err := os.ReadFile(sandbox)
	if err != nil {
		t.Fatal(err)
	}
	secret := func(word string) bool {
		sum := sha256.Sum256([]byte(word))
		return strings.Contains(string(world), hex.EncodeToString(sum[:]))
	}
	said := map[string]string{"the terminal": x.Raw(), "the screens": strings.Join(x.kept, "\n") + x.Screen()}
	recognised := 0
	walk(t, dir, func(path string, info fs.FileInfo) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		if filepath.Base(filepath.Dir(path)) != "sso-cache" {
			said[path] = string(b)
			return
		}
		var token struct{ AccessToken, ClientSecret, RefreshToken string } // what the AWS CLI keeps there, too
		if err := json.Unmarshal(b, &token); err != nil {
			t.Error(err)
		}
		for _, s := range []string{token.AccessToken, token.ClientSecret, token.RefreshToken} {
			if s != "" && secret(s) && codeLike.FindString(s) == s {
				recognised++
			}
		}
	})
	if recognised < 2 || len(said) < 6 {
		t.Errorf("%d secrets of the sign-in were recognised, %d texts are looked through", recognised, len(said))
	}
	for where, text := range said {
		for _, c := range canaries() {
			if name, value, _ := strings.Cut(c, "="); strings.Contains(text, value) {
				t.Errorf("%s holds %s", where, name)
			}
		}
		for _, word := range codeLike.FindAllString(text, -1) {
			if secret(word) {
				t.Errorf("%s holds a secret of the sign-in: %s…", where, word[:6])
			}
		}
	}
}

// ownersOnly reports files and folders that others than their owner may read. The tests run with a umask of 0.
func ownersOnly(t *testing.T, dir string) {
	t.Helper()
	found := map[string]bool{}
	walk(t, dir, func(path string, info fs.FileInfo) {
		found[filepath.Base(path)] = true
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %v", path, mode)
		}
		for folder := filepath.Dir(path); folder != dir; folder = filepath.Dir(folder) {
			if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder %s has mode %v", folder, info.Mode())
			}
		}
	})
	for _, name := range []string{"journal.jsonl", "wizard.log", "wizard.yaml", "aws-config", "report.md", "lock", "aws.json", "plan.json"} {
		if !found[name] {
			t.Errorf("there is no %s among %v", name, found)
		}
	}
}

// walk goes through all files below dir.
func walk(t *testing.T, dir string, each func(path string, info fs.FileInfo)) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			each(path, info)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
