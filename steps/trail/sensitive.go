package trail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/answers"
	"awswizard/internal/beside"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// sensitiveTag is the tag by which a bucket says that its files matter; any value but a no counts.
const sensitiveTag = "sensitive"

// Sensitive is a bucket whose files are to be watched: the answers name it, or it has the tag.
type Sensitive struct {
	Name, Account, Region string
	LogsTo                string // the bucket its access logs go to, "" for none
}

// Census is which buckets of all accounts are sensitive. It is taken only where somebody asked for more than the usual.
type Census struct {
	Taken  bool
	Found  []Sensitive // by name
	Closed []string    // ids of the accounts this caller cannot enter
	Unread map[string]Unread
	Stores map[string]Bucket // the buckets for access logs there are, by storeKey
}

// counted reports whether buckets with the tag are looked for.
func counted(a answers.Trail) bool {
	return slices.Contains([]string{answers.DataEventsWrite, answers.DataEventsAll, answers.AccessLogs}, a.DataEvents)
}

// takeCensus looks through the buckets of all accounts.
func (s *State) takeCensus(ctx context.Context, env steps.Env) {
	a, logged := env.Answers.Trail, loggedBefore(env.Made)
	if !counted(a) && len(logged) == 0 {
		return
	}
	a.SensitiveBuckets = append(slices.Clone(a.SensitiveBuckets), logged...)
	s.Census = Census{Taken: true, Unread: map[string]Unread{}, Stores: map[string]Bucket{}}
	var mu sync.Mutex
	var wg beside.Group
	slots := make(chan struct{}, 4)
	for _, id := range append([]string{s.Management}, members(env.Facts, s.Management)...) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			found, stores, err := sensitiveIn(ctx, env, id, a)
			mu.Lock()
			defer mu.Unlock()
			s.Census.Found = append(s.Census.Found, found...)
			for key, b := range stores {
				s.Census.Stores[key] = b
			}
			if errors.Is(err, plan.ErrNoEntry) {
				s.Census.Closed = append(s.Census.Closed, id)
			} else if err != nil {
				s.Census.Unread[id] = *steps.RefusalOf(err)
			}
		})
	}
	wg.Wait()
	order.By(s.Census.Found, func(a, b Sensitive) int { return strings.Compare(a.Name, b.Name) })
	slices.Sort(s.Census.Closed)
}

// loggedBefore are the buckets whose access logs the wizard switched on, which an answer that was changed must not hide.
func loggedBefore(made steps.Made) (names []string) {
	for _, id := range made.IDs() {
		if name, ok := strings.CutPrefix(id, accessLogID); ok {
			names = append(names, name)
		}
	}
	return names
}

func sensitiveIn(ctx context.Context, env steps.Env, account string, a answers.Trail) (found []Sensitive, stores map[string]Bucket, err error) {
	at := func(region string) (*s3.Client, error) {
		cfg, err := env.Config(plan.Place{Account: account, Region: region})
		return s3.NewFromConfig(cfg), err
	}
	client, err := at(env.Home)
	if err != nil {
		return nil, nil, err
	}
	stores = map[string]Bucket{}
	// That a size is asked for makes S3 tell the Region of each bucket.
	list := s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
	for list.HasMorePages() {
		page, err := list.NextPage(ctx)
		if err != nil {
			return found, stores, err
		}
		for _, b := range page.Buckets {
			one := Sensitive{Name: aws.ToString(b.Name), Account: account, Region: cmp.Or(aws.ToString(b.BucketRegion), env.Home)}
			client, err := at(one.Region)
			if err != nil {
				return found, stores, err
			}
			if may := accessBuckets(env, account, one.Region); slices.Contains(may, one.Name) {
				key := storeKey(account, one.Region)
				if have, ok := stores[key]; !ok || slices.Index(may, one.Name) < slices.Index(may, have.Name) {
					stores[key] = readBucket(ctx, client, one.Name, account)
				}
				continue
			}
			is, err := isSensitive(ctx, client, one.Name, a)
			if err == nil && is && (a.DataEvents == answers.AccessLogs || slices.Contains(loggedBefore(env.Made), one.Name)) {
				one.LogsTo, err = logsTo(ctx, client, one.Name)
			}
			if err != nil {
				return found, stores, err
			}
			if is {
				found = append(found, one)
			}
		}
	}
	return found, stores, nil
}

// isSensitive reports whether the answers name the bucket, or it has the tag.
func isSensitive(ctx context.Context, client *s3.Client, name string, a answers.Trail) (bool, error) {
	if slices.Contains(a.SensitiveBuckets, name) || !counted(a) {
		return slices.Contains(a.SensitiveBuckets, name), nil
	}
	out, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	if steps.Absent(err, "NoSuchTagSet", "NoSuchBucket") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(out.TagSet, func(t types.Tag) bool {
		return strings.EqualFold(aws.ToString(t.Key), sensitiveTag) && !slices.Contains([]string{"no", "false", "0"}, strings.ToLower(aws.ToString(t.Value)))
	}), nil
}

func logsTo(ctx context.Context, client *s3.Client, name string) (string, error) {
	out, err := client.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: &name})
	if err != nil || out.LoggingEnabled == nil {
		return "", err
	}
	return aws.ToString(out.LoggingEnabled.TargetBucket), nil
}

// watched are the buckets whose files are watched: those the answers name, and those with the tag. A bucket that logs
// are written to is never among them, since each file would make another.
func (b *builder) watched(a answers.Trail) []string {
	all := slices.Clone(a.SensitiveBuckets)
	for _, s := range b.state.Census.Found {
		if counted(a) {
			all = append(all, s.Name)
		}
	}
	if len(b.state.Census.Unread)+len(b.state.Census.Closed) > 0 {
		all = append(all, b.recorded()...) // not all was seen, so nothing is left out that was found before
	}
	all = slices.DeleteFunc(all, b.holdsLogs)
	slices.Sort(all)
	return slices.Compact(all)
}

// recorded are the buckets whose files the trail records by our selector.
func (b *builder) recorded() (names []string) {
	if b.state.Trail == nil {
		return nil
	}
	for _, s := range b.state.Trail.Selected.Advanced {
		for _, f := range s.FieldSelectors {
			for _, arn := range f.StartsWith {
				if aws.ToString(s.Name) == sensitiveSelector {
					names = append(names, strings.TrimSuffix(strings.TrimPrefix(arn, "arn:aws:s3:::"), "/"))
				}
			}
		}
	}
	return names
}

func (b *builder) holdsLogs(name string) bool {
	for _, store := range b.state.Census.Stores {
		if store.Name == name {
			return true
		}
	}
	return slices.Contains([]string{b.logName(), b.archiveName()(b.facts), b.state.Log.Name}, name) || b.state.Trail != nil && name == b.state.Trail.Bucket ||
		strings.HasPrefix(name, "org-trail-") || strings.HasPrefix(name, accessPrefix+"-")
}

// uncounted says in which accounts the buckets with the tag were not looked for.
func (b *builder) uncounted(a answers.Trail) {
	for _, id := range slices.Sorted(maps.Keys(b.state.Census.Unread)) {
		u := b.state.Census.Unread[id]
		b.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/unread/sensitive/" + id, Step: name, Code: u.Code,
			What: "Which buckets of the account " + b.named(id) + " are sensitive is not known.", Why: u.Why(b.facts),
			Next: "Sign in with AdministratorAccess in the management account and start again. Everything else goes on."}})
	}
	if closed := b.state.Census.Closed; len(closed) > 0 {
		later := plan.Later{ID: name + "/later/sensitive", Step: name, Title: "Look for buckets with the tag " + sensitiveTag,
			Why:        "The root login cannot enter another account. This is planned after you have signed in as yourself.",
			Operations: []string{"cloudtrail:PutEventSelectors"}, Places: []plan.Place{{Account: plan.Management, Region: b.region}}, MostCalls: 1}
		each := eventsAMonth / 100_000 * usdPer100k
		if a.DataEvents == answers.DataEventsAll {
			each *= 1 + timesRead
		}
		later.CostNote = fmt.Sprintf("%s for each bucket that is found", plan.Monthly(each))
		if t := b.state.Trail; t != nil {
			later.Places[0].Region = t.Region
		}
		if a.DataEvents == answers.AccessLogs { // written where the bucket is, in whichever Region
			later.CostNote = fmt.Sprintf("about $%.2f a month for each bucket that is found", accessUSD)
			later.Places, later.MostCalls = nil, len(closed)*maxLogged
			later.Operations = []string{"s3:CreateBucket", "s3:PutBucketEncryption", "s3:PutBucketLifecycleConfiguration", "s3:PutBucketLogging",
				"s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutPublicAccessBlock"}
			for _, id := range closed {
				for _, region := range answers.Regions() {
					later.Places = append(later.Places, plan.Place{Account: id, Region: region})
				}
			}
		}
		b.add(plan.Item{Later: &later})
	}
}

// maxLogged bounds what is planned later for one account: a bucket for its access logs, and its sensitive buckets.
const maxLogged = 50
