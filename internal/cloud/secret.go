package cloud

import (
	"context"
	"errors"
	"strings"

	"awswizard/internal/plan"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Keep holds a secret in memory for the requests that name it (plan.Secret).
func (c *Cloud) Keep(name, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secrets == nil {
		c.secrets = map[string]string{}
	}
	c.secrets[name] = value
}

func (c *Cloud) secret(name string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.secrets[name]
	return value, ok
}

// reveal puts secrets in their places, behind the gate: what was approved, shown and recorded holds only their names. What
// comes back of them in an error is hidden again.
func (c *Cloud) reveal(st *middleware.Stack) error {
	return st.Initialize.Add(middleware.InitializeMiddlewareFunc("cloud.Secrets",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			name, waits := plan.SecretIn(in.Parameters)
			if !waits {
				return next.HandleInitialize(ctx, in)
			}
			filled, err := plan.Revealed(in.Parameters, c.secret)
			if err != nil {
				service, operation := operationOf(in.Parameters)
				return middleware.InitializeOutput{}, middleware.Metadata{}, &GateError{Service: service, Operation: operation, Reason: "the secret " + name + " cannot be filled in", Err: err}
			}
			in.Parameters = filled
			out, md, err := next.HandleInitialize(ctx, in)
			if err != nil && c.hide(err.Error()) != err.Error() {
				err = &hiddenError{err: err, hide: c.hide}
			}
			return out, md, err
		}), middleware.After)
}

// hide takes the secrets that are kept out of a text.
func (c *Cloud) hide(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, value := range c.secrets {
		if value != "" {
			text = strings.ReplaceAll(text, value, hidden)
		}
	}
	return text
}

// hiddenError is an error that named a secret: AWS repeats what it does not accept.
type hiddenError struct {
	err  error
	hide func(string) string
}

func (e *hiddenError) Error() string { return e.hide(e.err.Error()) }
func (e *hiddenError) Unwrap() error { return e.err }

// ErrorCode, ErrorMessage and ErrorFault are those of AWS's error, if there is one (smithy.APIError).
func (e *hiddenError) ErrorCode() string {
	var api smithy.APIError
	if errors.As(e.err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// ErrorMessage is AWS's message without the secret.
func (e *hiddenError) ErrorMessage() string {
	var api smithy.APIError
	if errors.As(e.err, &api) {
		return e.hide(api.ErrorMessage())
	}
	return e.Error()
}

// ErrorFault says whose fault AWS thinks it is.
func (e *hiddenError) ErrorFault() smithy.ErrorFault {
	var api smithy.APIError
	if errors.As(e.err, &api) {
		return api.ErrorFault()
	}
	return smithy.FaultUnknown
}
