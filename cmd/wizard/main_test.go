package main

import (
	"testing"

	"awswizard/internal/quickstart"
)

// TestMain ends the start, as main does: without it nothing would be collected in a long run of tests.
func TestMain(m *testing.M) {
	quickstart.Over()
	m.Run()
}
