package welcome

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/freetier"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// mostUsers bounds the look at IAM users: one request each. A founder has a handful; more are counted by `check`.
const mostUsers = 50

// inspect reads the caller's own account. Only the organization read can end it: everything else a founder may lack
// the permission for, or the service may be missing, and then the matter stays unknown.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Caller: env.Caller, Home: env.Home}
	cfg, err := env.Config(plan.Place{Account: env.Caller.Account, Region: globalRegion})
	if err != nil {
		return s, fmt.Errorf("welcome: %w", err)
	}
	beside.All(func() { err = s.readOrganization(ctx, cfg) }, func() { s.readPlan(ctx, cfg) }, func() { s.readKeys(ctx, cfg) })
	if err != nil {
		return s, err
	}
	organization := map[Case]string{Standalone: "none yet", Manager: "yours, managed from this account", Member: "somebody else's",
		Project: "run by AWS", Refused: "may not be seen by this login", Inactive: "the account is not active yet"}[s.Case]
	if s.ControlTower {
		organization = "yours, made by AWS Control Tower"
	}
	env.Check("Organization", organization)
	env.Check("Plan", planWords(s))
	s.tellKeys(env)
	return s, ctx.Err()
}

// planWords are the plan and the credits in a few words.
func planWords(s State) string {
	switch {
	case s.PlanType == "":
		return "not told by AWS"
	case s.PlanType == planFree && s.Credits != "":
		return "free plan, " + s.Credits + " of credits left"
	}
	return strings.ToLower(s.PlanType) + " plan"
}

// tellKeys tells what was found of the root user and of keys that never expire.
func (s *State) tellKeys(env steps.Env) {
	if !s.SummaryKnown {
		env.Check("Root user", "may not be looked at by this login")
		return
	}
	factor := "on"
	if !s.RootMFA {
		factor = "missing"
	}
	env.Check("Second factor of root", factor)
	keys := found(s.RootKeys)
	if s.RootKeyInUse {
		keys += ", and you are signed in with one"
	}
	env.Check("Access keys of root", keys)
	env.Check("IAM users with access keys", found(len(s.UserKeys)))
}

func found(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

func (s *State) readOrganization(ctx context.Context, cfg aws.Config) error {
	out, err := organizations.NewFromConfig(cfg).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	var none *orgtypes.AWSOrganizationsNotInUseException
	switch {
	case errors.As(err, &none), steps.Code(err) == "AWSOrganizationsNotInUseException":
		s.Case = Standalone
		return nil
	case isDenied(err):
		s.Case, s.Code = Refused, steps.Code(err)
		return nil
	case steps.Code(err) == "OptInRequired", steps.Code(err) == "SubscriptionRequiredException":
		s.Case, s.Code = Inactive, steps.Code(err)
		return nil
	case err != nil:
		return fmt.Errorf("welcome: describing the organization: %w", err)
	case out.Organization == nil:
		return errors.New("welcome: describing the organization: empty reply")
	}
	s.Management = aws.ToString(out.Organization.MasterAccountId)
	switch {
	case s.Management == s.Caller.Account:
		s.Case = Manager
		s.ControlTower = steps.MadeByControlTower(ctx, organizations.NewFromConfig(cfg))
	case accountRunByAWS(ctx, cfg):
		s.Case = Project
	default:
		s.Case = Member
	}
	return nil
}

// accountRunByAWS tells the project account of the new sign-up from any other member: there, AWS's own service control
// policies refuse the account API. It is a guess; where the answer is another one the account counts as a member.
func accountRunByAWS(ctx context.Context, cfg aws.Config) bool {
	_, err := account.NewFromConfig(cfg).ListRegions(ctx, &account.ListRegionsInput{MaxResults: aws.Int32(1)})
	return err != nil && isDenied(err) && strings.Contains(err.Error(), "service control policy")
}

func (s *State) readPlan(ctx context.Context, cfg aws.Config) {
	// Accounts older than the plan system answer ResourceNotFoundException; elsewhere the service may be missing.
	out, err := freetier.NewFromConfig(cfg).GetAccountPlanState(ctx, &freetier.GetAccountPlanStateInput{})
	if err != nil {
		return
	}
	s.PlanType = string(out.AccountPlanType)
	if left := out.AccountPlanRemainingCredits; left != nil {
		s.Credits = strconv.FormatFloat(left.Amount, 'f', 2, 64) + " " + string(left.Unit)
	}
	if out.AccountPlanExpirationDate != nil {
		s.PlanEnds = out.AccountPlanExpirationDate.UTC().Format("2006-01-02")
	}
}

func (s *State) readKeys(ctx context.Context, cfg aws.Config) {
	client := iam.NewFromConfig(cfg)
	summary, err := client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return
	}
	s.SummaryKnown = true
	s.RootMFA = summary.SummaryMap["AccountMFAEnabled"] > 0
	s.RootKeys = int(summary.SummaryMap["AccountAccessKeysPresent"])
	s.RootKeyInUse = s.RootKeys > 0 && s.Caller.Kind == plan.Root && signedWithOneOf(ctx, cfg, client)

	// What was read before an error still counts.
	s.UserKeys, _ = usersWithKeys(ctx, client)
}

// signedWithOneOf reports whether root signs its requests with an access key of its own, not with a session that ends.
// Root is who a request is about that names no user and is made by root.
func signedWithOneOf(ctx context.Context, cfg aws.Config, client *iam.Client) bool {
	signedWith, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return false
	}
	keys, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	return err == nil && slices.ContainsFunc(keys.AccessKeyMetadata, func(k iamtypes.AccessKeyMetadata) bool {
		return aws.ToString(k.AccessKeyId) == signedWith.AccessKeyID
	})
}

// usersWithKeys names the IAM users that have an active access key, sorted.
func usersWithKeys(ctx context.Context, client *iam.Client) ([]string, error) {
	names, failed := userNames(ctx, client)
	with := make([]bool, len(names))
	err := beside.Try(names, func(n int, name string) error {
		pages := iam.NewListAccessKeysPaginator(client, &iam.ListAccessKeysInput{UserName: aws.String(name)})
		return steps.EachPage(ctx, pages, func(page *iam.ListAccessKeysOutput) {
			with[n] = with[n] || slices.ContainsFunc(page.AccessKeyMetadata, func(k iamtypes.AccessKeyMetadata) bool {
				return k.Status == iamtypes.StatusTypeActive
			})
		})
	})
	var active []string
	for n, name := range names {
		if with[n] {
			active = append(active, name)
		}
	}
	slices.Sort(active)
	return active, errors.Join(failed, err)
}

// userNames lists IAM users up to mostUsers, with what was read before an error.
func userNames(ctx context.Context, client *iam.Client) ([]string, error) {
	var names []string
	pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{})
	for pages.HasMorePages() && len(names) < mostUsers {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return names, err
		}
		for _, u := range page.Users {
			names = append(names, aws.ToString(u.UserName))
		}
	}
	return names[:min(len(names), mostUsers)], nil
}

// isDenied: Organizations answers AccessDeniedException, the query services AccessDenied.
func isDenied(err error) bool {
	return steps.Code(err) == "AccessDeniedException" || steps.Code(err) == "AccessDenied"
}
