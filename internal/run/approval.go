package run

import (
	"bytes"
	"fmt"
	"regexp"

	"awswizard/internal/plan"
)

// template is a request as it was approved: its place and its JSON, in which values not known then stand as
// placeholders.
type template struct {
	Service, Operation string
	At                 plan.Place // its account a 12-digit id, or a placeholder
	JSON               []byte
}

func templateOf(c *plan.Call, f plan.Facts) (template, error) {
	b, err := plan.RequestJSON(c, f)
	if err != nil {
		return template{}, fmt.Errorf("%s: %w", c.ID, err)
	}
	at := c.Where
	at.Account = f.AccountID(at.Account)
	return template{Service: c.Request.Service, Operation: c.Request.Operation, At: at, JSON: b}, nil
}

var placeholder = regexp.MustCompile(`\(known after ([^)]+)\)`)

// resolved puts the facts known now where placeholders stood.
func (t template) resolved(f plan.Facts) template {
	t.JSON = filled(t.JSON, f)
	t.At.Account = string(filled([]byte(t.At.Account), f))
	t.At.Region = string(filled([]byte(t.At.Region), f))
	return t
}

func filled(b []byte, f plan.Facts) []byte {
	return placeholder.ReplaceAllFunc(b, func(m []byte) []byte {
		return []byte(f.Get(string(placeholder.FindSubmatch(m)[1])))
	})
}

// covers reports whether approving t approved the request now, which may only differ in what has become known since.
func (t template) covers(now template, f plan.Facts) bool {
	r := t.resolved(f)
	return r.Service == now.Service && r.Operation == now.Operation && r.At == now.At && bytes.Equal(r.JSON, now.JSON)
}
