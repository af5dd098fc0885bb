package plainwords

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forFounders are the documents somebody reads who never set up AWS. The others are for engineers.
var forFounders = []string{"README.md", "docs/install.md", "docs/tour.md", "docs/faq.md", "docs/troubleshooting.md", "docs/alerts.md", "docs/network.md", "docs/handover.md", "docs/report.md"}

// TestDocuments reads each document for founders from its first line, as somebody does who came to it from elsewhere.
func TestDocuments(t *testing.T) {
	for _, path := range forFounders {
		t.Run(path, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("../..", path))
			if err != nil {
				t.Fatal(err)
			}
			var r Reader
			read := 0
			for _, text := range proseOf(string(b)) {
				read++
				for _, problem := range r.Read(text) {
					t.Errorf("%s\n      in: %s", problem, text)
				}
			}
			if read < 10 {
				t.Errorf("only %d texts were read", read)
			}
		})
	}
}

var (
	codeBlock = regexp.MustCompile("(?s)```.*?```|<[^>]+>")
	codeSpan  = regexp.MustCompile("`[^`]*`")
	target    = regexp.MustCompile(`\]\([^)]*\)`)
	itemMark  = regexp.MustCompile(`(?m)^\s*([-*]|\d+\.|#+|>)\s+`)
)

// proseOf are the paragraphs, list items, headings and cells of a Markdown document, without code.
func proseOf(document string) []string {
	document = codeSpan.ReplaceAllString(codeBlock.ReplaceAllString(document, "\n\n"), "code")
	document = target.ReplaceAllString(document, "]")
	document = itemMark.ReplaceAllString(document, "\n\n")
	document = strings.NewReplacer("**", "", "[", "", "]", "", "!", "").Replace(document)
	var out []string
	for part := range strings.SplitSeq(document, "\n\n") {
		texts := []string{strings.Join(strings.Fields(part), " ")}
		if strings.HasPrefix(strings.TrimSpace(part), "|") {
			texts = strings.Split(strings.ReplaceAll(part, "\n", ""), "|")
		}
		for _, text := range texts {
			if text = strings.TrimSpace(text); strings.Trim(text, "- :") != "" {
				out = append(out, text)
			}
		}
	}
	return out
}
