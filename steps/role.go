package steps

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// Role is a role with one inline policy: who may take it, and what it may do. Both are policy documents; Policy is "" where
// the role has no policy of that name.
type Role struct{ Trust, Policy string }

// ReadRole reads a role and its inline policy; nil when there is no such role.
func ReadRole(ctx context.Context, client *iam.Client, name, policy string) (*Role, error) {
	role, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if Absent(err, "NoSuchEntity", "NoSuchEntityException") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := &Role{Trust: DecodedPolicy(role.Role.AssumeRolePolicyDocument)}
	inline, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
	if err != nil && !Absent(err, "NoSuchEntity", "NoSuchEntityException") {
		return nil, err
	}
	if err == nil {
		found.Policy = DecodedPolicy(inline.PolicyDocument)
	}
	return found, nil
}

// DecodedPolicy is a policy that IAM gives percent-encoded.
func DecodedPolicy(policy *string) string {
	if text, err := url.PathUnescape(aws.ToString(policy)); err == nil {
		return text
	}
	return aws.ToString(policy)
}
