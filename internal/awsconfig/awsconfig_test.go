package awsconfig

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"awswizard/internal/plan"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// lines are a block of two profiles.
func lines() []string {
	return Lines("acme", "https://d-0123456789.awsapps.com/start", "eu-west-1", []Profile{
		{"acme-management-admin", "111111111111", "ManagementAdministrator", "eu-west-1"},
		{"acme-production-admin", "333333333333", "AdministratorAccess", "eu-west-1"},
	})
}

// on writes content into a config file; nil makes none.
func on(t *testing.T, content []byte) Files {
	t.Helper()
	dir := t.TempDir()
	f := Files{Config: filepath.Join(dir, "aws", "config"), Credentials: filepath.Join(dir, "aws", "credentials"), Shown: "~/.aws/config"}
	if content == nil {
		return f
	}
	if err := os.MkdirAll(filepath.Dir(f.Config), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Config, content, 0o640); err != nil {
		t.Fatal(err)
	}
	return f
}

func content(t *testing.T, f Files) string {
	t.Helper()
	b, err := os.ReadFile(f.Config)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func edit(t *testing.T, f Files, remove, add []string) {
	t.Helper()
	if err := Edit(f, remove, add, noon); err != nil {
		t.Fatal(err)
	}
}

// odd are config files as founders have them.
var odd = map[string]string{
	"empty":            "",
	"one profile":      "[default]\nregion = us-east-1\n",
	"no end of line":   "[default]\nregion = us-east-1",
	"Windows":          "[default]\r\nregion = us-east-1\r\n\r\n[profile b]\r\nregion=eu-west-1\r\n",
	"Windows, no end":  "[default]\r\nregion = us-east-1",
	"mixed, no end":    "[default]\nregion = us-east-1\r",
	"comments":         "# mine\n; too\n\n[profile a] # why\nrole_arn = arn:aws:iam::1:role/x ; inline\nsource_profile=default\n\n\n",
	"nested":           "[profile a]\ns3 =\n  max_concurrent_requests = 3\n\tsignature_version=s3v4\n",
	"quoted":           "[profile \"two words\"]\nregion = us-east-1\n[ profile   spaced ]\nregion=us-east-1\n",
	"byte order mark":  "\ufeff[default]\nregion = us-east-1\n",
	"blank lines only": "\n\n\n",
	"only a comment":   "# nothing yet",
	"broken section":   "[profile x\nregion = us-east-1\n",
	"no final section": "region = us-east-1\n",
}

func TestEverythingElseStaysAsItIs(t *testing.T) {
	for name, before := range odd {
		t.Run(name, func(t *testing.T) {
			f := on(t, []byte(before))
			edit(t, f, nil, lines())
			with := content(t, f)
			if !strings.HasPrefix(with, before) {
				t.Errorf("what was there changed:\n%q\n%q", before, with)
			}
			if c := Read(f); c.Broken != "" || !slices.Equal(c.Block, lines()) {
				t.Errorf("read back %q, broken: %s", c.Block, c.Broken)
			}
			if strings.Contains(before, "\r\n") && strings.Count(with, "\n") != strings.Count(with, "\r\n") {
				t.Errorf("line ends are mixed:\n%q", with)
			}
			edit(t, f, lines(), lines()[:4])
			if again := content(t, f); !strings.HasPrefix(again, before) || strings.Contains(again, "production") {
				t.Errorf("changed to\n%q", again)
			}
			edit(t, f, lines()[:4], nil)
			if after := content(t, f); after != before {
				t.Errorf("after taking it out:\n%q, before:\n%q", after, before)
			}
		})
	}
}

func TestWhatIsWrittenBehindTheBlockStays(t *testing.T) {
	f := on(t, []byte("[default]\nregion = us-east-1"))
	edit(t, f, nil, lines())
	more := "\n[profile later]\nregion = eu-west-1\n"
	if err := os.WriteFile(f.Config, []byte(content(t, f)+more), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, f, lines(), nil)
	if got, want := content(t, f), "[default]\nregion = us-east-1\n"+more; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheSameAgainChangesNothing(t *testing.T) {
	f := on(t, []byte(odd["comments"]))
	edit(t, f, nil, lines())
	before, err := os.Stat(f.Config)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, f, nil, lines())
	after, err := os.Stat(f.Config)
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("the file was written again: %v", err)
	}
	if copies, _ := filepath.Glob(f.Config + ".bak-*"); len(copies) != 1 {
		t.Errorf("copies: %v", copies)
	}
}

func TestModeCopyAndFolder(t *testing.T) {
	f := on(t, []byte(odd["one profile"]))
	edit(t, f, nil, lines())
	backup := f.Config + ".bak-20261125T120000Z"
	if b, err := os.ReadFile(backup); err != nil || string(b) != odd["one profile"] {
		t.Errorf("the copy is %q, %v", b, err)
	}
	for _, path := range []string{f.Config, backup} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	f = on(t, nil)
	edit(t, f, nil, lines())
	for path, want := range map[string]os.FileMode{f.Config: 0o600, filepath.Dir(f.Config): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestASymbolicLinkStaysOne(t *testing.T) {
	f := on(t, []byte(odd["one profile"]))
	link := filepath.Join(t.TempDir(), "config")
	if err := os.Symlink(f.Config, link); err != nil {
		t.Fatal(err)
	}
	edit(t, Files{Config: link, Shown: link}, nil, lines())
	if to, err := os.Readlink(link); err != nil || to != f.Config {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if !strings.Contains(content(t, f), "acme-production-admin") {
		t.Error("the file behind the link was not changed")
	}
	dangling := filepath.Join(t.TempDir(), "config")
	behind := filepath.Join(filepath.Dir(dangling), "dotfiles", "aws")
	if err := os.Symlink("dotfiles/aws", dangling); err != nil {
		t.Fatal(err)
	}
	edit(t, Files{Config: dangling, Shown: dangling}, nil, lines())
	if _, err := os.Lstat(behind); err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		content string
		remove  []string
		why     string
	}{
		"begin twice":        {beginLine + "\n" + beginLine + "\n" + endLine + "\n", nil, "more than once"},
		"no end":             {"[default]\n" + beginLine + "\n[profile x]\n", nil, "after it"},
		"no begin":           {endLine + "\n", nil, "before it"},
		"two blocks":         {strings.Repeat(beginLine+"\n"+endLine+"\n", 2), nil, "more than once"},
		"setting behind":     {beginLine + "\n[profile x]\n" + endLine + "\nregion = us-east-1\n", []string{"[profile x]"}, "belong to another profile"},
		"changed block":      {beginLine + "\n[profile mine]\n" + endLine + "\n", []string{"[profile x]"}, "changed after they were shown"},
		"name taken":         {"[profile acme-production-admin]\nregion=us-east-1\n", nil, "called acme-production-admin"},
		"not a text":         {"a\x00b", nil, "text file"},
		"session name taken": {"[sso-session acme]\nsso_region=us-east-1\n", nil, "called acme"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := on(t, []byte(tt.content))
			err := Edit(f, tt.remove, lines(), noon)
			var local *plan.LocalError
			if !errors.As(err, &local) || !strings.Contains(local.Why, tt.why) || local.Next == "" {
				t.Errorf("got %v", err)
			}
			if content(t, f) != tt.content {
				t.Error("the file was changed")
			}
		})
	}
	f := on(t, []byte(odd["one profile"]))
	if err := os.Chmod(f.Config, 0o440); err != nil {
		t.Fatal(err)
	}
	if c := Read(f); !c.ReadOnly {
		t.Error("a read-only file is not seen as one")
	}
	var local *plan.LocalError
	if err := Edit(f, nil, lines(), noon); !errors.As(err, &local) || !strings.Contains(local.Next, "[profile acme-production-admin]") {
		t.Errorf("got %v", err)
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	f := on(t, []byte("[default]\n[profile a]\n[ profile  \"b c\" ]\n[sso-session s]\n"+beginLine+"\n[profile ours]\n"+endLine+"\n[profile z]\n"))
	if err := os.WriteFile(f.Credentials, []byte("[keys]\naws_access_key_id = AKIA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Read(f)
	if want := []string{"a", "b c", "default", "keys", "s", "z"}; !slices.Equal(c.Taken, want) {
		t.Errorf("taken %q, want %q", c.Taken, want)
	}
	if want := []string{"default", "a", "b c", "ours", "z", "keys"}; !slices.Equal(c.Profiles, want) {
		t.Errorf("profiles %q, want %q", c.Profiles, want)
	}
	if !slices.Equal(c.TakenSessions, []string{"s"}) {
		t.Errorf("sessions %q", c.TakenSessions)
	}
	if got := Free("a", []string{"a", "a-wizard"}); got != "a-wizard-2" {
		t.Error(got)
	}
	if got := Word(" Häfen & Söhne, Inc. "); got != "h-fen-s-hne-inc" {
		t.Error(got)
	}
	if got := Word("会社"); got != "company" {
		t.Error(got)
	}
}

func TestFind(t *testing.T) {
	env := map[string]string{"HOME": filepath.FromSlash("/home/ada")}
	f := Find(func(k string) string { return env[k] })
	if f.Config != filepath.FromSlash("/home/ada/.aws/config") || f.Shown != "~/.aws/config" || f.Credentials != filepath.FromSlash("/home/ada/.aws/credentials") {
		t.Errorf("%+v", f)
	}
	env["AWS_CONFIG_FILE"] = "/elsewhere/config"
	if f = Find(func(k string) string { return env[k] }); f.Config != "/elsewhere/config" || f.Shown != f.Config {
		t.Errorf("%+v", f)
	}
	if f = Find(func(string) string { return "" }); f.Config != "" {
		t.Errorf("%+v", f)
	}
}

func TestTheSDKReadsIt(t *testing.T) {
	f := on(t, []byte(odd["nested"]))
	edit(t, f, nil, lines())
	got, err := config.LoadSharedConfigProfile(context.Background(), "acme-production-admin", func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{f.Config}, []string{}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.SSOAccountID != "333333333333" || got.SSORoleName != "AdministratorAccess" || got.Region != "eu-west-1" || got.SSOSession == nil ||
		got.SSOSession.Name != "acme" || got.SSOSession.SSORegion != "eu-west-1" || got.SSOSession.SSOStartURL != "https://d-0123456789.awsapps.com/start" {
		t.Errorf("%+v, session %+v", got, got.SSOSession)
	}
}

// TestTheAWSCLIReadsIt asks the real AWS CLI for the names.
func TestTheAWSCLIReadsIt(t *testing.T) {
	program, err := exec.LookPath("aws")
	if err != nil {
		if os.Getenv("WIZARD_REQUIRE_AWS_CLI") != "" {
			t.Fatal("the AWS CLI is missing: pip install awscli")
		}
		t.Skip("the AWS CLI is missing: pip install awscli; WIZARD_REQUIRE_AWS_CLI=1 fails then")
	}
	f := on(t, []byte("[profile a]\ns3 =\n  max_concurrent_requests = 3\n"))
	edit(t, f, nil, lines())
	cmd := exec.CommandContext(t.Context(), program, "configure", "list-profiles")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_CONFIG_FILE=" + f.Config, "AWS_SHARED_CREDENTIALS_FILE=" + f.Credentials}
	out, err := cmd.CombinedOutput()
	if bytes.Contains(bytes.ToLower(out), []byte("invalid choice")) {
		// Version 1 has no list-profiles; what it reads of one profile shows the same.
		cmd = exec.CommandContext(t.Context(), program, "configure", "get", "sso_account_id", "--profile", "acme-production-admin")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_CONFIG_FILE=" + f.Config, "AWS_SHARED_CREDENTIALS_FILE=" + f.Credentials}
		if out, err = cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "333333333333" {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"a", "acme-management-admin", "acme-production-admin"} {
		if !slices.Contains(strings.Fields(string(out)), name) {
			t.Errorf("%s is not among the profiles:\n%s", name, out)
		}
	}
}

// FuzzConfig: whatever the file is, either it is refused and stays, or the block goes in and out without a trace and the
// sections around it are the same.
func FuzzConfig(f *testing.F) {
	for _, s := range odd {
		f.Add([]byte(s))
	}
	f.Add([]byte("a\n" + beginLine + "\nx\n" + endLine + "\n[b]\n"))
	f.Add([]byte("\r\n" + beginLine + "\r\n" + endLine))
	f.Fuzz(func(t *testing.T, content []byte) {
		t1, err := parse(content)
		if err != nil {
			return
		}
		names, _ := t1.names()
		with := t1.with(lines())
		t2, err := parse(with)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q", err, with)
		}
		if !slices.Equal(t2.block, lines()) {
			t.Fatalf("the block reads %q in %q", t2.block, with)
		}
		if !bytes.Equal(t2.with(lines()), with) {
			t.Fatalf("the same again is another file: %q, %q", with, t2.with(lines()))
		}
		if got, _ := t2.names(); !slices.Equal(got, names) {
			t.Fatalf("other sections are %q and were %q", got, names)
		}
		if !bytes.HasPrefix(with, t1.before) || !bytes.HasSuffix(with, t1.after) {
			t.Fatalf("around the block: %q became %q", content, with)
		}
		if !t1.found && !bytes.Equal(t2.with(nil), content) {
			t.Fatalf("taken out: %q, before: %q", t2.with(nil), content)
		}
	})
}
