package trail

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The ids of the way back.
const (
	undoLoggingID     = "trail/undo/logging"
	undoTrailID       = "trail/undo/trail"
	undoReplicationID = "trail/undo/replication"
	undoRolePolicyID  = "trail/undo/role-policy"
	undoRoleID        = "trail/undo/role"
	undoCanaryID      = "trail/undo/canary"
)

// What is already gone needs no deleting.
var (
	goneTrail  = []string{"TrailNotFoundException"}
	goneRole   = []string{"NoSuchEntity", "NoSuchEntityException"}
	goneBucket = []string{"NoSuchBucket"}
)

// undoer plans the way back: recording stops first, then the copying, and the buckets come last.
type undoer struct {
	builder
	made steps.Made
}

func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	u := &undoer{builder{state: s, facts: f, region: a.HomeRegion, security: a.Security(), prefix: a.Trail.Prefix(), ids: map[string]bool{}}, made}
	if made.Under(name+"/") && u.unread(partTrails, s.Unread, "", "What the wizard made for the recording") {
		return u.items
	}
	u.trail()
	u.replication()
	u.role()
	u.canary()
	u.accessLogs()
	u.buckets()
	return u.items
}

// place is where a call was made, with the name the account goes by in the answers.
func (u *undoer) place(m steps.MadeCall) plan.Place {
	for _, ref := range []string{plan.Management, u.security} {
		if ref != "" && u.facts.AccountID(ref) == m.Account {
			return plan.Place{Account: ref, Region: m.Region}
		}
	}
	return plan.Place{Account: m.Account, Region: m.Region}
}

// stays adds what does not go now; adopted is what was there before, and stays on purpose.
func (u *undoer) stays(id string, adopted bool, what, why, next string) {
	u.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/undo/" + id, Step: name, What: what, Why: why, Next: next, Kept: adopted}})
}

// unread says that a part is left alone because it could not be read.
func (u *undoer) unread(p Part, unread map[Part]Unread, of, what string) bool {
	failed, yes := unread[p]
	if !yes {
		return false
	}
	u.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/undo/unread/" + string(p) + of, Step: name, Code: failed.Code,
		What: what + " stays for now.", Why: failed.Why(u.facts),
		Next: failed.Next("Sign in with AdministratorAccess in the management account and start wizard undo again.")}})
	return true
}

func (u *undoer) trail() {
	m, ours := u.made.Done(createTrailID, "CreateTrail")
	if u.state.Trail == nil {
		return
	}
	t := *u.state.Trail
	if !ours || t.ARN != trailARN(m.Account, m.Region) {
		u.adoptedTrail(t)
		return
	}
	where, since := u.place(m), u.trailChanges(t, m)
	if t.Logging && len(since) == 0 {
		u.call(plan.Call{
			ID: undoLoggingID, Where: where, Title: "Stop recording", Effect: plan.Changes,
			TakesBack: []string{startLoggingID},
			Why:       "The trail goes next. From now on nothing is recorded but the 90 days of event history that AWS keeps by itself.",
			Undo:      "Start the wizard again: it starts the recording again. What happens meanwhile is not recorded.",
			Done:      goneTrail, Wait: map[string]time.Duration{"ConflictException": 3 * time.Minute},
			Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).StopLogging, func(plan.Facts) *cloudtrail.StopLoggingInput {
				return &cloudtrail.StopLoggingInput{Name: aws.String(t.Name)}
			}),
		})
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: undoTrailID, Where: where, After: []string{undoLoggingID}, Title: "Delete the trail " + t.Name, Effect: plan.Deletes,
		TakesBack: []string{createTrailID, startLoggingID, "trail/settings/" + t.Name, selectorsID(t.Name)},
		Why:       "The wizard made it on " + m.Day() + ". Its log files stay in the bucket.",
		Undo:      "Start the wizard again: it makes the trail anew. What happens meanwhile is not recorded.",
		Done:      goneTrail, Wait: map[string]time.Duration{"ConflictException": 3 * time.Minute},
		Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).DeleteTrail, func(plan.Facts) *cloudtrail.DeleteTrailInput {
			return &cloudtrail.DeleteTrailInput{Name: aws.String(t.Name)}
		}),
	}, since))
}

// trailChanges says in words what somebody changed of the trail since it was made.
func (u *undoer) trailChanges(t Trail, m steps.MadeCall) []string {
	was := steps.Input[struct{ S3BucketName string }](m)
	_, chosen := u.made.Done(selectorsID(t.Name), "PutEventSelectors")
	var what []string
	for _, x := range []struct {
		is   bool
		what string
	}{
		{was.S3BucketName != "" && t.Bucket != was.S3BucketName, "it writes to the bucket " + t.Bucket + " now"},
		{!t.Organization, "it records one account only"},
		{!t.MultiRegion, "it records one Region only"},
		{!t.Validation, "its digests are switched off"},
		{t.Selectors && !chosen, "somebody chose which events it records"},
	} {
		if x.is {
			what = append(what, x.what)
		}
	}
	return what
}

// adoptedTrail says that a trail stays which was there before, when this program changed something of it.
func (u *undoer) adoptedTrail(t Trail) {
	u.adoptedSelectors(t)
	_, completed := u.made.Done("trail/settings/"+t.Name, "UpdateTrail")
	_, started := u.made.Done(startLoggingID, "StartLogging")
	if _, created := u.made.Done(createTrailID, "CreateTrail"); !completed && (!started || created) {
		return
	}
	u.stays("adopted/"+t.Name, true, "The trail "+t.Name+" stays, and goes on recording.",
		"It was there before the wizard, which only completed it.",
		"To stop it all the same: aws cloudtrail stop-logging --region "+t.Region+" --name "+t.Name)
}

// adoptedSelectors puts back what a trail recorded that was there before.
func (u *undoer) adoptedSelectors(t Trail) {
	m, ours := u.made.Done(selectorsID(t.Name), "PutEventSelectors")
	if !ours || u.unread(partSelectors, u.state.Unread, "", "What the trail "+t.Name+" records of files") {
		return
	}
	var before []cttypes.AdvancedEventSelector
	was := steps.Input[struct {
		AdvancedEventSelectors []cttypes.AdvancedEventSelector
	}](m).AdvancedEventSelectors
	if json.Unmarshal([]byte(m.Before["selectors"]), &before) != nil || len(before) == 0 {
		before = wantedSelectors(nil, nil, answers.Trail{}) // what a trail records that nobody chose for: all management events
	}
	if sameSelectors(t.Selected.Advanced, before) {
		return
	}
	var since []string
	if !sameSelectors(t.Selected.Advanced, was) {
		since = []string{"somebody chose again which events it records"}
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: "trail/undo/selectors", Where: u.place(m), Effect: plan.Changes, TakesBack: []string{selectorsID(t.Name)},
		Title: "Let the trail " + t.Name + " record what it did before", Why: "The wizard chose on " + m.Day() + " what it records of files.",
		Undo: "Start the wizard again: it chooses again.", Done: goneTrail, Wait: map[string]time.Duration{"ConflictException": 3 * time.Minute},
		Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).PutEventSelectors, func(plan.Facts) *cloudtrail.PutEventSelectorsInput {
			return &cloudtrail.PutEventSelectorsInput{TrailName: aws.String(t.Name), AdvancedEventSelectors: before}
		}),
	}, since))
}

func (u *undoer) replication() {
	m, ours := u.made.Done(replicationID, "PutBucketReplication")
	if !ours || !u.sameBucket(m) || u.unread(partReplication, u.state.Log.Unread, "", "The copying of logs") || u.state.Log.Replication == nil {
		return
	}
	was := steps.Input[struct {
		ReplicationConfiguration struct {
			Role  string
			Rules []struct {
				ID          string
				Destination struct{ Bucket string }
			}
		}
	}](m).ReplicationConfiguration
	var since []string
	is := u.state.Log.Replication
	if aws.ToString(is.Role) != was.Role {
		since = append(since, "it copies as the role "+aws.ToString(is.Role))
	}
	for _, r := range is.Rules {
		to := ""
		if r.Destination != nil {
			to = aws.ToString(r.Destination.Bucket)
		}
		if len(was.Rules) != 1 || aws.ToString(r.ID) != was.Rules[0].ID || to != was.Rules[0].Destination.Bucket {
			since = append(since, "the rule "+aws.ToString(r.ID)+" copies to "+to)
		}
	}
	bucket := u.state.Log.Name
	u.call(steps.UnlessChanged(plan.Call{
		ID: undoReplicationID, Where: u.place(m), After: []string{undoTrailID}, Title: "Stop copying log files", Effect: plan.Deletes,
		TakesBack: []string{replicationID},
		Why:       "The second copy gets no more files. What was copied stays.",
		Undo:      "Start the wizard again: it switches the copying on again. Files from between are not copied.",
		Done:      append([]string{"ReplicationConfigurationNotFoundError"}, goneBucket...), Wait: map[string]time.Duration{"OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).DeleteBucketReplication, func(plan.Facts) *s3.DeleteBucketReplicationInput {
			return &s3.DeleteBucketReplicationInput{Bucket: aws.String(bucket)}
		}),
	}, since))
}

// sameBucket reports whether a call was made on the bucket that was looked at as the log's.
func (u *undoer) sameBucket(m steps.MadeCall) bool {
	return u.state.Log.Exists && steps.Input[struct{ Bucket string }](m).Bucket == u.state.Log.Name
}

func (u *undoer) role() {
	_, made := u.made.Done(roleID, "CreateRole")
	policy, granted := u.made.Done(rolePolicyID, "PutRolePolicy")
	if !made && !granted || u.unread(partRole, u.state.Unread, "", "The role "+roleName) || u.state.Role == nil {
		return
	}
	global := plan.Place{Account: plan.Management, Region: "us-east-1"}
	wait := map[string]time.Duration{"ConcurrentModification": time.Minute}
	if granted && u.state.Role.Policy != "" {
		u.call(steps.UnlessChanged(plan.Call{
			ID: undoRolePolicyID, Where: global, After: []string{undoReplicationID}, Effect: plan.Deletes, Done: goneRole, Wait: wait,
			TakesBack: []string{rolePolicyID},
			Title:     "Take from the role " + roleName + " what it may do", Why: "Nothing is copied any more.",
			Undo: "Start the wizard again: it writes the policy again.",
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteRolePolicy, func(plan.Facts) *iam.DeleteRolePolicyInput {
				return &iam.DeleteRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String(policyName)}
			}),
		}, differs(u.state.Role.Policy, steps.Input[struct{ PolicyDocument string }](policy).PolicyDocument, "what the role may do was changed")))
	}
	if !made {
		return
	}
	trust := steps.Input[struct{ AssumeRolePolicyDocument string }](u.made[roleID]).AssumeRolePolicyDocument
	if again, ok := u.made.Done(roleTrustID, "UpdateAssumeRolePolicy"); ok && again.Time.After(u.made[roleID].Time) {
		trust = steps.Input[struct{ PolicyDocument string }](again).PolicyDocument
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: undoRoleID, Where: global, After: []string{undoReplicationID, undoRolePolicyID}, Effect: plan.Deletes, Done: goneRole, Wait: wait,
		TakesBack: []string{roleID, roleTrustID, rolePolicyID},
		Title:     "Delete the role " + roleName, Why: "S3 needs it no longer.", Undo: "Start the wizard again: it makes the role again.",
		Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteRole, func(plan.Facts) *iam.DeleteRoleInput {
			return &iam.DeleteRoleInput{RoleName: aws.String(roleName)}
		}),
	}, differs(u.state.Role.Trust, trust, "who may take the role was changed")))
}

// differs compares two policies by what they say, not by how they are written.
func differs(is, was, what string) []string {
	var a, b any
	if json.Unmarshal([]byte(is), &a) == nil && json.Unmarshal([]byte(was), &b) == nil && reflect.DeepEqual(canonical(a), canonical(b)) {
		return nil
	}
	return []string{what}
}

// canary deletes the test object in a bucket that was there before. In a bucket of ours it goes with the bucket.
func (u *undoer) canary() {
	m, ours := u.made.Done(canaryID, "PutObject")
	if _, bucket := u.made.Done("trail/bucket/log", "CreateBucket"); !ours || bucket || !u.sameBucket(m) ||
		u.unread(partFiles, u.state.Log.Unread, "/log", "The test file "+canaryKey) {
		return
	}
	u.deleteCanaries(u.place(m), u.state.Log)
}

func (u *undoer) deleteCanaries(where plan.Place, b Bucket, after ...string) (ids []string) {
	for _, version := range b.Canaries {
		c := plan.Call{
			ID: undoCanaryID + "/" + version, Where: where, After: append([]string{undoReplicationID}, after...), Effect: plan.Deletes, Done: goneBucket,
			TakesBack: []string{canaryID}, IAMAction: "s3:DeleteObjectVersion",
			Title: "Delete the test file " + canaryKey + " from " + b.Name, Why: "It is empty, and only proved that copying works.",
			Undo: "Start the wizard again: it proves the copying again.",
			Request: plan.To(s3.NewFromConfig, (*s3.Client).DeleteObject, func(plan.Facts) *s3.DeleteObjectInput {
				return &s3.DeleteObjectInput{Bucket: aws.String(b.Name), Key: aws.String(canaryKey), VersionId: aws.String(version)}
			}),
		}
		u.call(c)
		ids = append(ids, c.ID)
	}
	return ids
}

// hasRuleFor reports whether a rule deletes everything within days.
func hasRuleFor(rules []types.LifecycleRule, days int32) bool {
	for _, r := range rules {
		if r.Status == types.ExpirationStatusEnabled && r.Expiration != nil && aws.ToInt32(r.Expiration.Days) == days &&
			aws.ToString(r.ID) == *lifecycleRule(days).ID {
			return true
		}
	}
	return false
}
