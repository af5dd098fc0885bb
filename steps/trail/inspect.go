package trail

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// State is what is recorded now, and where to.
type State struct {
	Home string
	// Prefix is how the name of our log bucket begins; "" when there is none yet.
	Prefix string
	// Taken is the name of a bucket we want and somebody else has, and TakenPrefix its beginning; "" when there is none.
	Taken, TakenPrefix string
	Looked             time.Time
	Management         string // id of the management account
	// Exempt: the log bucket's policy lets this caller delete logs (see policies/log-bucket.json).
	Exempt bool
	// Trail is the organization's trail: ours, or one that was there before; nil when there is none.
	Trail *Trail
	// Others are further trails. Each that logs is a second copy, which costs money.
	Others []Trail
	// Log is the bucket the trail writes to, or will.
	Log  Bucket
	Role *Role // the replication role; nil when there is none
	// Archives are the buckets for the second copy by account id, for every member account.
	Archives map[string]Archive
	Census   Census
	// Canary is the replication status of the test object, e.g. "COMPLETED"; "" when there is no such object.
	Canary string
	// Unread holds the parts that could not be read; what depends on them is not planned.
	Unread map[Part]Unread
}

// Trail is a trail of CloudTrail.
type Trail struct {
	Name, ARN, Bucket, Region                           string
	Organization, MultiRegion, GlobalEvents, Validation bool
	Logging                                             bool
	Selectors                                           bool // what it records was chosen by somebody
	Selected                                            Selectors
	Management                                          steps.Management // as far as the choice could be read
	DeliveryError                                       string           // the last one, "" when the last delivery worked
	Key                                                 string           // the KMS key its files are encrypted with, "" for keys of S3

	unchosen error // what somebody chose could not be read
}

// Role is the replication role.
type Role = steps.Role

// Archive is the bucket for the second copy in one account.
type Archive struct {
	Bucket
	Prefix  string // how its name begins; "" when it is not there
	NoEntry bool   // this caller cannot enter the account
}

// Part is one part of the state that is read on its own.
type Part string

// The parts of the state; a bucket has parts of its own.
const (
	partTrails Part = "trails"
	partRole   Part = "role"
	partCanary Part = "canary"

	partSelectors Part = "selectors"
)

// Unread is why a part could not be read.
type Unread = steps.Refusal

// Facts implements steps.State.
func (s State) Facts() map[string]string {
	facts := map[string]string{}
	if s.Trail != nil {
		facts["trail.arn"], facts["trail.bucket"], facts["trail.region"] = s.Trail.ARN, s.Trail.Bucket, s.Trail.Region
	}
	for id, a := range s.Archives {
		if a.Exists {
			facts["trail.archive_bucket"], facts["trail.archive_account"] = a.Name, id
		}
	}
	return facts
}

func inspect(ctx context.Context, env steps.Env) (State, error) {
	s := State{Home: env.Home, Looked: env.Now(), Management: env.Caller.Account, Exempt: exempt(env.Caller), Archives: map[string]Archive{}, Unread: map[Part]Unread{}}
	if id, ok := env.Facts.Lookup(plan.AccountFact(plan.Management)); ok {
		s.Management = id
	}
	cfg, err := env.Config(plan.Place{Account: plan.Management, Region: env.Home})
	if err != nil {
		return s, err
	}
	global, err := env.Config(plan.Place{Account: plan.Management, Region: "us-east-1"})
	if err != nil {
		return s, err
	}
	var roleErr error
	// Each writes parts of s of its own.
	beside.All(
		func() { s.readRecording(ctx, env, cfg) },
		func() { roleErr = s.readRole(ctx, iam.NewFromConfig(global)) },
		func() { s.readArchives(ctx, env) },
		func() { s.takeCensus(ctx, env) },
	)
	s.note(partRole, roleErr)
	if s.Trail == nil { // how long the copies stay locked matters once nothing more comes
		s.readAges(ctx, env)
	}
	if a := s.Archives[env.Facts.AccountID(env.Answers.Security())]; a.Taken && s.Taken == "" {
		s.Taken, s.TakenPrefix = a.Name, env.Answers.Trail.Prefix()
	}
	return s, ctx.Err()
}

// readRecording reads the trails, the bucket they write to and the test file in it.
func (s *State) readRecording(ctx context.Context, env steps.Env, cfg aws.Config) {
	s.note(partTrails, s.readTrails(ctx, env, cfg))
	if s.Trail != nil {
		s.note(partSelectors, s.Trail.unchosen)
	}
	switch {
	case s.Trail != nil:
		env.Check("Organization trail", s.Trail.Name)
	case s.Unread[partTrails] != Unread{}:
		env.Check("Organization trail", "may not be looked at: "+s.Unread[partTrails].Code)
	default:
		env.Check("Organization trail", "none yet")
	}
	client := s3.NewFromConfig(cfg)
	var canaryErr error
	beside.All(
		func() { s.readLog(ctx, env, client) },
		func() {
			if s.Trail != nil {
				s.Canary, canaryErr = canary(ctx, client, s.Trail.Bucket)
			}
		},
	)
	bucketState := "not there yet"
	if s.Log.Exists {
		bucketState = s.Log.Name
		s.note(partCanary, canaryErr)
	}
	env.Check("Bucket for the logs", bucketState)
	if s.Trail == nil && s.Log.Exists {
		s.Canary, canaryErr = canary(ctx, client, s.Log.Name)
		s.note(partCanary, canaryErr)
	}
}

// exempt reports whether the caller is one of those whom the log bucket's policy allows to delete logs.
func exempt(c plan.Caller) bool {
	return c.Kind == plan.Root || strings.Contains(c.ARN, "/AWSReservedSSO_ManagementAdministrator_")
}

// note keeps the reason why a part could not be read.
func (s *State) note(p Part, err error) {
	if err != nil {
		s.Unread[p] = *steps.RefusalOf(err)
	}
}

// readTrails reads the trails that can be seen from the home Region: its own, and those of all Regions.
func (s *State) readTrails(ctx context.Context, env steps.Env, cfg aws.Config) error {
	out, err := cloudtrail.NewFromConfig(cfg).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return err
	}
	found := make([]Trail, len(out.TrailList))
	err = beside.Try(out.TrailList, func(n int, t types.Trail) error {
		tr := Trail{
			Name: aws.ToString(t.Name), ARN: aws.ToString(t.TrailARN), Bucket: aws.ToString(t.S3BucketName), Region: aws.ToString(t.HomeRegion),
			Organization: aws.ToBool(t.IsOrganizationTrail), MultiRegion: aws.ToBool(t.IsMultiRegionTrail),
			GlobalEvents: aws.ToBool(t.IncludeGlobalServiceEvents), Validation: aws.ToBool(t.LogFileValidationEnabled),
			Selectors: aws.ToBool(t.HasCustomEventSelectors), Key: aws.ToString(t.KmsKeyId),
		}
		if tr.Region == "" {
			tr.Region = s.Home
		}
		there, err := env.Config(plan.Place{Account: plan.Management, Region: tr.Region})
		if err != nil {
			return err
		}
		// By name, in the trail's own Region: moto knows trails by name only.
		status, err := cloudtrail.NewFromConfig(there).GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &tr.Name})
		if err != nil {
			return fmt.Errorf("status of the trail %s: %w", tr.Name, err)
		}
		tr.Logging, tr.DeliveryError = aws.ToBool(status.IsLogging), aws.ToString(status.LatestDeliveryError)
		tr.readSelectors(ctx, cloudtrail.NewFromConfig(there))
		found[n] = tr
		return nil
	})
	if err != nil {
		return err
	}
	s.Trail, s.Others = choose(found, s.Management, s.Home)
	return nil
}

// readSelectors reads what somebody chose that the trail records.
func (t *Trail) readSelectors(ctx context.Context, client *cloudtrail.Client) {
	t.Management = steps.AllManagement
	if !t.Selectors {
		return
	}
	out, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &t.Name})
	if t.unchosen = err; err == nil {
		t.Selected = Selectors{Advanced: out.AdvancedEventSelectors, Basic: len(out.EventSelectors) > 0}
		t.Management = steps.ManagementOf(out)
	}
}

// choose takes the organization's trail among all: ours first, then one that logs, in all Regions. One that somebody made for the
// files of buckets alone is no record of what is done.
func choose(found []Trail, account, home string) (*Trail, []Trail) {
	rank := func(t Trail) int {
		n := 0
		for _, good := range []bool{t.ARN == trailARN(account, home), t.Logging, t.Management == steps.AllManagement, t.MultiRegion, t.Validation} {
			n *= 2
			if !good {
				n++
			}
		}
		return n
	}
	order.By(found, func(a, b Trail) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.ARN, b.ARN)
	})
	i := slices.IndexFunc(found, func(t Trail) bool {
		return t.Organization && (t.Management != steps.NoManagement || t.ARN == trailARN(account, home))
	})
	if i < 0 {
		return nil, found
	}
	trail := found[i]
	return &trail, slices.Delete(found, i, i+1)
}

func (s *State) readRole(ctx context.Context, client *iam.Client) (err error) {
	s.Role, err = steps.ReadRole(ctx, client, roleName, policyName)
	return err
}

// canary is the replication status of the test object, "" when there is none.
func canary(ctx context.Context, client *s3.Client, bucket string) (string, error) {
	status, err := replicationStatus(ctx, client, bucket)
	if steps.Absent(err, "NotFound", "NoSuchKey") {
		return "", nil
	}
	return status, err
}

// replicationStatus is the state of the test object: PENDING, COMPLETED or FAILED, "" when no rule took it up.
func replicationStatus(ctx context.Context, client *s3.Client, bucket string) (string, error) {
	out, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(canaryKey)})
	if err != nil {
		return "", err
	}
	if out.ReplicationStatus == "COMPLETE" { // the older spelling
		return "COMPLETED", nil
	}
	return string(out.ReplicationStatus), nil
}

// readArchives looks in every member account, since which one keeps the copy is an answer, and inspection knows none.
func (s *State) readArchives(ctx context.Context, env steps.Env) {
	var mu sync.Mutex
	var wg beside.Group
	slots := make(chan struct{}, 4)
	for _, id := range members(env.Facts, s.Management) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			var a Archive
			if cfg, err := env.Config(plan.Place{Account: id, Region: s.Home}); err != nil {
				a.NoEntry = errors.Is(err, plan.ErrNoEntry)
				a.note(partBucket, err)
			} else {
				client := s3.NewFromConfig(cfg)
				a.Bucket, a.Prefix = find(ctx, client, id, archivePrefixes(env, id), func(prefix string) string { return archiveBucket(prefix, id, s.Home) }, env.Answers.Trail.Prefix())
			}
			a.NoEntry = a.NoEntry || a.denied
			mu.Lock()
			defer mu.Unlock()
			s.Archives[id] = a
		})
	}
	wg.Wait()
}

// readAges reads of which day the last files in the archives are.
func (s *State) readAges(ctx context.Context, env steps.Env) {
	for _, id := range slices.Sorted(maps.Keys(s.Archives)) {
		a := s.Archives[id]
		cfg, err := env.Config(plan.Place{Account: id, Region: s.Home})
		if err != nil || !a.Files {
			continue
		}
		r := bucketReader{ctx, s3.NewFromConfig(cfg), &a.Name}
		a.note(partFiles, r.lastDay(&a.Bucket, env.Facts.Get("organization.id"), s.Management, s.Home))
		s.Archives[id] = a
	}
}

// members are the known member accounts' ids.
func members(f plan.Facts, management string) []string {
	var ids []string
	for _, k := range f.Keys() {
		if strings.HasPrefix(k, "account.") && strings.HasSuffix(k, ".id") {
			if id := f.Get(k); id != management && plan.IsAccountID(id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
