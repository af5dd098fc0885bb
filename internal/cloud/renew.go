package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TrialRun is the source of credentials that a trial run gives: signing in again is played.
const TrialRun = "the trial run"

// ErrOtherAccount means that the credentials found anew belong to another account than before.
var ErrOtherAccount = errors.New("the sign-in is for another account than before")

// Reload reads the credentials of the chain anew: the files, the caches of `aws login` and `aws sso login`, the program a
// profile names. The SDK keeps what it has read until it is told otherwise. Configurations handed out before keep theirs.
func (c *Cloud) Reload(ctx context.Context) error {
	loaded, err := load(ctx, c.o)
	if err != nil {
		return credentialsError(err)
	}
	fresh := own(loaded.Credentials)
	ctx, cancel := context.WithTimeout(ctx, retrieveLimit)
	defer cancel()
	v, err := fresh.Retrieve(ctx)
	if err != nil {
		return err
	}
	caller, err := c.identify(ctx, fresh)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.caller != nil && c.caller.Account != caller.Account {
		return ErrOtherAccount
	}
	c.first, c.creds, c.source, c.caller = fresh, fresh, v.Source, &caller
	c.members = map[entrance]aws.CredentialsProvider{}
	return nil
}

// HowToSignIn says what gives new credentials of the kind that ran out, and whether Reload can then find them.
func (c *Cloud) HowToSignIn() (next string, found bool) {
	profile := ""
	if c.o.Profile != "" {
		profile = " --profile " + c.o.Profile
	}
	switch source := c.Source(); {
	case source == TrialRun:
		return "In the trial run there is nothing to do for that: go on, and you are signed in anew.", true
	case strings.Contains(source, "SSO"):
		return "In another window, run `aws sso login" + profile + "`. Then come back here and go on.", true
	case strings.Contains(source, "Login"):
		return "In another window, run `aws login" + profile + "`. Then come back here and go on.", true
	case strings.HasPrefix(source, "EnvConfig"):
		return "The keys come from this window's environment, which cannot change while the wizard runs. Stop here, set the new keys, and start the same command again: it goes on from here.", false
	case strings.HasPrefix(source, "SharedConfigCredentials"):
		return "Put the new keys into your AWS credentials file, in the same profile. Then come back here and go on.", true
	}
	return "In another window, sign in to AWS as you did before, for example with `aws login" + profile + "`. Then come back here and go on.", true
}
