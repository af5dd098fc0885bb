package handover

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"awswizard/internal/baseline"
	baselook "awswizard/internal/baseline/inspect"
	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// inspect counts root's keys and looks at what stays with the founder, as wizard check does. What a login may not see is
// left unknown: check says so.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{AsRoot: env.Caller.Kind == plan.Root}
	var wg beside.Group
	var err error
	wg.Go(func() { err = s.rootKeys(ctx, env) })
	wg.Go(func() {
		s.Accounts = baselook.Left(ctx, baselook.Source{Config: env.Config, Caller: env.Caller, Home: env.Home, Now: env.Now}, steps.AccountIDs(env))
	})
	wg.Wait()
	if err != nil {
		return s, err
	}
	if s.Known {
		env.Check("Access keys of root", strconv.Itoa(max(s.Count, len(s.Keys))))
	} else {
		env.Check("Access keys of root", "may not be looked at by this login")
	}
	env.Check("Variables of functions that look like secrets", strconv.Itoa(len(s.secrets())))
	env.Check("Ways for a pipeline to sign in without keys", strconv.Itoa(s.providers()))
	return s, ctx.Err()
}

func (s *State) rootKeys(ctx context.Context, env steps.Env) error {
	cfg, err := env.Config(place())
	if errors.Is(err, plan.ErrNoEntry) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("handover: %w", err)
	}
	client := iam.NewFromConfig(cfg)
	// A refusal leaves it unknown.
	if summary, err := client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}); err == nil {
		s.Known, s.Count = true, int(summary.SummaryMap["AccountAccessKeysPresent"])
	}
	if s.Count > 0 && s.AsRoot {
		s.read(ctx, cfg, client)
	}
	return nil
}

// read lists the keys by name. AWS takes a request that names no user for one about whoever makes it, so only root can
// ask. What cannot be read is left to the person.
func (s *State) read(ctx context.Context, cfg aws.Config, client *iam.Client) {
	signedWith, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return
	}
	out, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	if err != nil {
		return
	}
	for _, k := range out.AccessKeyMetadata {
		key := Key{ID: aws.ToString(k.AccessKeyId), Active: k.Status == types.StatusTypeActive}
		key.Own = key.ID == signedWith.AccessKeyID
		used, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
		if err == nil && used.AccessKeyLastUsed != nil {
			key.LastUsed = aws.ToTime(used.AccessKeyLastUsed.LastUsedDate)
		}
		s.Keys = append(s.Keys, key)
	}
}

// secret is a variable of a function that looks like a secret by its name.
type secret struct{ Account, Region, Function, Variable string }

func (s State) secrets() []secret {
	var out []secret
	for _, a := range s.Accounts {
		for _, r := range a.Regions {
			for _, f := range r.Functions.Value {
				for _, v := range f.Secrets {
					out = append(out, secret{a.ID, r.Name, f.Name, v})
				}
			}
		}
	}
	return out
}

// providers is how many OpenID Connect providers there are in all accounts.
func (s State) providers() int {
	n := 0
	for _, a := range s.Accounts {
		n += len(a.Providers.Value)
	}
	return n
}

// account is what was seen of an account; false where nothing was.
func (s State) account(id string) (baseline.Account, bool) {
	for _, a := range s.Accounts {
		if a.ID == id && a.NoEntry == "" {
			return a, true
		}
	}
	return baseline.Account{}, false
}
