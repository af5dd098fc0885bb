package plain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// ErrNoInput means that a question was asked and the input had ended: nobody is there to answer, and no answer is
// ever made up.
var ErrNoInput = errors.New("the input ended before the question was answered")

// longestLine is the most bytes a line of input may have; more is not typed by a person.
const longestLine = 1 << 20

// lines reads its input on a goroutine of its own, since a read cannot be called off: a question ends when a line
// comes or its context ends, whichever is first, and a line that comes later answers the next question.
type lines struct {
	in    io.Reader
	start sync.Once
	next  chan string
	ended chan struct{} // closed after the last line
	quit  chan struct{}
	err   error // why the input ended; read after ended is closed
}

func newLines(in io.Reader) *lines {
	return &lines{in: in, next: make(chan string), ended: make(chan struct{}), quit: make(chan struct{})}
}

// read returns the next line, cleaned.
func (l *lines) read(ctx context.Context) (string, error) {
	l.start.Do(func() { go l.run() })
	select {
	case line := <-l.next:
		return clean(line), nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-l.ended:
		if l.err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoInput, l.err)
		}
		return "", ErrNoInput
	}
}

func (l *lines) run() {
	defer close(l.ended)
	s := bufio.NewScanner(l.in)
	s.Buffer(nil, longestLine)
	for s.Scan() {
		select {
		case l.next <- s.Text():
		case <-l.quit:
			return
		}
	}
	l.err = s.Err()
}

// clean takes out what terminals and clipboards add to what a person meant: paste brackets, colours, control and
// invisible characters, spaces around (no-break spaces, too).
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, ansi.Strip(strings.ToValidUTF8(s, "")))
	return strings.TrimSpace(s)
}
