package steps

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

func TestManagementOf(t *testing.T) {
	field := func(name string, equals ...string) types.AdvancedFieldSelector {
		return types.AdvancedFieldSelector{Field: aws.String(name), Equals: equals}
	}
	advanced := func(fields ...types.AdvancedFieldSelector) types.AdvancedEventSelector {
		return types.AdvancedEventSelector{FieldSelectors: fields}
	}
	management := field("eventCategory", "Management")
	noKeys := types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"kms.amazonaws.com"}}
	noIAM := types.AdvancedFieldSelector{Field: aws.String("eventSource"), NotEquals: []string{"iam.amazonaws.com"}}
	for name, tt := range map[string]struct {
		basic    []types.EventSelector
		advanced []types.AdvancedEventSelector
		want     Management
	}{
		"as AWS makes it":          {basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(true), ReadWriteType: types.ReadWriteTypeAll}}, want: AllManagement},
		"nothing said":             {basic: []types.EventSelector{{}}, want: AllManagement},
		"writes only":              {basic: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeWriteOnly}}, want: SomeManagement},
		"writes and reads apart":   {basic: []types.EventSelector{{ReadWriteType: types.ReadWriteTypeWriteOnly}, {ReadWriteType: types.ReadWriteTypeReadOnly}}, want: AllManagement},
		"files only, the old way":  {basic: []types.EventSelector{{IncludeManagementEvents: aws.Bool(false)}}, want: NoManagement},
		"without keys":             {basic: []types.EventSelector{{ExcludeManagementEventSources: []string{"kms.amazonaws.com"}}}, want: AllManagement},
		"all":                      {advanced: []types.AdvancedEventSelector{advanced(management)}, want: AllManagement},
		"all but keys":             {advanced: []types.AdvancedEventSelector{advanced(management, noKeys)}, want: AllManagement},
		"all but IAM":              {advanced: []types.AdvancedEventSelector{advanced(management, noIAM)}, want: SomeManagement},
		"writes":                   {advanced: []types.AdvancedEventSelector{advanced(management, field("readOnly", "false"))}, want: SomeManagement},
		"one service":              {advanced: []types.AdvancedEventSelector{advanced(management, field("eventSource", "iam.amazonaws.com"))}, want: SomeManagement},
		"one event":                {advanced: []types.AdvancedEventSelector{advanced(management, field("eventName", "CreateUser"))}, want: SomeManagement},
		"files only":               {advanced: []types.AdvancedEventSelector{advanced(field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object"))}, want: NoManagement},
		"files beside all of them": {advanced: []types.AdvancedEventSelector{advanced(field("eventCategory", "Data")), advanced(management)}, want: AllManagement},
		"nothing":                  {want: NoManagement},
	} {
		if got := ManagementOf(&cloudtrail.GetEventSelectorsOutput{EventSelectors: tt.basic, AdvancedEventSelectors: tt.advanced}); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
