package cloud

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// CredentialsKind tells the ways of not being signed in apart.
type CredentialsKind string

// The kinds of missing credentials.
const (
	NoCredentials  CredentialsKind = "none"
	Expired        CredentialsKind = "expired"
	UnknownProfile CredentialsKind = "profile"
	NeedsCode      CredentialsKind = "mfa"
	Incomplete     CredentialsKind = "incomplete" // the sign-in lacks a permission
	Unreachable    CredentialsKind = "unreachable"
	Unusable       CredentialsKind = "unusable" // for another reason, quoted in Why
	SignInExpired  CredentialsKind = "sign-in-expired"
	SignInRefused  CredentialsKind = "sign-in-refused"
)

// CredentialsError says that there are no usable credentials, and what to do.
type CredentialsError struct {
	Kind            CredentialsKind
	What, Why, Next string
	Err             error
}

// Error implements error.
func (e *CredentialsError) Error() string {
	s := lower(e.What) + ": " + lower(strings.TrimSuffix(e.Why, "."))
	if e.Err != nil && e.Kind != Unusable { // whose Why quotes Err
		s += " (" + redact(e.Err.Error()) + ")"
	}
	return s
}

// lower begins a sentence in lower case, but for names ("AWS", "“Deny”").
func lower(s string) string {
	if len(s) < 2 || s[1] < 'a' || s[1] > 'z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// Unwrap gives the SDK's error.
func (e *CredentialsError) Unwrap() error { return e.Err }

const (
	signInWays = "Run `aws login` (AWS CLI 2.32 or newer), or `aws sso login` if your company has a login portal, then start again. " +
		"Without the AWS CLI: open AWS CloudShell in the console and start the wizard there."
	signInAgain = "Run `aws login` (or `aws sso login`) again, then start again; nothing that was finished is lost."
)

// credentialsError explains why the SDK got no credentials. Its errors are texts, mostly: those of logincreds,
// ssocreds and the chain's last link, the instance role.
func credentialsError(err error) *CredentialsError {
	text := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	var noProfile config.SharedConfigProfileNotExistError
	var needsCode config.AssumeRoleTokenProviderNotSetError
	code := plainCode(err)
	switch {
	case errors.As(err, &noProfile):
		return &CredentialsError{Kind: UnknownProfile, What: "There is no such AWS profile", Why: "“" + noProfile.Profile + "” is not in ~/.aws/config.",
			Next: "See `aws configure list-profiles`, or leave the profile out.", Err: err}
	case errors.As(err, &needsCode):
		return &CredentialsError{Kind: NeedsCode, What: "This profile asks for a code of a second factor (MFA)", Why: "It takes a role that wants one, and the wizard cannot ask for it.",
			Next: "Sign in with `aws login` or `aws sso login` and use that profile.", Err: err}
	case has("USER_CREDENTIALS_CHANGED", "password has changed"):
		return &CredentialsError{Kind: Expired, What: "You need to sign in again", Why: "Your AWS password has changed since you signed in.",
			Next: signInAgain, Err: err}
	case has("INSUFFICIENT_PERMISSIONS", "insufficient permissions"):
		return &CredentialsError{Kind: Incomplete, What: "Your sign-in may not be used by programs", Why: "Your user lacks the managed policy SignInLocalDevelopmentAccess.",
			Next: "Ask an administrator of the account to attach it, then run `aws login` again.", Err: err}
	case has("please reauthenticate", "TOKEN_EXPIRED", "has expired", "is expired", "cached SSO token", "InvalidGrantException", "SSO session") ||
		code == "ExpiredToken" || code == "ExpiredTokenException" || code == "UnauthorizedException":
		return &CredentialsError{Kind: Expired, What: "Your sign-in has run out", Why: "AWS ends each sign-in after some hours.",
			Next: signInAgain, Err: err}
	case has("no EC2 IMDS role found", "EC2 IMDS is disabled", "access disabled to EC2 IMDS", "static credentials are empty"):
		return &CredentialsError{Kind: NoCredentials, What: "You are not signed in to AWS", Why: "No credentials were found on this computer.",
			Next: signInWays, Err: err}
	case lost(err) || neverSent(err):
		return &CredentialsError{Kind: Unreachable, What: "The sign-in service did not answer", Why: "The network is down, or a proxy or firewall is in the way.",
			Next: "Check the connection (and HTTPS_PROXY), then start again.", Err: err}
	}
	return &CredentialsError{Kind: Unusable, What: "AWS gave no credentials", Why: "The settings on this computer did not work: " + sentence(redact(text)),
		Next: signInWays, Err: err}
}
