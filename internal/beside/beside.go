// Package beside runs functions side by side. A panic in one of them does not end the program where nobody can give the
// terminal back and say where the journal is: it comes out where the group is waited for.
package beside

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"sync"
)

// Group is a sync.WaitGroup whose Wait panics with the first panic of its functions. The zero value is ready.
type Group struct {
	wg    sync.WaitGroup
	once  sync.Once
	first *Panic
}

// Panic is a panic of a function of a group, with the stack it happened on.
type Panic struct {
	Value any
	Stack []byte
}

// Error implements error.
func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Go runs f beside the caller.
func (g *Group) Go(f func()) {
	g.wg.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				g.once.Do(func() { g.first = PanicOf(v) })
			}
		}()
		f()
	})
}

// Wait waits until all functions are over.
func (g *Group) Wait() {
	g.wg.Wait()
	if g.first != nil {
		panic(g.first)
	}
}

// All runs functions beside one another and waits for them.
func All(functions ...func()) {
	var g Group
	for _, f := range functions {
		g.Go(f)
	}
	g.Wait()
}

// Each runs f on each value and its number, all beside one another, and waits for them.
func Each[T any](values []T, f func(n int, value T)) {
	var g Group
	for n, v := range values {
		g.Go(func() { f(n, v) })
	}
	g.Wait()
}

// Try is Each for what may fail. It gives the first error in the order of the values, whichever came first in time.
func Try[T any](values []T, f func(n int, value T) error) error {
	errs := make([]error, len(values))
	Each(values, func(n int, v T) { errs[n] = f(n, v) })
	return cmp.Or(errs...)
}

// PanicOf is what recover returned, with the stack: that of the function of a group, if it came out of one.
func PanicOf(v any) *Panic {
	if p, ok := v.(*Panic); ok {
		return p
	}
	return &Panic{Value: v, Stack: debug.Stack()}
}
