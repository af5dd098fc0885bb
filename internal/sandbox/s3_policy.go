package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// inquiry is one question to a resource policy or a role's policy.
type inquiry struct {
	Account, ARN string // who asks, as a principal of an account …
	Service      string // … or as a service
	Action       string
	Resource     string
	Context      map[string]string
}

// s3Actions are the IAM actions whose name is not that of the operation.
var s3Actions = map[string]string{
	"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket", "ListObjectVersions": "ListBucketVersions", "HeadObject": "GetObject",
	"PutBucketEncryption": "PutEncryptionConfiguration", "GetBucketEncryption": "GetEncryptionConfiguration",
	"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration", "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration", "DeleteBucketLifecycle": "PutLifecycleConfiguration",
	"PutBucketReplication": "PutReplicationConfiguration", "GetBucketReplication": "GetReplicationConfiguration", "DeleteBucketReplication": "PutReplicationConfiguration",
	"PutPublicAccessBlock": "PutBucketPublicAccessBlock", "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
	"PutObjectLockConfiguration": "PutBucketObjectLockConfiguration", "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
}

// allowedOn reports whether the caller may do what it asks of a bucket: callers of the same account unless the
// policy denies it, others only if the policy allows it.
func (r *Request) allowedOn(b *Bucket, key, version string) bool {
	action := r.Operation
	if a := s3Actions[action]; a != "" {
		action = a
	}
	if action == "DeleteObject" && version != "" {
		action = "DeleteObjectVersion"
	}
	resource := b.arn()
	if key != "" {
		resource += "/" + key
	}
	allow, deny := decide(b.Policy, inquiry{Account: r.Principal.Account, ARN: r.World.roleOf(r.Principal), Action: "s3:" + action, Resource: resource})
	if r.Principal.Account == b.Account {
		// The root user can always mend a policy that locks everybody out.
		root := strings.HasSuffix(r.Principal.ARN, ":root") && strings.HasSuffix(action, "BucketPolicy")
		return !deny || root
	}
	account := r.World.accountBlock(b.Account)
	public := (b.Block != nil && b.Block.Restrict || account != nil && account.Restrict) && isPublic(b.Policy)
	return allow && !deny && !public
}

// roleOf is how policies know a principal: a session by the ARN of its role, anybody else by their own.
func (w *World) roleOf(p Principal) string {
	_, rest, ok := strings.Cut(p.ARN, ":assumed-role/")
	if !ok {
		return p.ARN
	}
	name, _, _ := strings.Cut(rest, "/")
	if role := w.role(p.Account, name); role != nil {
		return role.arn(p.Account)
	}
	return "arn:aws:iam::" + p.Account + ":role/" + name
}

// bucketPolicy is a policy with principals.
type bucketPolicy struct{ Statement statements[statement] }

// decide evaluates a policy document; one that cannot be read says nothing.
func decide(content string, q inquiry) (allow, deny bool) {
	var doc bucketPolicy
	if content == "" || json.Unmarshal([]byte(content), &doc) != nil {
		return false, false
	}
	keys := map[string][]string{"aws:securetransport": {"true"}}
	if q.Service == "" {
		keys["aws:principalarn"], keys["aws:principalaccount"] = []string{q.ARN}, []string{q.Account}
	}
	for k, v := range q.Context {
		keys[strings.ToLower(k)] = []string{v}
	}
	for _, st := range doc.Statement {
		if st.names(q) && st.readable() && st.applies(asked{Action: q.Action, Resource: q.Resource, Keys: keys}) {
			allow = allow || st.Effect == "Allow"
			deny = deny || st.Effect == "Deny"
		}
	}
	return allow, deny
}

// readable reports whether the sandbox knows the statement's condition operators; others are taken as not met.
func (st statement) readable() bool {
	for operator := range st.Condition {
		if _, ok := operators[baseOperator(operator)]; !ok {
			return false
		}
	}
	return true
}

// names reports whether a statement is about who asks; a role's own policies name nobody.
func (st statement) names(q inquiry) bool {
	return (st.Principal == nil || named(st.Principal, q)) && (st.NotPrincipal == nil || !named(st.NotPrincipal, q))
}

// named reports whether a Principal element names who asks.
func named(principal json.RawMessage, q inquiry) bool {
	people, services := principals(principal)
	if q.Service != "" {
		return slices.Contains(services, q.Service) || slices.Contains(services, "*")
	}
	return slices.ContainsFunc(people, func(p string) bool {
		return p == "*" || p == q.Account || p == "arn:aws:iam::"+q.Account+":root" || p == q.ARN
	})
}

// principals reads a Principal element; "*" alone is everybody.
func principals(raw json.RawMessage) (people, services words) {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return words{one}, words{one}
	}
	var some struct{ AWS, Service words }
	if json.Unmarshal(raw, &some) != nil {
		return nil, nil
	}
	return some.AWS, some.Service
}

// fixedKeys are the condition keys that keep a statement for everybody from being public.
var fixedKeys = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:principalorgid", "aws:principalaccount", "aws:principalarn",
	"aws:sourcevpc", "aws:sourcevpce", "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"}

// isPublic judges a policy as S3 does: by its Allow statements for everybody without a fixed condition.
func isPublic(content string) bool {
	var doc bucketPolicy
	if json.Unmarshal([]byte(content), &doc) != nil {
		return false
	}
	return slices.ContainsFunc(doc.Statement, func(st statement) bool {
		everybody, _ := principals(st.Principal)
		if st.Effect != "Allow" || !slices.Contains(everybody, "*") {
			return false
		}
		for _, keys := range st.Condition {
			for key := range keys {
				if slices.Contains(fixedKeys, strings.ToLower(key)) {
					return false
				}
			}
		}
		return true
	})
}

// checkBucketPolicy is what S3 looks at before it takes a policy.
func (r *Request) checkBucketPolicy(b *Bucket, content string) error {
	malformed := func(m string) error { return Fail("MalformedPolicy", m) }
	var doc bucketPolicy
	if json.Unmarshal([]byte(content), &doc) != nil {
		return malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	if len(doc.Statement) == 0 || len(content) > 20*1024 {
		return malformed("Missing required field Statement, or the policy is longer than 20 KB")
	}
	for _, st := range doc.Statement {
		if st.Effect != "Allow" && st.Effect != "Deny" {
			return malformed("Missing required field Effect")
		}
		if st.Principal == nil && st.NotPrincipal == nil {
			return malformed("Missing required field Principal")
		}
		people, _ := principals(st.Principal)
		others, _ := principals(st.NotPrincipal)
		for _, p := range slices.Concat(people, others) {
			if !r.World.principalExists(p) {
				return malformed("Invalid principal in policy")
			}
		}
		for _, a := range slices.Concat(st.Action, st.NotAction) {
			if a != "*" && !strings.HasPrefix(strings.ToLower(a), "s3:") {
				return malformed("Policy has invalid action")
			}
		}
		if len(st.Action)+len(st.NotAction) == 0 || len(st.Resource)+len(st.NotResource) == 0 {
			return malformed("Missing required field Action or Resource")
		}
		for _, resource := range slices.Concat(st.Resource, st.NotResource) {
			if resource != b.arn() && !strings.HasPrefix(resource, b.arn()+"/") {
				return malformed("Policy has invalid resource")
			}
		}
	}
	return nil
}

// principalExists checks a principal of a policy. S3 refuses roles that are not there, or not visible yet.
func (w *World) principalExists(p string) bool {
	if p == "*" || len(p) == 12 && w.Accounts[p] != nil {
		return true
	}
	account, rest, ok := strings.Cut(strings.TrimPrefix(p, "arn:aws:iam::"), ":")
	switch {
	case !ok || !strings.HasPrefix(p, "arn:aws:iam::") || w.Accounts[account] == nil:
		return false
	case strings.HasPrefix(rest, "role/"):
		role := w.role(account, policyName(rest))
		return role != nil && role.arn(account) == p
	}
	return true
}

func (s *Sim) registerBucketPolicies() {
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketPolicyInput) (*s3.PutBucketPolicyOutput, error) {
		content := aws.ToString(in.Policy)
		if err := r.checkBucketPolicy(b, content); err != nil {
			return nil, err
		}
		account := r.World.accountBlock(b.Account)
		if isPublic(content) && (b.Block != nil && b.Block.Policy || account != nil && account.Policy) {
			return nil, FailWith(http.StatusForbidden, "AccessDenied", "User: "+r.Principal.ARN+" is not authorized to perform: s3:PutBucketPolicy on resource: \""+b.arn()+"\" because public policies are blocked by the BlockPublicPolicy block public access setting.")
		}
		b.Policy = content
		r.World.Changed()
		return &s3.PutBucketPolicyOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketPolicyInput) (*s3.GetBucketPolicyOutput, error) {
		if b.Policy == "" {
			return nil, noBucketPolicy()
		}
		return &s3.GetBucketPolicyOutput{Policy: aws.String(b.Policy)}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, _ *s3.DeleteBucketPolicyInput) (*s3.DeleteBucketPolicyOutput, error) {
		b.Policy = ""
		r.World.Changed()
		return &s3.DeleteBucketPolicyOutput{}, nil
	})
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketPolicyStatusInput) (*s3.GetBucketPolicyStatusOutput, error) {
		if b.Policy == "" {
			return nil, noBucketPolicy()
		}
		return &s3.GetBucketPolicyStatusOutput{PolicyStatus: &s3types.PolicyStatus{IsPublic: aws.Bool(isPublic(b.Policy))}}, nil
	})
}

func noBucketPolicy() error {
	return FailWith(http.StatusNotFound, "NoSuchBucketPolicy", "The bucket policy does not exist")
}
