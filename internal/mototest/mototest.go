// Package mototest runs the program's tests against moto, a simulated AWS nobody here wrote. It starts moto's server,
// gives each test a management account of its own, and sends the SDK's requests there below the SDK, so that the real
// host names, signatures and retries are used.
package mototest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Server is a running moto.
type Server struct {
	URL string
	env []string // brings boto3 to this moto
	// transport keeps connections: one moto stands for all the hosts of AWS, and takes no thousand at once.
	transport http.RoundTripper

	mu   sync.Mutex
	sent []Request
}

// Request is one request that reached moto. Host and Region are empty where they are not known.
type Request struct{ Service, Operation, Host, Region string }

// RequestOf is a request of the SDK as it leaves.
func RequestOf(r *http.Request) Request {
	ctx := r.Context()
	return Request{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx), Host: r.URL.Host, Region: awsmiddleware.GetRegion(ctx)}
}

// Write reports whether the operation's name says that it changes something. It is judged by the name alone, apart from
// the program's own list of reads.
func (r Request) Write() bool { return !readName.MatchString(r.Operation) }

var readName = regexp.MustCompile(`^(Get|List|Describe|Head|Simulate|AssumeRole|AssumeRoot|RegisterClient|StartDeviceAuthorization|CreateToken)`)

//go:embed mends.py
var mends string

// mend starts moto's server, but lets permission sets have AWS's own policies with a path: moto looks the path up under
// a name that its data does not have (see Gaps). Everything else is moto as it is.
const mend = `
import sys
import moto.ssoadmin.models as sso
from moto.server import main
sso.aws_managed_policies_data = sso.aws_managed_policies_data.replace('"Path"', '"path"')
main(sys.argv[1:])
`

// Start runs moto's server for the test. Without moto the test is skipped, unless WIZARD_REQUIRE_MOTO says it must run.
func Start(t testing.TB) *Server {
	t.Helper()
	need(t)
	port := FreePort(t)
	launch(t, "-c", mends+mend, "-H", "127.0.0.1", "-p", port)
	s := &Server{URL: "http://127.0.0.1:" + port, transport: &http.Transport{MaxConnsPerHost: 64, MaxIdleConnsPerHost: 64}}
	s.env = []string{"AWS_ENDPOINT_URL=" + s.URL}
	Await(t, "moto to answer", func() bool {
		resp, err := http.Get(s.URL + "/moto-api/data.json")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	NoDocker(t, http.DefaultClient, s.URL)
	return s
}

// NoDocker makes moto answer an invocation of a function with its payload, where it would run it in a container.
func NoDocker(t testing.TB, client *http.Client, url string) {
	t.Helper()
	resp, err := client.Post(url+"/moto-api/config", "application/json", strings.NewReader(`{"lambda":{"use_docker":false}}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("moto does not take a setting: %s", resp.Status)
	}
}

// need skips or fails the test where python3 lacks something of moto.
func need(t testing.TB) {
	t.Helper()
	if out, err := exec.Command("python3", "-c", "import boto3, moto.server, moto.moto_proxy\nfrom botocore.serialize import RpcV2CBORSerializer").CombinedOutput(); err != nil {
		Missing(t, fmt.Sprintf("moto is not installed for python3: pip install boto3 'moto[server,proxy]' (%v: %s)", err, lastLine(out)))
	}
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// launch runs python3 until the test ends.
func launch(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "python3", args...)
	// The images take seconds to load for each Region; the policies are needed to attach them.
	cmd.Env = append(os.Environ(), "MOTO_EC2_LOAD_DEFAULT_AMIS=false", "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting moto: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// Missing skips or fails the test because something of moto is not there.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("WIZARD_REQUIRE_MOTO") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// FreePort finds a TCP port nobody listens on.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Await looks until ready is true, half a minute at most.
func Await(t testing.TB, what string, ready func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Keys makes an IAM user in a management account of the test's own and returns its access key, which boto3 uses from then
// on.
func (s *Server) Keys(t *testing.T, account string) (id, secret string) {
	t.Helper()
	out := s.Python(t, `
import boto3, json, sys
sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="x"*20, aws_secret_access_key="x")
c = sts.assume_role(RoleArn=f"arn:aws:iam::{sys.argv[1]}:role/start", RoleSessionName="start")["Credentials"]
iam = boto3.client("iam", region_name="us-east-1", aws_access_key_id=c["AccessKeyId"],
                   aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])
iam.create_user(UserName="founder")
iam.create_user(UserName="colleague")
iam.create_login_profile(UserName="colleague", Password="since-before-the-wizard-1")
k = iam.create_access_key(UserName="founder")["AccessKey"]
print(json.dumps([k["AccessKeyId"], k["SecretAccessKey"]]))
`, account)
	var pair [2]string
	if err := json.Unmarshal([]byte(out), &pair); err != nil {
		t.Fatalf("making the access key: %v: %s", err, out)
	}
	s.env = append(s.env, "AWS_ACCESS_KEY_ID="+pair[0], "AWS_SECRET_ACCESS_KEY="+pair[1])
	return pair[0], pair[1]
}

//go:embed readback.py
var readBack string

// ReadBack is everything that was made in the organization of this account, as boto3 reads it, with names for ids.
func (s *Server) ReadBack(t *testing.T, account, homeRegion string) []byte {
	t.Helper()
	return []byte(s.Python(t, readBack, account, homeRegion) + "\n")
}

// Python runs a script with boto3, the independent client that reads back what was made, and returns what it prints.
func (s *Server) Python(t *testing.T, script string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", append([]string{"-c", script}, args...)...)
	cmd.Env = append(os.Environ(), s.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python: %v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

// Sent are the requests that reached moto so far.
func (s *Server) Sent() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.sent...)
}

// Writes are the requests among Sent that change something.
func (s *Server) Writes() []Request {
	var out []Request
	for _, r := range s.Sent() {
		if r.Write() {
			out = append(out, r)
		}
	}
	return out
}

// Do implements the SDK's HTTP client: it sends a request meant for a real AWS host to moto, which routes by the Host
// header and the signature's scope. moto's "not implemented" is a 500 page, which the SDK would try again; it is told as
// 501, so that a gap fails at once.
func (s *Server) Do(r *http.Request) (*http.Response, error) {
	target, err := url.Parse(s.URL)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.sent = append(s.sent, RequestOf(r))
	s.mu.Unlock()
	out := r.Clone(r.Context())
	out.Host = r.URL.Host
	out.URL.Scheme, out.URL.Host = target.Scheme, target.Host
	resp, err := s.transport.RoundTrip(out)
	if err == nil && resp.StatusCode == http.StatusInternalServerError && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		resp.StatusCode = http.StatusNotImplemented
	}
	return resp, err
}
