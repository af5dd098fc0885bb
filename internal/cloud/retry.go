package cloud

import (
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
)

// maxAttempts is how often a request is tried in all. Longer waits (FinalizingOrganizationException,
// PolicyChangesInProgressException) are the engine's, which can show them.
const maxAttempts = 5

// busyCodes mean that another change is under way and ours was not begun. The SDK does not retry them.
// ConflictException is not here: for sso-admin and identitystore it also means "exists".
var busyCodes = map[string]struct{}{
	"ConcurrentModificationException": {}, // organizations
	"ConcurrentModification":          {}, // iam
	"EntityTemporarilyUnmodifiable":   {}, // iam
	"OperationAborted":                {}, // s3
}

// retryer makes the retry policy of a configuration.
func (c *Cloud) retryer(write bool) func() aws.Retryer {
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			if c.o.Backoff != nil {
				o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
					return c.o.Backoff(attempt), nil
				})
			}
			if write {
				o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(retryWrite)}
				return
			}
			o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(neverRetry)}, o.Retryables...)
			o.Retryables = append(o.Retryables, retry.RetryableErrorCode{Codes: busyCodes})
		})
	}
}

// neverRetry stops the SDK from repeating what cannot get better: refusals of our own, and operations a
// simulator does not have (moto answers those with status 500, which the SDK would try again for 2 s).
func neverRetry(err error) aws.Ternary {
	var gateErr *GateError
	var creds *CredentialsError
	var entry *EntryError
	if errors.As(err, &gateErr) || errors.As(err, &creds) || errors.As(err, &entry) || notImplemented(err) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// retryWrite allows another attempt only after an error that proves the last one had no effect: the services
// have no client tokens, so a repeated create would create twice.
func retryWrite(err error) aws.Ternary {
	if neverRetry(err) == aws.FalseTernary || (retry.NoRetryCanceledError{}).IsErrorRetryable(err) == aws.FalseTernary {
		return aws.FalseTernary
	}
	if throttled(err) || clockSkew(err) {
		return aws.TrueTernary
	}
	if _, busy := busyCodes[plainCode(err)]; busy {
		return aws.TrueTernary
	}
	if neverSent(err) {
		return (retry.RetryableConnectionError{}).IsErrorRetryable(err)
	}
	return aws.FalseTernary
}

// throttled reports whether AWS asked for fewer requests. LimitExceededException is a quota everywhere but in
// Cost Explorer ("You made too many calls in a short period of time").
func throttled(err error) bool {
	code := plainCode(err)
	if code == "LimitExceededException" {
		var ce *cetypes.LimitExceededException
		return errors.As(err, &ce)
	}
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok
}

// clockSkew reports whether the SDK found our clock to be wrong: AWS refused the signature, and the SDK signs
// the next attempt with a corrected time.
func clockSkew(err error) bool {
	var v interface{ RetryableError() bool }
	status, answered := statusOf(err)
	return errors.As(err, &v) && v.RetryableError() && answered && status >= 400 && status < 500
}
