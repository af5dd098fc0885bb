package sandbox

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// registerIAMGrants registers what shows which rights IAM users have by themselves, and who else may sign in. The sandbox
// has no inline policies of users and no OpenID Connect providers.
func (s *Sim) registerIAMGrants() {
	on(s, func(r *Request, in *iam.ListAttachedUserPoliciesInput) (*iam.ListAttachedUserPoliciesOutput, error) {
		u, err := r.namedUser(in.UserName)
		if err != nil {
			return nil, err
		}
		var all []types.AttachedPolicy
		for _, arn := range u.Managed {
			all = append(all, types.AttachedPolicy{PolicyArn: aws.String(arn), PolicyName: aws.String(arn[len("arn:aws:iam::aws:policy/"):])})
		}
		page, marker, err := marked(all, in.Marker, in.MaxItems)
		return &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: page, Marker: marker, IsTruncated: marker != nil}, err
	})
	on(s, func(r *Request, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
		_, err := r.namedUser(in.UserName)
		return &iam.ListUserPoliciesOutput{}, err
	})
	on(s, func(*Request, *iam.ListOpenIDConnectProvidersInput) (*iam.ListOpenIDConnectProvidersOutput, error) {
		return &iam.ListOpenIDConnectProvidersOutput{}, nil
	})
}
