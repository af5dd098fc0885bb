package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Fingerprint identifies what a call would send, and where: the sha256, in hex, of service, operation, place and
// request. Facts not known yet count as their placeholders, so the fingerprint of a preview differs from
// that of the request it becomes. It is "" when the request cannot be shown, and then nothing can match it.
func Fingerprint(c *Call, f Facts) string {
	at := c.Where
	at.Account = f.AccountID(at.Account)
	sum, err := FingerprintOf(c.Request.Service, c.Request.Operation, at, c.Request.Build(f))
	if err != nil {
		return ""
	}
	return sum
}

// FingerprintOf is Fingerprint for an input that is about to be sent. The account of at is a 12-digit id. Idempotency tokens
// do not count: the SDK writes a random one into the caller's input before it sends it. A streamed body counts by
// its bytes and is left where it was.
func FingerprintOf(service, operation string, at Place, input any) (string, error) {
	tree, err := requestTree(service, input, bodyAsHash)
	if err != nil {
		return "", fmt.Errorf("fingerprint %s:%s: %w", service, operation, err)
	}
	tree = slices.DeleteFunc(tree, func(m member) bool {
		return m.name == "ClientToken" || m.name == "ClientRequestToken" || m.name == "clientToken"
	})
	parts := []any{service, operation, at.Account, at.Region, tree}
	if at.Task != "" {
		parts = append(parts, at.Task)
	}
	return digest(parts)
}

// Hash identifies a whole plan, "sha256:…": the calls in order with what they would send, where, after what, and the
// consent they need; the hand-offs; and the bounds of what comes later. What was approved under a hash is what runs.
func Hash(items []Item, f Facts) string {
	rows := make([]any, 0, len(items))
	for _, i := range items {
		switch {
		case i.Call != nil:
			c := i.Call
			rows = append(rows, []any{"call", c.ID, Fingerprint(c, f), c.Effect, c.Consent, c.Lane, c.After})
		case i.HandOff != nil:
			h := i.HandOff
			rows = append(rows, []any{"handoff", h.ID, h.Title, h.URL, h.Clicks, h.After, h.Optional})
		case i.Later != nil:
			l := i.Later
			rows = append(rows, []any{"later", l.ID, l.Operations, placesResolved(l.Places, f), l.MostCalls})
		case i.Blocked != nil:
			rows = append(rows, []any{"blocked", i.Blocked.ID})
		}
	}
	sum, err := digest(rows)
	if err != nil {
		return "" // strings and numbers alone always encode
	}
	return "sha256:" + sum
}

func placesResolved(places []Place, f Facts) []Place {
	out := make([]Place, len(places))
	for i, p := range places {
		out[i] = p
		out[i].Account = f.AccountID(p.Account)
	}
	return out
}

func digest(v any) (string, error) {
	b, err := marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
