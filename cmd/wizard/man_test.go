package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// TestManPages keeps docs/man as the commands say; -update writes it.
func TestManPages(t *testing.T) {
	t.Parallel()
	cmd := root(system{getenv: func(string) string { return "" }})
	cmd.InitDefaultCompletionCmd()
	pages := map[string]string{}
	manPages(t, cmd, pages)
	keepFolder(t, filepath.Join("..", "..", "docs", "man"), pages)
}

// manPages writes the page of a command and of those below it, by file name.
func manPages(t *testing.T, cmd *cobra.Command, pages map[string]string) {
	t.Helper()
	if cmd.HasParent() && (!cmd.IsAvailableCommand() || cmd.IsAdditionalHelpTopicCommand()) {
		return
	}
	cmd.DisableAutoGenTag = true // it holds the day
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	var page bytes.Buffer
	undated := time.Time{} // the day is left out, so that the pages change with the commands only
	header := doc.GenManHeader{Title: strings.ToUpper(name), Section: "1", Source: "wizard", Manual: "wizard", Date: &undated}
	if err := doc.GenMan(cmd, &header, &page); err != nil {
		t.Fatal(err)
	}
	pages[name+".1"] = strings.Replace(page.String(), `"Jan 0001"`, `""`, 1)
	for _, sub := range cmd.Commands() {
		manPages(t, sub, pages)
	}
}

// keepFolder compares the folder with the files it should hold; with -update it writes them.
func keepFolder(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		keep(t, filepath.Join(dir, name), text)
	}
	have, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range have {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("%s is of a command that is not there any more; delete it", filepath.Join(dir, e.Name()))
		}
	}
}
