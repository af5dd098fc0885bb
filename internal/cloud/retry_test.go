package cloud

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/plan"
)

func TestRetries(t *testing.T) {
	dial := &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}
	reset := &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}
	timeout := &url.Error{Op: "Post", URL: "https://x", Err: context.DeadlineExceeded}
	noHost := &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}}
	code := func(c string) string { return fmt.Sprintf(`{"__type":%q,"Message":"m"}`, c) }
	const page = "<!doctype html>\n<html><h1>Internal Server Error</h1>"
	for _, tt := range []struct {
		name          string
		status        int
		body          string
		err           error
		reads, writes int // attempts
	}{
		{"throttled", 400, code("TooManyRequestsException"), nil, 5, 5},
		{"throttled otherwise", 400, code("ThrottlingException"), nil, 5, 5},
		{"throttled with 503", 503, code("RequestLimitExceeded"), nil, 5, 5},
		{"another change under way", 400, code("ConcurrentModificationException"), nil, 5, 5},
		{"a quota is no throttle", 400, code("LimitExceededException"), nil, 5, 1},
		{"refused", 400, code("AccessDeniedException"), nil, 1, 1},
		{"long wait is the engine's", 400, code("FinalizingOrganizationException"), nil, 1, 1},
		{"policies changing is the engine's", 400, code("PolicyChangesInProgressException"), nil, 1, 1},
		{"exists or busy", 400, code("ConflictException"), nil, 1, 1},
		{"internal error", 500, code("ServiceException"), nil, 5, 1},
		{"bad gateway", 502, code("x"), nil, 5, 1},
		{"unavailable", 503, code("ServiceUnavailable"), nil, 5, 1},
		{"gateway timeout", 504, "", nil, 5, 1},
		{"proxy's page", 503, page, nil, 5, 1},
		{"connection refused", 0, "", dial, 5, 5},
		{"no such host", 0, "", noHost, 1, 1},
		{"reset", 0, "", reset, 5, 1},
		{"timeout", 0, "", timeout, 5, 1},
		{"not implemented by moto", 500, page, nil, 1, 1},
		{"no route in moto", 404, page, nil, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{answer: func(op string, _ int) (int, string, error) {
				if op == "GetCallerIdentity" {
					return 0, "", nil
				}
				return tt.status, tt.body, tt.err
			}}
			c := open(t, f)
			if listRoots(read(t, c, management)) == nil || createAccount(write(t, c, "CreateAccount")) == nil {
				t.Fatal("no error")
			}
			if f.count["ListRoots"] != tt.reads {
				t.Errorf("a read was tried %d times, want %d", f.count["ListRoots"], tt.reads)
			}
			if f.count["CreateAccount"] != tt.writes {
				t.Errorf("a write was tried %d times, want %d", f.count["CreateAccount"], tt.writes)
			}
		})
	}
}

func TestCostExplorerThrottlesByLimitExceeded(t *testing.T) {
	f := &fake{answer: func(op string, _ int) (int, string, error) {
		if op == "CreateAnomalyMonitor" {
			return 400, `{"__type":"LimitExceededException","Message":"too many calls"}`, nil
		}
		return 0, "", nil
	}}
	c := open(t, f)
	cfg, err := c.Write(plan.Place{Account: management, Region: "us-east-1"}, Ticket{Service: "costexplorer", Operation: "CreateAnomalyMonitor", Match: func(any) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = costexplorer.NewFromConfig(cfg).CreateAnomalyMonitor(context.Background(), &costexplorer.CreateAnomalyMonitorInput{AnomalyMonitor: &cetypes.AnomalyMonitor{MonitorName: aws.String("services"), MonitorType: cetypes.MonitorTypeDimensional}})
	if f.count["CreateAnomalyMonitor"] != maxAttempts || Explain(err).Kind != Throttled || InDoubt(err) {
		t.Errorf("tried %d times, %+v", f.count["CreateAnomalyMonitor"], Explain(err))
	}
}

func TestClockSkewIsCorrected(t *testing.T) {
	f := &fake{date: time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), answer: func(op string, n int) (int, string, error) {
		if op == "CreateAccount" && n == 1 {
			return 400, `{"__type":"RequestTimeTooSkewed","Message":"m"}`, nil
		}
		return 0, "", nil
	}}
	if err := createAccount(write(t, open(t, f), "CreateAccount")); err != nil {
		t.Errorf("not tried again: %v", err)
	}
}

func TestStoppingStopsRetries(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &fake{}
	cfg := read(t, open(t, f), management)
	f.answer = func(string, int) (int, string, error) {
		cancel()
		return 503, "", nil
	}
	if _, err := organizations.NewFromConfig(cfg).ListRoots(ctx, &organizations.ListRootsInput{}); err == nil {
		t.Fatal("no error")
	}
	if f.count["ListRoots"] != 1 {
		t.Errorf("tried %d times", f.count["ListRoots"])
	}
}
