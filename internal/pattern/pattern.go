// Package pattern is regular expressions that are compiled when they are first used. Compiled when the program starts, all of
// them together took 3 of its 16 ms, and a founder meets few.
package pattern

import (
	"regexp"
	"sync"
)

// Of compiles an expression at the first call. A wrong one panics then; the test here compiles all there are.
func Of(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
