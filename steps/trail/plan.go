package trail

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The ids calls wait for.
const (
	createTrailID  = "trail/trail/" + trailName
	startLoggingID = "trail/logging/" + trailName
)

// builder collects the items of one plan.
type builder struct {
	state    State
	facts    plan.Facts
	region   string // home Region
	security string // key of the account with the second copy, "" when there is none
	prefix   string // how the names of new buckets begin
	items    []plan.Item
	ids      map[string]bool
}

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	b := &builder{state: s, facts: f, region: a.HomeRegion, security: a.Security(), prefix: a.Trail.Prefix(), ids: map[string]bool{}}
	b.duplicates()
	if b.blocked(partTrails, s.Unread, "", "The trail cannot be set up.") {
		return b.items
	}
	if s.Trail == nil && f.Get(plan.UnreadFact("organization")) == "yes" {
		b.add(plan.Item{Blocked: &plan.Blocked{ID: "trail/organization", Step: name, What: "The trail waits for the organization.",
			Why:  "The organization could not be looked at, so it is not known whether CloudTrail may work across its accounts.",
			Next: "Start the wizard again when the step of the organization goes through."}})
		return b.items
	}
	switch {
	case s.Trail == nil || s.Trail.Bucket == b.logName():
		b.log().settings(b, s.Log)
	case s.Log.Exists:
		b.adopted().settings(b, s.Log)
	}
	if b.logUnseen() {
		if s.Trail != nil {
			b.trail()
		}
		return b.items
	}
	b.copy()
	b.trail()
	b.selectors(a.Trail)
	b.accessLogs(a.Trail)
	if counted(a.Trail) {
		b.uncounted(a.Trail)
	}
	b.canary()
	return b.items
}

// logUnseen reports that a bucket of ours for the logs cannot be looked at, or its policy cannot: nothing that needs the
// bucket is planned then. CreateTrail would be refused, with a reason that leads astray.
func (b *builder) logUnseen() bool {
	if b.state.Trail != nil && b.state.Trail.Bucket != b.logName() {
		return false
	}
	_, bucket := b.state.Log.Unread[partBucket]
	_, policy := b.state.Log.Unread[partPolicy]
	return bucket || policy && b.state.Trail == nil
}

// logName is the log bucket this step would make.
func (b *builder) logName() string { return b.log().bucket(b.facts) }

// call adds a call of this step.
func (b *builder) call(c plan.Call) {
	c.Step, c.Lane = name, name
	if c.IAMAction == "" { // deleting a version needs another right than its operation tells
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
	}
	c.After = b.planned(c.After...)
	if c.Where == (plan.Place{}) {
		c.Where = plan.Place{Account: plan.Management, Region: b.region}
	}
	b.add(plan.Item{Call: &c})
}

func (b *builder) add(i plan.Item) {
	b.items = append(b.items, i)
	b.ids[i.ID()] = true
}

// planned keeps the ids that are in this plan: a call waits only for what is still to do.
func (b *builder) planned(ids ...string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !b.ids[id] })
}

// blocked adds an item for a part that could not be read and reports whether there was one. Of is the bucket's role,
// "" for the rest.
func (b *builder) blocked(p Part, unread map[Part]Unread, of, what string) bool {
	u, failed := unread[p]
	if !failed {
		return false
	}
	id := name + "/unread/" + string(p)
	if of != "" {
		id += "/" + of
	}
	block := plan.Blocked{
		ID: id, Step: name, Code: u.Code, What: what, Why: u.Why(b.facts),
		Next: u.Next("Sign in with AdministratorAccess in the management account and start again.") + " Everything else goes on.",
	}
	if rule, certain, byRule := plan.RuleOf(b.facts, u.Message); byRule {
		forbids, why, lift := rule.Forbidden("this", certain)
		block.Why, block.Next = forbids+". "+why, lift
	}
	b.add(plan.Item{Blocked: &block})
	return true
}

// duplicates names trails that make further copies. They may be wanted, so they are left alone.
func (b *builder) duplicates() {
	for _, t := range b.state.Others {
		if !t.Logging || t.Management == steps.NoManagement {
			continue // a stopped trail costs nothing, and one for files alone makes no second copy
		}
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: "trail/duplicate/" + t.Region + "/" + t.Name, Step: name, Kept: true,
			What: fmt.Sprintf("The trail %s in %s records the same events a second time.", t.Name, t.Region),
			Why:  "The first copy of management events is free. Each further copy costs $2 for 100,000 events. This program does not touch trails it did not make.",
			Next: fmt.Sprintf("If nobody reads the bucket %s, stop logging or delete the trail: https://console.aws.amazon.com/cloudtrail/home?region=%s#/trails", t.Bucket, t.Region),
		}})
	}
}

// trail plans the trail itself, and the logging, which CreateTrail leaves off.
func (b *builder) trail() {
	t := b.state.Trail
	where := plan.Place{Account: plan.Management, Region: b.region}
	trail := trailName
	if t == nil {
		b.createTrail()
	} else {
		trail, where.Region = t.Name, t.Region // in any other Region: InvalidHomeRegionException
		b.amendTrail(*t, where)
	}
	if t == nil || !t.Logging {
		b.call(plan.Call{
			ID: startLoggingID, Where: where, Title: "Start recording", After: []string{createTrailID},
			Why:    "A new trail records nothing until it is started. The first file lands in 5 to 15 minutes, all accounts within 24 hours.",
			Effect: plan.Changes, Undo: "Stop logging. The files stay.",
			Wait: map[string]time.Duration{"TrailNotFoundException": 30 * time.Second, "ConflictException": 3 * time.Minute},
			Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).StartLogging, func(plan.Facts) *cloudtrail.StartLoggingInput {
				return &cloudtrail.StartLoggingInput{Name: aws.String(trail)} // by name: moto fails by ARN
			}),
		})
	}
	if t != nil && t.DeliveryError != "" {
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: "trail/delivery/" + t.Name, Step: name, Code: t.DeliveryError,
			What: "CloudTrail could not deliver its last file to the bucket " + t.Bucket + ".",
			Why:  "AWS reports " + t.DeliveryError + ". It tries again for 30 days, and bills the events meanwhile.",
			Next: "Check that the bucket exists and that its policy lets CloudTrail write. After a repair this message takes up to an hour to go away.",
		}})
	}
}

func (b *builder) createTrail() {
	bucket := b.log().bucket
	b.call(plan.Call{
		ID: createTrailID, Title: "Create the trail " + trailName + " for all accounts and Regions",
		Why:    "It records who did what, in every account, with digests that prove later that no file was changed.",
		Effect: plan.Creates, Undo: "Delete the trail. The files stay in the bucket.",
		MonthlyUSD: 1, CostNote: "the trail is free, its files and requests in S3 are not",
		After: []string{"trail/bucket/log", "trail/policy/log"},
		Done:  []string{"TrailAlreadyExistsException"},
		Wait: map[string]time.Duration{
			// The bucket and its policy, and trusted access, take some seconds to be seen everywhere.
			"S3BucketDoesNotExistException": 30 * time.Second, "InsufficientS3BucketPolicyException": time.Minute,
			"CloudTrailAccessNotEnabledException": 2 * time.Minute, "ConflictException": 3 * time.Minute,
		},
		Learn: plan.Learned(func(out *cloudtrail.CreateTrailOutput) map[string]string {
			return map[string]string{"trail.arn": aws.ToString(out.TrailARN), "trail.bucket": aws.ToString(out.S3BucketName)}
		}),
		Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).CreateTrail, func(f plan.Facts) *cloudtrail.CreateTrailInput {
			return &cloudtrail.CreateTrailInput{
				Name: aws.String(trailName), S3BucketName: aws.String(bucket(f)),
				IsOrganizationTrail: aws.Bool(true), IsMultiRegionTrail: aws.Bool(true),
				IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
				TagsList: []cttypes.Tag{{Key: aws.String("purpose"), Value: aws.String("organization audit log")}},
			}
		}),
	})
}

// amendTrail makes up for what an existing trail lacks, and names it.
func (b *builder) amendTrail(t Trail, where plan.Place) {
	lacks := ""
	for _, x := range []struct {
		has  bool
		what string
	}{{t.MultiRegion, "records one Region only"}, {t.GlobalEvents, "leaves out IAM and sign-ins"}, {t.Validation, "has no digests that prove its files unchanged"}} {
		if x.has {
			continue
		}
		if lacks != "" {
			lacks += ", and "
		}
		lacks += x.what
	}
	if lacks == "" {
		return
	}
	b.call(plan.Call{
		ID: "trail/settings/" + t.Name, Where: where, Title: "Complete the trail " + t.Name,
		Why: "It " + lacks + ".", Effect: plan.Changes, Undo: "Set the trail's options back as they were.",
		Wait: map[string]time.Duration{"InsufficientS3BucketPolicyException": time.Minute, "ConflictException": 3 * time.Minute},
		Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).UpdateTrail, func(plan.Facts) *cloudtrail.UpdateTrailInput {
			return &cloudtrail.UpdateTrailInput{
				Name: aws.String(t.Name), IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true),
			}
		}),
	})
}
