package trail

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The names of our selectors, by which they are found again among those of others.
const (
	managementSelector = "Management events"
	sensitiveSelector  = "Sensitive buckets"
)

// selectorsID is the id of the one call that chooses what a trail records.
func selectorsID(trail string) string { return "trail/selectors/" + trail }

// eventsAMonth is how many writes a month one sensitive bucket is taken to see for the estimate, and timesRead how many
// times as many reads. Each 100,000 events cost usdPer100k.
const (
	eventsAMonth = 1_000_000
	timesRead    = 9
	usdPer100k   = 0.10
)

// Selectors are what a trail records beyond the usual.
type Selectors struct {
	Advanced []cttypes.AdvancedEventSelector
	// Basic: somebody chose by the older kind of selectors, which cannot be mixed with the newer.
	Basic bool
}

// wantedSelectors are all selectors as they shall be: ours, and those of others as they are.
func wantedSelectors(have []cttypes.AdvancedEventSelector, buckets []string, a answers.Trail) []cttypes.AdvancedEventSelector {
	field := func(name string, values ...string) cttypes.AdvancedFieldSelector {
		return cttypes.AdvancedFieldSelector{Field: aws.String(name), Equals: values}
	}
	management := cttypes.AdvancedEventSelector{Name: aws.String(managementSelector), FieldSelectors: []cttypes.AdvancedFieldSelector{field("eventCategory", "Management")}}
	if a.ExcludeKMS {
		management.FieldSelectors = append(management.FieldSelectors, cttypes.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}})
	}
	out := []cttypes.AdvancedEventSelector{management}
	if len(buckets) > 0 {
		files := cttypes.AdvancedFieldSelector{Field: aws.String("resources.ARN")}
		for _, name := range buckets {
			files.StartsWith = append(files.StartsWith, "arn:aws:s3:::"+name+"/") // without the slash, other buckets' names match, too
		}
		s := cttypes.AdvancedEventSelector{Name: aws.String(sensitiveSelector), FieldSelectors: []cttypes.AdvancedFieldSelector{field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object"), files}}
		if a.DataEvents != answers.DataEventsAll {
			s.FieldSelectors = append(s.FieldSelectors, field("readOnly", "false"))
		}
		out = append(out, s)
	}
	for _, s := range have {
		if n := aws.ToString(s.Name); n != managementSelector && n != sensitiveSelector && (len(s.FieldSelectors) != 1 || !recordsManagement(s)) {
			out = append(out, s)
		}
	}
	return out
}

// recordsManagement reports whether a selector is about management events.
func recordsManagement(s cttypes.AdvancedEventSelector) bool {
	return slices.ContainsFunc(s.FieldSelectors, func(f cttypes.AdvancedFieldSelector) bool {
		return aws.ToString(f.Field) == "eventCategory" && slices.Contains(f.Equals, "Management")
	})
}

// selectors plans what the trail records of files in sensitive buckets. Nothing is asked of AWS where nothing is wanted and
// nothing of ours is there.
func (b *builder) selectors(a answers.Trail) {
	var have Selectors
	name, where, t := trailName, plan.Place{Account: plan.Management, Region: b.region}, b.state.Trail
	if t != nil {
		name, where.Region, have = t.Name, t.Region, t.Selected
	}
	buckets := b.watched(a)
	if a.DataEvents == answers.DataEventsOff || a.DataEvents == answers.AccessLogs {
		buckets = nil
	}
	ours := slices.ContainsFunc(have.Advanced, func(s cttypes.AdvancedEventSelector) bool {
		return slices.Contains([]string{managementSelector, sensitiveSelector}, aws.ToString(s.Name))
	})
	partly := t != nil && t.Management != steps.AllManagement
	if len(buckets) == 0 && !a.ExcludeKMS && !ours && !partly || b.blocked(partSelectors, b.state.Unread, "", "What the trail records of files is left as it is.") {
		return
	}
	if have.Basic && partly {
		b.add(plan.Item{Blocked: &plan.Blocked{ID: "trail/selectors-of-others/" + name, Step: "trail",
			What: "The trail " + name + " does not record everything that is done in your accounts.", Why: "Somebody chose what it records by the older kind of event selectors, and left out what reads, what writes, or both.",
			Next: "Open https://console.aws.amazon.com/cloudtrail/home?region=" + where.Region + "#/trails, the trail, Management events, Edit, and choose both Read and Write. Then start again."}})
		return
	}
	if have.Basic {
		b.add(plan.Item{Blocked: &plan.Blocked{ID: "trail/selectors-of-others/" + name, Step: "trail", Kept: true,
			What: "The trail " + name + " records what somebody chose.", Why: "It was chosen by the older kind of event selectors, and those cannot be mixed with the newer kind.",
			Next: "Add the data events of your sensitive buckets in the CloudTrail console, or switch the trail to advanced event selectors there and start again."}})
		return
	}
	want := wantedSelectors(have.Advanced, buckets, a)
	if sameSelectors(have.Advanced, want) {
		return
	}
	usd := float64(len(buckets)) * eventsAMonth / 100_000 * usdPer100k
	what, watched := "each change of a file in "+strings.Join(buckets, ", "), "changes"
	estimate := "a million changes a month for each bucket"
	if a.DataEvents == answers.DataEventsAll {
		usd *= 1 + timesRead
		what, watched = "each read and change of a file in "+strings.Join(buckets, ", "), "reads and changes"
		estimate += fmt.Sprintf(", and %d times as many reads", timesRead)
	}
	c := plan.Call{
		ID: selectorsID(name), Where: where, After: []string{createTrailID, startLoggingID}, Effect: plan.Changes, Title: "Record " + what, MonthlyUSD: usd,
		Why:      "Who took or changed a file there can then be found out. The record of everything else goes on.",
		CostNote: "$0.10 for 100,000 " + watched + "; the estimate takes " + estimate,
		Undo:     "Choose the event selectors as they were. What was recorded stays.", Before: map[string]string{"selectors": encode(have.Advanced)},
		Wait: map[string]time.Duration{"TrailNotFoundException": 30 * time.Second, "ConflictException": 3 * time.Minute},
		Request: plan.To(cloudtrail.NewFromConfig, (*cloudtrail.Client).PutEventSelectors, func(plan.Facts) *cloudtrail.PutEventSelectorsInput {
			return &cloudtrail.PutEventSelectorsInput{TrailName: aws.String(name), AdvancedEventSelectors: want}
		}),
	}
	switch {
	case partly:
		c.Title = "Record everything that is done in your accounts with the trail " + name
		if len(buckets) > 0 {
			c.Title += ", and " + what
		} else {
			c.CostNote = "free: it is the first copy of these events"
		}
		c.Why = "Somebody chose what it records, and left out calls that an investigation needs. What else it records stays."
	case len(buckets) == 0:
		c.Title, c.CostNote = "Record no files of buckets any more", ""
		if a.ExcludeKMS {
			c.Title = "Leave the use of encryption keys out of the record"
		}
		c.Why = "It is what the answers say. All other management events are recorded as before."
	}
	b.call(c)
}

// sameSelectors compares by what selectors say; AWS may give their parts in another order.
func sameSelectors(a, b []cttypes.AdvancedEventSelector) bool {
	plain := func(s []cttypes.AdvancedEventSelector) any {
		var out any
		if json.Unmarshal([]byte(encode(s)), &out) != nil {
			return nil
		}
		return canonical(out)
	}
	return reflect.DeepEqual(plain(a), plain(b))
}
