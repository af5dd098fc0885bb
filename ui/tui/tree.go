package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"awswizard/internal/plan"
)

// groupFrom is from how many calls of a sweep they are grouped: a person can look at fewer one by one.
const groupFrom = 12

// node is a line of a plan's list: an item, or a group of calls that are alike but for their place.
type node struct {
	title  string
	items  []int   // places of its items in the plan, in order
	inside []*node // of a group
	above  *node   // the group it is in
	open   bool
	depth  int
}

// group reports whether the node stands for more than one item.
func (n *node) group() bool { return len(n.inside) > 0 }

// sweeps reports whether a lane stands for one account and Region, e.g. "network/production/eu-west-1": the same is done
// in many places. A part of its work may have a lane of its own under it.
func sweeps(lane string, where plan.Place) bool {
	parts := strings.Split(lane, "/")
	return len(parts) >= 3 && parts[1] == where.Account && parts[2] == where.Region
}

// tree puts the calls of a sweep under their account and Region, at the place of the first; all else stands by itself.
func tree(items []plan.Item) []*node {
	sweep := 0
	for _, c := range plan.Calls(items) {
		if sweeps(c.Lane, c.Where) {
			sweep++
		}
	}
	var roots []*node
	for n, i := range items {
		leaf := &node{items: []int{n}}
		if sweep < groupFrom || i.Call == nil || !sweeps(i.Call.Lane, i.Call.Where) {
			roots = append(roots, leaf)
			continue
		}
		account := within(&roots, nil, i.Call.Where.Account)
		region := within(&account.inside, account, i.Call.Where.Region)
		region.inside = append(region.inside, leaf)
		leaf.above, leaf.depth = region, 2
		account.items, region.items = append(account.items, n), append(region.items, n)
	}
	for _, r := range roots {
		r.flatten()
	}
	return roots
}

// within is the group of this title, made when there is none.
func within(list *[]*node, above *node, title string) *node {
	for _, n := range *list {
		if n.title == title {
			return n
		}
	}
	n := &node{title: title, above: above}
	if above != nil {
		n.depth = above.depth + 1
	}
	*list = append(*list, n)
	return n
}

// flatten takes the lid off Regions with one call each: a group of one hides what it holds.
func (n *node) flatten() {
	for at, x := range n.inside {
		if len(x.inside) == 1 {
			only := x.inside[0]
			only.above, only.depth = n, x.depth
			n.inside[at] = only
		}
	}
}

// visible are the nodes that have a line now.
func visible(list []*node) (out []*node) {
	for _, n := range list {
		out = append(out, n)
		if n.open {
			out = append(out, visible(n.inside)...)
		}
	}
	return out
}

// leaf finds the node of an item.
func leaf(list []*node, item int) *node {
	for _, n := range list {
		switch {
		case !n.group() && n.items[0] == item:
			return n
		case slices.Contains(n.items, item):
			return leaf(n.inside, item)
		}
	}
	return nil
}

// reveal opens the groups round a node.
func (n *node) reveal() {
	for up := n.above; up != nil; up = up.above {
		up.open = true
	}
}

// says is the line of a group: "production: 17 Regions, 102 calls".
func (n *node) says() string {
	text := n.title + ": "
	if n.depth == 0 {
		text += plan.Count(len(n.inside), "Region") + ", "
		if len(n.inside) == len(n.items) {
			return text + "a call in each"
		}
	}
	return text + plan.Count(len(n.items), "call")
}

// after are the ids of what an item must follow.
func after(i plan.Item) []string {
	switch {
	case i.Call != nil:
		return i.Call.After
	case i.HandOff != nil:
		return i.HandOff.After
	}
	return nil
}

// waiting are the items that cannot be done without those left out, each with the id of what it waits for.
func waiting(items []plan.Item, leftOut map[string]bool) map[string]string {
	out := map[string]string{}
	for again := true; again; {
		again = false
		for _, i := range items {
			id := i.ID()
			if leftOut[id] || out[id] != "" {
				continue
			}
			for _, need := range after(i) {
				if leftOut[need] || out[need] != "" {
					out[id], again = need, true
					break
				}
			}
		}
	}
	return out
}

// needed are the ids of these items and of all they must follow.
func needed(items []plan.Item, wanted []int) map[string]bool {
	byID := map[string]plan.Item{}
	for _, i := range items {
		byID[i.ID()] = i
	}
	out := map[string]bool{}
	var want func(id string)
	want = func(id string) {
		i, planned := byID[id]
		if !planned || out[id] {
			return
		}
		out[id] = true
		for _, need := range after(i) {
			want(need)
		}
	}
	for _, n := range wanted {
		want(items[n].ID())
	}
	return out
}

// sumLine is a plan in one line: "14 calls: 11 create, 3 change, 0 delete; about $3 a month".
func sumLine(items []plan.Item) string {
	t := plan.Sum(items)
	calls := plan.Calls(items)
	var parts []string
	if len(calls) > 0 {
		parts = append(parts, fmt.Sprintf("%s: %d create, %d change, %d delete", plan.Count(len(calls), "call"), t.Create, t.Change, t.Delete))
	}
	if t.HandOffs > 0 {
		parts = append(parts, fmt.Sprintf("%d for you to do", t.HandOffs))
	}
	if t.Later > 0 {
		parts = append(parts, fmt.Sprintf("%d to plan later, at most %s", t.Later, plan.Count(t.LaterAtMost, "call")))
	}
	if t.Blocked > 0 {
		parts = append(parts, fmt.Sprintf("%d that cannot be done now", t.Blocked))
	}
	if t.Kept > 0 {
		parts = append(parts, kept(t.Kept))
	}
	if len(calls) > 0 {
		parts = append(parts, priceOf(calls, t.MonthlyUSD))
	}
	return strings.Join(parts, "; ")
}

// kept counts what stays as it is on purpose.
func kept(n int) string { return fmt.Sprintf("%d %s", n, plan.Stay(n)) }

// shortest is the sum line for a small window, with the marks of the list for the words.
func shortest(width int, items []plan.Item) string {
	const lead = "Nothing done yet. "
	t, calls := plan.Sum(items), plan.Calls(items)
	marks := fmt.Sprintf("+%d ~%d -%d", t.Create, t.Change, t.Delete)
	price := "free"
	switch by := slices.ContainsFunc(calls, func(c *plan.Call) bool { return c.CostNote != "" }); {
	case t.MonthlyUSD > 0 && by:
		price = strings.TrimPrefix(plan.Monthly(t.MonthlyUSD), "about ") + " and use"
	case t.MonthlyUSD > 0:
		price = plan.Monthly(t.MonthlyUSD)
	case by:
		price = "paid by use"
	}
	for _, text := range []string{lead + sumLine(items), lead + plan.Count(len(calls), "call") + ": " + marks + ", " + price, lead + marks + ", " + price} {
		if ansi.StringWidth(text) <= width {
			return text
		}
	}
	return lead + marks
}

// priceOf is the price of all calls. A price by use cannot be summed, but must not be passed over either.
func priceOf(calls []*plan.Call, monthly float64) string {
	byUse := slices.ContainsFunc(calls, func(c *plan.Call) bool { return c.CostNote != "" })
	switch {
	case monthly == 0 && !byUse:
		return "free"
	case monthly == 0:
		return "you pay for what you use (see Cost)"
	case byUse:
		return plan.Monthly(monthly) + " and by use (see Cost)"
	}
	return plan.Monthly(monthly)
}
