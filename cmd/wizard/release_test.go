package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestReleaseConfiguration compares .goreleaser.yaml with what there is: the flags of the build that is checked to be
// reproducible, and the manual's pages.
func TestReleaseConfiguration(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	var release struct {
		Builds []struct {
			Flags, Gcflags, Ldflags []string
			Goos, Goarch            []string
		}
		HomebrewCasks []struct {
			Manpages    []string
			Completions map[string]string
		} `yaml:"homebrew_casks"`
		Before struct{ Hooks []string }
	}
	text, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &release); err != nil {
		t.Fatal(err)
	}
	if len(release.Builds) != 1 || len(release.HomebrewCasks) != 1 {
		t.Fatalf("%d builds, %d casks", len(release.Builds), len(release.HomebrewCasks))
	}
	build, cask := release.Builds[0], release.HomebrewCasks[0]
	reproducible, err := os.ReadFile(filepath.Join(root, ".ci", "reproducible"))
	if err != nil {
		t.Fatal(err)
	}
	flags := slices.Clone(build.Flags)
	for _, f := range build.Gcflags {
		flags = append(flags, "-gcflags="+f)
	}
	flags = append(flags, "-ldflags '"+strings.Join(build.Ldflags, " ")+"'")
	if want := "go build " + strings.Join(flags, " ") + " -o"; !strings.Contains(string(reproducible), want) {
		t.Errorf(".ci/reproducible does not build as the release is built: %s", want)
	}
	if len(build.Goos)*len(build.Goarch) != 6 {
		t.Errorf("%v on %v are not six systems", build.Goos, build.Goarch)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "man", "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pages {
		page := "man/" + filepath.Base(path)
		if completion := strings.HasPrefix(page, "man/wizard-completion"); slices.Contains(cask.Manpages, page) == completion {
			t.Errorf("%s: in the cask: %v", page, !completion)
		}
	}
	for _, page := range cask.Manpages {
		if _, err := os.Stat(filepath.Join(root, "docs", page)); err != nil {
			t.Errorf("the cask names %s, which is not there", page)
		}
	}
	for shell, file := range cask.Completions {
		if !strings.Contains(strings.Join(release.Before.Hooks, "\n"), " "+shell+" ") || file != "completions/wizard."+shell {
			t.Errorf("%s: nothing makes %s", shell, file)
		}
	}
}
