package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// local is the service name of a request that changes a file on this computer instead of AWS.
const local = "file"

// EditLines is the operation of such a request.
const EditLines = "EditLines"

// FileEdit is the input of such a request: lines of a file that come in the place of others. Nothing else of the file is
// part of it, so that nothing else is shown or recorded.
type FileEdit struct {
	Path        string // as a person knows it, e.g. "~/.aws/config"
	Remove, Add []string
}

// ToFile makes the request that changes a file of this computer. It is approved, recorded and undone like every other;
// only write's destination differs.
func ToFile(build func(Facts) *FileEdit, write func(ctx context.Context, in *FileEdit) error) Request {
	return Request{
		Service: local, Operation: EditLines,
		build: func(f Facts) any { return build(f) },
		send: func(ctx context.Context, _ aws.Config, in any) (any, error) {
			edit, ok := in.(*FileEdit)
			if !ok {
				return nil, fmt.Errorf("plan: a file edit wants *FileEdit, got %T", in)
			}
			return nil, write(ctx, edit)
		},
	}
}

// Local reports whether the request changes a file on this computer and not AWS.
func (r Request) Local() bool { return r.Service == local }

// Place says where a call has its effect, for a person.
func (c *Call) Place(f Facts) string {
	if edit, ok := c.Edit(f); ok {
		return edit.Path + " on this computer"
	}
	return c.Where.In(f)
}

// Edit is the change of a file that a call makes; false for a call to AWS.
func (c *Call) Edit(f Facts) (*FileEdit, bool) {
	if !c.Request.Local() {
		return &FileEdit{}, false
	}
	edit, ok := c.Request.Build(f).(*FileEdit)
	return edit, ok
}

// Diff is the change of a file in the form of diff -u, "" for a call to AWS.
func (c *Call) Diff(f Facts) string {
	edit, ok := c.Edit(f)
	if !ok {
		return ""
	}
	lines := []string{"--- " + edit.Path, "+++ " + edit.Path}
	for _, l := range difference(edit.Remove, edit.Add) {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n")
}

// difference marks the lines that stay with a space, those that go with "-" and those that come with "+".
func difference(a, b []string) []string {
	// same[i][j] is the length of the longest common part of a[i:] and b[j:].
	same := make([][]int, len(a)+1)
	for i := range same {
		same[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				same[i][j] = same[i+1][j+1] + 1
			} else {
				same[i][j] = max(same[i+1][j], same[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, " "+a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || same[i+1][j] >= same[i][j+1]):
			out = append(out, "-"+a[i])
			i++
		default:
			out = append(out, "+"+b[j])
			j++
		}
	}
	return out
}

// LocalError is a failure on this computer, in the founder's words. Nothing was changed.
type LocalError struct {
	What, Why, Next string
	Err             error
}

// Error implements error.
func (e *LocalError) Error() string { return e.What + " " + e.Why }

// Unwrap gives the cause, which may be nil.
func (e *LocalError) Unwrap() error { return e.Err }
