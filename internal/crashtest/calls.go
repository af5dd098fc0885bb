package crashtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"awswizard/internal/journal"
	"awswizard/internal/mototest"
)

// Write reports whether the operation's name says that it changes something. It is judged by the name alone, apart from
// the program's own list of reads.
func Write(operation string) bool { return mototest.Request{Operation: operation}.Write() }

// Unapproved compares a journal with the writes that took effect, as "Operation in Region": each must have been begun, and
// whatever was begun must have been approved before. It returns what is wrong.
func Unapproved(r journal.Replay, effects []string) []string {
	var wrong []string
	approved, begun := map[string]bool{}, map[string]int{}
	for _, e := range r.Entries {
		switch e.Kind {
		case journal.KindApprove:
			for id := range e.Items {
				approved[id] = true
			}
		case journal.KindBegin:
			if !approved[e.Item] {
				wrong = append(wrong, e.Item+" was begun without approval")
			}
			begun[e.Operation+" in "+e.Region]++
		}
	}
	came := Count(effects)
	for _, what := range slices.Sorted(maps.Keys(came)) {
		if came[what] > begun[what] {
			wrong = append(wrong, fmt.Sprintf("%s happened %d times and was begun %d times", what, came[what], begun[what]))
		}
	}
	return wrong
}

// Count is how often each text is there.
func Count(list []string) map[string]int {
	out := map[string]int{}
	for _, s := range list {
		out[s]++
	}
	return out
}

// sendsTestFile begins what sends the test file of the trail's copy. AWS tells only later that a file is not copied since a role
// or a rule is seconds old. Then another one is sent, so how many there are is a matter of time.
const sendsTestFile = "PutObject in "

// Repeated compares how often each write took effect with an undisturbed set-up. Nothing may happen more often. Creates
// happen as often; other calls may be left out, since after a stop AWS is asked what is there: a new bucket has some
// settings by itself that are planned before it exists. Test files are not counted: they are sent until one arrives.
func Repeated(undisturbed, effects []string) string {
	want, got := Count(undisturbed), Count(effects)
	all := maps.Clone(want)
	maps.Copy(all, got)
	var out []string
	for _, what := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(what, sendsTestFile) {
			continue
		}
		if got[what] > want[what] || got[what] < want[what] && strings.HasPrefix(what, "Create") {
			out = append(out, fmt.Sprintf("%s happened %d times, undisturbed %d times", what, got[what], want[what]))
		}
	}
	return strings.Join(out, "\n")
}
