package sandbox

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

// workshop is an account with a role for functions and a bucket, on a clock of its own.
type workshop struct {
	*testing.T
	w       *World
	sim     *Sim
	now     time.Time
	account string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w, err := NewWorld(Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &workshop{T: t, w: w, sim: New(w), now: w.Clock, account: w.Principals[w.Login()].Account}
	w.Pace = 1
	w.SetClock(func() time.Time { return s.now })
	w.SeedBucket(s.account, "eu-west-1", "files", false)
	return s
}

func (s *workshop) cfg(region string) aws.Config {
	cfg := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider(s.w.Login(), "x", ""), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	s.sim.Bind(&cfg)
	return cfg
}

func (s *workshop) role(policy string) {
	s.Helper()
	c := iam.NewFromConfig(s.cfg("us-east-1"))
	if _, err := c.CreateRole(s.Context(), &iam.CreateRoleInput{RoleName: aws.String("fn"),
		AssumeRolePolicyDocument: aws.String(`{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}); err != nil {
		s.Fatal(err)
	}
	if _, err := c.PutRolePolicy(s.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("fn"), PolicyName: aws.String("p"), PolicyDocument: aws.String(policy)}); err != nil {
		s.Fatal(err)
	}
}

func (s *workshop) create() error {
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	h := &zip.FileHeader{Name: "main.py"}
	h.SetMode(0o644)
	if _, err := z.CreateHeader(h); err != nil {
		s.Fatal(err)
	}
	if err := z.Close(); err != nil {
		s.Fatal(err)
	}
	_, err := lambda.NewFromConfig(s.cfg("eu-west-1")).CreateFunction(s.Context(), &lambda.CreateFunctionInput{FunctionName: aws.String("fn"), Role: aws.String("arn:aws:iam::" + s.account + ":role/fn"),
		Runtime: types.RuntimePython313, Handler: aws.String("main.handler"), Code: &types.FunctionCode{ZipFile: code.Bytes()}})
	return err
}

func codeIn(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func (s *workshop) wants(err error, code string) {
	s.Helper()
	if got := codeIn(err); got != code {
		s.Errorf("%v: code %q, want %q", err, got, code)
	}
}

func (s *workshop) put(region string, ids ...string) error {
	var all []s3types.LambdaFunctionConfiguration
	for _, prefix := range ids {
		all = append(all, s3types.LambdaFunctionConfiguration{LambdaFunctionArn: aws.String("arn:aws:lambda:" + region + ":" + s.account + ":function:fn"), Events: []s3types.Event{"s3:ObjectCreated:*"},
			Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{FilterRules: []s3types.FilterRule{{Name: "prefix", Value: aws.String(prefix)}}}}})
	}
	_, err := s3.NewFromConfig(s.cfg("eu-west-1")).PutBucketNotificationConfiguration(s.Context(), &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String("files"),
		NotificationConfiguration: &s3types.NotificationConfiguration{LambdaFunctionConfigurations: all}})
	return err
}

func TestFunctionsBehaveAsAtAWS(t *testing.T) {
	s := newWorkshop(t)
	s.wants(s.create(), "InvalidParameterValueException") // there is no role
	s.role(`{"Statement":[]}`)
	s.wants(s.create(), "InvalidParameterValueException") // it is not known yet
	s.now = s.now.Add(time.Minute)
	if err := s.create(); err != nil {
		t.Fatal(err)
	}
	s.wants(s.create(), "ResourceConflictException")
	c := lambda.NewFromConfig(s.cfg("eu-west-1"))
	state := func() types.State {
		out, err := c.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("fn")})
		if err != nil {
			t.Fatal(err)
		}
		return out.State
	}
	if got := state(); got != types.StatePending {
		t.Errorf("a new function is %s", got)
	}
	_, err := c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("fn")})
	s.wants(err, "ResourceConflictException")
	s.now = s.now.Add(time.Minute)
	if got := state(); got != types.StateActive {
		t.Errorf("a minute later it is %s", got)
	}

	// The permission comes first, and the Region must be the bucket's.
	s.wants(s.put("eu-west-1", "a/"), "InvalidArgument")
	if _, err := c.AddPermission(t.Context(), &lambda.AddPermissionInput{FunctionName: aws.String("fn"), StatementId: aws.String("s"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("s3.amazonaws.com"), SourceArn: aws.String("arn:aws:s3:::files"), SourceAccount: aws.String(s.account)}); err != nil {
		t.Fatal(err)
	}
	s.wants(s.put("us-east-1", "a/"), "InvalidArgument")
	s.wants(s.put("eu-west-1", "a/", "a/b/"), "InvalidArgument") // they overlap
	if err := s.put("eu-west-1", "a/", "b/"); err != nil {
		t.Fatal(err)
	}
	if err := s.put("eu-west-1", "a/"); err != nil { // it replaces both
		t.Fatal(err)
	}
	files := s3.NewFromConfig(s.cfg("eu-west-1"))
	out, err := files.GetBucketNotificationConfiguration(t.Context(), &s3.GetBucketNotificationConfigurationInput{Bucket: aws.String("files")})
	if err != nil || len(out.LambdaFunctionConfigurations) != 1 || aws.ToString(out.LambdaFunctionConfigurations[0].Id) == "" {
		t.Errorf("it tells %+v, %v", out, err)
	}
	for _, twice := range []bool{false, true} {
		s.w.TellTwice = twice
		for _, key := range []string{"a/1", "other"} {
			if _, err := files.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("files"), Key: aws.String(key)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := s.w.Lambda.Functions[0].Invocations; len(got) != 3 || !got[2].Event || !strings.Contains(got[0].Payload, `"key":"a%2F1"`) {
		t.Errorf("invoked: %+v", got)
	}
}

func TestAFailureNeedsARightToBeKept(t *testing.T) {
	s := newWorkshop(t)
	s.role(`{"Statement":[]}`)
	s.now = s.now.Add(time.Minute)
	if err := s.create(); err != nil {
		t.Fatal(err)
	}
	_, err := lambda.NewFromConfig(s.cfg("eu-west-1")).PutFunctionEventInvokeConfig(t.Context(), &lambda.PutFunctionEventInvokeConfigInput{FunctionName: aws.String("fn"),
		DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String("arn:aws:sqs:eu-west-1:" + s.account + ":q")}}})
	s.wants(err, "InvalidParameterValueException")
}

func TestASecureStringIsReadOnlyDecryptedAndNeverKeptInClear(t *testing.T) {
	s := newWorkshop(t)
	c := ssm.NewFromConfig(s.cfg("eu-west-1"))
	put := func(in *ssm.PutParameterInput) error {
		in.Name, in.Value, in.Type = aws.String("/a"), aws.String("canary-7d1f"), ssmtypes.ParameterTypeSecureString
		_, err := c.PutParameter(context.Background(), in)
		return err
	}
	get := func(name string, decrypted bool) (string, error) {
		out, err := c.GetParameter(context.Background(), &ssm.GetParameterInput{Name: &name, WithDecryption: &decrypted})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Parameter.Value), nil
	}
	_, err := get("/a", true)
	s.wants(err, "ParameterNotFound")
	if err := put(&ssm.PutParameterInput{}); err != nil {
		t.Fatal(err)
	}
	s.wants(put(&ssm.PutParameterInput{}), "ParameterAlreadyExists")
	s.wants(put(&ssm.PutParameterInput{Overwrite: aws.Bool(true), Tags: []ssmtypes.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}), "ValidationException")
	if err := put(&ssm.PutParameterInput{Overwrite: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	if v, err := get("/a", true); v != "canary-7d1f" || err != nil {
		t.Errorf("decrypted: %q, %v", v, err)
	}
	if v, err := get("/a", false); strings.Contains(v, "canary") || v == "" || err != nil {
		t.Errorf("not decrypted: %q, %v", v, err)
	}
	path := t.TempDir() + "/aws.json"
	if err := (&file{Version: fileVersion, Scenario: Admin, World: s.w}).write(path); err != nil {
		t.Fatal(err)
	}
	kept, err := readFile(path)
	if err != nil || len(kept.World.SSM.Parameters) != 1 {
		t.Fatalf("%v, %v", kept, err)
	}
	for _, p := range kept.World.SSM.Parameters {
		if strings.Contains(p.Value, "canary") || p.secret != "" {
			t.Errorf("the file holds %+v", p)
		}
	}
}

func TestQueuesAndLogGroups(t *testing.T) {
	s := newWorkshop(t)
	q, l := sqs.NewFromConfig(s.cfg("eu-west-1")), cloudwatchlogs.NewFromConfig(s.cfg("eu-west-1"))
	create := func(days string) (*sqs.CreateQueueOutput, error) {
		return q.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("q"), Attributes: map[string]string{"MessageRetentionPeriod": days}})
	}
	_, err := q.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	s.wants(err, "AWS.SimpleQueueService.NonExistentQueue")
	first, err := create("60")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := create("60"); err != nil || *again.QueueUrl != *first.QueueUrl {
		t.Errorf("the same queue again: %v, %v", again, err)
	}
	_, err = create("61")
	s.wants(err, "QueueAlreadyExists")
	if _, err := q.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: first.QueueUrl}); err != nil {
		t.Fatal(err)
	}
	_, err = create("60")
	s.wants(err, "AWS.SimpleQueueService.QueueDeletedRecently")
	s.now = s.now.Add(2 * time.Minute)
	if _, err := create("60"); err != nil {
		t.Errorf("after a minute its name is free: %v", err)
	}

	group := aws.String("/aws/lambda/fn")
	_, err = l.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: group, RetentionInDays: aws.Int32(30)})
	s.wants(err, "ResourceNotFoundException")
	if _, err := l.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
		t.Fatal(err)
	}
	_, err = l.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
	s.wants(err, "ResourceAlreadyExistsException")
	_, err = l.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: group, RetentionInDays: aws.Int32(31)})
	s.wants(err, "InvalidParameterException")
}
