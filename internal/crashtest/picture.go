// Package crashtest is what the tests of stopping and starting again have in common: pictures of a simulated AWS that can
// be compared, and the checks that no call was made twice or without approval.
package crashtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ids are the shapes of what AWS draws at random. Two set-ups of the same company differ in them and in times only.
var ids = regexp.MustCompile(`\b(?:[0-9a-f]{10}-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|` +
	`\bou-[a-z0-9]{4}-[a-z0-9]{8,32}\b|\br-[a-z0-9]{4}\b|\bo-[a-z0-9]{10}\b|\bp-[a-z0-9]{8}\b|\bcar-[a-z0-9]{32}\b|` +
	`\b(?:ssoins|ps)-[0-9a-f]{16}\b|\bd-[0-9a-f]{10}\b|AWSReservedSSO_\w+_[0-9a-f]{16}\b|\b0?[0-9a-f]{16}\b|\b\d{12}\b|` +
	`\bAROA[A-Z0-9]{17}\b|\b[A-Za-z0-9]{32}\b`)

var times = regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`)

// leftOut are the parts of a world that are no resources: the state of chance and time, the sessions of a person signing
// in, which begin anew after a stop, and the accounts a permission set was brought into by one of Identity Center's works:
// those are more when the work comes after an assignment, which brings it there, too. The assignments themselves are compared.
var leftOut = []string{".seed", ".draws", ".clock", ".pace", ".identity.clients", ".identity.devices", ".identity.tokens",
	".identity.instances[].Operations[].Accounts"}

// Picture is a world in a form in which two that differ only in ids, times and order are the same.
type Picture struct{ bare, named string }

// Draw makes the picture of a world, which is JSON as sandbox.World is written. Each id is named after all that is said
// about it.
func Draw(world []byte) (Picture, error) {
	var v any
	if err := json.Unmarshal(world, &v); err != nil {
		return Picture{}, fmt.Errorf("crashtest: %w", err)
	}
	p := painter{names: map[string]string{}, cut: map[string][]string{}}
	p.collect(v, "")
	var bare, named strings.Builder
	p.draw(&bare, v, "", "")
	// What is said about an id names other ids: a few rounds carry names as far as the world is deep.
	for range 5 {
		p.name()
	}
	p.draw(&named, v, "", "")
	return Picture{bare.String(), named.String()}, nil
}

// Difference says how a picture differs from the wanted one; "" when it does not. Names spread a difference over everything
// that has to do with it, so the pictures without names are compared first.
func Difference(want, got Picture) string {
	switch {
	case want.bare != got.bare:
		return difference(want.bare, got.bare)
	case want.named != got.named:
		return difference(want.named, got.named)
	}
	return ""
}

// versionID is where the versions of S3's objects stand; their ids have any letters.
const versionID = ".Objects[].Version"

// standing are the members of a list that a picture shows. Of a file in S3 it is the last version: a test file is sent until one
// is copied.
func standing(list []any, path string) []any {
	if !strings.HasSuffix(path, ".Objects") {
		return list
	}
	last := map[any]int{}
	for n, o := range list {
		if o, ok := o.(map[string]any); ok {
			last[o["Key"]] = n
		}
	}
	var out []any
	for _, n := range slices.Sorted(maps.Values(last)) {
		out = append(out, list[n])
	}
	return out
}

type painter struct {
	records [][][]string        // one for each object: its path and its own plain values, each cut
	names   map[string]string   // of ids
	cut     map[string][]string // what was cut already
}

// pieces cuts a text at its ids: those have the odd places.
func (p *painter) pieces(text string) []string {
	if out, ok := p.cut[text]; ok {
		return out
	}
	bare := times.ReplaceAllString(text, "<time>")
	var out []string
	end := 0
	for _, at := range ids.FindAllStringIndex(bare, -1) {
		out = append(out, bare[end:at[0]], bare[at[0]:at[1]])
		end = at[1]
	}
	out = append(out, bare[end:])
	p.cut[text] = out
	return out
}

func (p *painter) collect(v any, path string) {
	if slices.Contains(leftOut, path) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		var fields []string
		for key, value := range v {
			if here := path + "." + key; value != false && !strings.HasSuffix(here, versionID) && !slices.Contains(leftOut, here) {
				fields = append(fields, plain(key, value)...)
			}
			p.collect(value, path+"."+key)
		}
		record := [][]string{p.pieces(path)}
		for _, f := range fields {
			record = append(record, p.pieces(f))
		}
		p.records = append(p.records, record)
	case []any:
		for _, e := range standing(v, path) {
			p.collect(e, path+"[]")
		}
	}
}

// plain are the values under a key that hold nothing themselves.
func plain(key string, v any) []string {
	switch v := v.(type) {
	case map[string]any, nil:
		return nil
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, plain(key+"[]", e)...)
		}
		return out
	}
	return []string{fmt.Sprintf("%s=%v", key, v)}
}

// name names every id after the records it is in.
func (p *painter) name() {
	about := map[string][]string{}
	for _, r := range p.records {
		for _, part := range r {
			for n := 1; n < len(part); n += 2 {
				about[part[n]] = append(about[part[n]], p.about(r, part[n]))
			}
		}
	}
	next := map[string]string{}
	for id, records := range about {
		slices.Sort(records)
		sum := sha256.Sum256([]byte(strings.Join(slices.Compact(records), "\n")))
		next[id] = "<" + hex.EncodeToString(sum[:5]) + ">"
	}
	p.names = next
}

// about is what a record says about an id. Its values are in the order of their names: ids have none that means anything.
func (p *painter) about(record [][]string, this string) string {
	var parts []string
	for _, part := range record {
		parts = append(parts, p.join(part, this))
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, " ")
}

// join puts names in the place of ids.
func (p *painter) join(pieces []string, this string) string {
	if len(pieces) == 1 {
		return pieces[0]
	}
	var b strings.Builder
	for n, s := range pieces {
		switch {
		case n%2 == 0:
			b.WriteString(s)
		case s == this:
			b.WriteString("<this>")
		default:
			b.WriteString(p.names[s])
		}
	}
	return b.String()
}

func (p *painter) text(s string) string { return p.join(p.pieces(s), "") }

// draw writes one value, the members of objects and arrays in the order of their text.
func (p *painter) draw(b *strings.Builder, v any, path, key string) {
	if slices.Contains(leftOut, path) {
		return
	}
	parts := []string{}
	switch v := v.(type) {
	case map[string]any:
		for k, value := range v {
			var part strings.Builder
			p.draw(&part, value, path+"."+k, key+"/"+p.text(k))
			parts = append(parts, part.String())
		}
	case []any:
		for _, e := range standing(v, path) {
			var part strings.Builder
			p.draw(&part, e, path+"[]", key+"[]")
			parts = append(parts, key+":\n"+part.String())
		}
	case nil:
		parts = append(parts, key+" = false\n") // an unset switch is off
	default:
		if strings.HasSuffix(path, versionID) {
			v = "<version>"
		}
		parts = append(parts, fmt.Sprintf("%s = %s\n", key, p.text(fmt.Sprint(v))))
	}
	slices.Sort(parts)
	b.WriteString(strings.Join(parts, ""))
}

// difference are the lines that only one of two texts has, 30 at most.
func difference(want, got string) string {
	count := map[string]int{}
	for l := range strings.SplitSeq(want, "\n") {
		count[l]++
	}
	var out []string
	for l := range strings.SplitSeq(got, "\n") {
		if count[l]--; count[l] < 0 {
			out = append(out, "too much: "+l)
		}
	}
	for _, l := range slices.Sorted(maps.Keys(count)) {
		if count[l] > 0 {
			out = append(out, fmt.Sprintf("missing (%d times): %s", count[l], l))
		}
	}
	if len(out) == 0 {
		out = []string{"the same lines in other places"}
	}
	return strings.Join(out[:min(len(out), 30)], "\n")
}
