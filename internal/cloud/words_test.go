package cloud

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
)

// TestErrorsKnowTheirWords: what the looks at AWS keep of a refusal is told in plain words; who is asked for a permission is
// left to whoever looked, and AWS's own words stand where nothing better is known.
func TestErrorsKnowTheirWords(t *testing.T) {
	api := func(code, message string) error { return &smithy.GenericAPIError{Code: code, Message: message} }
	for _, c := range []struct {
		name      string
		err       error
		why, next string // parts of them; "" means that there are none
	}{
		{"a wrong clock", api("RequestTimeTooSkewed", "The difference is too large."), "This computer's clock is wrong. AWS refuses", "Set the clock"},
		{"a permission", api("AccessDenied", "User: x is not authorized to perform: s3:ListBucket on resource: *"), "Your login lacks the permission s3:ListBucket.", ""},
		{"a list without an end", &PageError{"s3", "ListBuckets"}, "ListBuckets came back to a page", "Try again in a minute."},
		{"something unknown", api("StrangeException", "strange"), "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &wordedError{"S3", "ListBuckets", c.err}
			why, next := e.Words()
			if !strings.Contains(why, c.why) || c.why == "" && why != "" || !strings.Contains(next, c.next) || c.next == "" && next != "" {
				t.Errorf("why %q, next %q", why, next)
			}
			if !errors.Is(e, c.err) || e.Error() != c.err.Error() {
				t.Errorf("the error inside is hidden: %v", e)
			}
		})
	}
}
