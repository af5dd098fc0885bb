package guardrails

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sideBySide bounds the buckets looked at at once, for the founder's connection.
const sideBySide = 16

// Storage is what an account shows to everybody through S3.
type Storage struct {
	Account string
	NoEntry bool           // whoever is signed in cannot enter the account
	Refused *steps.Refusal // it could not be looked at
	Blocked bool           // all four public access settings are on for the whole account
	// Settings are those of the account, "" when it never had any.
	Settings Settings
	Public   []Bucket
	Unseen   []string // names of buckets that could not be looked at
}

// Bucket is a bucket that everybody can read or list.
type Bucket struct {
	Name    string
	Website bool // it is set up as a website
}

// lookAtStorage looks for public buckets in each account, so that none is cut off from its visitors unseen.
func lookAtStorage(ctx context.Context, env steps.Env, accounts []string) []Storage {
	out := make([]Storage, len(accounts))
	slots := make(chan struct{}, sideBySide)
	var wg beside.Group
	for i, id := range accounts {
		wg.Go(func() {
			out[i].Account = id
			err := out[i].look(ctx, env, slots)
			if errors.Is(err, plan.ErrNoEntry) {
				out[i].NoEntry = true
			} else if err != nil {
				out[i].Refused = steps.RefusalOf(err)
			}
		})
	}
	wg.Wait()
	return out
}

func (s *Storage) look(ctx context.Context, env steps.Env, slots chan struct{}) error {
	cfg, err := env.Config(plan.Place{Account: s.Account, Region: env.Home})
	if err != nil {
		return fmt.Errorf("guardrails: %w", err)
	}
	// The answer is what is in force, an organization's policy included.
	block, err := s3control.NewFromConfig(cfg).GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: aws.String(s.Account)})
	if err != nil && steps.Code(err) != "NoSuchPublicAccessBlockConfiguration" {
		return fmt.Errorf("guardrails: reading the public access settings: %w", err)
	}
	var account types.PublicAccessBlockConfiguration
	if err == nil && block.PublicAccessBlockConfiguration != nil {
		c := block.PublicAccessBlockConfiguration
		account = types.PublicAccessBlockConfiguration{BlockPublicAcls: c.BlockPublicAcls, IgnorePublicAcls: c.IgnorePublicAcls,
			BlockPublicPolicy: c.BlockPublicPolicy, RestrictPublicBuckets: c.RestrictPublicBuckets}
	}
	if err == nil {
		for _, on := range []*bool{account.BlockPublicAcls, account.IgnorePublicAcls, account.BlockPublicPolicy, account.RestrictPublicBuckets} {
			s.Settings += map[bool]Settings{true: "1", false: "0"}[aws.ToBool(on)]
		}
	}
	s.Blocked = s.Settings == allBlocked
	if s.Blocked {
		return nil // nothing can be public
	}
	names, err := buckets(ctx, s3.NewFromConfig(cfg))
	if err != nil {
		return err
	}
	found := make([]*Bucket, len(names))
	unseen := make([]bool, len(names))
	var wg beside.Group
	for i, b := range names {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			b, err := s.bucket(ctx, env, b, account)
			found[i], unseen[i] = b, err != nil
		})
	}
	wg.Wait()
	for i, b := range names {
		if found[i] != nil {
			s.Public = append(s.Public, *found[i])
		}
		if unseen[i] {
			s.Unseen = append(s.Unseen, aws.ToString(b.Name))
		}
	}
	return nil
}

// mostListed is the size of a page. That it is asked for makes S3 tell the Region of each bucket.
const mostListed = 1000

func buckets(ctx context.Context, client *s3.Client) ([]types.Bucket, error) {
	var all []types.Bucket
	list := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(mostListed)})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("guardrails: listing buckets: %w", err)
		}
		all = append(all, page.Buckets...)
	}
	return all, nil
}

// bucket gives the bucket when everybody can read or list it, nil when nobody else can. account are the settings of
// the whole account, which count as much as the bucket's own.
func (s *Storage) bucket(ctx context.Context, env steps.Env, b types.Bucket, account types.PublicAccessBlockConfiguration) (*Bucket, error) {
	name := aws.ToString(b.Name)
	cfg, err := env.Config(plan.Place{Account: s.Account, Region: cmp.Or(aws.ToString(b.BucketRegion), env.Home)})
	if err != nil {
		return nil, fmt.Errorf("guardrails: %w", err)
	}
	client := s3.NewFromConfig(cfg)
	policy, acl := !aws.ToBool(account.RestrictPublicBuckets), !aws.ToBool(account.IgnorePublicAcls)
	block, err := client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(name)})
	switch {
	case err == nil && block.PublicAccessBlockConfiguration != nil:
		policy = policy && !aws.ToBool(block.PublicAccessBlockConfiguration.RestrictPublicBuckets)
		acl = acl && !aws.ToBool(block.PublicAccessBlockConfiguration.IgnorePublicAcls)
	case err != nil && steps.Code(err) != "NoSuchPublicAccessBlockConfiguration":
		return nil, fmt.Errorf("guardrails: reading the public access settings of %s: %w", name, err)
	}
	public := false
	if policy {
		if public, err = publicByPolicy(ctx, client, name); err != nil {
			return nil, err
		}
	}
	if acl && !public {
		if public, err = publicByGrants(ctx, client, name); err != nil {
			return nil, err
		}
	}
	if !public {
		return nil, nil
	}
	_, err = client.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: aws.String(name)})
	return &Bucket{Name: name, Website: err == nil}, nil
}

func publicByPolicy(ctx context.Context, client *s3.Client, name string) (bool, error) {
	out, err := client.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: aws.String(name)})
	switch {
	case steps.Code(err) == "NoSuchBucketPolicy":
		return false, nil
	case err != nil:
		return false, fmt.Errorf("guardrails: asking whether %s is public: %w", name, err)
	}
	return out.PolicyStatus != nil && aws.ToBool(out.PolicyStatus.IsPublic), nil
}

// publicByGrants looks at the list of grants that buckets had before bucket policies.
func publicByGrants(ctx context.Context, client *s3.Client, name string) (bool, error) {
	out, err := client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: aws.String(name)})
	if err != nil {
		return false, fmt.Errorf("guardrails: reading the grants of %s: %w", name, err)
	}
	everybody := []string{"http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
	return slices.ContainsFunc(out.Grants, func(g types.Grant) bool {
		return g.Grantee != nil && slices.Contains(everybody, aws.ToString(g.Grantee.URI))
	}), nil
}
