//go:build unix

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/creack/pty"
)

// BenchmarkFirstFrame measures how long a person looks at nothing: from the start of the program to its first screen,
// whole, on a terminal that answers no question. Run it with -benchtime=100x on a quiet machine.
func BenchmarkFirstFrame(b *testing.B) {
	dir := b.TempDir()
	var took []time.Duration
	for b.Loop() {
		took = append(took, firstFrame(b, dir))
	}
	slices.Sort(took)
	ms := func(at float64) float64 {
		return float64(took[min(len(took)-1, int(at*float64(len(took))))].Microseconds()) / 1000
	}
	b.ReportMetric(ms(0), "min-ms")
	b.ReportMetric(ms(0.5), "first-frame-ms")
	b.ReportMetric(ms(0.9), "p90-ms")
	b.ReportMetric(0, "ns/op") // it is those that a person feels
}

func firstFrame(b *testing.B, dir string) time.Duration {
	b.Helper()
	cmd := exec.Command(wizard, "--sandbox")
	cmd.Dir = dir
	cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}
	began := time.Now()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		b.Fatal(err)
	}
	defer tty.Close()
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	var drawn []byte
	buf := make([]byte, 32<<10)
	for !bytes.Contains(drawn, []byte("Nothing is changed until you approve it")) || !bytes.Contains(drawn, []byte("review only")) {
		n, err := tty.Read(buf)
		if err != nil {
			b.Fatalf("no first screen: %v\n%q", err, drawn)
		}
		drawn = append(drawn, buf[:n]...)
	}
	return time.Since(began)
}
