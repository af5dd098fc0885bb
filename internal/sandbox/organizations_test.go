package sandbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
)

// world gives a simulation of a scenario on a clock that the test moves.
func world(t *testing.T, sc Scenario) (*Sim, *World, *time.Time) {
	t.Helper()
	w, err := NewWorld(sc, 1)
	if err != nil {
		t.Fatal(err)
	}
	clock := w.Clock
	w.SetClock(func() time.Time { return clock })
	return New(w), w, &clock
}

// config is a configuration whose requests the simulation serves, without waiting between attempts.
func config(s *Sim, creds aws.CredentialsProvider) aws.Config {
	cfg := aws.Config{Region: "us-east-1", Credentials: creds, RetryMaxAttempts: 1}
	s.Bind(&cfg)
	return cfg
}

func as(key string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key, SecretAccessKey: "any"}, nil
	})
}

// orgCode is the AWS error code of err, with its reason where it has one: "Code/REASON".
func orgCode(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		if err != nil {
			return err.Error()
		}
		return ""
	}
	var cv *types.ConstraintViolationException
	var in *types.InvalidInputException
	switch {
	case errors.As(err, &cv):
		return api.ErrorCode() + "/" + string(cv.Reason)
	case errors.As(err, &in):
		return api.ErrorCode() + "/" + string(in.Reason)
	}
	return api.ErrorCode()
}

func TestCreateAccountIsAsynchronous(t *testing.T) {
	s, w, clock := world(t, Fresh)
	w.Pace = 1
	ctx, c := t.Context(), organizations.NewFromConfig(config(s, s.Credentials()))

	if _, err := c.DescribeOrganization(ctx, nil); orgCode(err) != "AWSOrganizationsNotInUseException" {
		t.Fatalf("before there is an organization: %v", err)
	}
	if _, err := c.CreateOrganization(ctx, &organizations.CreateOrganizationInput{}); err != nil {
		t.Fatal(err)
	}
	ask := &organizations.CreateAccountInput{AccountName: aws.String("production"), Email: aws.String("aws+production@acme-robotics.example")}
	if _, err := c.CreateAccount(ctx, ask); orgCode(err) != "FinalizingOrganizationException" {
		t.Fatalf("just after CreateOrganization: %v", err)
	}
	*clock = clock.Add(finalizingTakes)
	made, err := c.CreateAccount(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	if got := made.CreateAccountStatus.State; got != types.CreateAccountStateInProgress {
		t.Fatalf("reply: %s", got)
	}
	poll := func(id *string) *types.CreateAccountStatus {
		t.Helper()
		out, err := c.DescribeCreateAccountStatus(ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: id})
		if err != nil {
			t.Fatal(err)
		}
		return out.CreateAccountStatus
	}
	if got := poll(made.CreateAccountStatus.Id); got.State != types.CreateAccountStateInProgress || got.AccountId != nil {
		t.Fatalf("first poll: %+v", got)
	}
	again, err := c.CreateAccount(ctx, ask)
	if err != nil {
		t.Fatal(err)
	}
	*clock = clock.Add(accountTakes)
	done := poll(made.CreateAccountStatus.Id)
	if done.State != types.CreateAccountStateSucceeded || !w.orgMember(aws.ToString(done.AccountId)) {
		t.Fatalf("when ready: %+v", done)
	}
	if got := poll(again.CreateAccountStatus.Id); got.FailureReason != types.CreateAccountFailureReasonEmailAlreadyExists {
		t.Fatalf("the same address again: %+v", got)
	}
	out, err := c.DescribeAccount(ctx, &organizations.DescribeAccountInput{AccountId: done.AccountId})
	if err != nil {
		t.Fatal(err)
	}
	if out.Account.State != types.AccountStateActive || out.Account.Status != "" {
		t.Errorf("state %q, retired status %q", out.Account.State, out.Account.Status)
	}
}
