// Package cloud is the one place that makes AWS configurations, per account and Region. Every request of every
// configuration passes its gate: reads and sign-in requests pass, a write needs a Ticket and each ticket is good
// for one call. A second lock in the HTTP client refuses whatever went round the gate.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"awswizard/internal/plan"
)

const (
	// fallbackRegion serves where no Region is known: even global services need one ("Missing Region").
	fallbackRegion = "us-east-1"
	// requestLimit bounds one attempt, answer included; no request of the wizard's takes AWS that long.
	requestLimit = 60 * time.Second
	// retrieveLimit bounds getting credentials, which may run a program of the profile's choice.
	retrieveLimit = 60 * time.Second
)

// Options says how to reach AWS. The zero value is the SDK's default chain.
type Options struct {
	Profile, Region string
	// Credentials replaces the default chain (sandbox, tests); the shared files are not read then.
	Credentials aws.CredentialsProvider
	// HTTPClient is the client under the second lock; nil is the SDK's, with its proxies and AWS_CA_BUNDLE.
	HTTPClient aws.HTTPClient
	// Bind has the last word on every configuration, e.g. sandbox.Sim.Bind; nil for the real AWS.
	Bind func(*aws.Config)
	// Logger gets one line per request attempt, without secrets; nil for none.
	Logger *slog.Logger
	// Observe is told of every request attempt that passed the gate. It may be called concurrently.
	Observe func(Sent)
	// TokenDir is the folder of cached sign-in tokens; "" is the AWS CLI's, ~/.aws/sso/cache.
	TokenDir string
	// Backoff is the wait before retry number attempt; nil is the SDK's exponential jitter.
	Backoff func(attempt int) time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Paced keeps to AWS's rates of requests also where Bind, HTTPClient or a program on this machine plays AWS.
	Paced bool
}

// Cloud makes configurations. It is safe for concurrent use.
type Cloud struct {
	o    Options
	base aws.Config // without credentials; never handed out
	http aws.HTTPClient
	// pacer holds requests back; nil where AWS is played.
	pacer *pacer

	mu      sync.Mutex
	creds   aws.CredentialsProvider
	first   aws.CredentialsProvider // those Open found
	source  string
	caller  *plan.Caller
	members map[entrance]aws.CredentialsProvider
	fresh   map[string]time.Time // accounts just created: until when to be patient
	secrets map[string]string    // by name; see Keep
}

// Open loads the shared configuration as every AWS tool does and checks that there are credentials. Without
// usable ones the error is a *CredentialsError.
func Open(ctx context.Context, o Options) (*Cloud, error) {
	loaded, err := load(ctx, o)
	if err != nil {
		return nil, credentialsError(err)
	}
	c := &Cloud{o: o, base: loaded, creds: own(loaded.Credentials),
		members: map[entrance]aws.CredentialsProvider{}, fresh: map[string]time.Time{}}
	c.first, c.base.Credentials = c.creds, nil
	if o.Paced || o.Bind == nil && o.HTTPClient == nil && !usesLoopback(aws.ToString(loaded.BaseEndpoint)) {
		c.pacer = &pacer{buckets: map[string]*bucket{}}
	}
	base := o.HTTPClient
	if base == nil {
		base = loaded.HTTPClient
		if b, ok := base.(*awshttp.BuildableClient); ok {
			base = b.WithTimeout(requestLimit).WithTransportOptions(keepConnections)
		}
	}
	c.http = &lock{base}

	ctx, cancel := context.WithTimeout(ctx, retrieveLimit)
	defer cancel()
	v, err := c.creds.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	c.source = v.Source
	return c, nil
}

// connections are the most to one host, which is a service in a Region. The SDK keeps ten of them; here many accounts ask the
// same host at once, and a new connection takes three round trips.
const connections = 64

func keepConnections(t *http.Transport) {
	t.MaxConnsPerHost, t.MaxIdleConnsPerHost, t.MaxIdleConns = connections, connections, 0
}

func load(ctx context.Context, o Options) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{
		// The chain makes clients of its own (STS, SSO, sign-in): they go through the gate too.
		config.WithAPIOptions([]func(*middleware.Stack) error{gate(nil)}),
	}
	if o.Region != "" {
		opts = append(opts, config.WithRegion(o.Region))
	}
	if o.Credentials != nil {
		opts = append(opts, config.WithCredentialsProvider(o.Credentials),
			config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}))
	} else {
		if o.Profile != "" {
			opts = append(opts, config.WithSharedConfigProfile(o.Profile))
		}
		if o.HTTPClient != nil {
			opts = append(opts, config.WithHTTPClient(o.HTTPClient))
		}
		if !wantsInstanceRole(ctx, o.Profile) {
			opts = append(opts, config.WithEC2IMDSClientEnableState(instanceRoleOff))
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	var noProfile config.SharedConfigProfileNotExistError
	if o.Credentials != nil && errors.As(err, &noProfile) {
		cfg, err = withoutProfile(o) // AWS_PROFILE names a profile of the files that were not read
	}
	if err != nil {
		return cfg, err
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = awshttp.NewBuildableClient()
	}
	return cfg, nil
}

// withoutProfile makes a configuration of the environment alone.
func withoutProfile(o Options) (aws.Config, error) {
	env, err := config.NewEnvConfig()
	cfg := aws.Config{Region: o.Region, Credentials: o.Credentials, ConfigSources: []any{env}}
	if cfg.Region == "" {
		cfg.Region = env.Region
	}
	if env.BaseEndpoint != "" {
		cfg.BaseEndpoint = aws.String(env.BaseEndpoint)
	}
	return cfg, err
}

// instanceRoleOff is imds.ClientDisabled. Without it a start without credentials waits for a metadata service
// that a founder's laptop does not have.
const instanceRoleOff = 1

// wantsInstanceRole reports whether the credentials of an EC2 instance are asked for: by the profile, or by
// AWS_EC2_METADATA_DISABLED=false.
func wantsInstanceRole(ctx context.Context, profile string) bool {
	if os.Getenv("AWS_EC2_METADATA_DISABLED") == "false" {
		return true
	}
	env, err := config.NewEnvConfig()
	if err != nil {
		return false // LoadDefaultConfig reports it
	}
	if profile == "" {
		profile = env.SharedConfigProfile
	}
	if profile == "" {
		profile = config.DefaultSharedConfigProfile
	}
	shared, err := config.LoadSharedConfigProfile(ctx, profile, func(o *config.LoadSharedConfigOptions) {
		if env.SharedConfigFile != "" {
			o.ConfigFiles = []string{env.SharedConfigFile}
		}
		if env.SharedCredentialsFile != "" {
			o.CredentialsFiles = []string{env.SharedCredentialsFile}
		}
	})
	if err != nil {
		return false
	}
	for p := &shared; p != nil; p = p.Source {
		if p.CredentialSource == "Ec2InstanceMetadata" {
			return true
		}
	}
	return false
}

// Region is the Region of the flags, the environment or the profile, if any of them names one.
func (c *Cloud) Region() (string, bool) { return c.base.Region, c.base.Region != "" }

// Source names where the credentials that Open found came from, in the SDK's words, e.g. "LoginProvider" (aws login),
// "SSOProvider", "EnvConfigCredentials" or "SharedConfigCredentials: …".
func (c *Cloud) Source() string { return c.source }

// Read gives a configuration with which only reads can leave, for a place whose account is a 12-digit id. Another
// account than the caller's is entered through OrganizationAccountAccessRole, or for a task as its root user; whoever
// is signed in as root cannot do either, the error then is plan.ErrNoEntry.
func (c *Cloud) Read(p plan.Place) (aws.Config, error) {
	return c.in(p, nil)
}

// Write gives a configuration with which, besides reads, the one write of the ticket can leave, once.
func (c *Cloud) Write(p plan.Place, t Ticket) (aws.Config, error) {
	return c.in(p, &approval{ticket: t})
}

func (c *Cloud) in(p plan.Place, a *approval) (aws.Config, error) {
	creds, err := c.credentialsFor(p.Account, p.Task)
	if err != nil {
		return aws.Config{}, fmt.Errorf("cloud: %w", err)
	}
	return c.config(p.Account, p.Region, creds, a), nil
}

// config dresses the base configuration: gate, retries, Bind, and nearest to the retries the check of pages, the observer and the pacer.
func (c *Cloud) config(account, region string, creds aws.CredentialsProvider, a *approval) aws.Config {
	cfg := c.base.Copy()
	cfg.Credentials = creds
	cfg.Region = region
	if region == "" {
		cfg.Region = fallbackRegion
	}
	cfg.HTTPClient = c.http
	cfg.Retryer = c.retryer(a != nil)
	cfg.APIOptions = []func(*middleware.Stack) error{words, gate(a)}
	if a != nil {
		cfg.APIOptions = append(cfg.APIOptions, c.reveal)
	} else {
		cfg.APIOptions = append(cfg.APIOptions, c.recall(account, cfg.Region))
	}
	cfg.ServiceOptions = append(cfg.ServiceOptions[:len(cfg.ServiceOptions):len(cfg.ServiceOptions)], pathStyle)
	if c.o.Bind != nil {
		c.o.Bind(&cfg)
	}
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], pages(), c.watch(account, cfg.Region))
	if c.pacer != nil {
		cfg.APIOptions = append(cfg.APIOptions, c.pace(account))
	}
	return cfg
}

// pathStyle makes S3 clients put the bucket into the path when the endpoint is on this machine: nothing resolves
// "bucket.localhost".
func pathStyle(_ string, o any) {
	if s, ok := o.(*s3.Options); ok && s.BaseEndpoint != nil && usesLoopback(*s.BaseEndpoint) {
		s.UsePathStyle = true
	}
}

func (c *Cloud) now() time.Time {
	if c.o.Now != nil {
		return c.o.Now()
	}
	return time.Now()
}

func (c *Cloud) tokenDir() (string, error) {
	if c.o.TokenDir != "" {
		return c.o.TokenDir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home folder to keep the sign-in in")
	}
	return filepath.Join(home, ".aws", "sso", "cache"), nil
}
