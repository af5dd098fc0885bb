package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheBrowserComesUpUnaskedOnlyHere: over SSH, in CloudShell and in containers it would come up elsewhere.
func TestTheBrowserComesUpUnaskedOnlyHere(t *testing.T) {
	t.Parallel()
	nothing := func(string) bool { return false }
	for _, tt := range []struct {
		env    map[string]string
		system string
		exists func(string) bool
		want   bool
	}{
		{map[string]string{"DISPLAY": ":0"}, "linux", nothing, true},
		{map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, "linux", nothing, true},
		{nil, "linux", nothing, false},
		{nil, "darwin", nothing, true},
		{nil, "windows", nothing, true},
		{map[string]string{"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "darwin", nothing, false},
		{map[string]string{"DISPLAY": "localhost:10.0", "SSH_TTY": "/dev/pts/1"}, "linux", nothing, false},
		{map[string]string{"DISPLAY": ":0", "AWS_EXECUTION_ENV": "CloudShell"}, "linux", nothing, false},
		{map[string]string{"DISPLAY": ":0"}, "linux", func(p string) bool { return p == "/.dockerenv" }, false},
		{map[string]string{"DISPLAY": ":0", "CODESPACES": "true"}, "linux", nothing, false},
	} {
		if got := local(func(k string) string { return tt.env[k] }, tt.system, tt.exists); got != tt.want {
			t.Errorf("%s %v: local = %v", tt.system, tt.env, got)
		}
	}
}

func TestBROWSERNamesTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, seen := filepath.Join(dir, "browser"), filepath.Join(dir, "seen")
	script := "#!/bin/sh\necho noise\necho \"$@\" > " + seen + "\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{program: "https://a.example/?x=1", program + " --new %s --last": "--new https://a.example/?x=1 --last",
		filepath.Join(dir, "missing") + ":" + program: "https://a.example/?x=1"} {
		b := browser(func(k string) string { return map[string]string{"BROWSER": command}[k] })
		if b.Open == nil {
			t.Fatalf("%s: no browser", command)
		}
		if err := b.Open("https://a.example/?x=1"); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(seen); err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%s got %q, %v", command, got, err)
		}
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	b := browser(func(k string) string { return map[string]string{"BROWSER": program}[k] })
	if err := b.Open("https://a.example"); err == nil {
		t.Error("a browser that fails is said to have opened")
	}
}
