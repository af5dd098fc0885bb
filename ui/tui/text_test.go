package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"awswizard/ui/safe"
)

func FuzzColouredJSONIsTheSameText(f *testing.F) {
	f.Add(`{"Name": "a \" b", "N": 12, "x": [true, null], "k": "(known after organization.id)"}`, 20)
	f.Add("{\n  \"日本\": \"🙂é\"\n", 3)
	f.Add(`"open`, 1)
	s := newStyles(true, false, false)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = 1 + (width&0xff)%80
		p := &page{width: width}
		p.json(s, text)
		if got, want := ansi.Strip(strings.Join(p.lines, "\n")), ansi.Hardwrap(safe.Text(text), width, true); got != want {
			t.Errorf("width %d: got %q, want %q", width, got, want)
		}
	})
}

func TestACommandCanBeSelectedAndRun(t *testing.T) {
	const command = `aws organizations create-policy --region us-east-1 --content '{"Version": "2012-10-17", "It'\''s": []}' --name Guard --type SERVICE_CONTROL_POLICY --tags=-x a b`
	for width := 40; width <= 160; width++ {
		p := &page{width: width}
		p.command(newStyles(true, false, false).text, command)
		for n, line := range p.lines {
			if ansi.StringWidth(line) > width {
				t.Fatalf("%d: %q is too wide", width, line)
			}
			if n+1 < len(p.lines) && width >= 72 && !strings.HasSuffix(line, ` \`) {
				t.Errorf("%d: the line does not go on for a shell: %q", width, line)
			}
		}
		if width < 72 {
			continue // a word is longer than the line
		}
		if joined := strings.ReplaceAll(ansi.Strip(strings.Join(p.lines, "\n")), " \\\n ", ""); joined != command {
			t.Errorf("%d: got %q", width, joined)
		}
	}
}
