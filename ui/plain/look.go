package plain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// looking is a plan that a person looks into, word by word, before they decide.
type looking struct {
	page    run.Page
	refused map[string]bool // calls left out, by id
}

// approvalHelp says the words that can be typed about a plan.
const approvalHelp = `yes runs the calls of this plan that are not left out.
no leaves this step out; Enter alone does the same.
later stops here until another day; q does the same.
back returns to the questions; b does the same.
list says the plan in short: one line for each item.
see 3 says all about item 3; a number alone does the same.
json 3 says the request of item 3 as it is sent (JSON).
command 3 says item 3 as a command of the AWS CLI.
find WORD lists the items with that word.
without 3 leaves item 3 out; with 3 takes it in again.
details says what support or an auditor asks for.`

// look answers a line that looks into the plan or leaves a call out; false means that it is none of these.
func (l *looking) look(line string) (answer string, exact, ok bool) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	rest = strings.TrimSpace(rest)
	if _, err := strconv.Atoi(word); err == nil && rest == "" {
		word, rest = "see", word
	}
	switch word = strings.ToLower(word); word {
	case "?", "help":
		return approvalHelp, false, true
	case "list":
		return l.list(""), false, true
	case "find":
		return l.find(rest), false, true
	case "see", "json", "command", "without", "with":
	default:
		return "", false, false
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || n > len(l.page.Items) {
		return fmt.Sprintf("Type %s and a number from 1 to %d.", word, len(l.page.Items)), false, true
	}
	i := l.page.Items[n-1]
	if word == "see" {
		text, _, _ := strings.Cut(plan.Describe([]plan.Item{i}, l.page.Facts), "\n\n")
		return strings.Replace(text, "1. ", fmt.Sprintf("%d. ", n), 1), true, true
	}
	if i.Call == nil {
		return fmt.Sprintf("Item %d is no call: see %d says all about it.", n, n), false, true
	}
	switch word {
	case "json":
		text, err := plan.RequestJSON(i.Call, l.page.Facts)
		if err != nil {
			return "The request cannot be shown: " + err.Error(), false, true
		}
		return string(text), true, true
	case "command":
		return plan.CommandLine(i.Call, l.page.Facts), true, true
	case "without":
		l.refused[i.ID()] = true
		return "Left out: " + i.Call.Title + ". What needs it waits, too.", false, true
	}
	delete(l.refused, i.ID())
	return "Taken in: " + i.Call.Title + ".", false, true
}

// list is one line for each item with the word, or for all.
func (l *looking) list(word string) string {
	var lines []string
	for n, i := range l.page.Items {
		if word == "" || l.has(i, word) {
			lines = append(lines, fmt.Sprintf("%d. %s", n+1, l.short(i)))
		}
	}
	return strings.Join(lines, "\n")
}

func (l *looking) find(word string) string {
	if word == "" {
		return "Type find and a word, for example: find account."
	}
	if found := l.list(strings.ToLower(word)); found != "" {
		return found
	}
	return fmt.Sprintf("Nothing in this plan has the word %q.", word)
}

// has reports whether the word, in small letters, stands anywhere in what is known about the item.
func (l *looking) has(i plan.Item, word string) bool {
	return strings.Contains(strings.ToLower(i.ID()+" "+plan.Describe([]plan.Item{i}, l.page.Facts)), word)
}

func (l *looking) short(i plan.Item) string {
	switch {
	case i.Call != nil && l.refused[i.ID()]:
		return "Left out: " + i.Call.Title
	case i.Call != nil:
		return map[plan.Effect]string{plan.Creates: "Creates: ", plan.Changes: "Changes: ", plan.Deletes: "Deletes: "}[i.Call.Effect] +
			i.Call.Title + " (" + i.Call.Price() + ")"
	case i.HandOff != nil:
		return "For you: " + i.HandOff.Title
	case i.Later != nil:
		return "Later: " + i.Later.Title
	}
	return i.Blocked.Heading() + ": " + i.Blocked.What
}

// left are the ids of the calls left out, in the plan's order.
func (l *looking) left() []string {
	var out []string
	for _, c := range plan.Calls(l.page.Items) {
		if l.refused[c.ID] {
			out = append(out, c.ID)
		}
	}
	return out
}

// decide asks about a plan until it is decided. Only the word yes approves; Enter alone leaves the step out.
func (u *UI) decide(p run.Page, read func() (string, error)) (run.Decision, []string, error) {
	l := &looking{page: p, refused: map[string]bool{}}
	words := map[string]run.Decision{
		"yes": run.Go, "no": run.Skip, "": run.Skip, "later": run.Leave, "q": run.Leave, "quit": run.Leave, "back": run.Back, "b": run.Back,
	}
	for {
		calls := slices.DeleteFunc(plan.Calls(p.Items), func(c *plan.Call) bool { return l.refused[c.ID] })
		u.say(approvalPrompt(len(calls), p.Undo))
		line, err := read()
		if err != nil {
			return run.Leave, nil, err
		}
		if d, ok := words[strings.ToLower(line)]; ok {
			return d, l.left(), nil
		}
		if strings.EqualFold(line, "details") {
			u.say(detailsOf(p))
			continue
		}
		answer, exact, ok := l.look(line)
		switch {
		case !ok:
			u.say(fmt.Sprintf("%q is none of these.", line))
		case exact:
			u.write(wrapPlan(safe.Text(answer), u.o.Width))
		default:
			u.say(answer)
		}
	}
}
