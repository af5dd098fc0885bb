package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"awswizard/internal/plan"
)

const (
	management = "111122223333"
	member     = "444455556666"
	adminARN   = "arn:aws:iam::111122223333:user/admin"
	rootARN    = "arn:aws:iam::111122223333:root"
)

// fake answers requests in place of AWS. Operations are named by X-Amz-Target, by the form's Action, or by method
// and path.
type fake struct {
	mu     sync.Mutex
	seen   []string
	reqs   []*http.Request
	bodies []string
	arn    string
	answer func(op string, n int) (status int, body string, err error) // n counts from 1 per operation
	count  map[string]int
	date   string // the Date header of replies
}

func (f *fake) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	op := r.Method + " " + r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		op = target[strings.LastIndex(target, ".")+1:]
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		op = form.Get("Action")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[op]++
	f.seen, f.reqs, f.bodies = append(f.seen, op), append(f.reqs, r), append(f.bodies, string(body))
	status, text, header := 200, "{}", http.Header{"X-Amzn-Requestid": {fmt.Sprintf("id-%d", len(f.seen))}}
	if f.date != "" {
		header.Set("Date", f.date)
	}
	switch op {
	case "GetCallerIdentity":
		text = fmt.Sprintf(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>%s</Arn><UserId>x</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, f.arn, management)
	case "AssumeRole":
		text = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAMEMBER</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
	}
	if f.answer != nil {
		s, t, err := f.answer(op, f.count[op])
		if err != nil {
			return nil, err
		}
		if s != 0 {
			status, text = s, t
		}
	}
	switch {
	case strings.HasPrefix(text, "<!doctype html"):
		header.Set("Content-Type", "text/html; charset=utf-8")
	case strings.HasPrefix(text, "<"):
		header.Set("Content-Type", "text/xml")
	default:
		header.Set("Content-Type", "application/json")
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (f *fake) ops() string { f.mu.Lock(); defer f.mu.Unlock(); return strings.Join(f.seen, " ") }

// last is the newest request of an operation.
func (f *fake) last(op string) *http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.seen) - 1; i >= 0; i-- {
		if f.seen[i] == op {
			return f.reqs[i]
		}
	}
	return nil
}

// clean takes the settings of the machine away: no AWS_* variables, an empty home folder.
func clean(t *testing.T) (home string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if k, _, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "AWS_") {
			t.Setenv(k, "") // restores it afterwards
			if err := os.Unsetenv(k); err != nil {
				t.Fatal(err)
			}
		}
	}
	home = t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config")) // the SDK looks up the home folder once only
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	return home
}

func open(t *testing.T, f *fake, change ...func(*Options)) *Cloud {
	t.Helper()
	clean(t)
	if f.arn == "" {
		f.arn = adminARN
	}
	o := Options{Region: "eu-west-1", HTTPClient: f, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
		Backoff: func(int) time.Duration { return 0 }}
	for _, c := range change {
		c(&o)
	}
	c, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(t *testing.T, c *Cloud, account string) aws.Config {
	t.Helper()
	cfg, err := c.Read(plan.Place{Account: account, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func write(t *testing.T, c *Cloud, operation string) aws.Config {
	t.Helper()
	cfg, err := c.Write(plan.Place{Account: management, Region: "eu-west-1"}, Ticket{Service: "organizations", Operation: operation, Match: func(any) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func createAccount(cfg aws.Config, opts ...func(*organizations.Options)) error {
	_, err := organizations.NewFromConfig(cfg, opts...).CreateAccount(context.Background(),
		&organizations.CreateAccountInput{AccountName: aws.String("production"), Email: aws.String("aws+production@company.example")})
	return err
}

func TestOpenWithoutCredentialsDoesNotAskTheNetwork(t *testing.T) {
	clean(t)
	f := &fake{}
	_, err := Open(context.Background(), Options{HTTPClient: f})
	var missing *CredentialsError
	if !errors.As(err, &missing) || missing.Kind != NoCredentials {
		t.Fatalf("Open without credentials: %v", err)
	}
	if !strings.Contains(missing.Next, "aws login") || !strings.Contains(missing.Next, "CloudShell") {
		t.Errorf("Next does not say how to sign in: %s", missing.Next)
	}
	if f.ops() != "" {
		t.Errorf("sent %s", f.ops())
	}
}

func TestOpenFollowsTheProfile(t *testing.T) {
	home := clean(t)
	file(t, filepath.Join(home, ".aws", "config"), "[profile founder]\nregion = eu-central-1\naws_access_key_id = AKIAFOUNDER\naws_secret_access_key = x\n"+
		"[profile instance]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Ec2InstanceMetadata\n")
	c, err := Open(context.Background(), Options{Profile: "founder", HTTPClient: &fake{}})
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := c.Region(); r != "eu-central-1" || !ok {
		t.Errorf("Region() = %q, %v", r, ok)
	}
	if !strings.HasPrefix(c.Source(), "SharedConfigCredentials") {
		t.Errorf("Source() = %q", c.Source())
	}
	if !wantsInstanceRole(context.Background(), "instance") || wantsInstanceRole(context.Background(), "founder") {
		t.Error("the instance role is not asked for exactly by the profile that names it")
	}

	_, err = Open(context.Background(), Options{Profile: "nobody", HTTPClient: &fake{}})
	var missing *CredentialsError
	if !errors.As(err, &missing) || missing.Kind != UnknownProfile {
		t.Errorf("unknown profile: %v", err)
	}
}

func TestOpenTellsAnExpiredLogin(t *testing.T) {
	home := clean(t)
	file(t, filepath.Join(home, ".aws", "config"), "[default]\nregion = eu-west-1\nlogin_session = "+rootARN+"\n")
	_, err := Open(context.Background(), Options{HTTPClient: &fake{}})
	var missing *CredentialsError
	if !errors.As(err, &missing) || missing.Kind != Expired {
		t.Fatalf("login session without a token: %v", err)
	}
}

func TestGivenCredentialsNeedNoFiles(t *testing.T) {
	home := clean(t)
	file(t, filepath.Join(home, ".aws", "config"), "this is not a configuration file [")
	t.Setenv("AWS_PROFILE", "nobody")
	t.Setenv("AWS_REGION", "eu-north-1")
	c, err := Open(context.Background(), Options{HTTPClient: &fake{}, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "x", "")})
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := c.Region(); r != "eu-north-1" {
		t.Errorf("Region() = %q", r)
	}
}

func TestMissingRegionFallsBack(t *testing.T) {
	f := &fake{}
	c := open(t, f, func(o *Options) { o.Region = "" })
	if r, ok := c.Region(); ok {
		t.Errorf("Region() = %q although none is set", r)
	}
	if _, err := c.WhoAmI(context.Background()); err != nil {
		t.Fatal(err)
	}
	if host := f.last("GetCallerIdentity").URL.Host; host != "sts.us-east-1.amazonaws.com" {
		t.Errorf("asked %s", host)
	}
}

func TestSimulatorOnThisMachine(t *testing.T) {
	f := &fake{}
	clean(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://localhost:5000")
	c, err := Open(context.Background(), Options{Region: "eu-west-1", HTTPClient: f, Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")})
	if err != nil {
		t.Fatal(err)
	}
	f.arn = adminARN
	cfg := read(t, c, management)
	if _, err := s3.NewFromConfig(cfg).HeadBucket(context.Background(), &s3.HeadBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	if r := f.last("HEAD /trail"); r == nil || r.URL.Host != "localhost:5000" {
		t.Errorf("S3 does not use path style: %s", f.ops())
	}
	_, err = s3control.NewFromConfig(cfg).GetPublicAccessBlock(context.Background(), &s3control.GetPublicAccessBlockInput{AccountId: aws.String(management)})
	r := f.last("GET /v20180820/configuration/publicAccessBlock")
	if r == nil {
		t.Fatalf("S3 Control was not asked: %v, %s", err, f.ops())
	}
	if r.URL.Host != "localhost:5000" || r.Host != management+".localhost:5000" {
		t.Errorf("S3 Control went to %s with Host %s", r.URL.Host, r.Host)
	}
}

func TestBindAndObserve(t *testing.T) {
	f := &fake{}
	var mu sync.Mutex
	var sent []Sent
	bound := 0
	c := open(t, f, func(o *Options) {
		o.Observe = func(s Sent) { mu.Lock(); defer mu.Unlock(); sent = append(sent, s) }
		o.Bind = func(cfg *aws.Config) {
			bound++
			if cfg.Credentials == nil || cfg.Region == "" {
				t.Error("Bind sees no credentials or Region")
			}
		}
	})
	f.answer = func(op string, n int) (int, string, error) {
		if op == "CreateAccount" && n == 1 {
			return 400, `{"__type":"TooManyRequestsException","Message":"slow"}`, nil
		}
		return 0, "", nil
	}
	if err := createAccount(write(t, c, "CreateAccount")); err != nil {
		t.Fatal(err)
	}
	if bound == 0 {
		t.Error("Bind was not called")
	}
	mu.Lock()
	defer mu.Unlock()
	var got []string
	for _, s := range sent {
		got = append(got, fmt.Sprintf("%s.%s %s %s write=%v #%d %s %s", s.Service, s.Operation, s.Account, s.Region, s.Write, s.Attempt, s.RequestID, s.Code))
	}
	want := "sts.GetCallerIdentity  eu-west-1 write=false #1 id-1 \n" +
		"organizations.CreateAccount 111122223333 eu-west-1 write=true #1 id-2 TooManyRequestsException\n" +
		"organizations.CreateAccount 111122223333 eu-west-1 write=true #2 id-3 "
	if strings.Join(got, "\n") != want {
		t.Errorf("observed:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
}

func file(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
