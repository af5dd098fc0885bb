package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"awswizard/internal/pattern"
	"awswizard/internal/plan"
)

// Kind is a class of failures that are handled alike.
type Kind string

// The kinds of failure.
const (
	Denied         Kind = "denied"           // the caller lacks a permission
	DeniedByPolicy Kind = "denied-by-policy" // a policy of the organization forbids it, whoever asks
	Throttled      Kind = "throttled"        // too many requests; later they pass
	Credentials    Kind = "credentials"      // not signed in, or no longer
	Network        Kind = "network"          // AWS was not reached
	NotReady       Kind = "not-ready"        // AWS, the account or the bill is not ready for it yet
	Quota          Kind = "quota"            // a limit of the account
	Conflict       Kind = "conflict"         // something is there already, in use, or changing
	Missing        Kind = "missing"          // something is not there
	Unsupported    Kind = "unsupported"      // this endpoint (a simulator) does not have the operation
	Doubtful       Kind = "doubtful"         // a write may have had its effect; see InDoubt
	Other          Kind = "other"
)

// Explained is a failure in the founder's words: What is a heading, Why and Next are sentences.
type Explained struct {
	What, Why, Next string
	Code, RequestID string
	Kind            Kind
}

// Explain says what an error means and what to do about it.
func Explain(err error) Explained { return ExplainKnowing(plan.Facts{}, err) }

// ExplainKnowing is Explain where facts are known: a refusal by a rule of the organization (plan.Rule) is told by its name.
func ExplainKnowing(known plan.Facts, err error) Explained {
	if err == nil {
		return Explained{}
	}
	e := explain(known, err)
	e.Code, e.RequestID = Code(err), requestID(middleware.Metadata{}, err)
	return e
}

func explain(known plan.Facts, err error) Explained {
	operation := operationIn(err)
	failed := operation + " did not work"
	var creds *CredentialsError
	var entry *EntryError
	var gateErr *GateError
	var page *PageError
	switch {
	case errors.As(err, &page):
		return Explained{Kind: NotReady, What: "AWS gave a list that does not end",
			Why: page.Operation + " came back to a page it had given before. Half a list is not used: things would be made twice.", Next: again}
	case errors.As(err, &creds):
		return Explained{Kind: Credentials, What: creds.What, Why: creds.Why, Next: creds.Next}
	case errors.Is(err, plan.ErrNoEntry), strings.Contains(message(err), "Roles may not be assumed by root"):
		return Explained{Kind: Denied, What: "The root user cannot enter the other accounts",
			Why:  "AWS does not let the root user take a role in another account.",
			Next: "Finish the login portal first and sign in as yourself; then this goes on by itself."}
	case errors.As(err, &gateErr):
		return Explained{Kind: Other, What: gateErr.Operation + " was not sent", Why: sentence(gateErr.Reason),
			Next: "Nothing was changed. This is a mistake of the wizard: please report it."}
	case notImplemented(err):
		return Explained{Kind: Unsupported, What: operation + " does not exist here",
			Why: "This endpoint is not the real AWS and does not have the operation.", Next: "Go on without it."}
	}
	if e, ok := explainPolicy(known, err, operation); ok {
		return e
	}
	if errors.As(err, &entry) {
		failed = "Account " + entry.Account + " could not be entered"
		if code := plainCode(err); code == "AccessDenied" || code == "AccessDeniedException" {
			return Explained{Kind: Denied, What: failed,
				Why:  "The role " + memberRole + " is not there, or your login may not take it. Accounts that were invited, or made by AWS Control Tower, do not have it.",
				Next: "If the account was made moments ago, try again in a minute. Else use an administrator of the management account, or make the role in that account."}
		}
	} else if InDoubt(err) && !isRead(operation) {
		return Explained{Kind: Doubtful, What: "It is not certain whether " + operation + " happened",
			Why:  "The request was sent, but AWS did not give a clear answer.",
			Next: "The wizard looks at AWS before it tries again; nothing is made twice."}
	}
	if c, ok := causeOf(err); ok {
		if c == notAllowed && signInOperation(operation) {
			c = signInDenied
		}
		e := Explained{Kind: c.kind, What: c.what, Why: c.why, Next: c.next}
		if e.What == "" {
			e.What = failed
		}
		if m := action().FindStringSubmatch(message(err)); m != nil && c == notAllowed {
			e.Why = "Your login lacks the permission " + m[1] + "."
		}
		if e.Why == "" {
			e.Why = said(err)
		}
		return e
	}
	return explainRest(err, failed)
}

// signInOperation reports whether an operation is one of the sign-in in the browser. They are sent without credentials, so
// no permission of a login can be missing.
func signInOperation(operation string) bool {
	return operation == "RegisterClient" || operation == "StartDeviceAuthorization" || operation == "CreateToken"
}

// explainRest is for errors without a known code.
func explainRest(err error, failed string) Explained {
	var unknownCA x509.UnknownAuthorityError
	status, answered := statusOf(err)
	switch {
	case errors.As(err, &unknownCA):
		return Explained{Kind: Network, What: "AWS could not be reached safely",
			Why:  "Something on the way, such as a company proxy, answers in its place with a certificate this computer does not know.",
			Next: "Set AWS_CA_BUNDLE to the proxy's certificate file and try again."}
	case errors.Is(err, context.Canceled):
		return Explained{Kind: Other, What: "Stopped", Why: "You asked to stop.", Next: "Start again to go on from here."}
	case !answered && (neverSent(err) || lost(err)):
		return Explained{Kind: Network, What: "AWS could not be reached",
			Why:  "The connection failed or took too long.",
			Next: "Check the network (and HTTPS_PROXY, if you use one), then try again."}
	case answered && status >= 500:
		return Explained{Kind: Other, What: failed, Why: "AWS has a problem of its own at the moment.",
			Next: "Try again in a few minutes; https://health.aws.amazon.com/health/status shows known problems."}
	}
	return Explained{Kind: Other, What: failed, Why: said(err), Next: "Try again. If it stays, keep the code and the request id for AWS support."}
}

var (
	// deniedBy reads AWS's sentence about an explicit deny: the kind of policy, and the policy's ARN if given.
	deniedBy = pattern.Of(`explicit deny in (an?) ([a-z -]+? policy|permissions boundary)(?:: (arn:aws[a-z-]*:[^\s"]+))?`)
	policyID = pattern.Of(`\bp-[0-9a-z]{6,}\b`)
	action   = pattern.Of(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)`)
)

// explainPolicy explains refusals by a policy, which no permission of the caller can lift.
func explainPolicy(known plan.Facts, err error, operation string) (Explained, bool) {
	text := message(err)
	what := operation
	if m := action().FindStringSubmatch(text); m != nil {
		what = m[1]
	}
	if strings.Contains(text, "denied due to an organizational policy in effect") {
		return Explained{Kind: DeniedByPolicy, What: "A rule of your organization forbids " + what,
			Why:  "A declarative policy of the organization fixes this setting, so no account may change it.",
			Next: "If it is wanted, detach the policy in the management account (takes seconds, can be undone)."}, true
	}
	if rule, certain, byRule := plan.RuleOf(known, text); byRule {
		e := Explained{Kind: DeniedByPolicy}
		e.What, e.Why, e.Next = rule.Forbidden(what, certain)
		return e, true
	}
	m := deniedBy().FindStringSubmatch(text)
	if m == nil {
		return Explained{}, false
	}
	kind, arn := m[2], strings.TrimRight(m[3], ".,")
	name := sentenceStart(m[1]) + " " + kind
	if id := policyID().FindString(arn); id != "" {
		name = fmt.Sprintf("The %s %s", kind, id)
	} else if arn != "" {
		name = fmt.Sprintf("The %s %s", kind, arn)
	}
	if kind != "resource control policy" {
		return Explained{Kind: Denied, What: "You are not allowed to do " + what,
			Why:  name + " denies it.",
			Next: "Use a login without that restriction, or change the policy in IAM."}, true
	}
	return Explained{Kind: DeniedByPolicy, What: "A guardrail of your organization forbids " + what,
		Why:  name + " denies it in this account, even to administrators.",
		Next: "If it is wanted, detach the policy in the management account (takes seconds, can be undone) and try again."}, true
}

// causeOf finds the row of the table: by code and reason, by the reason alone (CreateAccount fails later with
// the same reasons), by the code alone, and by the endings AWS uses.
func causeOf(err error) (cause, bool) {
	if throttled(err) {
		return tooMany, true
	}
	full := Code(err)
	code, reason, _ := strings.Cut(full, "/")
	for _, p := range phrases {
		if strings.Contains(message(err), p.phrase) {
			return p.cause, true
		}
	}
	for _, key := range []string{full, reason, code} {
		if c, ok := causes[key]; ok && key != "" {
			return c, true
		}
	}
	for _, e := range endings {
		if strings.HasSuffix(strings.TrimSuffix(code, "Exception"), e.ending) {
			return e.cause, true
		}
	}
	status, _ := statusOf(err)
	switch {
	case strings.HasPrefix(code, "Duplicate"):
		return exists, true
	case strings.HasPrefix(code, "NoSuch"), code == "" && status == 404:
		return gone, true
	}
	return cause{}, false
}

// Code gives the AWS error code of err; for organizations' three exceptions that have one, with the reason:
// "ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED". It is "" when there is no code.
func Code(err error) string {
	code := plainCode(err)
	var cv *orgtypes.ConstraintViolationException
	var hc *orgtypes.HandshakeConstraintViolationException
	var ii *orgtypes.InvalidInputException
	reason := ""
	switch {
	case errors.As(err, &cv):
		reason = string(cv.Reason)
	case errors.As(err, &hc):
		reason = string(hc.Reason)
	case errors.As(err, &ii):
		reason = string(ii.Reason)
	}
	if reason != "" {
		return code + "/" + reason
	}
	return code
}

// plainCode gives the error code alone. plan.Unsettled has one too.
func plainCode(err error) string {
	var v interface{ ErrorCode() string }
	if errors.As(err, &v) {
		return v.ErrorCode()
	}
	return ""
}

// message is what AWS wrote about the error.
func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// encoded is EC2's encrypted explanation, which is long and of no use to a person.
var encoded = pattern.Of(`\s*Encoded authorization failure message: \S+`)

// said quotes AWS.
func said(err error) string {
	m := strings.TrimSpace(redact(encoded().ReplaceAllString(message(err), "")))
	if m == "" {
		if code := Code(err); code != "" {
			return "AWS gave the reason " + code + "."
		}
		return sentence(redact(err.Error()))
	}
	return "AWS says: " + sentence(m)
}

// operationIn names the operation that failed.
func operationIn(err error) string {
	var op *smithy.OperationError
	var later *plan.Unsettled
	switch {
	case errors.As(err, &later):
		return later.Operation
	case errors.As(err, &op):
		return op.Operation()
	}
	return "The request"
}

// isRead reports whether an operation of this name is a read in every service that has it.
func isRead(operation string) bool {
	found := false
	for name, class := range classes {
		if _, o, _ := strings.Cut(name, "."); o == operation {
			if class == Write {
				return false
			}
			found = true
		}
	}
	return found
}

// sentence gives s a capital and a full stop.
func sentence(s string) string {
	s = sentenceStart(s)
	if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "!") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

func sentenceStart(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[n:]
}
