package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Entries are a bucket's notifications. PutBucketNotificationConfiguration replaces them all, so all are kept.
type Entries struct {
	Functions []s3types.LambdaFunctionConfiguration
	Queues    []s3types.QueueConfiguration
	Topics    []s3types.TopicConfiguration
	Bus       bool // the event bus hears, too
}

// inspect reads everything of this step in the account with the second copy. The webhook itself is not read.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller.ARN, Unread: map[Part]Unread{}}
	at := place(env.Facts, env.Answers.Security(), env.Home)
	id := env.Facts.AccountID(at.Account)
	if !plan.IsAccountID(id) {
		return s, ctx.Err() // there is no such account yet
	}
	s.Account, s.Bucket = id, known(env.Facts, bucketFact)
	cfg, err := env.Config(at)
	if errors.Is(err, plan.ErrNoEntry) {
		s.NoEntry = true
		return s, ctx.Err()
	}
	if err != nil {
		return s, err
	}
	s.note(read(reading{partParameter, func() error { return s.readParameter(ctx, ssm.NewFromConfig(cfg)) }}))
	if s.NoEntry {
		return s, ctx.Err()
	}
	global, err := env.Config(plan.Place{Account: at.Account, Region: "us-east-1"})
	if err != nil {
		return s, err
	}
	b := builder{at: at}
	topic := b.heartbeatTopic("").ARN(env.Facts)
	var ofFunction map[Part]error
	reads := []reading{
		{partLog, func() error { return s.readLog(ctx, cloudwatchlogs.NewFromConfig(cfg)) }},
		{partQueue, func() error { return s.readQueue(ctx, sqs.NewFromConfig(cfg)) }},
		{partFunction, func() (err error) { ofFunction, err = s.readFunction(ctx, lambda.NewFromConfig(cfg)); return err }},
		{partHeartbeat, func() error { return s.readHeartbeat(ctx, cloudwatch.NewFromConfig(cfg)) }},
		{partTopic, func() error { return s.readTopic(ctx, sns.NewFromConfig(cfg), topic) }},
		{partRole, func() error { return s.readRole(ctx, iam.NewFromConfig(global)) }},
	}
	if s.Bucket != "" {
		reads = append(reads, reading{partNotification, func() error { return s.readNotifications(ctx, s3.NewFromConfig(cfg)) }})
	}
	s.note(read(reads...))
	s.note(ofFunction)
	return s, ctx.Err()
}

func known(f plan.Facts, key string) string {
	value, _ := f.Lookup(key)
	return value
}

// reading is the read of a part. It writes fields of the state that no other does.
type reading struct {
	part Part
	read func() error
}

// read reads parts beside one another. It gives why those that could not be read were not.
func read(reads ...reading) map[Part]error {
	errs := make([]error, len(reads))
	beside.Each(reads, func(n int, r reading) { errs[n] = r.read() })
	unread := map[Part]error{}
	for n, err := range errs {
		if err != nil {
			unread[reads[n].part] = err
		}
	}
	return unread
}

// note keeps why parts could not be read; a member that cannot be entered shows at the first request.
func (s *State) note(unread map[Part]error) {
	for part, err := range unread {
		if errors.Is(err, plan.ErrNoEntry) {
			s.NoEntry = true
		} else {
			s.Unread[part] = *steps.RefusalOf(err)
		}
	}
}

func (s *State) readParameter(ctx context.Context, client *ssm.Client) error {
	out, err := client.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: []ssmtypes.ParameterStringFilter{
		{Key: aws.String("Name"), Option: aws.String("Equals"), Values: []string{parameterName}}}})
	if err != nil {
		return err
	}
	for _, p := range out.Parameters {
		if aws.ToString(p.Name) == parameterName {
			s.Parameter = &Parameter{Description: aws.ToString(p.Description)}
		}
	}
	return nil
}

func (s *State) readLog(ctx context.Context, client *cloudwatchlogs.Client) error {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(client, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(logGroup)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, g := range out.LogGroups {
			if aws.ToString(g.LogGroupName) == logGroup {
				s.Log = &LogGroup{Days: aws.ToInt32(g.RetentionInDays)}
			}
		}
	}
	return nil
}

func (s *State) readQueue(ctx context.Context, client *sqs.Client) error {
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(queueName)})
	if steps.Absent(err, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue") {
		return nil
	}
	if err != nil {
		return err
	}
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: found.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn}})
	if err != nil {
		return err
	}
	s.Queue = &Queue{URL: aws.ToString(found.QueueUrl), ARN: out.Attributes[string(sqstypes.QueueAttributeNameQueueArn)]}
	return nil
}

func (s *State) readRole(ctx context.Context, client *iam.Client) (err error) {
	s.Role, err = steps.ReadRole(ctx, client, roleName, policyName)
	return err
}

// readFunction reads the function without its code: GetFunction would give out an address to download it. It gives which parts
// of it could not be read.
func (s *State) readFunction(ctx context.Context, client *lambda.Client) (unread map[Part]error, err error) {
	out, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(functionName)})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fn := &Function{ARN: aws.ToString(out.FunctionArn), Role: aws.ToString(out.Role), CodeSha: aws.ToString(out.CodeSha256), Runtime: string(out.Runtime),
		Handler: aws.ToString(out.Handler), Timeout: aws.ToInt32(out.Timeout), Memory: aws.ToInt32(out.MemorySize)}
	if out.Environment != nil {
		fn.Environment = out.Environment.Variables
	}
	s.Function = fn
	return read(reading{partFailures, func() error { return fn.readFailures(ctx, client) }},
		reading{partPermission, func() error { return fn.readPermission(ctx, client) }}), nil
}

func (fn *Function) readFailures(ctx context.Context, client *lambda.Client) error {
	out, err := client.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: aws.String(functionName)})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil
	}
	if err == nil && out.DestinationConfig != nil && out.DestinationConfig.OnFailure != nil {
		fn.Failures = aws.ToString(out.DestinationConfig.OnFailure.Destination)
	}
	return err
}

func (fn *Function) readPermission(ctx context.Context, client *lambda.Client) error {
	out, err := client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String(functionName)})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil
	}
	if err != nil {
		return err
	}
	var policy struct {
		Statement []struct {
			Sid, Action string
			Principal   struct{ Service string }
			Condition   struct {
				StringEquals map[string]string
				ArnLike      map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy); err != nil {
		return err
	}
	for _, st := range policy.Statement {
		fn.Statements = append(fn.Statements, Statement{ID: st.Sid, Action: st.Action, Principal: st.Principal.Service,
			SourceARN: st.Condition.ArnLike["AWS:SourceArn"], SourceAccount: st.Condition.StringEquals["AWS:SourceAccount"]})
	}
	return nil
}

func (s *State) readNotifications(ctx context.Context, client *s3.Client) error {
	out, err := client.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &s.Bucket})
	if err != nil {
		return err
	}
	s.Entries = &Entries{Functions: out.LambdaFunctionConfigurations, Queues: out.QueueConfigurations, Topics: out.TopicConfigurations, Bus: out.EventBridgeConfiguration != nil}
	return nil
}

// told reports whether the bucket tells the function of new files.
func (s State) told() bool {
	return s.Entries != nil && s.Function != nil && slices.ContainsFunc(s.Entries.Functions, func(c s3types.LambdaFunctionConfiguration) bool {
		return aws.ToString(c.LambdaFunctionArn) == s.Function.ARN && slices.Contains(c.Events, s3types.EventS3ObjectCreated)
	})
}
