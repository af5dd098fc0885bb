// Package plain is the front end that speaks line by line: for screen readers, dumb terminals and logs. Nothing is
// drawn twice, and words carry the meaning, not marks or colours.
package plain

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
	"awswizard/ui/safe"
)

// Options say how to write, and what is decided already.
type Options struct {
	Width int // columns; 0 breaks no lines
	// Yes approves every plan as it is computed and waits for nobody. Consent to a bill is part of the answers then
	// (accept_paid_plan), without which the steps plan no such call.
	Yes     bool
	Sandbox bool // a simulated AWS, where the program can play the person's part
	// Hide stops the terminal from showing what is typed, until show is called. Nil where there is no terminal.
	Hide func() (show func())
}

// UI asks on a reader and tells on a writer. Questions are asked one at a time; Tell may come meanwhile.
type UI struct {
	o  Options
	in *lines

	mu       sync.Mutex
	out      io.Writer
	err      error
	about    string            // the step that was introduced last
	titles   map[string]string // by item id, of what was approved last
	open     map[string]bool   // approved calls that have not ended
	total    int
	waitedAt map[string]time.Time
	problems map[string]run.Problem // told, by item id
	step     string                 // the title of the one that runs
	beat     *beat                  // what is going on; nil while nothing is, or a person is asked
	prompt   string                 // what a person is asked while calls may go on; "" when nothing is
	buried   bool                   // something was said after it
}

var _ run.FrontEnd = (*UI)(nil)

// New returns a UI. It begins to read only when it asks the first question. Close ends the reading.
func New(in io.Reader, out io.Writer, o Options) *UI {
	return &UI{o: o, in: newLines(in), out: out, waitedAt: map[string]time.Time{}, problems: map[string]run.Problem{}}
}

// Close lets go of the input. A read that is under way ends with the input itself.
func (u *UI) Close() {
	u.quiet()
	close(u.in.quit)
}

// Err is the first failure to write.
func (u *UI) Err() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// Final prints the report.
func (u *UI) Final(text string) { u.say(text) }

// Ask implements run.FrontEnd.
func (u *UI) Ask(ctx context.Context, p run.Page, previous string) (string, run.Decision, error) {
	u.introduce(p)
	q, standing := p.Question, cmp.Or(previous, p.Question.Default)
	if u.o.Yes && standing != "" {
		return standing, run.Go, nil
	}
	u.say("\n" + question(q))
	for {
		u.say(answerPrompt(q, standing))
		line, err := u.readAnswer(ctx, q)
		if err != nil {
			return "", run.Leave, err
		}
		switch strings.ToLower(line) {
		case "b", "back":
			return "", run.Back, nil
		case "q", "quit":
			return "", run.Leave, nil
		case "?", "help":
			u.say(question(q) + "\nType your answer and press Enter. Where the question names what Enter takes, Enter alone is enough.")
			continue
		}
		answer, wrong := checkAnswer(q, cmp.Or(line, standing))
		if wrong == "" {
			return answer, run.Go, nil
		}
		if q.Secret != "" {
			line = "What you typed"
		} else {
			line = strconv.Quote(line)
		}
		u.say(line + " cannot be used: " + wrong)
	}
}

// readAnswer reads a line; a secret is not shown while it is typed.
func (u *UI) readAnswer(ctx context.Context, q *steps.Question) (string, error) {
	if q.Secret == "" || u.o.Hide == nil {
		return u.read(ctx)
	}
	show := u.o.Hide()
	defer show()
	return u.read(ctx)
}

func question(q *steps.Question) string {
	lines := []string{q.Title}
	if q.Why != "" {
		lines = append(lines, q.Why)
	}
	if q.Example != "" {
		lines = append(lines, "Example: "+q.Example)
	}
	for n, c := range q.Choices {
		lines = append(lines, fmt.Sprintf("  %d. %s", n+1, cmp.Or(c.Label, c.Value)))
	}
	return strings.Join(append(lines, "(b goes back, q stops here, ? says this again)"), "\n")
}

func answerPrompt(q *steps.Question, standing string) string {
	ask := "Your answer"
	switch {
	case q.Secret != "":
		ask = "Your answer, which is not shown as you type"
	case len(q.Choices) > 0:
		ask = fmt.Sprintf("Type a number from 1 to %d", len(q.Choices))
		for n, c := range q.Choices {
			if c.Value == standing {
				standing = fmt.Sprintf("%d, %s", n+1, cmp.Or(c.Label, c.Value))
			}
		}
	case q.Typed != "":
		ask = "Type " + q.Typed + " in full to agree"
		standing = cmp.Or(standing, "no")
	}
	if standing == "" {
		return ask + ":"
	}
	return ask + ", or press Enter for " + standing + ":"
}

// checkAnswer returns the answer's value, or what is wrong with it. A slip of the keys is neither consent nor a no.
func checkAnswer(q *steps.Question, answer string) (value, wrong string) {
	if q.Typed != "" && answer != q.Typed && !isNo(answer) {
		return "", "type " + q.Typed + " in full, or no."
	}
	if len(q.Choices) > 0 {
		n, err := strconv.Atoi(answer)
		if err == nil && n >= 1 && n <= len(q.Choices) {
			return q.Choices[n-1].Value, ""
		}
		for _, c := range q.Choices {
			if strings.EqualFold(answer, c.Value) || strings.EqualFold(answer, c.Label) {
				return c.Value, ""
			}
		}
		return "", fmt.Sprintf("type a number from 1 to %d.", len(q.Choices))
	}
	if q.Validate != nil {
		if err := q.Validate(answer); err != nil {
			return "", strings.TrimSuffix(err.Error(), ".") + "."
		}
	}
	return answer, ""
}

// HandOff implements run.FrontEnd. When ctx ends, the engine has seen that it is done.
func (u *UI) HandOff(ctx context.Context, p run.Page, h *plan.HandOff) (run.Decision, error) {
	u.introduce(p)
	lines := []string{"For you to do: " + h.Title}
	if h.Why != "" {
		lines = append(lines, h.Why)
	}
	if h.URL != "" {
		lines = append(lines, "Open this address:", h.URL)
	}
	for n, click := range h.Clicks {
		lines = append(lines, fmt.Sprintf("  %d. %s", n+1, click))
	}
	if len(h.Stuck) > 0 {
		lines = append(lines, "If it does not work:")
	}
	for _, hint := range h.Stuck {
		lines = append(lines, "  "+hint)
	}
	switch {
	case u.o.Sandbox && h.StandIn == "" && h.Poll != nil:
		lines = append(lines, "This is a trial run: this one cannot be played. Type s to go on without it.")
	case u.o.Sandbox:
		lines = append(lines, "This is a trial run: nothing needs to be opened, your part is played for you.")
	}
	text := strings.Join(lines, "\n")
	u.say("\n" + text)
	switch {
	case u.o.Yes && u.o.Sandbox:
		return run.Go, nil
	case u.o.Yes:
		u.say("Left for later: with --yes nobody is asked.")
		return run.Skip, nil
	}
	return u.choose(ctx, "Press Enter when done, s to skip, ? to hear it again, q to stop.", text, map[string]run.Decision{
		"": run.Go, "s": run.Skip, "skip": run.Skip, "q": run.Leave, "quit": run.Leave,
	})
}

// Trouble implements run.FrontEnd. Enter alone decides nothing.
func (u *UI) Trouble(ctx context.Context, p run.Page, id string, problem run.Problem) (run.Decision, error) {
	if problem.SignIn != "" {
		return u.signedOut(ctx, problem)
	}
	otherwise := id
	if id == p.Step.Name {
		otherwise = p.Step.Title
	}
	if text := "\nProblem with " + u.title(id, otherwise); u.told(id, problem) {
		u.say(text + ", as described above.")
	} else {
		u.say(text + "\n" + describeProblem(problem))
	}
	if u.o.Yes {
		return run.Skip, nil
	}
	return u.choose(ctx, "Type r to retry, s to skip, ? to hear it again, q to stop.", describeProblem(problem), map[string]run.Decision{
		"r": run.Go, "retry": run.Go, "s": run.Skip, "skip": run.Skip, "q": run.Leave, "quit": run.Leave,
	})
}

// signedOut says that the sign-in has run out, and waits for the next.
func (u *UI) signedOut(ctx context.Context, problem run.Problem) (run.Decision, error) {
	text := strings.TrimSuffix(problem.What, ".") + ". Nothing is lost.\nWhat to do next: " + problem.Next + "\nWhy: " + problem.Why
	u.say("\n" + text)
	if u.o.Yes {
		return run.Skip, nil
	}
	words := map[string]run.Decision{"s": run.Skip, "skip": run.Skip, "q": run.Leave, "quit": run.Leave}
	if problem.SignIn == run.SignInAnew {
		return u.choose(ctx, "Type q to stop, s to skip, ? to hear it again.", text, words)
	}
	words["r"], words["retry"] = run.Go, run.Go
	return u.choose(ctx, "Type r when you have signed in, s to skip, ? to hear it again, q to stop.", text, words)
}

// choose asks until one of the words is typed; "?" says the help.
func (u *UI) choose(ctx context.Context, prompt, help string, words map[string]run.Decision) (run.Decision, error) {
	for {
		u.say(prompt)
		line, err := u.readBeside(ctx, prompt)
		if err != nil {
			return run.Leave, err
		}
		if d, ok := words[strings.ToLower(line)]; ok {
			return d, nil
		}
		if line == "?" || strings.EqualFold(line, "help") {
			u.say(help)
			continue
		}
		u.say(fmt.Sprintf("%q is none of these.", line))
	}
}

// introduce says where the set-up stands, once a step.
func (u *UI) introduce(p run.Page) {
	u.mu.Lock()
	again := u.about == p.Step.Name
	u.about = p.Step.Name
	u.mu.Unlock()
	if again {
		return
	}
	lines := []string{fmt.Sprintf("\nStep %d of %d: %s", p.Number, p.Of, p.Step.Title)}
	if p.Sandbox || u.o.Sandbox {
		lines[0] += " (trial run)"
	}
	for _, part := range []struct{ name, text string }{
		{"", p.Step.About.Why}, {"Cost: ", p.Step.About.Cost}, {"Undo: ", p.Step.About.Undo},
	} {
		if part.text != "" && (!p.Undo || part.name == "Undo: ") {
			lines = append(lines, part.name+part.text)
		}
	}
	u.say(strings.Join(lines, "\n"))
}

// read takes a line, unless what was asked could not even be written.
func (u *UI) read(ctx context.Context) (string, error) {
	if err := u.Err(); err != nil {
		return "", err
	}
	u.quiet()
	return u.in.read(ctx)
}

// readBeside reads the answer to a prompt while calls that do not need it go on.
func (u *UI) readBeside(ctx context.Context, prompt string) (string, error) {
	if err := u.Err(); err != nil {
		return "", err
	}
	u.mu.Lock()
	u.prompt, u.buried = prompt, false
	step := u.step
	u.mu.Unlock()
	u.begin("", step)
	defer func() {
		u.mu.Lock()
		u.prompt = ""
		u.mu.Unlock()
		u.quiet()
	}()
	return u.in.read(ctx)
}

// say writes text as lines of at most the width.
func (u *UI) say(text string) { u.write(wrap(safe.Text(text), u.o.Width)) }

func (u *UI) write(text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return
	}
	u.buried = true
	if _, err := io.WriteString(u.out, strings.TrimSuffix(text, "\n")+"\n"); err != nil {
		u.err = fmt.Errorf("write to the terminal: %w", err)
	}
}
