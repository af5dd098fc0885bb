package plan

import (
	"fmt"
	"strings"
)

// Describe is a plan as a person reads it: numbered items, each with everything that is known before it is approved,
// and the sum last. Lines are as long as they come; requests and commands must not be broken anyway.
func Describe(items []Item, f Facts) string {
	var b strings.Builder
	for n, i := range items {
		fmt.Fprintf(&b, "%d. ", n+1)
		switch {
		case i.Call != nil:
			describeCall(&b, i.Call, f)
		case i.HandOff != nil:
			describeHandOff(&b, i.HandOff)
		case i.Later != nil:
			describeLater(&b, i.Later, f)
		case i.Blocked != nil:
			describeBlocked(&b, i.Blocked)
		}
		b.WriteByte('\n')
	}
	if len(items) == 0 {
		return "Nothing to do.\n"
	}
	fmt.Fprintf(&b, "%s\n", Sum(items))
	return b.String()
}

// Mark is the sign of an effect: + creates, ~ changes, - deletes.
func (e Effect) Mark() string {
	switch e {
	case Creates:
		return "+"
	case Deletes:
		return "-"
	}
	return "~"
}

// In says where a call runs, for a person: "production (123456789012) in eu-west-1".
func (p Place) In(f Facts) string {
	where := p.Account
	if id := f.AccountID(p.Account); id != p.Account {
		where += " " + parenthesized(id)
	}
	if p.Task != "" {
		where += ", as its root user for the task " + string(p.Task) + ","
	}
	return where + " in " + p.Region
}

// byAccount is one line per account, with all its Regions: a sweep has 17 Regions or more in every account.
func byAccount(places []Place, f Facts) []string {
	var lines []string
	row := map[string]int{}
	for _, p := range places {
		if i, ok := row[p.Account]; ok {
			lines[i] += ", " + p.Region
			continue
		}
		row[p.Account] = len(lines)
		lines = append(lines, p.In(f))
	}
	return lines
}

// parenthesized puts an account id in parentheses; a placeholder has its own.
func parenthesized(s string) string {
	if strings.HasPrefix(s, "(") {
		return s
	}
	return "(" + s + ")"
}

// Price is what a call costs, for a person: "free", "about $3 a month; $2 per 100,000 events".
func (c *Call) Price() string { return priced(c.MonthlyUSD, c.CostNote) }

// Price is what it costs when it has become calls, for a person; "" for nothing.
func (l *Later) Price() string {
	if l.MonthlyUSD == 0 && l.CostNote == "" {
		return ""
	}
	return priced(l.MonthlyUSD, l.CostNote)
}

func priced(monthlyUSD float64, note string) string {
	price := "free"
	if monthlyUSD > 0 {
		price = Monthly(monthlyUSD)
	}
	switch {
	case note == "":
		return price
	case monthlyUSD == 0:
		return note // "about $0.02 per GB stored" and "free" would contradict each other
	}
	return price + "; " + note
}

// WayBack says whether a call can be undone, and how.
func (c *Call) WayBack() string {
	if c.Undo == "" {
		return "cannot be undone: " + c.NoUndo
	}
	return c.Undo
}

const indent = "   "

func field(b *strings.Builder, name, value string) {
	if value != "" {
		fmt.Fprintf(b, "%s%-9s %s\n", indent, name, strings.ReplaceAll(value, "\n", "\n"+indent+strings.Repeat(" ", 10)))
	}
}

func describeCall(b *strings.Builder, c *Call, f Facts) {
	fmt.Fprintf(b, "%s %s\n", c.Effect.Mark(), c.Title)
	field(b, "Where", c.Place(f))
	if !c.Request.Local() {
		field(b, "Call", c.Request.Service+":"+c.Request.Operation)
	}
	if !c.Request.Local() && c.IAMAction != c.Request.Service+":"+c.Request.Operation {
		field(b, "Needs", c.IAMAction)
	}
	field(b, "Why", c.Why)
	field(b, "Cost", c.Price())
	field(b, "Undo", c.WayBack())
	if c.Consent == Typed {
		field(b, "Consent", "typed: "+c.ConsentAsk)
	}
	field(b, "After", strings.Join(c.After, ", "))
	if c.Request.Local() {
		field(b, "Change", c.Diff(f))
		return
	}
	request, err := RequestJSON(c, f)
	if err != nil {
		request = []byte(err.Error())
	}
	field(b, "Request", string(request))
	for _, file := range c.Files {
		field(b, "Inside", fmt.Sprintf("%s, %d lines; the preview shows them", file.Name, strings.Count(file.Text, "\n")))
	}
	// Not indented further: a document inside its quotes may span lines, and is copied as it stands.
	fmt.Fprintf(b, "%s%-9s %s\n", indent, "Command", CommandLine(c, f))
}

func describeHandOff(b *strings.Builder, h *HandOff) {
	fmt.Fprintf(b, "> For you: %s\n", h.Title)
	field(b, "Why", h.Why)
	field(b, "Link", h.URL)
	for n, click := range h.Clicks {
		name := ""
		if n == 0 {
			name = "Clicks"
		}
		field(b, name, fmt.Sprintf("%d) %s", n+1, click))
	}
	if h.SignIn != nil {
		field(b, "Sign in", "as "+h.SignIn.PermissionSet+"; the link and the code are shown when it is time")
	}
	if h.Optional {
		field(b, "Optional", "the set-up goes on without it")
	}
	field(b, "After", strings.Join(h.After, ", "))
}

func describeLater(b *strings.Builder, l *Later, f Facts) {
	fmt.Fprintf(b, "* Later: %s\n", l.Title)
	field(b, "Why", l.Why)
	field(b, "Where", strings.Join(byAccount(l.Places, f), "\n"))
	field(b, "Calls", fmt.Sprintf("at most %d, of %s", l.MostCalls, strings.Join(l.Operations, ", ")))
	field(b, "Cost", l.Price())
	field(b, "Consent", "shown again, call by call, when its time comes")
}

func describeBlocked(b *strings.Builder, x *Blocked) {
	fmt.Fprintf(b, "! %s: %s\n", x.Heading(), x.What)
	field(b, "Why", x.Why)
	field(b, "Next", x.Next)
	field(b, "Code", x.Code)
}
