package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"awswizard/internal/doctest"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// TestDocumentManPages keeps docs/man as the commands say.
func TestDocumentManPages(t *testing.T) {
	t.Parallel()
	cmd := root(system{getenv: func(string) string { return "" }})
	cmd.InitDefaultCompletionCmd()
	pages := map[string]string{}
	manPages(t, cmd, pages)
	doctest.KeepFolder(t, "man", pages)
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
