package answers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSlipsInAnAnswersFile: what a founder does to the file by hand is told in words they know, with what to do.
func TestSlipsInAnAnswersFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"company: Acme: Robotics": "needs quotes", "company: Acme\n  email: x": "begins at the left",
		"company: \"Acme": "a \" is not closed", "company: 'Acme": "a ' is not closed", "accounts: [a": "a [ is not closed",
		"budget: {monthly_usd: 5": "a { is not closed", "\tcompany: Acme": "a tab", "company: Acme\n\temail: x": "a tab",
		"company: @acme": "needs quotes", "company: `acme`": "needs quotes", "company: *acme": "needs quotes", "company: &acme": "needs quotes",
		"company:Acme\nemail: x": "a blank is missing after a colon", `company: "a\q"`: "use single quotes",
	} {
		path := filepath.Join(t.TempDir(), "wizard.yaml")
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		var wrong *FileError
		if !errors.As(err, &wrong) || wrong.Line == 0 || !strings.Contains(wrong.What, want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestAnAnswersFileOfWindows(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := os.WriteFile(path, []byte("\ufeffcompany: Acme\r\nemail: aws@acme.example\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a, err := Load(path); err != nil || a.Company != "Acme" || a.Email != "aws@acme.example" {
		t.Errorf("got %+v, %v", a, err)
	}
	var wrong *FileError
	if _, err := Load(t.TempDir()); !errors.As(err, &wrong) || !strings.Contains(wrong.What, "folder") {
		t.Errorf("a folder: %v", err)
	}
}
