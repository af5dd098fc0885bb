package cloud

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// InDoubt reports whether the request may have had its effect although it failed: the answer was lost (timeout,
// reset, cancelled in flight) or AWS failed inside (5xx). It is false when AWS refused, and when nothing left
// this machine.
func InDoubt(err error) bool {
	if err == nil || neverSent(err) || notImplemented(err) || throttled(err) {
		return false
	}
	if _, busy := busyCodes[plainCode(err)]; busy {
		return false
	}
	status, answered := statusOf(err)
	hasCode := plainCode(err) != ""
	switch {
	case answered && status >= 500:
		return true
	case answered && status >= 200 && status < 300:
		return true // done, but the answer could not be read
	case hasCode && answered:
		return false
	case hasCode:
		var api smithy.APIError
		return errors.As(err, &api) && api.ErrorFault() == smithy.FaultServer
	case lost(err):
		return true // also for an answer torn off after its status line
	}
	return false
}

// lost reports whether err says that an answer did not arrive.
func lost(err error) bool {
	var timeout interface{ Timeout() bool }
	var send interface{ ConnectionError() bool }
	var cancelled interface{ CanceledError() bool }
	var op *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.As(err, &op):
	case errors.As(err, &timeout) && timeout.Timeout():
	case errors.As(err, &send) && send.ConnectionError():
	case errors.As(err, &cancelled) && cancelled.CanceledError():
	case strings.Contains(err.Error(), "connection reset"):
	default:
		return false
	}
	return true
}

// statusOf gives the HTTP status AWS answered with, if it answered.
func statusOf(err error) (status int, answered bool) {
	var v interface{ HTTPStatusCode() int }
	if errors.As(err, &v) && v.HTTPStatusCode() > 0 {
		return v.HTTPStatusCode(), true
	}
	return 0, false
}

// notImplemented reports whether a simulator answered that it does not have the operation. moto says so with an
// HTML page of status 500 (or 404, for paths it does not route), from which the SDK reads no error code; AWS's own
// load balancers send pages too, but of status 502 to 504. A HEAD request that misses has a code.
func notImplemented(err error) bool {
	switch plainCode(err) {
	case "SandboxNotImplemented", "NotImplemented", "InvalidAction", "UnknownOperationException":
		return true
	case "", "UnknownError":
	default:
		return false
	}
	switch status, _ := statusOf(err); status {
	case 404, 405, 500, 501:
	default:
		return false
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil &&
		strings.HasPrefix(resp.Response.Header.Get("Content-Type"), "text/html") {
		return true
	}
	var garbled *smithy.DeserializationError
	return errors.As(err, &garbled) && bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(garbled.Snapshot)), []byte("<!doctype html"))
}
