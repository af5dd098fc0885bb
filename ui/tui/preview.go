package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/ui/safe"
)

// aspect is a way to look at a call.
type aspect int

const (
	inWords aspect = iota
	asJSON
	asCommand
	aspects
)

// preview is a plan before it is approved: the list of items, and all that is known about the chosen one.
type preview struct {
	page    run.Page
	roots   []*node
	chosen  *node
	seen    map[int]bool      // by place in the plan
	refused map[string]bool   // calls left out, by id
	waits   map[string]string // what cannot be done without them, each with the id it needs
	aspect  aspect
	scroll  int    // of the pane
	note    string // what became of the last key
	skips   bool   // "Skip this step?" is up
	// readOnly shows the plan in a review: nothing can be approved or left out.
	readOnly bool
	find     find

	paneWidth, paneHeight int // of the last frame
	read, all             int // lines of the pane that were on the screen without a gap from the first, and all
	look                  look
	sheets                map[sheetKey]*sheet
	texts                 map[textKey]string
}

func newPreview(d demand) *preview {
	v := &preview{page: d.page, roots: tree(d.page.Items), seen: map[int]bool{}, refused: map[string]bool{}, waits: map[string]string{},
		texts: map[textKey]string{}, paneWidth: 40, paneHeight: 5}
	v.endSearch()
	v.chosen = &node{title: "nothing"}
	if len(v.roots) > 0 {
		v.choose(v.roots[0])
	}
	return v
}

// choose shows another node. An item counts as seen with it; a group only when its end was on the screen.
func (v *preview) choose(n *node) {
	v.chosen, v.scroll, v.note, v.find.line, v.read = n, 0, "", -1, 0
	if len(n.items) > 0 && !n.group() {
		v.seen[n.items[0]] = true
	}
}

// move chooses the node so many lines below.
func (v *preview) move(lines int) {
	rows := visible(v.roots)
	for at, n := range rows {
		if n == v.chosen {
			v.choose(rows[min(max(at+lines, 0), len(rows)-1)])
			return
		}
	}
}

func (v *preview) typing() bool { return v.find.typing }

func (v *preview) hints() []hint {
	hints := v.keys()
	if v.page.Undo { // there are none to go back to
		hints = slices.DeleteFunc(hints, func(h hint) bool { return h.key == "b" })
	}
	return hints
}

func (v *preview) keys() []hint {
	switch {
	case v.skips:
		return []hint{{"n", "stay"}, {"y", "skip this step"}}
	case v.find.typing:
		return []hint{{"enter", "search"}, {"esc", "no search"}}
	case v.nothingToApprove():
		return append([]hint{{"enter", "go on"}, {"up/down", "move"}, {"b", "questions"}, {"s", "skip step"}, {"/", "search"}}, v.pageKeys()...)
	}
	hints := []hint{{"enter", "next unseen"}, {"a", "approve…"}}
	if v.allSeen() {
		hints = []hint{{"enter", "approve…"}, {"up/down", "move"}}
	}
	if v.onCall() {
		hints = append(hints, hint{"tab", "request"}, hint{"x", "leave out"})
	} else if v.chosen.group() {
		hints = append(hints, hint{"x", "leave out"})
	}
	if v.chosen.group() {
		hints = append(hints, hint{"right/left", "open, close"})
	}
	hints = append(hints, hint{"/", "search"}, hint{"y", "copy"}, hint{"b", "questions"}, hint{"s", "skip step"}, hint{"o", "only this now"})
	if !v.allSeen() {
		hints = append(hints, hint{"up/down", "move"})
	}
	return append(append(hints, v.pageKeys()...), hint{"1 2 3", "in words, as it is sent (JSON), as a command"})
}

// pageKeys scroll the pane, while it has more than fits.
func (v *preview) pageKeys() []hint {
	if v.all <= v.paneHeight {
		return nil
	}
	return []hint{{"pgup/pgdn", "scroll"}}
}

// onCall reports whether a single call is chosen: only it has a request.
func (v *preview) onCall() bool {
	return v.chosen != nil && !v.chosen.group() && len(v.chosen.items) > 0 && v.page.Items[v.chosen.items[0]].Call != nil
}

// nothingToApprove reports whether the plan makes no call.
func (v *preview) nothingToApprove() bool { return len(plan.Calls(v.page.Items)) == 0 }

func (v *preview) allSeen() bool { return len(v.seen) >= len(v.page.Items) }

// left are the ids of the calls left out, in the plan's order.
func (v *preview) left() []string {
	var out []string
	for _, c := range plan.Calls(v.page.Items) {
		if v.refused[c.ID] {
			out = append(out, c.ID)
		}
	}
	return out
}

// kept are the items that will be done: not left out, and not waiting for one that is.
func (v *preview) kept() []plan.Item {
	var out []plan.Item
	for _, i := range v.page.Items {
		if id := i.ID(); !v.refused[id] && v.waits[id] == "" {
			out = append(out, i)
		}
	}
	return out
}

func (v *preview) update(m *model, msg tea.Msg) tea.Cmd {
	if v.find.typing {
		return v.searching(m, msg)
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	key := k.String()
	if v.skips {
		return v.maySkip(m, key)
	}
	if v.readOnly && strings.Contains(" x s b a o enter ", " "+key+" ") {
		return nil
	}
	note := v.note
	v.note = ""
	switch key {
	case "up", "k":
		v.move(-1)
	case "down", "j":
		v.move(1)
	case "home", "g":
		v.move(-len(v.page.Items) * 3)
	case "end", "G":
		v.move(len(v.page.Items) * 3)
	case "pgdown", "space", "ctrl+d":
		v.scroll += max(1, v.paneHeight-2)
	case "pgup", "ctrl+u":
		v.scroll = max(0, v.scroll-max(1, v.paneHeight-2))
	case "right", "left":
		v.fold(key == "right")
	case "tab":
		v.lookAt(m, (v.aspect+1)%aspects)
	case "shift+tab":
		v.lookAt(m, (v.aspect+aspects-1)%aspects)
	case "1", "2", "3":
		v.lookAt(m, aspect(key[0]-'1'))
	case "x":
		v.leaveOut()
	case "y":
		return v.copy(m)
	case "/":
		return v.beginSearch(m.styles)
	case "n":
		v.step(m, 1)
	case "N":
		v.step(m, -1)
	case "s":
		v.skips = true
	case "esc":
		if v.find.query != "" {
			v.endSearch()
			return nil
		}
		if v.readOnly {
			return nil // leads away from here
		}
		return v.back(m)
	case "b":
		return v.back(m)
	case "enter":
		return v.next(m)
	case "a":
		if !v.nothingToApprove() {
			return v.approve(m)
		}
	case "o":
		return v.only(m)
	default:
		v.note = note // a key that does nothing
	}
	return nil
}

// back goes to the questions. The way back of a set-up has none.
func (v *preview) back(m *model) tea.Cmd {
	if v.page.Undo {
		return nil
	}
	return m.answer(replyOnce{decision: run.Back})
}

// maySkip takes the answer to "Skip this step?".
func (v *preview) maySkip(m *model, key string) tea.Cmd {
	switch key {
	case "y", "Y":
		return m.answer(replyOnce{decision: run.Skip})
	case "n", "N", "esc", "enter":
		v.skips = false
	}
	return nil
}

// lookAt changes the way to look at calls.
func (v *preview) lookAt(m *model, a aspect) {
	if v.aspect != a {
		v.aspect, v.scroll, v.read = a, 0, 0
		v.refind(m)
	}
}

// further goes on to the next item, as reading does; false means that this was the last.
func (v *preview) further() bool {
	before := v.chosen
	v.move(1)
	return v.chosen != before
}

// fold opens or closes a group. Inside one, closing goes up to it.
func (v *preview) fold(open bool) {
	switch n := v.chosen; {
	case n.group() && n.open != open:
		n.open = open
	case !open && n.above != nil:
		v.choose(n.above)
		v.chosen.open = false
	}
}

// next goes through what was not seen yet, a page of a group at a time, and on from the last.
func (v *preview) next(m *model) tea.Cmd {
	if v.chosen.group() && v.read < v.all && !v.saw(v.chosen) {
		v.scroll = v.read
		return nil
	}
	from := 0
	for at, n := range v.roots {
		if n == v.chosen || n.open && len(v.chosen.items) > 0 && v.within(n, v.chosen) {
			from = at
		}
	}
	for step := range v.roots {
		if n := v.roots[(from+step)%len(v.roots)]; !v.saw(n) {
			v.choose(n)
			return nil
		}
	}
	return v.approve(m)
}

func (v *preview) within(group, n *node) bool {
	for up := n.above; up != nil; up = up.above {
		if up == group {
			return true
		}
	}
	return false
}

// saw reports whether all of a node was seen.
func (v *preview) saw(n *node) bool {
	for _, i := range n.items {
		if !v.seen[i] {
			return false
		}
	}
	return true
}

// approve goes to the pages where consent is typed; with no call to make there is nothing to type.
func (v *preview) approve(m *model) tea.Cmd {
	if len(plan.Calls(v.kept())) == 0 {
		return m.approve(v.page, v.left())
	}
	return newConfirm(m, v, nil)
}

// only goes there with the chosen node and what it needs; the rest is shown again afterwards.
func (v *preview) only(m *model) tea.Cmd {
	if len(v.callsOf(v.chosen)) == 0 {
		v.note = "Only calls can be approved."
		return nil
	}
	chosen := needed(v.page.Items, v.chosen.items)
	for id := range chosen {
		if v.refused[id] {
			v.note = "Left out: " + v.titleOf(id) + ". Take it in again first (x)."
			return nil
		}
	}
	return newConfirm(m, v, chosen)
}

// leaveOut leaves the calls of a node out, or takes them in again.
func (v *preview) leaveOut() {
	calls := v.callsOf(v.chosen)
	if len(calls) == 0 {
		v.note = "Only calls can be left out."
		return
	}
	out := v.leftOut(v.chosen) < len(calls)
	for _, c := range calls {
		if out {
			v.refused[c.ID] = true
		} else {
			delete(v.refused, c.ID)
		}
	}
	v.waits = waiting(v.page.Items, v.refused)
	v.sheets, v.texts = map[sheetKey]*sheet{}, map[textKey]string{}
	switch {
	case !out:
		v.note = "Taken in again."
	case len(v.waits) > 0:
		v.note = "What needs it waits, too."
	default:
		v.note = "Nothing else in this step needs it."
	}
}

// leftOut is how many calls of a node are left out.
func (v *preview) leftOut(n *node) (out int) {
	for _, c := range v.callsOf(n) {
		if v.refused[c.ID] {
			out++
		}
	}
	return out
}

// copy gives what the pane says to the terminal's clipboard.
func (v *preview) copy(m *model) tea.Cmd {
	if len(v.chosen.items) == 0 {
		return nil
	}
	v.note = "Copied, if your terminal allows it."
	return tea.SetClipboard(safe.Text(strings.TrimSpace(v.copied(m))))
}

// copied is the text to copy: a request as JSON alone, so that it can be used as it is.
func (v *preview) copied(m *model) string {
	if i := v.page.Items[v.chosen.items[0]]; v.aspect == asJSON && !v.chosen.group() && i.Call != nil {
		if text, err := plan.RequestJSON(i.Call, v.page.Facts); err == nil {
			return string(text)
		}
	}
	return v.raw(m.styles, v.chosen)
}
