package main

import (
	"context"
	"os"
	"sync"
	"syscall"
)

// interrupt turns signals into a stop in two stages: the first lets the call in flight end, the second leaves at once.
type interrupt struct {
	ctx    context.Context
	second chan os.Signal
	atOnce chan struct{} // closed with the second signal: the screens go away
	end    chan struct{}

	mu    sync.Mutex
	first os.Signal
}

func newInterrupt(signals <-chan os.Signal) *interrupt {
	ctx, cancel := context.WithCancel(context.Background())
	in := &interrupt{ctx: ctx, second: make(chan os.Signal, 1), atOnce: make(chan struct{}), end: make(chan struct{})}
	go func() {
		defer cancel()
		for {
			select {
			case sig := <-signals:
				if in.note(sig) {
					cancel()
					continue
				}
				in.second <- sig
				close(in.atOnce)
				return
			case <-in.end:
				return
			}
		}
	}()
	return in
}

// note keeps the first signal; false means there was one before.
func (in *interrupt) note(sig os.Signal) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.first != nil {
		return false
	}
	in.first = sig
	return true
}

func (in *interrupt) signal() os.Signal {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.first
}

func (in *interrupt) close() { close(in.end) }

func codeOf(sig os.Signal) int {
	if sig == syscall.SIGINT {
		return exitInterrupted
	}
	return exitTerminated
}
