package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionOf(t *testing.T) {
	commit := "0123456789abcdef0123456789abcdef01234567"
	build := func(v string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: v}, Settings: append(settings,
			debug.BuildSetting{Key: "GOOS", Value: "linux"}, debug.BuildSetting{Key: "GOARCH", Value: "arm64"})}
	}
	revision, modified := debug.BuildSetting{Key: "vcs.revision", Value: commit}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3 go1.26.8 linux/arm64":                            build("v1.2.3"),
		"(devel) go1.26.8 linux/arm64":                           build(""),
		"(devel) 0123456789ab go1.26.8 linux/arm64":              build("(devel)", revision),
		"(devel) 0123456789ab with changes go1.26.8 linux/arm64": build("(devel)", revision, modified),
		"v0.0.0-20261126-0123456789ab go1.26.8 linux/arm64":      build("v0.0.0-20261126-0123456789ab", revision),
	} {
		if got := versionOf(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestVersionFlag(t *testing.T) {
	t.Parallel()
	r := wizard("--version")
	if r.code != exitDone || !strings.HasPrefix(r.out, "wizard version ") || !strings.Contains(r.out, " go1.") {
		t.Errorf("exit %d: %q %q", r.code, r.out, r.err)
	}
}
