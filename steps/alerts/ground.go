package alerts

import (
	"fmt"
	"time"

	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// What the function stands on: the webhook, its log, the queue and its role.

// webhook plans that the address is kept. Where another one was given than stands there, it is written over.
func (b *builder) webhook(check string, given bool) {
	if b.unread(partParameter, "The address of your Slack channel") || !given || b.state.Parameter != nil && b.state.Parameter.check() == check {
		return
	}
	exists := b.state.Parameter != nil
	c := plan.Call{
		ID: parameterID, Effect: plan.Creates, Title: "Keep the address of your Slack channel, encrypted",
		Why:  "Whoever has it can write into the channel. Only the program that tells Slack can read it here.",
		Undo: "Delete the parameter " + parameterName + ".", Wait: map[string]time.Duration{"TooManyUpdates": time.Minute},
		Request: plan.To(ssm.NewFromConfig, (*ssm.Client).PutParameter, func(f plan.Facts) *ssm.PutParameterInput {
			in := &ssm.PutParameterInput{Name: aws.String(parameterName), Value: aws.String(plan.Secret(WebhookSecret)), Type: ssmtypes.ParameterTypeSecureString,
				Tier: ssmtypes.ParameterTierStandard, Description: aws.String(description(f.Get(plan.SecretFact(WebhookSecret))))}
			if exists {
				in.Overwrite = aws.Bool(true)
			}
			return in
		}),
	}
	if exists {
		c.Effect, c.Title = plan.Changes, "Keep another address of your Slack channel, encrypted"
		c.Undo, c.NoUndo = "", "the address that stands there now is not read, so it cannot be written back"
	}
	b.call(c)
}

func (b *builder) log() {
	if b.unread(partLog, "The log "+logGroup) {
		return
	}
	if b.state.Log == nil {
		b.call(plan.Call{
			ID: logGroupID, Effect: plan.Creates, Title: "Make the log of the alerts", Why: "Lambda would make one by itself, which keeps everything for ever.",
			CostNote: "about $0.50 per GB written", Undo: "Delete the log group " + logGroup + ".", Done: []string{"ResourceAlreadyExistsException"},
			Request: plan.To(cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).CreateLogGroup, func(plan.Facts) *cloudwatchlogs.CreateLogGroupInput {
				return &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(logGroup)}
			}),
		})
	}
	if b.state.Log == nil || b.state.Log.Days == 0 {
		b.call(plan.Call{
			ID: retentionID, After: []string{logGroupID}, Effect: plan.Changes, Title: fmt.Sprintf("Delete the log of the alerts after %d days", logDays),
			Why: "It holds only what the program says of itself. The cost stops growing.", Undo: "It goes with the log.",
			Wait: map[string]time.Duration{"ResourceNotFoundException": 30 * time.Second, "OperationAbortedException": time.Minute},
			Request: plan.To(cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).PutRetentionPolicy, func(plan.Facts) *cloudwatchlogs.PutRetentionPolicyInput {
				return &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String(logGroup), RetentionInDays: aws.Int32(logDays)}
			}),
		})
	}
}

func (b *builder) queue() {
	if b.unread(partQueue, "The queue "+queueName) || b.state.Queue != nil {
		return
	}
	b.call(plan.Call{
		ID: queueID, Effect: plan.Creates, Title: "Make the queue for alerts that Slack does not take", Why: "Its messages name the file that was not told, for 14 days.",
		CostNote: "free up to a million requests a month", Undo: "Delete the queue " + queueName + ".",
		Wait: map[string]time.Duration{"AWS.SimpleQueueService.QueueDeletedRecently": 2 * time.Minute, "QueueDeletedRecently": 2 * time.Minute},
		Request: plan.To(sqs.NewFromConfig, (*sqs.Client).CreateQueue, func(plan.Facts) *sqs.CreateQueueInput {
			return &sqs.CreateQueueInput{QueueName: aws.String(queueName), Attributes: map[string]string{"MessageRetentionPeriod": "1209600"}}
		}),
	})
}

// role plans the role the function works as.
func (b *builder) role() {
	if b.unread(partRole, "The role "+roleName) {
		return
	}
	at := b.at
	global := plan.Place{Account: at.Account, Region: "us-east-1"}
	trust := func(f plan.Facts) string {
		return fill(trustPolicy, f.AccountID(at.Account), at.Region, f.Get(bucketFact))
	}
	policy := func(f plan.Facts) string {
		return fill(rolePolicy, f.AccountID(at.Account), at.Region, f.Get(bucketFact))
	}
	busy := map[string]time.Duration{"ConcurrentModification": time.Minute}
	have := b.state.Role
	switch {
	case have == nil:
		b.call(plan.Call{
			ID: roleID, Where: global, Effect: plan.Creates, Title: "Create the role " + roleName, Why: "The program works as it. Nobody but Lambda can take it.",
			Undo: "Delete the role and its policy.", Done: []string{"EntityAlreadyExists"}, Wait: busy,
			Request: plan.To(iam.NewFromConfig, (*iam.Client).CreateRole, func(f plan.Facts) *iam.CreateRoleInput {
				return &iam.CreateRoleInput{RoleName: aws.String(roleName), AssumeRolePolicyDocument: aws.String(trust(f)), Description: aws.String("Tells Slack what is risky in the records.")}
			}),
		})
	case !same(have.Trust, trust(b.facts)):
		b.call(plan.Call{
			ID: roleTrustID, Where: global, Effect: plan.Changes, Title: "Let Lambda take the role " + roleName + ", and nobody else", Why: "The role's trust is not as this program made it.",
			Undo: "Put back the trust as it was.", Before: map[string]string{"trust": have.Trust}, Wait: busy,
			Request: plan.To(iam.NewFromConfig, (*iam.Client).UpdateAssumeRolePolicy, func(f plan.Facts) *iam.UpdateAssumeRolePolicyInput {
				return &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String(roleName), PolicyDocument: aws.String(trust(f))}
			}),
		})
	}
	if have == nil || !same(have.Policy, policy(b.facts)) {
		b.call(plan.Call{
			ID: rolePolicyID, Where: global, After: []string{roleID, roleTrustID}, Effect: plan.Changes, Title: "Let the role " + roleName + " read the records and nothing else",
			Why:  "It may read the records and the address of your channel, and write its own log. It cannot change anything.",
			Undo: "Delete the policy " + policyName + " from the role.", Wait: map[string]time.Duration{"NoSuchEntity": 30 * time.Second, "ConcurrentModification": time.Minute},
			Request: plan.To(iam.NewFromConfig, (*iam.Client).PutRolePolicy, func(f plan.Facts) *iam.PutRolePolicyInput {
				return &iam.PutRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String(policyName), PolicyDocument: aws.String(policy(f))}
			}),
		})
	}
}
