package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Totals are a plan in numbers.
type Totals struct {
	Create, Change, Delete int
	HandOffs               int
	Later, LaterAtMost     int // items planned later, and the most calls they may become
	Blocked                int
	Kept                   int     // what stays as it is, on purpose
	MonthlyUSD             float64 // expected list price of the calls, and of what is planned later
}

// Sum counts a plan's items.
func Sum(items []Item) Totals {
	var t Totals
	for _, i := range items {
		switch {
		case i.Call != nil:
			t.MonthlyUSD += i.Call.MonthlyUSD
			switch i.Call.Effect {
			case Creates:
				t.Create++
			case Changes:
				t.Change++
			case Deletes:
				t.Delete++
			}
		case i.HandOff != nil:
			t.HandOffs++
		case i.Later != nil:
			t.Later++
			t.LaterAtMost += i.Later.MostCalls
			t.MonthlyUSD += i.Later.MonthlyUSD
		case i.Blocked != nil && i.Blocked.Kept:
			t.Kept++
		case i.Blocked != nil:
			t.Blocked++
		}
	}
	return t
}

// String is the sum as one line, e.g. "12 to create, 3 to change, 1 to delete; 1 for you to do; about $0 a month".
func (t Totals) String() string {
	parts := append([]string{fmt.Sprintf("%d to create, %d to change, %d to delete", t.Create, t.Change, t.Delete)}, t.others()...)
	return strings.Join(append(parts, Monthly(t.MonthlyUSD)), "; ")
}

// Work is what there is to do, without what there is none of: "3 to change; 1 for you to do; about $2 a month".
func (t Totals) Work() string {
	var calls []string
	for _, c := range []struct {
		n    int
		what string
	}{{t.Create, "create"}, {t.Change, "change"}, {t.Delete, "delete"}} {
		if c.n > 0 {
			calls = append(calls, fmt.Sprintf("%d to %s", c.n, c.what))
		}
	}
	var parts []string
	if len(calls) > 0 {
		parts = append(parts, strings.Join(calls, ", "))
	}
	parts = append(parts, t.others()...)
	if t.MonthlyUSD > 0 {
		parts = append(parts, Monthly(t.MonthlyUSD))
	}
	return strings.Join(parts, "; ")
}

// others are the counts of all that is no call.
func (t Totals) others() []string {
	var parts []string
	if t.HandOffs > 0 {
		parts = append(parts, fmt.Sprintf("%d for you to do", t.HandOffs))
	}
	if t.Later > 0 {
		parts = append(parts, fmt.Sprintf("%d to plan later, at most %s", t.Later, Count(t.LaterAtMost, "call")))
	}
	if t.Blocked > 0 {
		parts = append(parts, fmt.Sprintf("%d that cannot be done now", t.Blocked))
	}
	if t.Kept > 0 {
		parts = append(parts, fmt.Sprintf("%d that %s", t.Kept, Stay(t.Kept)))
	}
	return parts
}

// Stay says of n things that they are left alone on purpose: "stays as it is", "stay as they are".
func Stay(n int) string {
	if n == 1 {
		return "stays as it is"
	}
	return "stay as they are"
}

// Monthly writes a monthly price as people do: "about $3 a month", "about $0.40 a month".
func Monthly(usd float64) string {
	digits := 2
	switch {
	case usd > 0 && usd < 0.01:
		return "less than $0.01 a month"
	case usd == math.Trunc(usd):
		digits = 0
	}
	return "about $" + strconv.FormatFloat(usd, 'f', digits, 64) + " a month"
}

// Count is a number with its noun: "1 call", "2 calls".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
