package cloud

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"awswizard/internal/plan"
)

// rootSession gets credentials of a member's root user that are good for one task and 15 minutes. AWS gives them at a
// Regional endpoint only, and only to a user or role of the management account.
type rootSession struct {
	client  *sts.Client
	account string
	task    plan.RootTask
}

// Retrieve implements aws.CredentialsProvider.
func (r *rootSession) Retrieve(ctx context.Context) (aws.Credentials, error) {
	out, err := r.client.AssumeRoot(ctx, &sts.AssumeRootInput{
		TargetPrincipal: aws.String(r.account), TaskPolicyArn: &types.PolicyDescriptorType{Arn: aws.String(r.task.PolicyARN())}})
	if err != nil {
		return aws.Credentials{}, err
	}
	if out.Credentials == nil {
		return aws.Credentials{}, errors.New("sts AssumeRoot: empty reply")
	}
	c := out.Credentials
	return aws.Credentials{AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey),
		SessionToken: aws.ToString(c.SessionToken), Source: "AssumeRoot", CanExpire: true, Expires: aws.ToTime(c.Expiration), AccountID: r.account}, nil
}
