package steps

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// AccountIDs are the ids of all active accounts of the organization, the management account first. Without an
// organization it is the caller's own account.
func AccountIDs(env Env) []string {
	management, ok := env.Facts.Lookup(plan.AccountFact(plan.Management))
	if !ok {
		management = env.Caller.Account
	}
	all, _ := env.Facts.Lookup("organization.accounts")
	var members []string
	for id := range strings.SplitSeq(all, ",") {
		if id = strings.TrimSpace(id); plan.IsAccountID(id) && id != management {
			members = append(members, id)
		}
	}
	slices.Sort(members)
	return append([]string{management}, slices.Compact(members)...)
}

// ControlTowerFact is "true" where AWS Control Tower runs the organization: then the wizard makes no account, and changes
// nothing that concerns all accounts.
const ControlTowerFact = "organization.control_tower"

// ControlTower reports whether AWS Control Tower runs the organization.
func ControlTower(f plan.Facts) bool {
	_, runs := f.Lookup(ControlTowerFact)
	return runs
}

// NotMade are the references of the accounts of the answers that do not exist yet and are to be made.
func NotMade(a answers.Answers, f plan.Facts) []string {
	var out []string
	for _, acc := range a.Accounts {
		if _, known := f.Lookup(plan.AccountFact(acc.Key())); !known && !ControlTower(f) {
			out = append(out, acc.Key())
		}
	}
	return out
}

// References are the names accounts go by in plans, by id.
type References map[string]string

// ReferencesOf are the references of the accounts of the answers and of the management account, as far as they exist.
func ReferencesOf(a answers.Answers, f plan.Facts) References {
	refs := References{}
	for _, acc := range a.Accounts {
		if id, ok := f.Lookup(plan.AccountFact(acc.Key())); ok {
			refs[id] = acc.Key()
		}
	}
	if id, ok := f.Lookup(plan.AccountFact(plan.Management)); ok {
		refs[id] = plan.Management
	}
	return refs
}

// Of is the reference of an account: its id where it has no name in the answers.
func (r References) Of(id string) string {
	if ref, ok := r[id]; ok {
		return ref
	}
	return id
}

// Called names an account for a person.
func Called(ref, id string) string {
	if ref == id {
		return "account " + id
	}
	return ref + " (" + id + ")"
}

// Refusal is why AWS did not answer.
type Refusal struct {
	Code, Message string // AWS's own
	// Reason and Remedy are plain words, where they are known; Remedy is "" where it depends on what was looked at.
	Reason, Remedy string
}

// RefusalOf keeps of an error what a founder or the support can use.
func RefusalOf(err error) *Refusal {
	r := &Refusal{}
	var told interface{ Words() (why, next string) } // as the errors of internal/cloud have them
	if errors.As(err, &told) {
		r.Reason, r.Remedy = told.Words()
	}
	var api smithy.APIError
	var answer *smithyhttp.ResponseError
	switch {
	case errors.As(err, &api):
		r.Code, r.Message = api.ErrorCode(), api.ErrorMessage()
		if r.Message == r.Code { // a HEAD request's refusal has no words
			r.Message = ""
		}
	case errors.As(err, &answer): // no AWS error, such as a page of a proxy
		r.Message = fmt.Sprintf("HTTP status %d, with a text that does not come from AWS's programs", answer.HTTPStatusCode())
	default:
		r.Message = err.Error()
	}
	return r
}

// Unready reports whether the account is one that AWS has not finished: activation takes minutes, up to 24 hours.
func (r *Refusal) Unready() bool {
	return slices.Contains([]string{"OptInRequired", "PendingVerification", "SubscriptionRequiredException", "AccountProblem"}, r.Code)
}

// Unfinished says for a person that AWS has not finished the account.
func (r *Refusal) Unfinished() string {
	return "AWS has not finished setting up this account (" + r.Code + "). That takes minutes, seldom up to 24 hours."
}

// Forbidden says which rule of the organization is behind the refusal, "" when none is, and how to lift it before the
// program is started again.
func (r *Refusal) Forbidden(f plan.Facts, program string) (why, next string) {
	rule, certain, byRule := plan.RuleOf(f, r.Message)
	if !byRule {
		return "", ""
	}
	what, why, next := rule.Forbidden("this", certain)
	if rule.Name == "" {
		next = "Exempt the wizard's role from that policy, or allow the Region; then start " + program + " again."
	}
	return what + ". " + why, next
}

// Why says for a person what AWS answered.
func (r *Refusal) Why(f plan.Facts) string {
	if rule, _ := r.Forbidden(f, ""); rule != "" {
		return rule
	}
	if r.Reason != "" {
		return r.Reason
	}
	// The encoded part of EC2's message helps only whoever may decode it.
	message, _, _ := strings.Cut(r.Message, " Encoded authorization failure message:")
	if message == "" {
		return "AWS answered " + r.Code + "."
	}
	return "AWS answered: " + message
}

// Next says for a person what to do: by what lies behind the refusal where that is known, else what the step knows.
func (r *Refusal) Next(own string) string {
	if r.Remedy != "" {
		return r.Remedy
	}
	return own
}
