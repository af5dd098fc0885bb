package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
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

func TestCreateAccountLimits(t *testing.T) {
	s, w, clock := world(t, Admin)
	w.Pace = 1
	w.NewOrganization(w.caller().ID)
	ctx, c := t.Context(), organizations.NewFromConfig(config(s, s.Credentials()))
	ask := func(email string) error {
		_, err := c.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("one"), Email: aws.String(email)})
		return err
	}
	for i, want := range []string{"", "", "", "TooManyRequestsException"} {
		if got := orgCode(ask(fmt.Sprintf("aws+%d@acme-robotics.example", i))); got != want {
			t.Fatalf("request %d at once: got %q, want %q", i+1, got, want)
		}
	}
	for i, want := range []string{"", "", "ConstraintViolationException/ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"} {
		*clock = clock.Add(accountRateTakes)
		if got := orgCode(ask(fmt.Sprintf("aws+later%d@acme-robotics.example", i))); got != want {
			t.Fatalf("request %d, each ten seconds: got %q, want %q", i+4, got, want)
		}
	}
	*clock = clock.Add(time.Hour)
	for email, want := range map[string]string{
		"no-address": "InvalidInputException/INVALID_PATTERN",
		strings.Repeat("x", 65) + "@acme.example": "InvalidInputException/INVALID_PATTERN",
	} {
		if got := orgCode(ask(email)); got != want {
			t.Errorf("%s: got %q, want %q", email, got, want)
		}
	}
}

func TestAccountFailuresComeInThePoll(t *testing.T) {
	s, w, _ := world(t, Quota)
	w.NewOrganization(w.caller().ID)
	ctx, cfg := t.Context(), config(s, s.Credentials())
	c := organizations.NewFromConfig(cfg)
	end := func(email string) *types.CreateAccountStatus {
		t.Helper()
		made, err := c.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("one"), Email: aws.String(email)})
		if err != nil {
			t.Fatal(err)
		}
		if got := made.CreateAccountStatus; got.State != types.CreateAccountStateInProgress || got.FailureReason != "" {
			t.Fatalf("%s: the reply is %s %s", email, got.State, got.FailureReason)
		}
		out, err := c.DescribeCreateAccountStatus(ctx, &organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: made.CreateAccountStatus.Id})
		if err != nil {
			t.Fatal(err)
		}
		return out.CreateAccountStatus
	}
	for _, x := range []struct {
		email string
		want  types.CreateAccountFailureReason
	}{
		{"TAKEN@acme-robotics.example", types.CreateAccountFailureReasonEmailAlreadyExists},
		{"aws@acme-robotics.example", types.CreateAccountFailureReasonEmailAlreadyExists},
		{"a&b@acme-robotics.example", types.CreateAccountFailureReasonInvalidEmail},
		{"aws+1@acme-robotics.example", ""},
		{"aws+2@acme-robotics.example", ""},
		{"aws+3@acme-robotics.example", types.CreateAccountFailureReasonAccountLimitExceeded},
	} {
		if got := end(x.email); got.FailureReason != x.want || (got.AccountId == nil) == (x.want == "") {
			t.Errorf("%s: %s %q, want %q", x.email, got.State, got.FailureReason, x.want)
		}
	}
	quotas := servicequotas.NewFromConfig(cfg)
	raise := &servicequotas.RequestServiceQuotaIncreaseInput{ServiceCode: aws.String("organizations"), QuotaCode: aws.String(accountsQuotaCode), DesiredValue: aws.Float64(3)}
	if _, err := quotas.RequestServiceQuotaIncrease(ctx, raise); orgCode(err) != "IllegalArgumentException" {
		t.Errorf("no raise at all: %v", err)
	}
	raise.DesiredValue = aws.Float64(20)
	if _, err := quotas.RequestServiceQuotaIncrease(ctx, raise); err != nil {
		t.Fatal(err)
	}
	list, err := quotas.ListServiceQuotas(ctx, &servicequotas.ListServiceQuotasInput{ServiceCode: aws.String("organizations")})
	if err != nil || *list.Quotas[0].Value != 20 {
		t.Fatalf("after the raise: %v, %v", list, err)
	}
	if got := end("aws+3@acme-robotics.example"); got.State != types.CreateAccountStateSucceeded {
		t.Errorf("after the raise: %s %s", got.State, got.FailureReason)
	}
}

func TestListsComeInPages(t *testing.T) {
	empty := 0
	for seed := range uint64(12) {
		w, err := NewWorld(Admin, seed)
		if err != nil {
			t.Fatal(err)
		}
		w.NewOrganization(w.caller().ID)
		w.Org.Quota = 100
		for i := range 25 {
			w.NewMember("one", fmt.Sprintf("aws+%d@acme-robotics.example", i), memberRole, w.Clock)
		}
		s := New(w)
		seen := map[string]int{}
		pages := organizations.NewListAccountsPaginator(organizations.NewFromConfig(config(s, s.Credentials())), &organizations.ListAccountsInput{MaxResults: aws.Int32(7)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Accounts) == 0 {
				empty++
			}
			for _, a := range page.Accounts {
				seen[*a.Id]++
			}
		}
		if len(seen) != 26 {
			t.Errorf("seed %d: %d accounts", seed, len(seen))
		}
	}
	if empty == 0 || empty == 12 {
		t.Errorf("%d of 12 seeds begin with an empty page", empty)
	}
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	_, err := organizations.NewFromConfig(config(s, s.Credentials())).ListAccounts(t.Context(), &organizations.ListAccountsInput{NextToken: aws.String("mine")})
	if orgCode(err) != "InvalidInputException/INVALID_NEXT_TOKEN" {
		t.Errorf("a made-up token: %v", err)
	}
}
