// Package quickstart keeps the garbage collector away while the program starts. The packages of the AWS SDK build some
// seven megabytes of tables before main begins, none of which is ever garbage; collecting in the middle of it took a third
// of the time to the first screen.
//
// It works by its place: Go sets packages up in the order of their import paths, and this one needs next to nothing.
package quickstart

import "runtime/debug"

var usual = debug.SetGCPercent(-1)

// Over lets the collector work as always. GOGC of the environment counts as it does everywhere.
func Over() { debug.SetGCPercent(usual) }
