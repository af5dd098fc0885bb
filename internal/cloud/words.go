package cloud

import (
	"context"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// wordedError is a request's error that knows its plain words (steps.RefusalOf asks for them). Its text is that of the
// error inside.
type wordedError struct {
	service, operation string
	err                error
}

// Error implements error.
func (e *wordedError) Error() string { return e.err.Error() }

// Unwrap gives the error inside.
func (e *wordedError) Unwrap() error { return e.err }

// Words say why the request failed and what to do next. Next is "" where whoever asked knows better which permissions are
// needed; both are "" where AWS's own words are all that is known.
func (e *wordedError) Words() (why, next string) {
	x := Explain(&smithy.OperationError{ServiceID: e.service, OperationName: e.operation, Err: e.err})
	if x.Kind == Other && x.Code != "" {
		if _, known := causeOf(e.err); !known {
			return "", ""
		}
	}
	why, next = x.Why, x.Next
	if x.What != e.operation+" did not work" {
		why = x.What + ". " + x.Why
	}
	if x.Kind == Denied {
		next = ""
	}
	return why, next
}

// words returns the stack option that dresses a request's error with its words.
func words(st *middleware.Stack) error {
	return st.Initialize.Add(middleware.InitializeMiddlewareFunc("cloud.Words",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, md, err := next.HandleInitialize(ctx, in)
			if err != nil {
				err = &wordedError{middleware.GetServiceID(ctx), middleware.GetOperationName(ctx), err}
			}
			return out, md, err
		}), middleware.Before)
}
