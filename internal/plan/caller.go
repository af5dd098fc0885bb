package plan

import (
	"cmp"
	"errors"
	"strings"
)

// Caller is who the requests are made as.
type Caller struct {
	Account string // 12-digit id
	ARN     string
	Kind    CallerKind
}

// CallerKind tells the ways of being signed in apart, since AWS treats them differently.
type CallerKind string

// The kinds of caller (aws: sts GetCallerIdentity's Arn has a form for each).
const (
	Root           CallerKind = "root"
	IAMUser        CallerKind = "iam-user"
	Role           CallerKind = "role"
	IdentityCenter CallerKind = "identity-center"
)

// Words say who is signed in, for people who do not read ARNs.
func (c Caller) Words() string {
	parts := strings.Split(c.ARN[strings.LastIndex(c.ARN, ":")+1:], "/")
	last := parts[len(parts)-1]
	switch {
	case c.Kind == Root:
		return "the root user, the account's master key"
	case c.Kind == IAMUser && len(parts) > 1:
		return "the IAM user " + last
	case c.Kind == IdentityCenter && len(parts) > 2:
		// AWSReservedSSO_NAME_16 hexadecimal digits is the role of the permission set NAME.
		set := strings.TrimPrefix(parts[1], "AWSReservedSSO_")
		if i := strings.LastIndex(set, "_"); i > 0 {
			set = set[:i]
		}
		return last + ", through IAM Identity Center, as " + set
	case len(parts) > 2:
		return "the role " + parts[1] + " (session " + last + ")"
	}
	return cmp.Or(c.ARN, "somebody")
}

// CanEnterMembers reports whether this caller may assume a role in a member account. Root never can
// (STS: "Roles may not be assumed by root accounts.").
func (c Caller) CanEnterMembers() bool { return c.Kind != Root && c.Kind != "" }

// ErrNoEntry is the reason a place cannot be read or changed by this caller (root cannot assume a role); the step
// makes a Later item of it.
var ErrNoEntry = errors.New("this caller cannot enter the account")
