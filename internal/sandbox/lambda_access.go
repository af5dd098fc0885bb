package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// registerFunctionAccess serves who may invoke a function, and what becomes of its failures.
func (s *Sim) registerFunctionAccess() {
	on(s, func(r *Request, in *lambda.AddPermissionInput) (*lambda.AddPermissionOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		id := aws.ToString(in.StatementId)
		if slices.ContainsFunc(f.Statements, func(o functionStatement) bool { return o.ID == id }) {
			return nil, withStatus(http.StatusConflict, &types.ResourceConflictException{
				Message: aws.String("The statement id (" + id + ") provided already exists. Please provide a new statement id, or remove the existing statement.")})
		}
		f.Statements = append(f.Statements, functionStatement{ID: id, Action: aws.ToString(in.Action), Principal: aws.ToString(in.Principal),
			SourceArn: aws.ToString(in.SourceArn), SourceAccount: aws.ToString(in.SourceAccount)})
		r.World.Changed()
		return &lambda.AddPermissionOutput{}, nil
	})
	on(s, func(r *Request, in *lambda.RemovePermissionInput) (*lambda.RemovePermissionOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		before := len(f.Statements)
		f.Statements = slices.DeleteFunc(f.Statements, func(o functionStatement) bool { return o.ID == aws.ToString(in.StatementId) })
		if len(f.Statements) == before {
			return nil, noResource("Statement " + aws.ToString(in.StatementId) + " is not found in resource policy.")
		}
		r.World.Changed()
		return &lambda.RemovePermissionOutput{}, nil
	})
	on(s, func(r *Request, in *lambda.GetPolicyInput) (*lambda.GetPolicyOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		if len(f.Statements) == 0 {
			return nil, noResource("The resource you requested does not exist.")
		}
		policy, err := f.policy()
		return &lambda.GetPolicyOutput{Policy: aws.String(policy)}, err
	})
	on(s, func(r *Request, in *lambda.PutFunctionEventInvokeConfigInput) (*lambda.PutFunctionEventInvokeConfigOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		c := &functionInvoke{Retries: 2, Age: 21600, Changed: r.World.Now()}
		if in.MaximumRetryAttempts != nil {
			c.Retries = *in.MaximumRetryAttempts
		}
		if in.MaximumEventAgeInSeconds != nil {
			c.Age = *in.MaximumEventAgeInSeconds
		}
		if in.DestinationConfig != nil && in.DestinationConfig.OnFailure != nil {
			c.Failures = aws.ToString(in.DestinationConfig.OnFailure.Destination)
		}
		role := r.World.role(f.Account, policyName(f.Role))
		if c.Failures != "" && (role == nil || !role.allows(inquiry{Account: f.Account, ARN: f.Role, Action: "sqs:SendMessage", Resource: c.Failures})) {
			return nil, invalidParameter("The function's execution role does not have permissions to call SendMessage on " + c.Failures)
		}
		f.Invoke = c
		r.World.Changed()
		return &lambda.PutFunctionEventInvokeConfigOutput{FunctionArn: aws.String(f.arn())}, nil
	})
	on(s, func(r *Request, in *lambda.GetFunctionEventInvokeConfigInput) (*lambda.GetFunctionEventInvokeConfigOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		if f.Invoke == nil {
			return nil, noResource("The function " + f.arn() + " doesn't have an EventInvokeConfig")
		}
		return &lambda.GetFunctionEventInvokeConfigOutput{FunctionArn: aws.String(f.arn()), MaximumRetryAttempts: aws.Int32(f.Invoke.Retries), MaximumEventAgeInSeconds: aws.Int32(f.Invoke.Age),
			LastModified: aws.Time(f.Invoke.Changed), DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: optional(f.Invoke.Failures)}, OnSuccess: &types.OnSuccess{}}}, nil
	})
}

func noResource(message string) error {
	return withStatus(http.StatusNotFound, &types.ResourceNotFoundException{Message: aws.String(message)})
}

// policy is the function's resource policy as Lambda writes it.
func (f *Function) policy() (string, error) {
	type object = map[string]any
	var list []any
	for _, st := range f.Statements {
		condition := object{}
		if st.SourceAccount != "" {
			condition["StringEquals"] = object{"AWS:SourceAccount": st.SourceAccount}
		}
		if st.SourceArn != "" {
			condition["ArnLike"] = object{"AWS:SourceArn": st.SourceArn}
		}
		list = append(list, object{"Sid": st.ID, "Effect": "Allow", "Principal": object{"Service": st.Principal}, "Action": st.Action, "Resource": f.arn(), "Condition": condition})
	}
	b, err := json.Marshal(object{"Version": "2012-10-17", "Id": "default", "Statement": list})
	return string(b), err
}

// lets reports whether S3 may invoke the function for a bucket.
func (f *Function) lets(b *Bucket) bool {
	return slices.ContainsFunc(f.Statements, func(st functionStatement) bool {
		return st.Action == "lambda:InvokeFunction" && st.Principal == "s3.amazonaws.com" && (st.SourceArn == "" || st.SourceArn == b.arn()) &&
			(st.SourceAccount == "" || st.SourceAccount == b.Account)
	})
}
