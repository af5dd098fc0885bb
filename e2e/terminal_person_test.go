//go:build unix

package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reply is what the person does on a screen that has the words. The last key it presses changes the screen.
type reply struct {
	on string
	do func(x *Terminal)
}

// typed waits until the text is on the screen: only then is a change of the screen the work of Enter.
func typed(text string) func(*Terminal) {
	return func(x *Terminal) { x.t.Helper(); x.Type(text).Expect("> " + text).Enter() }
}

func enter(x *Terminal) { x.t.Helper(); x.Enter() }

// most is how many screens a whole set-up can have; more is a circle.
const most = 600

// person goes through the full screen as a founder would who types only what must be typed, looks at each call of a
// plan and approves it. It notes the calls that were on the screen.
type person struct {
	*Terminal
	shown   []string // "service:Operation" of each call looked at
	line    int      // of the pane, the last that was looked at
	replies []reply
}

// founder is that person. What is most particular stands first.
func founder(x *Terminal) *person {
	p := &person{Terminal: x}
	p.replies = []reply{
		{"Nothing is changed until you approve it.", enter},
		{"What is your company called?", typed("Acme Robotics")},
		{"Which mailbox do AWS mails go to?", typed("founder@acme.example")},
		{"Type yes in full to agree.", typed("yes")},
		{"What is that person's e-mail address?", typed("ada@acme.example")},
		{"Type agree and Enter to agree.", typed("agree")},
		{"Enter shows more of the list.", func(x *Terminal) { x.t.Helper(); x.End() }},
		{"Enter shows the rest of the text.", func(x *Terminal) { x.t.Helper(); x.End() }},
		{"Type yes and Enter to make them.", typed("yes")},
		{" seen", p.look},
		{"I have done it", enter},
		{"I have signed in", enter},
		{"Enter alone takes:", enter},
		{"enter choose", enter},
		{"enter leave", enter},
		{"enter see the calls", enter},
		{"enter go on", enter},
	}
	return p
}

// hurry makes the founder approve each plan without looking at its calls.
func (p *person) hurry() {
	for i, r := range p.replies {
		if r.on == " seen" {
			p.replies[i].do = func(x *Terminal) { x.t.Helper(); x.Type("a") }
		}
	}
	p.replies = append([]reply{{"Nothing to approve here", enter}}, p.replies...)
}

var (
	inPane  = regexp.MustCompile(`(?m)^([a-z0-9-]+:[A-Z][A-Za-z0-9]+) to `)
	counted = regexp.MustCompile(`(?m)^lines (\d+)-(\d+) of \d+`)
	spinner = regexp.MustCompile(`(?m)^[|/\\-] |\d+s\b`)
)

// look looks at one item of a plan as it would be sent, and goes on to the next.
func (p *person) look(x *Terminal) {
	x.t.Helper()
	s := x.Screen()
	if strings.Contains(s, "[1 words]") {
		x.Type("2")
		s = x.until("the request as JSON", func(s string) bool { return !strings.Contains(s, "[1 words]") })
	}
	for _, m := range inPane.FindAllStringSubmatch(p.fresh(s), -1) {
		p.shown = append(p.shown, m[1])
	}
	x.Enter()
}

// fresh is what of the pane was not on the screen before: the last page of a long one begins with lines of the one before.
func (p *person) fresh(screen string) string {
	_, pane, _ := strings.Cut(screen, "[2 JSON]")
	m := counted.FindStringSubmatch(pane)
	if m == nil {
		p.line = 0
		return pane
	}
	first, _ := strconv.Atoi(m[1])
	last, _ := strconv.Atoi(m[2])
	lines := strings.Split(pane, "\n")[1:]
	if first > 1 && p.line >= first {
		lines = lines[p.line-first+1:]
	}
	p.line = last
	return strings.Join(lines, "\n")
}

// Until answers whatever is asked until all words are on the screen.
func (p *person) Until(words ...string) *person {
	p.t.Helper()
	p.answer("a screen with "+strings.Join(words, " and "), func(s string) bool { return holds(s, words...) })
	return p
}

// Finish answers whatever is asked until the program ends with this exit code. It returns the last screen.
func (p *person) Finish(code int) string {
	p.t.Helper()
	p.answer("the end", func(string) bool { return p.ended() })
	return p.Exits(code)
}

// answer answers whatever is asked until over.
func (p *person) answer(what string, over func(screen string) bool) {
	p.t.Helper()
	for range most {
		var next reply
		s := p.until(what+", or a screen to act on", func(s string) bool {
			next = p.reply(s)
			return over(s) || (next.do != nil && p.AltScreen() && p.quiet())
		})
		if over(s) {
			return
		}
		next.do(p.Terminal)
		before := still(p.kept[len(p.kept)-1])
		p.until("something else after\n"+before, func(s string) bool { return over(s) || still(s) != before })
	}
	p.t.Fatalf("going in a circle before %s:\n%s", what, p.Screen())
}

func (p *person) reply(screen string) reply {
	for _, r := range p.replies {
		if holds(screen, r.on) {
			return r
		}
	}
	return reply{}
}

// still is a screen without what moves by itself.
func still(screen string) string { return spinner.ReplaceAllString(screen, "") }

// missing is what a has more of than b.
func missing(a, b []string) []string {
	b = slices.Clone(b)
	var out []string
	for _, v := range a {
		if i := slices.Index(b, v); i >= 0 {
			b = slices.Delete(b, i, i+1)
		} else {
			out = append(out, fmt.Sprint(v))
		}
	}
	return out
}
