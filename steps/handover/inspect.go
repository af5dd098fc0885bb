package handover

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// inspect counts root's keys. A login that may not see them leaves the matter unknown: `check` says so.
func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{AsRoot: env.Caller.Kind == plan.Root}
	cfg, err := env.Config(place())
	if errors.Is(err, plan.ErrNoEntry) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("handover: %w", err)
	}
	client := iam.NewFromConfig(cfg)
	summary, err := client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		env.Check("Access keys of root", "may not be looked at by this login")
		return s, ctx.Err()
	}
	s.Known, s.Count = true, int(summary.SummaryMap["AccountAccessKeysPresent"])
	if s.Count > 0 && s.AsRoot {
		s.read(ctx, cfg, client)
	}
	env.Check("Access keys of root", strconv.Itoa(max(s.Count, len(s.Keys))))
	return s, ctx.Err()
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
