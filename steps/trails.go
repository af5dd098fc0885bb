package steps

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// Management says how much a trail records of what is done to an account: its management events. A trail can be made for files
// of buckets alone, and then records nothing else.
type Management int

// The kinds.
const (
	AllManagement  Management = iota // as CloudTrail does where nobody chose
	SomeManagement                   // only those that read, or only those that write, or of some services
	NoManagement
)

// noisy are the services that CloudTrail lets a trail leave out, and AWS advises to where they write too much.
var noisy = []string{"kms.amazonaws.com", "rdsdata.amazonaws.com"}

// ManagementOf reads it from the event selectors of a trail. A selector of either kind adds to the others.
func ManagementOf(s *cloudtrail.GetEventSelectorsOutput) Management {
	reads, writes, some := false, false, false
	add := func(r, w bool) { reads, writes, some = reads || r, writes || w, some || r || w }
	for _, e := range s.EventSelectors {
		if e.IncludeManagementEvents != nil && !*e.IncludeManagementEvents { // AWS's default is to record them
			continue
		}
		if slices.ContainsFunc(e.ExcludeManagementEventSources, func(source string) bool { return !slices.Contains(noisy, source) }) {
			some = true
			continue
		}
		add(e.ReadWriteType != types.ReadWriteTypeWriteOnly, e.ReadWriteType != types.ReadWriteTypeReadOnly)
	}
	for _, e := range s.AdvancedEventSelectors {
		if !about(e, "Management") {
			continue
		}
		r, w, whole := true, true, true
		for _, f := range e.FieldSelectors {
			switch aws.ToString(f.Field) {
			case "eventCategory":
			case "readOnly":
				r, w = slices.Contains(f.Equals, "true"), slices.Contains(f.Equals, "false")
			case "eventSource":
				whole = whole && len(f.Equals)+len(f.StartsWith)+len(f.EndsWith) == 0 &&
					!slices.ContainsFunc(f.NotEquals, func(source string) bool { return !slices.Contains(noisy, source) })
			default:
				whole = false
			}
		}
		if some = true; whole {
			add(r, w)
		}
	}
	switch {
	case reads && writes:
		return AllManagement
	case some:
		return SomeManagement
	}
	return NoManagement
}

func about(e types.AdvancedEventSelector, category string) bool {
	return slices.ContainsFunc(e.FieldSelectors, func(f types.AdvancedFieldSelector) bool {
		return aws.ToString(f.Field) == "eventCategory" && slices.Contains(f.Equals, category)
	})
}
