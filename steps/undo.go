package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"awswizard/internal/plan"
)

// Sent is the text at a path of members in the request, e.g. Sent("MemberId", "UserId"); "" when there is none.
func (m MadeCall) Sent(path ...string) string {
	at := m.Input
	for _, member := range path {
		var object map[string]json.RawMessage
		if json.Unmarshal(at, &object) != nil {
			return ""
		}
		at = object[member]
	}
	var text string
	if json.Unmarshal(at, &text) != nil {
		return ""
	}
	return text
}

// Does returns those of the made calls that made this operation, by id.
func (m Made) Does(operation string) Made {
	out := Made{}
	for id, c := range m {
		if c.Operation == operation {
			out[id] = c
		}
	}
	return out
}

// IDs are the ids, sorted.
func (m Made) IDs() []string { return slices.Sorted(maps.Keys(m)) }

// NotTakenBack is an item that names what a step made by operations its way back does not know: better told than kept
// quiet about. Without operations it names all.
func NotTakenBack(step, title string, made Made, known ...string) []plan.Item {
	left := made.Of(step)
	for id, c := range left {
		if slices.Contains(known, c.Operation) {
			delete(left, id)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return []plan.Item{{Blocked: &plan.Blocked{ID: step + "/undo", Step: step,
		What: fmt.Sprintf("%d calls of the step %q are not taken back.", len(left), title),
		Why:  "This version of the wizard has no way back for them: " + strings.Join(left.IDs(), ", ") + ".",
		Next: "The journal has each request. What it made can be deleted in the AWS console."}}}
}
