// Package quickstart keeps the garbage collector away while the program starts. The packages of the AWS SDK build some
// three megabytes of tables before main begins, none of which is ever garbage. Collecting in the middle of it took a third of
// the time to the first screen when there were seven.
//
// It works by its place: Go sets packages up in the order of their import paths, and this one needs next to nothing.
package quickstart

import "runtime/debug"

// enough is what a start may take without collecting, in bytes.
const enough = 128 << 20

var (
	usual = debug.SetGCPercent(-1)
	limit = debug.SetMemoryLimit(enough)
)

// Over lets the collector work as always. GOGC and GOMEMLIMIT of the environment count as they do everywhere.
func Over() {
	debug.SetGCPercent(usual)
	debug.SetMemoryLimit(limit)
}
