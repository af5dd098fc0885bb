package main

import (
	"os"
	"testing"

	"awswizard/internal/quickstart"
)

// TestMain ends the start, as main does: without it nothing would be collected in a long run of tests. Started for a command
// of the documents, it is the program.
func TestMain(m *testing.M) {
	quickstart.Over()
	if os.Getenv(asProgramVariable) != "" {
		os.Exit(asProgram())
	}
	m.Run()
}
