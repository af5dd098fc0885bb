package steps

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"
)

// Code is the AWS error code of err, "" when it has none.
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Absent reports an error with one of these codes: AWS says so that a thing is not there.
func Absent(err error, codes ...string) bool { return err != nil && slices.Contains(codes, Code(err)) }
