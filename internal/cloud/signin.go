package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/sso/types"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	oidctypes "github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
)

const (
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	refreshGrant = "refresh_token"
	// slowDown is what each SlowDown reply adds to the interval (RFC 8628, section 3.5).
	slowDown = 5 * time.Second
	// signInEvery is the interval when AWS names none (RFC 8628).
	signInEvery = 5 * time.Second
)

// SignIn is a sign-in that waits for the person: show URL and Code (or CompleteURL), then Poll each Every until
// it is done or Expires has passed.
type SignIn struct {
	URL         string // where to enter Code
	CompleteURL string // the same with the code in it
	Code        string // e.g. "ABCD-EFGH"
	Expires     time.Time
	Every       time.Duration

	cloud            *Cloud
	client           *ssooidc.Client
	region, startURL string
	session          string
	deviceCode       string
	clientID         string
	clientSecret     string
	registeredUntil  time.Time
}

// String keeps the secrets out of logs that print the whole value.
func (s *SignIn) String() string { return "sign-in at " + s.URL }

// GoString does the same for %#v.
func (s *SignIn) GoString() string { return s.String() }

// StartSignIn begins the device flow of IAM Identity Center: region is the instance's, startURL the access
// portal's address, and session the [sso-session] under whose name the AWS CLI looks for the sign-in ("" when it is none's).
func (c *Cloud) StartSignIn(ctx context.Context, region, startURL, session string) (*SignIn, error) {
	client := ssooidc.NewFromConfig(c.config("", region, nil, nil))
	reg, err := client.RegisterClient(ctx, &ssooidc.RegisterClientInput{
		ClientName: aws.String("wizard"),
		ClientType: aws.String("public"),
		GrantTypes: []string{deviceGrant, refreshGrant},
		Scopes:     []string{"sso:account:access"}, // without a scope there is no refresh token
	})
	if err != nil {
		return nil, fmt.Errorf("introducing the wizard to the login portal: %w", err)
	}
	dev, err := client.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId: reg.ClientId, ClientSecret: reg.ClientSecret, StartUrl: aws.String(startURL),
	})
	if err != nil {
		return nil, fmt.Errorf("starting the sign-in: %w", err)
	}
	s := &SignIn{
		URL: aws.ToString(dev.VerificationUri), CompleteURL: aws.ToString(dev.VerificationUriComplete), Code: aws.ToString(dev.UserCode),
		Expires: c.now().Add(time.Duration(dev.ExpiresIn) * time.Second), Every: time.Duration(dev.Interval) * time.Second,
		cloud: c, client: client, region: region, startURL: startURL, session: session,
		deviceCode: aws.ToString(dev.DeviceCode), clientID: aws.ToString(reg.ClientId), clientSecret: aws.ToString(reg.ClientSecret),
		registeredUntil: time.Unix(reg.ClientSecretExpiresAt, 0).UTC(),
	}
	if s.Every <= 0 {
		s.Every = signInEvery
	}
	return s, nil
}

// Poll looks once whether the person has signed in, and then keeps the token for SignedIn (and for the AWS CLI).
// An expired or refused sign-in is a *CredentialsError.
func (s *SignIn) Poll(ctx context.Context) (done bool, err error) {
	out, err := s.client.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: aws.String(s.clientID), ClientSecret: aws.String(s.clientSecret),
		DeviceCode: aws.String(s.deviceCode), GrantType: aws.String(deviceGrant),
	})
	var pending *oidctypes.AuthorizationPendingException
	var slow *oidctypes.SlowDownException
	var expired *oidctypes.ExpiredTokenException
	var denied *oidctypes.AccessDeniedException
	var spent *oidctypes.InvalidGrantException
	switch {
	case errors.As(err, &pending):
		return false, nil
	case errors.As(err, &slow):
		s.Every += slowDown
		return false, nil
	case errors.As(err, &expired):
		return false, &CredentialsError{Kind: SignInExpired, What: "The sign-in code has run out",
			Why: "It was not confirmed in the browser in time.", Next: "Start the sign-in again; nothing is lost.", Err: err}
	case errors.As(err, &spent):
		return false, &CredentialsError{Kind: SignInExpired, What: "The sign-in code is used up",
			Why: "It was good for one sign-in.", Next: "Start the sign-in again; nothing is lost.", Err: err}
	case errors.As(err, &denied):
		return false, &CredentialsError{Kind: SignInRefused, What: "The sign-in was refused",
			Why: "“Deny” was chosen in the browser.", Next: "Start the sign-in again and choose “Allow”.", Err: err}
	case err != nil:
		return false, fmt.Errorf("asking whether you have signed in: %w", err)
	}
	dir, err := s.cloud.tokenDir()
	if err != nil {
		return false, err
	}
	return true, writeToken(tokenPath(dir, cmp.Or(s.session, s.startURL)), token{
		StartURL: s.startURL, Region: s.region,
		AccessToken: aws.ToString(out.AccessToken), RefreshToken: aws.ToString(out.RefreshToken),
		ExpiresAt: s.cloud.now().Add(time.Duration(out.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
		ClientID:  s.clientID, ClientSecret: s.clientSecret, RegistrationExpiresAt: s.registeredUntil,
	})
}

// SignedIn takes a role (a permission set's name) in an account with the cached sign-in and becomes it. It is
// false when there is no sign-in, or an expired one that cannot be renewed.
func (c *Cloud) SignedIn(ctx context.Context, region, startURL, session, account, role string) (bool, error) {
	dir, err := c.tokenDir()
	if err != nil {
		return false, err
	}
	path := tokenPath(dir, cmp.Or(session, startURL))
	t, ok := readToken(path)
	if !ok || (!t.ExpiresAt.After(c.now()) && t.RefreshToken == "") {
		return false, nil
	}
	cfg := c.config(account, region, nil, nil)
	provider := aws.NewCredentialsCache(ssocreds.New(sso.NewFromConfig(cfg), account, role, startURL, func(o *ssocreds.Options) {
		o.CachedTokenFilepath = path
		o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(ssooidc.NewFromConfig(cfg), path)
	}))
	if _, err := provider.Retrieve(ctx); err != nil {
		var invalid *ssocreds.InvalidTokenError
		var revoked *ssotypes.UnauthorizedException
		var noGrant *oidctypes.InvalidGrantException
		if errors.As(err, &revoked) || errors.As(err, &noGrant) || (errors.As(err, &invalid) && Code(err) == "" && !lost(err)) {
			return false, nil
		}
		return false, fmt.Errorf("taking the role %s: %w", role, err)
	}
	caller, err := c.identify(ctx, own(provider))
	if err != nil {
		return false, err
	}
	c.Become(provider, caller)
	return true, nil
}
