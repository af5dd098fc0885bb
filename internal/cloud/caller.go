package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awswizard/internal/plan"
)

const (
	// memberRole is the administrator role CreateAccount puts into each new account; it trusts the management
	// account.
	memberRole  = "OrganizationAccountAccessRole"
	sessionName = "wizard"

	// freshFor bounds the waiting for a new account's role: AssumeRole answers AccessDenied for 10 to 60 s
	// after CreateAccount has succeeded.
	freshFor   = 60 * time.Second
	freshEvery = 5 * time.Second
)

// WhoAmI asks STS who the requests are made as, once; Become replaces the answer.
func (c *Cloud) WhoAmI(ctx context.Context) (plan.Caller, error) {
	c.mu.Lock()
	known, creds := c.caller, c.creds
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	caller, err := c.identify(ctx, creds)
	if err != nil {
		return plan.Caller{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.caller == nil {
		c.caller = &caller
	}
	return *c.caller, nil
}

func (c *Cloud) identify(ctx context.Context, creds aws.CredentialsProvider) (plan.Caller, error) {
	out, err := sts.NewFromConfig(c.config("", c.stsRegion(), creds, nil)).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return plan.Caller{}, fmt.Errorf("asking AWS who is signed in: %w", err)
	}
	arn := aws.ToString(out.Arn)
	return plan.Caller{Account: aws.ToString(out.Account), ARN: arn, Kind: kindOf(arn)}, nil
}

// kindOf tells the kind of caller from the form of GetCallerIdentity's ARN. Forms it does not know
// (federated-user/…) have no kind: they may not enter members.
func kindOf(arn string) plan.CallerKind {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	resource := parts[5]
	switch {
	case resource == "root":
		return plan.Root
	case strings.HasPrefix(resource, "user/"): // moto says arn:aws:sts::ID:user/moto
		return plan.IAMUser
	case strings.HasPrefix(resource, "assumed-role/AWSReservedSSO_"):
		return plan.IdentityCenter
	case strings.HasPrefix(resource, "assumed-role/"):
		return plan.Role
	}
	return ""
}

// Become makes every later configuration use other credentials, after a sign-in. Configurations handed out
// before keep theirs.
func (c *Cloud) Become(creds aws.CredentialsProvider, caller plan.Caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.creds = own(creds)
	c.caller = &caller
	c.members = map[entrance]aws.CredentialsProvider{}
}

// AsStarted goes back to the credentials that Open found, when a sign-in that took their place is about to be taken away.
func (c *Cloud) AsStarted(ctx context.Context) (plan.Caller, error) {
	caller, err := c.identify(ctx, c.first)
	if err != nil {
		return plan.Caller{}, err
	}
	c.Become(c.first, caller)
	return caller, nil
}

// Fresh says that an account was just created: its role may refuse us for up to a minute.
func (c *Cloud) Fresh(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fresh[account] = c.now().Add(freshFor)
}

func (c *Cloud) freshUntil(account string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fresh[account]
}

// entrance is a way into a member account: through its administrator role, or as its root user for a task.
type entrance struct {
	account string
	task    plan.RootTask
}

// credentialsFor gives the credentials to use in an account: the caller's own, those of the member's administrator
// role, or for a task those of the member's root user.
func (c *Cloud) credentialsFor(account string, task plan.RootTask) (aws.CredentialsProvider, error) {
	if !plan.IsAccountID(account) {
		return nil, fmt.Errorf("%q is not an account id of 12 digits", account)
	}
	ctx, cancel := context.WithTimeout(context.Background(), retrieveLimit)
	defer cancel()
	caller, err := c.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if account == caller.Account && task == "" {
		return c.creds, nil
	}
	if !caller.CanEnterMembers() {
		return nil, &EntryError{Account: account, Err: plan.ErrNoEntry}
	}
	way := entrance{account, task}
	if p, ok := c.members[way]; ok {
		return p, nil
	}
	client := sts.NewFromConfig(c.config(caller.Account, c.stsRegion(), c.creds, nil))
	role := fmt.Sprintf("arn:aws:iam::%s:role/%s", account, memberRole)
	assume := aws.CredentialsProvider(stscreds.NewAssumeRoleProvider(client, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
	}))
	if task != "" {
		assume = &rootSession{client: client, account: account, task: task}
	}
	p := aws.CredentialsProvider(&entry{account: account, until: c.freshUntil, now: c.now,
		next: aws.NewCredentialsCache(assume, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute })})
	c.members[way] = p
	return p, nil
}

// stsRegion is the Region of the STS endpoint: the home Region, since tokens of the global endpoint are not
// valid in opt-in Regions.
func (c *Cloud) stsRegion() string {
	if r, ok := c.Region(); ok {
		return r
	}
	return fallbackRegion
}

// EntryError is a failure to get credentials for a member account. The request they were for was not sent.
type EntryError struct {
	Account string
	Err     error
}

// Error implements error.
func (e *EntryError) Error() string { return "entering account " + e.Account + ": " + e.Err.Error() }

// Unwrap gives the cause, e.g. plan.ErrNoEntry.
func (e *EntryError) Unwrap() error { return e.Err }

// entry gives credentials of a member account and is patient with a fresh one.
type entry struct {
	account string
	until   func(account string) time.Time
	now     func() time.Time
	next    aws.CredentialsProvider
}

// Retrieve implements aws.CredentialsProvider.
func (e *entry) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		v, err := e.next.Retrieve(ctx)
		if err == nil {
			return v, nil
		}
		if plainCode(err) != "AccessDenied" || e.now().After(e.until(e.account)) {
			return v, &EntryError{Account: e.account, Err: err}
		}
		select {
		case <-time.After(freshEvery):
		case <-ctx.Done():
			return v, &EntryError{Account: e.account, Err: ctx.Err()}
		}
	}
}

// ownCredentials marks errors of the caller's own credentials as such, so that a timeout of the sign-in
// service is not mistaken for one of the request they were wanted for.
type ownCredentials struct{ next aws.CredentialsProvider }

func own(p aws.CredentialsProvider) aws.CredentialsProvider {
	if _, already := p.(*ownCredentials); already || p == nil {
		return p
	}
	return &ownCredentials{p}
}

// Retrieve implements aws.CredentialsProvider.
func (o *ownCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	v, err := o.next.Retrieve(ctx)
	if err != nil {
		var already *CredentialsError
		if !errors.As(err, &already) {
			err = credentialsError(err)
		}
	}
	return v, err
}
