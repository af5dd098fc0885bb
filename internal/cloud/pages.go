package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// PageError says that a list came back to a page it had given already. Taken as the list's end, it would hide the rest of
// it (and what is hidden would be made a second time); followed, it would never end.
type PageError struct{ Service, Operation string }

// Error implements error.
func (e *PageError) Error() string {
	return fmt.Sprintf("%s.%s gave the same page of its list again", e.Service, e.Operation)
}

// RetryableError tells the retryer that the same page may be asked for again: the next answer may go on.
func (e *PageError) RetryableError() bool { return true }

// tokens are the names of the members that lead from page to page, in an input and in its output.
var tokens = []struct{ in, out string }{
	{"NextToken", "NextToken"},
	{"ContinuationToken", "NextContinuationToken"}, // s3 ListObjectsV2; before the pair below, since it has both
	{"ContinuationToken", "ContinuationToken"},     // s3 ListBuckets
	{"Marker", "NextMarker"},                       // lambda
	{"Marker", "Marker"},                           // iam
	{"NextPageToken", "NextPageToken"},             // cost explorer
	{"KeyMarker", "NextKeyMarker"},                 // s3 ListObjectVersions
	{"PartNumberMarker", "NextPartNumberMarker"},   // s3 ListParts
}

// seconds are the members that lead on within one key, beside the token of the key.
var seconds = []struct{ in, out string }{
	{"VersionIdMarker", "NextVersionIdMarker"}, // s3 ListObjectVersions
	{"UploadIdMarker", "NextUploadIdMarker"},   // s3 ListMultipartUploads
}

// pageTokens gives the token a request asks with and the one its reply gives; they are "" at the ends of a list. Without
// pages, paged is false.
func pageTokens(in, out any) (asked, given string, paged bool) {
	for _, t := range tokens {
		a, wants := textOf(in, t.in)
		g, gives := textOf(out, t.out)
		if !wants || !gives {
			continue
		}
		for _, s := range seconds {
			if within, ok := textOf(in, s.in); ok && within != "" {
				a += "\n" + within
			}
			if within, ok := textOf(out, s.out); ok && within != "" {
				g += "\n" + within
			}
		}
		return a, g, true
	}
	return "", "", false
}

// textOf gives a *string member of a struct that a pointer leads to.
func textOf(of any, name string) (string, bool) {
	v := reflect.ValueOf(of)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return "", false
	}
	f := v.Elem().FieldByName(name)
	if !f.IsValid() {
		return "", false
	}
	p, ok := f.Interface().(*string)
	return aws.ToString(p), ok
}

// turns remembers, for the requests of one configuration, which page followed which. A list that leads back to a page is
// seen even when other lists, or the same one, are read beside it.
type turns struct {
	mu   sync.Mutex
	next map[turn]string
}

type turn struct{ list, token string }

// again reports whether the page given leads back to the one asked for, and remembers the step where it does not.
func (t *turns) again(list, asked, given string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := given
	for range len(t.next) + 1 {
		if at == asked {
			return true
		}
		after, known := t.next[turn{list, at}]
		if !known {
			break
		}
		at = after
	}
	if t.next == nil {
		t.next = map[turn]string{}
	}
	t.next[turn{list, asked}] = given
	return false
}

// pages returns the stack option that fails a read whose list turns in a circle. It stands inside the retries, which ask
// for the page again, and applies to every list alike, whatever its paginator would do.
func pages() func(*middleware.Stack) error {
	seen := &turns{}
	return func(st *middleware.Stack) error {
		if _, sends := st.Finalize.Get("Retry"); !sends {
			return nil // a presigner
		}
		return st.Finalize.Insert(middleware.FinalizeMiddlewareFunc("cloud.Pages",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				out, md, err := next.HandleFinalize(ctx, in)
				p := passOf(ctx)
				if err != nil || p == nil || p.class != Read {
					return out, md, err
				}
				if asked, given, paged := pageTokens(p.input, out.Result); paged && given != "" && seen.again(listOf(p), asked, given) {
					err = &PageError{p.service, p.operation}
				}
				return out, md, err
			}), "Retry", middleware.After)
	}
}

// listOf names the list that a request asks for a page of: the operation and the input without its token.
func listOf(p *pass) string {
	var fields map[string]any
	if b, err := json.Marshal(p.input); err == nil {
		_ = json.Unmarshal(b, &fields) // an input that is no object has no members to leave out
	}
	for _, t := range tokens {
		delete(fields, t.in)
	}
	for _, s := range seconds {
		delete(fields, s.in)
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return p.service + "." + p.operation
	}
	return p.service + "." + p.operation + string(b)
}
