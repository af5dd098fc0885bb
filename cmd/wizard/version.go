package main

import (
	"runtime/debug"
	"strings"
)

// version is the program's version, from what the Go linker wrote into it: a release's tag, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	if commit := settings["vcs.revision"]; commit != "" && !strings.Contains(v, commit[:min(12, len(commit))]) {
		v += " " + commit[:min(12, len(commit))]
		if settings["vcs.modified"] == "true" {
			v += " with changes"
		}
	}
	return v + " " + info.GoVersion + " " + settings["GOOS"] + "/" + settings["GOARCH"]
}
