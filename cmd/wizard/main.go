// Command wizard walks a startup founder from a bare AWS account to a safe multi-account organization. This folder
// holds flags and wiring, nothing else: the work is done by the steps, the engine in internal/run and the front ends in ui.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"awswizard/internal/beside"
	"awswizard/internal/cloud"
	"awswizard/internal/quickstart"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// system is what a run of the program may touch of the machine.
type system struct {
	args    []string
	in      io.Reader
	out     io.Writer
	err     io.Writer
	getenv  func(string) string
	signals <-chan os.Signal
	atOnce  <-chan struct{} // closed when everything must end now
	// exitCode is the code the program ends with after an error of a command, signals considered.
	exitCode func(error) int
	logFile  *string        // path of the log, once it is open
	http     aws.HTTPClient // base of every request; nil is the SDK's own
	sent     func(cloud.Sent)
	pace     float64 // how long the sandbox takes, as a part of what AWS takes; 0 is the trial run's
}

// started is when the first screen has long been drawn.
const started = 2 * time.Second

func main() {
	time.AfterFunc(started, quickstart.Over)
	// On Windows, Ctrl-C is SIGINT, and a window that is closed or a person who signs out is SIGTERM; the system then
	// leaves some seconds. There is no SIGHUP.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	os.Exit(execute(system{args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, signals: signals}))
}

// outcome is how a command ended.
type outcome struct{ err error }

// execute is the whole program; it returns the exit code.
func execute(sys system) (code int) {
	sys.logFile = new(string)
	defer func() {
		if r := recover(); r != nil {
			sorry(sys, beside.PanicOf(r))
			code = exitInternal
		}
	}()
	in := newInterrupt(sys.signals)
	defer in.close()
	sys.atOnce, sys.exitCode = in.atOnce, in.exitCode
	ended := make(chan outcome, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				ended <- outcome{beside.PanicOf(r)}
			}
		}()
		ended <- outcome{root(sys).ExecuteContext(in.ctx)}
	}()
	select {
	case o := <-ended:
		return exit(sys, in, o.err)
	case sig := <-in.second:
		// The screens need a moment to give the terminal back.
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
		}
		fmt.Fprintln(sys.err, "\nLeft at once. A call may still have been in flight: the next start looks whether it happened.")
		return codeOf(sig)
	}
}
