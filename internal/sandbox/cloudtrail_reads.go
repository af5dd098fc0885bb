package sandbox

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

func (t *Trail) shown() types.Trail {
	return types.Trail{Name: aws.String(t.Name), TrailARN: aws.String(t.arn()), HomeRegion: aws.String(t.Region), S3BucketName: aws.String(t.Bucket), S3KeyPrefix: optional(t.Prefix),
		IncludeGlobalServiceEvents: aws.Bool(t.Global), IsMultiRegionTrail: aws.Bool(t.MultiRegion), IsOrganizationTrail: aws.Bool(t.Organization),
		LogFileValidationEnabled: aws.Bool(t.Validation), HasCustomEventSelectors: aws.Bool(len(t.Selectors)+len(t.Advanced) > 0), HasInsightSelectors: aws.Bool(false)}
}

func (s *Sim) registerTrailReads() {
	on(s, func(r *Request, in *cloudtrail.DescribeTrailsInput) (*cloudtrail.DescribeTrailsOutput, error) {
		out := &cloudtrail.DescribeTrailsOutput{}
		for _, t := range r.World.Trails.Trails {
			shadow := t.Region != r.Region || t.Account != r.Principal.Account
			named := len(in.TrailNameList) == 0 || slices.Contains(in.TrailNameList, t.Name) || slices.Contains(in.TrailNameList, t.arn())
			if named && t.visible(r.World, r.Principal.Account, r.Region) && (!shadow || in.IncludeShadowTrails == nil || *in.IncludeShadowTrails) {
				out.TrailList = append(out.TrailList, t.shown())
			}
		}
		return out, nil
	})
	on(s, func(r *Request, in *cloudtrail.GetTrailInput) (*cloudtrail.GetTrailOutput, error) {
		t, err := r.trail(in.Name)
		if err != nil {
			return nil, err
		}
		trail := t.shown()
		return &cloudtrail.GetTrailOutput{Trail: &trail}, nil
	})
	// ListTrails alone shows the trails of all Regions.
	on(s, func(r *Request, in *cloudtrail.ListTrailsInput) (*cloudtrail.ListTrailsOutput, error) {
		var all []types.TrailInfo
		for _, t := range r.World.Trails.Trails {
			if t.visible(r.World, r.Principal.Account, t.Region) {
				all = append(all, types.TrailInfo{Name: aws.String(t.Name), TrailARN: aws.String(t.arn()), HomeRegion: aws.String(t.Region)})
			}
		}
		out, next, err := pageOf(all, nil, in.NextToken, 100)
		return &cloudtrail.ListTrailsOutput{Trails: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *cloudtrail.GetTrailStatusInput) (*cloudtrail.GetTrailStatusOutput, error) {
		t, err := r.trail(in.Name)
		if err != nil {
			return nil, err
		}
		return t.status(r.World), nil
	})
	on(s, func(r *Request, in *cloudtrail.ListTagsInput) (*cloudtrail.ListTagsOutput, error) {
		out := &cloudtrail.ListTagsOutput{}
		for _, arn := range in.ResourceIdList {
			t, err := r.trail(&arn)
			if err != nil {
				return nil, err
			}
			tags := types.ResourceTag{ResourceId: aws.String(arn)}
			for _, key := range sortedKeys(t.Tags) {
				tags.TagsList = append(tags.TagsList, types.Tag{Key: aws.String(key), Value: aws.String(t.Tags[key])})
			}
			out.ResourceTagList = append(out.ResourceTagList, tags)
		}
		return out, nil
	})
}

// status works out deliveries from the clock. A bucket that breaks later shows only here: the trail goes on logging.
func (t *Trail) status(w *World) *cloudtrail.GetTrailStatusOutput {
	out := &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(t.Logging)}
	if t.Started.IsZero() {
		return out
	}
	out.StartLoggingTime, out.TimeLoggingStarted = aws.Time(t.Started), aws.String(t.Started.Format(time.RFC3339))
	end := w.Now()
	if !t.Logging {
		out.StopLoggingTime, out.TimeLoggingStopped = aws.Time(t.Stopped), aws.String(t.Stopped.Format(time.RFC3339))
		end = t.Stopped
	}
	first := t.Started.Add(w.Takes(deliveryTakes))
	if end.Before(first) {
		return out
	}
	switch b := w.S3.Buckets[t.Bucket]; {
	case b == nil:
		out.LatestDeliveryError = aws.String("NoSuchBucket")
		return out
	case !w.canDeliver(t, b):
		out.LatestDeliveryError = aws.String("AccessDenied")
		return out
	}
	latest := first.Add(end.Sub(first).Truncate(deliveryTakes))
	out.LatestDeliveryTime, out.LatestDeliveryAttemptTime = aws.Time(latest), aws.String(latest.Format(time.RFC3339))
	out.LatestDeliveryAttemptSucceeded = out.LatestDeliveryAttemptTime
	if digest := t.Started.Add(w.Takes(digestTakes)); t.Validation && !end.Before(digest) {
		out.LatestDigestDeliveryTime = aws.Time(digest.Add(end.Sub(digest).Truncate(time.Hour)))
	}
	return out
}

func (s *Sim) registerEventSelectors() {
	on(s, func(r *Request, in *cloudtrail.PutEventSelectorsInput) (*cloudtrail.PutEventSelectorsOutput, error) {
		t, err := r.ownTrail(in.TrailName)
		if err != nil {
			return nil, err
		}
		if (len(in.EventSelectors) == 0) == (len(in.AdvancedEventSelectors) == 0) || len(in.EventSelectors) > 5 || !validSelectors(in.AdvancedEventSelectors) {
			return nil, &types.InvalidEventSelectorsException{Message: aws.String("Use either event selectors (at most 5) or advanced event selectors, each with an eventCategory")}
		}
		// What is put replaces all there was, of both kinds.
		t.Selectors, t.Advanced = in.EventSelectors, in.AdvancedEventSelectors
		r.World.Changed()
		return &cloudtrail.PutEventSelectorsOutput{TrailARN: aws.String(t.arn()), EventSelectors: t.Selectors, AdvancedEventSelectors: t.Advanced}, nil
	})
	on(s, func(r *Request, in *cloudtrail.GetEventSelectorsInput) (*cloudtrail.GetEventSelectorsOutput, error) {
		t, err := r.trail(in.TrailName)
		if err != nil {
			return nil, err
		}
		out := &cloudtrail.GetEventSelectorsOutput{TrailARN: aws.String(t.arn()), EventSelectors: t.Selectors, AdvancedEventSelectors: t.Advanced}
		if len(t.Selectors)+len(t.Advanced) == 0 { // a new trail records all management events
			out.EventSelectors = []types.EventSelector{{IncludeManagementEvents: aws.Bool(true), ReadWriteType: types.ReadWriteTypeAll}}
		}
		return out, nil
	})
}

// equalsOnly are the fields of advanced selectors that take no other operator.
var equalsOnly = []string{"eventCategory", "resources.type", "readOnly"}

func validSelectors(selectors []types.AdvancedEventSelector) bool {
	for _, s := range selectors {
		category := false
		for _, f := range s.FieldSelectors {
			others := len(f.StartsWith) + len(f.EndsWith) + len(f.NotEquals) + len(f.NotStartsWith) + len(f.NotEndsWith)
			if slices.Contains(equalsOnly, aws.ToString(f.Field)) && (others > 0 || len(f.Equals) == 0) {
				return false
			}
			category = category || aws.ToString(f.Field) == "eventCategory"
		}
		if !category {
			return false
		}
	}
	return true
}
