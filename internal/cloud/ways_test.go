package cloud

import (
	"slices"
	"testing"
)

func TestVersionOfTheCLI(t *testing.T) {
	for out, want := range map[string]struct {
		version string
		login   bool
	}{
		"aws-cli/2.32.0 Python/3.13.9 Linux/6.8 exe/x86_64": {"2.32.0", true},
		"aws-cli/2.31.39 Python/3.13.9 Darwin/25":           {"2.31.39", false},
		"aws-cli/3.0.1 Python/3.14":                         {"3.0.1", true},
		"aws-cli/1.45.11 Python/3.11.7 Linux/6.18":          {"1.45.11", false},
		"command not found":                                 {"", false},
	} {
		if version, login := parseCLI(out); version != want.version || login != want.login {
			t.Errorf("%s: %q, %v", out, version, login)
		}
	}
}

func TestMaskingKeys(t *testing.T) {
	env := map[string]string{"AWS_SESSION_TOKEN": "x"}
	if got := MaskingKeys(func(k string) string { return env[k] }); got != nil {
		t.Errorf("a token alone masks nothing: %v", got)
	}
	env["AWS_ACCESS_KEY_ID"] = "x"
	if got := MaskingKeys(func(k string) string { return env[k] }); !slices.Equal(got, []string{"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"}) {
		t.Error(got)
	}
}
