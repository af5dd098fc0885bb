package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"awswizard/internal/plan"
)

// answered dresses an error as the SDK does.
func answered(status int, err error) error {
	return &smithy.OperationError{ServiceID: "Organizations", OperationName: "CreateAccount",
		Err: &awshttp.ResponseError{RequestID: "req-1", ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}}, Err: err}}}
}

func coded(status int, code, message string) error {
	return answered(status, &smithy.GenericAPIError{Code: code, Message: message})
}

func TestInDoubt(t *testing.T) {
	sent := func(err error) error {
		return &smithy.OperationError{ServiceID: "Organizations", OperationName: "CreateAccount",
			Err: &smithyhttp.RequestSendError{Err: &url.Error{Op: "Post", URL: "https://organizations.us-east-1.amazonaws.com/", Err: err}}}
	}
	for _, tt := range []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"refused", coded(400, "AccessDeniedException", ""), false},
		{"exists", coded(409, "EntityAlreadyExists", ""), false},
		{"typed refusal", answered(400, &orgtypes.ConstraintViolationException{}), false},
		{"throttled", coded(503, "SlowDown", ""), false},
		{"busy", coded(409, "OperationAborted", ""), false},
		{"internal", coded(500, "ServiceException", ""), true},
		{"no code", answered(502, errors.New("bad gateway")), true},
		{"unavailable", coded(503, "ServiceUnavailable", ""), true},
		{"server fault without a status", &smithy.GenericAPIError{Code: "InternalError", Fault: smithy.FaultServer}, true},
		{"refusal without a status", &smithy.GenericAPIError{Code: "AccessDenied"}, false},
		{"failed later, AWS said so", &plan.Unsettled{Operation: "CreateAccount", Reason: "INTERNAL_FAILURE"}, false},
		{"done, answer unreadable", answered(200, &smithy.DeserializationError{Err: errors.New("unexpected")}), true},
		{"redirect", answered(301, errors.New("moved")), false},
		{"answer torn off", answered(400, io.ErrUnexpectedEOF), true},
		{"timeout", sent(context.DeadlineExceeded), true},
		{"reset", sent(&net.OpError{Op: "read", Err: syscall.ECONNRESET}), true},
		{"closed", sent(io.EOF), true},
		{"cancelled in flight", &smithy.OperationError{Err: &smithy.CanceledError{Err: context.Canceled}}, true},
		{"refused connection", sent(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), false},
		{"timeout while connecting", sent(&net.OpError{Op: "dial", Err: context.DeadlineExceeded}), false},
		{"proxy", sent(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNRESET}), false},
		{"no such host", sent(&net.DNSError{IsTimeout: true}), false},
		{"gate", &smithy.OperationError{Err: &GateError{}}, false},
		{"no credentials", &smithy.OperationError{Err: fmt.Errorf("get identity: %w", credentialsError(sent(context.DeadlineExceeded)))}, false},
		{"no way into the account", &EntryError{Account: member, Err: sent(context.DeadlineExceeded)}, false},
		{"not known by the simulator", coded(400, "SandboxNotImplemented", ""), false},
		{"our own", errors.New("a placeholder is left"), false},
	} {
		if got := InDoubt(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// loopback gives a Cloud that talks to a server on this machine through the SDK's own HTTP client.
func loopback(t *testing.T, h http.HandlerFunc) (*Cloud, *httptest.Server) {
	t.Helper()
	f := &fake{}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return open(t, f, func(o *Options) {
		o.HTTPClient = nil
		o.Bind = func(cfg *aws.Config) { cfg.BaseEndpoint = aws.String(s.URL) }
	}), s
}

func loopbackWrite(t *testing.T, c *Cloud) aws.Config {
	t.Helper()
	c.Become(c.creds, plan.Caller{Account: management, ARN: adminARN, Kind: plan.IAMUser}) // needs no request
	return write(t, c, "CreateAccount")
}

func TestLostAnswerIsInDoubtAndNotRepeated(t *testing.T) {
	var served atomic.Int32
	c, _ := loopback(t, func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close() // the effect is there, the answer is not
	})
	err := createAccount(loopbackWrite(t, c))
	if n := served.Load(); !InDoubt(err) || n != 1 {
		t.Errorf("in doubt %v, served %d times: %v", InDoubt(err), n, err)
	}
}

func TestStoppedInFlightIsInDoubt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c, _ := loopback(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := organizations.NewFromConfig(loopbackWrite(t, c)).CreateAccount(ctx, createAccountInput())
	if !InDoubt(err) {
		t.Errorf("not in doubt: %v", err)
	}
}

func TestStoppedBeforeSendingIsNotInDoubt(t *testing.T) {
	c, _ := loopback(t, func(http.ResponseWriter, *http.Request) { t.Error("sent") })
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := organizations.NewFromConfig(loopbackWrite(t, c)).CreateAccount(ctx, createAccountInput())
	if err == nil || InDoubt(err) {
		t.Errorf("in doubt: %v", err)
	}
}

func TestStoppedBetweenAttemptsIsNotInDoubt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &fake{}
	c := open(t, f, func(o *Options) { o.Backoff = func(int) time.Duration { cancel(); return time.Hour } })
	cfg := write(t, c, "CreateAccount")
	f.answer = func(string, int) (int, string, error) { return 400, `{"__type":"TooManyRequestsException"}`, nil }
	_, err := organizations.NewFromConfig(cfg).CreateAccount(ctx, createAccountInput())
	if err == nil || InDoubt(err) {
		t.Errorf("in doubt: %v", err)
	}
}

func TestClosedPortIsNotInDoubt(t *testing.T) {
	c, s := loopback(t, func(http.ResponseWriter, *http.Request) {})
	s.Close()
	err := createAccount(loopbackWrite(t, c))
	if err == nil || InDoubt(err) {
		t.Errorf("in doubt: %v", err)
	}
	if k := Explain(err).Kind; k != Network {
		t.Errorf("explained as %s", k)
	}
}

func createAccountInput() *organizations.CreateAccountInput {
	return &organizations.CreateAccountInput{AccountName: aws.String("production"), Email: aws.String("aws+production@company.example")}
}
