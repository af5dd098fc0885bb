package crashtest

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// SeedVariable is the environment variable that repeats a drawn test.
const SeedVariable = "WIZARD_SEED"

// Seed is the number all that a test draws comes from: another one each time, or the one in WIZARD_SEED. A test that
// fails says how it is repeated.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(SeedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", SeedVariable, err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat it: %s=%d go test -count=1 -run '^%s$'", SeedVariable, seed, t.Name())
		}
	})
	return seed
}

// Sweep lets a test that makes hundreds of set-ups run only when it is asked for: with WIZARD_SWEEPS=1, as .ci/run does.
func Sweep(t *testing.T) {
	t.Helper()
	if os.Getenv("WIZARD_SWEEPS") == "" {
		t.Skipf("hundreds of set-ups, some minutes: WIZARD_SWEEPS=1 go test -timeout 30m -run '^%s$' ./...", t.Name())
	}
}
