package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinksOfTheDocuments follows every link between the pages of the source.
func TestLinksOfTheDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	pages := []string{"README.md", "CONTRIBUTING.md"}
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(found) < 15 {
		t.Fatalf("%d pages, %v", len(found), err)
	}
	for _, path := range found {
		pages = append(pages, "docs/"+filepath.Base(path))
	}
	for _, page := range pages {
		for _, dead := range DeadLinks(root, page) {
			t.Error(dead)
		}
	}
}

func TestDeadLinks(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"page.md": "# A page\n\n[a](docs/other.md) [b](docs/other.md#what-it-costs-and-why) [c](#a-page) [d](https://example.com/x) ![e](docs/none.svg)\n" +
			"[f](docs/other.md#nothing) `[g](none)`\n\n```sh\necho [h](none)\n# no heading\n```\n\n[i](#no-heading)\n",
		"docs/other.md": "# Other\n\n## What it costs, and why?\n\n[up](../page.md) [gone](page.md)\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for page, want := range map[string][]string{
		"page.md":       {"docs/none.svg", "docs/other.md#nothing", "#no-heading"},
		"docs/other.md": {"page.md: there is no docs/page.md"},
	} {
		dead := DeadLinks(root, page)
		if len(dead) != len(want) {
			t.Errorf("%s: %q, want %q", page, dead, want)
			continue
		}
		for n, part := range want {
			if !strings.Contains(dead[n], part) {
				t.Errorf("%s: %q, want %q", page, dead[n], part)
			}
		}
	}
}
