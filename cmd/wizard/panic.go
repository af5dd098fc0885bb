package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"awswizard/internal/beside"
	"awswizard/ui/tui"
)

// sorry tells of an error of the program's own. What helps to find it goes into the log, whose path is named; where there
// is no log, it is printed.
func sorry(sys system, err error) {
	value, stack := fmt.Sprint(err), []byte(nil)
	var broken *beside.Panic
	var crashed *tui.CrashError
	switch {
	case errors.As(err, &broken):
		value, stack = broken.Error(), broken.Stack
	case errors.As(err, &crashed):
		value, stack = fmt.Sprint(crashed.Value), crashed.Stack
		if inner, ok := crashed.Value.(*beside.Panic); ok {
			stack = inner.Stack
		}
	}
	fmt.Fprintf(sys.err, "wizard stopped because of an error of its own: %s\nWhat was done is in the journal; start the wizard again to go on.\n", value)
	if err := keepStack(*sys.logFile, value, stack); err != nil {
		fmt.Fprintf(sys.err, "%s\n", stack)
		return
	}
	fmt.Fprintf(sys.err, "What we need to mend it is at the end of %s\n", *sys.logFile)
}

// keepStack adds to the log that is there. The log of a trial run in memory has gone by now.
func keepStack(path, value string, stack []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s internal error: %s\n%s\n", time.Now().UTC().Format(time.RFC3339), value, stack)
	return errors.Join(err, f.Close())
}
