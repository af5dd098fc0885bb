package cloud

import (
	"errors"

	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// Kind is a class of failures that are handled alike.
type Kind string

// Explained is a failure in the founder's words.
type Explained struct {
	What, Why, Next string
	Code, RequestID string
	Kind            Kind
}

// Explain says what an error means and what to do.
func Explain(err error) Explained { return Explained{Code: Code(err)} }

// Code gives the AWS error code of err, with the reason where AWS gives one ("ConstraintViolationException/
// ACCOUNT_NUMBER_LIMIT_EXCEEDED"); "" when there is none.
func Code(err error) string {
	code := plainCode(err)
	var cv *orgtypes.ConstraintViolationException
	var hc *orgtypes.HandshakeConstraintViolationException
	var ii *orgtypes.InvalidInputException
	reason := ""
	switch {
	case errors.As(err, &cv):
		reason = string(cv.Reason)
	case errors.As(err, &hc):
		reason = string(hc.Reason)
	case errors.As(err, &ii):
		reason = string(ii.Reason)
	}
	if reason != "" {
		return code + "/" + reason
	}
	return code
}

// plainCode gives the error code alone. plan.Unsettled has one too.
func plainCode(err error) string {
	var v interface{ ErrorCode() string }
	if errors.As(err, &v) {
		return v.ErrorCode()
	}
	return ""
}
