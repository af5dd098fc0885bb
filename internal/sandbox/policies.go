package sandbox

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// deniedByPolicy answers with AWS's access-denied error when a service control policy denies the request. They bind
// the members of the organization, their root users included, and never the management account or service-linked roles.
func (w *World) deniedByPolicy(r *Request, in any) error {
	o, me := &w.Org, r.Principal.Account
	if _, on := o.Types[scp]; !on || me == o.Management || o.member(me) == nil || r.Operation == "GetCallerIdentity" {
		return nil
	}
	q := w.asked(r, in)
	why, err := w.policiesAgainst(me, q)
	if err != nil {
		return err
	}
	if why != "" {
		return r.unauthorized(q, why)
	}
	return nil
}

// policiesAgainst gives AWS's words for why the service control policies above an account are against a request, ""
// when they are not.
func (w *World) policiesAgainst(account string, q asked) (why string, err error) {
	o := &w.Org
	for _, target := range o.ancestry(account) {
		allowed := false
		for _, a := range o.Attached {
			p := o.policy(a.Policy)
			if a.Target != target || p == nil || p.Type != scp {
				continue
			}
			d, err := w.document(p.Content)
			if err != nil {
				return "", fmt.Errorf("sandbox: the policy %s: %w", p.ID, err)
			}
			if !w.Clock.Before(a.Since.Add(w.Takes(policyTakes))) && d.says("Deny", q) {
				return "with an explicit deny in a service control policy: " + aws.ToString(o.summary(p).Arn), nil
			}
			allowed = allowed || d.says("Allow", q)
		}
		if !allowed { // every level must allow
			return "because no service control policy allows the " + q.Action + " action", nil
		}
	}
	return "", nil
}

// unauthorized gives the refusal the code it has in the service's protocol.
func (r *Request) unauthorized(q asked, why string) error {
	message := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", r.Principal.ARN, q.Action, q.Resource, why)
	switch r.Service {
	case "EC2":
		return FailWith(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation. "+message)
	case "IAM", "STS", "S3", "S3 Control":
		return FailWith(http.StatusForbidden, "AccessDenied", message)
	}
	return FailWith(http.StatusBadRequest, "AccessDeniedException", message)
}

// asked is what the policies see of a request.
func (w *World) asked(r *Request, in any) asked {
	p := r.Principal
	region := r.Region
	switch r.Service {
	case "Organizations", "IAM", "Account", "FreeTier", "Budgets", "Cost Explorer", "Support": // global: their one endpoint is there
		region = "us-east-1"
	}
	keys := map[string][]string{
		"aws:principalarn":          {w.principalARN(p)},
		"aws:principalaccount":      {p.Account},
		"aws:principalorgid":        {w.Org.ID},
		"aws:requestedregion":       {region},
		"aws:principalisawsservice": {"false"},
		"aws:viaawsservice":         {"false"},
	}
	if strings.HasSuffix(p.ARN, ":assumed-root") {
		keys["aws:assumedroot"] = []string{"true"}
	}
	return asked{Action: iamAction(r.Service, r.Operation), Resource: w.resource(r, in), Keys: keys}
}

// principalARN is aws:PrincipalArn: for a role session the ARN of the role with its path, for AssumeRoot the root user's.
func (w *World) principalARN(p Principal) string {
	if name, ok := p.roleName(); ok {
		if role := w.role(p.Account, name); role != nil {
			return role.arn(p.Account)
		}
		return p.roleARN()
	}
	if strings.HasSuffix(p.ARN, ":assumed-root") {
		return "arn:aws:iam::" + p.Account + ":root"
	}
	return p.ARN
}

// resource is the ARN a request is about, as far as policies in use tell resources apart: IAM's and S3's; else "*".
func (w *World) resource(r *Request, in any) string {
	account := r.Principal.Account
	switch r.Service {
	case "IAM":
		if name := textMember(in, "RoleName"); name != "" {
			if role := w.role(account, name); role != nil {
				return role.arn(account)
			}
			path := textMember(in, "Path")
			if path == "" {
				path = "/"
			}
			return "arn:aws:iam::" + account + ":role" + path + name
		}
		if name := textMember(in, "UserName"); name != "" {
			return "arn:aws:iam::" + account + ":user/" + name
		}
		if arn := textMember(in, "SAMLProviderArn"); arn != "" {
			return arn
		}
	case "S3":
		if bucket := textMember(in, "Bucket"); bucket != "" {
			if key := textMember(in, "Key"); key != "" {
				bucket += "/" + key
			}
			return "arn:aws:s3:::" + bucket
		}
	case "STS":
		if arn := textMember(in, "RoleArn"); arn != "" {
			return arn
		}
	}
	return "*"
}

// prefixes are the services' names in IAM actions where they are not the SDK's in lower case.
var prefixes = map[string]string{
	"Service Quotas": "servicequotas", "S3 Control": "s3", "SSO Admin": "sso", "Cost Explorer": "ce", "AccessAnalyzer": "access-analyzer", "CloudWatch Logs": "logs",
}

// iamAction is the action a policy names for an operation.
func iamAction(service, operation string) string {
	prefix, ok := prefixes[service]
	if !ok {
		prefix = strings.ToLower(service)
	}
	if name, ok := actionNames[service+"."+operation]; ok {
		operation = name
	}
	return prefix + ":" + operation
}

// actionNames are the actions that are called otherwise than their operations (service authorization reference).
var actionNames = map[string]string{
	"Lambda.Invoke":                         "InvokeFunction",
	"S3.ListBuckets":                        "ListAllMyBuckets",
	"S3.HeadBucket":                         "ListBucket",
	"S3.ListObjects":                        "ListBucket",
	"S3.ListObjectsV2":                      "ListBucket",
	"S3.ListObjectVersions":                 "ListBucketVersions",
	"S3.HeadObject":                         "GetObject",
	"S3.DeleteObjects":                      "DeleteObject",
	"S3.GetBucketEncryption":                "GetEncryptionConfiguration",
	"S3.PutBucketEncryption":                "PutEncryptionConfiguration",
	"S3.DeleteBucketEncryption":             "PutEncryptionConfiguration",
	"S3.GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"S3.PutPublicAccessBlock":               "PutBucketPublicAccessBlock",
	"S3.DeletePublicAccessBlock":            "PutBucketPublicAccessBlock",
	"S3.GetBucketLifecycleConfiguration":    "GetLifecycleConfiguration",
	"S3.PutBucketLifecycleConfiguration":    "PutLifecycleConfiguration",
	"S3.DeleteBucketLifecycle":              "PutLifecycleConfiguration",
	"S3.GetBucketReplication":               "GetReplicationConfiguration",
	"S3.PutBucketReplication":               "PutReplicationConfiguration",
	"S3.DeleteBucketReplication":            "PutReplicationConfiguration",
	"S3.GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"S3.PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"S3.GetBucketNotificationConfiguration": "GetBucketNotification",
	"S3.PutBucketNotificationConfiguration": "PutBucketNotification",
	"S3.DeleteBucketTagging":                "PutBucketTagging",
	"S3.DeleteBucketOwnershipControls":      "PutBucketOwnershipControls",
	"S3 Control.GetPublicAccessBlock":       "GetAccountPublicAccessBlock",
	"S3 Control.PutPublicAccessBlock":       "PutAccountPublicAccessBlock",
	"S3 Control.DeletePublicAccessBlock":    "PutAccountPublicAccessBlock",
	"Budgets.CreateBudget":                  "ModifyBudget",
	"Budgets.UpdateBudget":                  "ModifyBudget",
	"Budgets.DeleteBudget":                  "ModifyBudget",
	"Budgets.CreateNotification":            "ModifyBudget",
	"Budgets.CreateSubscriber":              "ModifyBudget",
	"Budgets.DescribeBudget":                "ViewBudget",
	"Budgets.DescribeBudgets":               "ViewBudget",
}
