package export

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

const alertsFile = "alerts.tf"

// Program is the function that tells Slack, as the wizard brings it.
type Program struct {
	Function string // its name
	Zip      []byte // what is installed, and its hash as Lambda gives it
	Hash     string
	// Variables are the names of its environment variables. None of them holds a secret; those of others may.
	Variables []string
	// Secret is the variable that names the parameter with the secret address.
	Secret string
}

// alertsReader reads the function and what it stands on.
type alertsReader struct {
	p                     *Project
	account, region, name string
	function              *lambda.Client
	logs                  *cloudwatchlogs.Client
	queues                *sqs.Client
	watch                 *cloudwatch.Client
	role, program         string // the addresses of the role's resource and of the function's
}

func alerts(ctx context.Context, p *Project) error {
	program := p.Source.Program
	if p.Source.Security == "" || p.closed[p.Source.Security] || program.Function == "" {
		return nil
	}
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Security, Region: p.Source.Home})
	if err != nil {
		return err
	}
	r := &alertsReader{p: p, account: p.Source.Security, region: p.Source.Home, name: program.Function,
		function: lambda.NewFromConfig(cfg), logs: cloudwatchlogs.NewFromConfig(cfg), queues: sqs.NewFromConfig(cfg), watch: cloudwatch.NewFromConfig(cfg)}
	have, err := r.function.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &r.name})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil // the alerts were not wanted
	}
	if err != nil {
		return err
	}
	role := aws.ToString(have.Role)
	if r.role, err = p.role(ctx, r.account, role[strings.LastIndex(role, "/")+1:], alertsFile); err != nil {
		return err
	}
	r.code(have, program)
	for _, part := range []reader{
		{"the log of the function " + r.name, r.log}, {"what becomes of alerts that fail", r.failures}, {"who may call the function " + r.name, r.permissions},
		{"the alarm about the function " + r.name, r.alarms},
	} {
		if err := p.unread(part.what, part.read(ctx, p)); err != nil {
			return err
		}
	}
	if have.Environment != nil {
		if name := have.Environment.Variables[program.Secret]; name != "" {
			p.leave("the parameter "+name, "it holds the secret address of your Slack channel, which Terraform would write into its state in clear. It goes on as it is")
		}
	}
	return nil
}

// resource is one of the region the function is in.
func (r *alertsReader) resource(kind, label, id string, body Body) Resource {
	return Resource{Type: kind, Label: Label(label), File: alertsFile, Account: r.p.alias(r.account), Region: r.region, ID: id, Body: body}
}

// code exports the function. AWS gives its code out only by an address that needs no sign-in, so the code beside it is the
// wizard's own, the same as long as the hashes are.
func (r *alertsReader) code(have *lambda.GetFunctionConfigurationOutput, program Program) {
	path := "functions/" + r.name + ".zip"
	r.p.Files[path] = program.Zip
	if aws.ToString(have.CodeSha256) != program.Hash {
		r.p.leave("the code of the function "+r.name, "AWS has another version than the one beside this project, and Terraform leaves it alone. Run wizard apply, then export once more")
	}
	var body Body
	body.Set("function_name", Text(r.name))
	body.Some("description", aws.ToString(have.Description))
	body.Set("role", Ref(r.role+".arn"))
	body.Some("runtime", string(have.Runtime))
	body.Some("handler", aws.ToString(have.Handler))
	body.Set("filename", Path(path))
	var kinds []string
	for _, a := range have.Architectures {
		kinds = append(kinds, string(a))
	}
	if len(kinds) > 0 {
		body.Set("architectures", Texts(kinds))
	}
	body.Set("memory_size", Whole(int64(aws.ToInt32(have.MemorySize))))
	body.Set("timeout", Whole(int64(aws.ToInt32(have.Timeout))))
	res := r.resource("aws_lambda_function", r.name, r.name, nil)
	res.IgnoreChanges = []string{"filename", "source_code_hash"}
	if have.Environment != nil && len(have.Environment.Variables) > 0 {
		var variables Body
		for _, name := range sortedKeys(have.Environment.Variables) {
			if slices.Contains(program.Variables, name) {
				variables.Set(name, Text(have.Environment.Variables[name]))
			}
		}
		if len(variables) == len(have.Environment.Variables) {
			var block Body
			block.Set("variables", Map(variables))
			body.Nest("environment", block)
		} else {
			res.IgnoreChanges = append(res.IgnoreChanges, "environment")
			res.Note = "Somebody gave it variables of their own. They may hold secrets, so none is written here, and Terraform leaves them alone."
		}
	}
	res.Body = body
	r.program = r.p.add(res)
}

func (r *alertsReader) log(ctx context.Context, _ *Project) error {
	name := "/aws/lambda/" + r.name
	out, err := r.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if err != nil {
		return err
	}
	for _, g := range out.LogGroups {
		if aws.ToString(g.LogGroupName) != name {
			continue
		}
		var body Body
		body.Set("name", Text(name))
		if days := aws.ToInt32(g.RetentionInDays); days > 0 {
			body.Set("retention_in_days", Whole(int64(days)))
		}
		body.Some("kms_key_id", aws.ToString(g.KmsKeyId))
		r.p.add(r.resource("aws_cloudwatch_log_group", r.name, name, body))
	}
	return nil
}

// failures exports how often a call is tried again, and the queue for what fails for good.
func (r *alertsReader) failures(ctx context.Context, _ *Project) error {
	have, err := r.function.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: &r.name})
	if steps.Absent(err, "ResourceNotFoundException") {
		return nil
	}
	if err != nil {
		return err
	}
	var body Body
	body.Set("function_name", Ref(r.program+".function_name"))
	if have.MaximumEventAgeInSeconds != nil {
		body.Set("maximum_event_age_in_seconds", Whole(int64(*have.MaximumEventAgeInSeconds)))
	}
	if have.MaximumRetryAttempts != nil {
		body.Set("maximum_retry_attempts", Whole(int64(*have.MaximumRetryAttempts)))
	}
	if d := have.DestinationConfig; d != nil && d.OnFailure != nil && aws.ToString(d.OnFailure.Destination) != "" {
		to := aws.ToString(d.OnFailure.Destination)
		address, err := r.deadLetters(ctx, to)
		if err := r.p.unread("the queue "+to, err); err != nil {
			return err
		}
		var destination, failed Body
		if address != "" {
			failed.Set("destination", Ref(address+".arn"))
		} else {
			failed.Set("destination", Text(to))
		}
		destination.Nest("on_failure", failed)
		body.Nest("destination_config", destination)
	}
	r.p.add(r.resource("aws_lambda_function_event_invoke_config", r.name, r.name, body))
	return nil
}

// deadLetters exports the queue with this ARN, where it is in the function's account and Region, and gives its address.
func (r *alertsReader) deadLetters(ctx context.Context, arn string) (address string, err error) {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sqs" || parts[3] != r.region || parts[4] != r.account {
		return "", nil
	}
	found, err := r.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &parts[5]})
	if err != nil {
		return "", err
	}
	out, err := r.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: found.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		return "", err
	}
	var body Body
	body.Set("name", Text(parts[5]))
	for _, n := range []struct {
		name string
		key  sqstypes.QueueAttributeName
	}{{"delay_seconds", sqstypes.QueueAttributeNameDelaySeconds}, {"max_message_size", sqstypes.QueueAttributeNameMaximumMessageSize},
		{"message_retention_seconds", sqstypes.QueueAttributeNameMessageRetentionPeriod}, {"receive_wait_time_seconds", sqstypes.QueueAttributeNameReceiveMessageWaitTimeSeconds},
		{"visibility_timeout_seconds", sqstypes.QueueAttributeNameVisibilityTimeout}} {
		if value, err := strconv.ParseInt(out.Attributes[string(n.key)], 10, 64); err == nil {
			body.Set(n.name, Whole(value))
		}
	}
	if key := out.Attributes[string(sqstypes.QueueAttributeNameKmsMasterKeyId)]; key != "" {
		body.Set("kms_master_key_id", Text(key))
	} else if managed := out.Attributes[string(sqstypes.QueueAttributeNameSqsManagedSseEnabled)]; managed != "" {
		body.Set("sqs_managed_sse_enabled", Bool(managed == "true"))
	}
	if policy := out.Attributes[string(sqstypes.QueueAttributeNamePolicy)]; policy != "" {
		body.Set("policy", r.p.policy(Label("queue", parts[5]), policy))
	}
	return r.p.add(r.resource("aws_sqs_queue", parts[5], aws.ToString(found.QueueUrl), body)), nil
}

// permissions exports who may call the function.
func (r *alertsReader) permissions(ctx context.Context, _ *Project) error {
	out, err := r.function.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: &r.name})
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
			Condition   struct{ StringEquals, ArnLike map[string]string }
		}
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy); err != nil {
		return err
	}
	for _, s := range policy.Statement {
		if s.Principal.Service == "" {
			r.p.leave("the permission "+s.Sid+" of the function "+r.name, "it is not one for a service of AWS")
			continue
		}
		var body Body
		body.Set("statement_id", Text(s.Sid))
		body.Set("function_name", Ref(r.program+".function_name"))
		body.Set("action", Text(s.Action))
		body.Set("principal", Text(s.Principal.Service))
		body.Some("source_arn", s.Condition.ArnLike["AWS:SourceArn"])
		body.Some("source_account", s.Condition.StringEquals["AWS:SourceAccount"])
		r.p.add(r.resource("aws_lambda_permission", s.Sid, r.name+"/"+s.Sid, body))
	}
	return nil
}
