package cloud

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"

	"awswizard/internal/plan"
)

// lock is the second lock: it refuses requests that did not come through the gate, for example of a client
// whose options dropped the middleware. It also notes whether a request left the machine.
type lock struct{ base aws.HTTPClient }

// Do implements aws.HTTPClient.
func (l *lock) Do(r *http.Request) (*http.Response, error) {
	p := passOf(r.Context())
	if p == nil {
		return nil, &GateError{Service: r.URL.Host, Operation: r.Method, Reason: "it did not come through the gate"}
	}
	var traced, wrote atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GetConn:      func(string) { traced.Store(true) },
		WroteHeaders: func() { wrote.Store(true); p.sent.Store(true) },
	})
	resp, err := l.base.Do(toLoopback(r.WithContext(ctx)))
	if !traced.Load() {
		p.sent.Store(true) // a client that does not trace: assume the worst
	}
	if err != nil && traced.Load() && !wrote.Load() {
		err = &unsentError{err}
	}
	return resp, err
}

// unsentError marks an error of which we know that no byte of the request left.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// toLoopback undoes the SDK's habit of putting the account id before the host of S3 Control requests when the
// endpoint is a simulator on this machine (AWS_ENDPOINT_URL=http://127.0.0.1:5000 becomes
// "123456789012.127.0.0.1:5000", which no resolver knows). The signed Host header stays as it is.
func toLoopback(r *http.Request) *http.Request {
	first, rest, ok := strings.Cut(r.URL.Host, ".")
	if !ok || !plan.IsAccountID(first) || !isLoopback(rest) {
		return r
	}
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	u := *r.URL
	u.Host = rest
	r.URL = &u
	return r
}

func isLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// usesLoopback reports whether an endpoint address (AWS_ENDPOINT_URL) is on this machine.
func usesLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && isLoopback(u.Host)
}

// neverSent reports whether err proves that the request did not leave this machine.
func neverSent(err error) bool {
	var unsent *unsentError
	var gateErr *GateError
	var creds *CredentialsError
	var entry *EntryError
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &unsent), errors.As(err, &gateErr), errors.As(err, &creds), errors.As(err, &entry), errors.As(err, &dns):
		return true
	case errors.As(err, &op):
		return op.Op == "dial" || op.Op == "proxyconnect"
	}
	return false
}
