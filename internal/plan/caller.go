package plan

import "errors"

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

// CanEnterMembers reports whether this caller may assume a role in a member account. Root never can
// (STS: "Roles may not be assumed by root accounts.").
func (c Caller) CanEnterMembers() bool { return c.Kind != Root && c.Kind != "" }

// ErrNoEntry is the reason a place cannot be read or changed by this caller (root cannot assume a role); the step
// makes a Later item of it.
var ErrNoEntry = errors.New("this caller cannot enter the account")
