//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// tape records a session as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/). Its time is that of somebody
// who watches: waits of the machine are cut short, and before each key of the person there is time to read.
type tape struct {
	cols, rows int
	title      string

	mu     sync.Mutex
	events []tapeEvent
	now    time.Duration
	last   time.Time // when the last output came
	rest   []byte    // the beginning of a letter whose end has not come yet
	ended  bool
}

type tapeEvent struct {
	at   time.Duration
	text string
}

// longestWait is how much of a wait of the machine is kept.
const longestWait = 250 * time.Millisecond

// output is what the program wrote. A nil tape records nothing.
func (p *tape) output(b []byte) {
	if p == nil || len(b) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	if !p.last.IsZero() {
		p.now += min(time.Since(p.last), longestWait)
	}
	p.last = time.Now()
	b = append(p.rest, b...)
	whole := len(b)
	for cut := 1; cut < utf8.UTFMax && cut <= len(b); cut++ {
		if tail := b[len(b)-cut:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				whole -= cut
			}
			break
		}
	}
	p.rest = append([]byte(nil), b[whole:]...)
	if whole > 0 {
		p.events = append(p.events, tapeEvent{p.now, string(b[:whole])})
	}
}

// pause is time to read.
func (p *tape) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now += d
}

// end stops the recording; the last screen stands for a while.
func (p *tape) end(stands time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended, p.now = true, p.now+stands
	p.events = append(p.events, tapeEvent{p.now, ""})
}

// asciicast is the recording as a file.
func (p *tape) asciicast() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out strings.Builder
	line := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("a tape that is no JSON: %v", err)) // it holds numbers and texts only
		}
		out.Write(append(b, '\n'))
	}
	line(map[string]any{"version": 2, "width": p.cols, "height": p.rows, "title": p.title, "env": map[string]string{"TERM": "xterm-256color"}})
	for _, e := range p.events {
		line([]any{math.Round(e.at.Seconds()*1000) / 1000, "o", e.text})
	}
	return []byte(out.String())
}
