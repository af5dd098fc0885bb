package alerts

import (
	"fmt"
	"strings"
	"time"

	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What the alerts cost a month.
const (
	alertsUSD   = 0.6
	alertsPrice = "mostly for the function's log"
)

// notification plans the entry that makes the bucket tell the function, among what is there.
func (b *builder) notification() {
	if b.unread(partNotification, "Whom the bucket with the records tells") || b.functionUnread() || b.state.told() {
		return
	}
	at, entries := b.at, Entries{}
	if b.state.Entries != nil {
		entries = *b.state.Entries
	}
	why := "Each new file of the records is then read within minutes."
	if n := len(entries.Functions) + len(entries.Queues) + len(entries.Topics); n > 0 {
		why += fmt.Sprintf(" What the bucket tells others already (%d) stays.", n)
	}
	b.call(plan.Call{
		ID: notificationOn, After: []string{functionID, codeID, settingsID, failuresID, permissionID, testID}, Effect: plan.Changes, Title: "Switch the alerts on", Why: why,
		MonthlyUSD: alertsUSD, CostNote: alertsPrice, Undo: "Take the entry " + notificationID + " out of the bucket's notifications.",
		Wait: map[string]time.Duration{
			// "Unable to validate the following destination configurations": the permission is seconds old.
			"InvalidArgument": time.Minute, "OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketNotificationConfiguration, func(f plan.Facts) *s3.PutBucketNotificationConfigurationInput {
			return &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String(f.Get(bucketFact)), ExpectedBucketOwner: aws.String(f.AccountID(at.Account)),
				NotificationConfiguration: entries.with(functionARN(f.AccountID(at.Account), at.Region))}
		}),
	})
}

// taken is the function of somebody else that is told of the records, "" when there is none.
func (b *builder) taken() string {
	if b.state.Entries == nil {
		return ""
	}
	for _, c := range b.state.Entries.Functions {
		if about := prefixOf(c.Filter); aws.ToString(c.Id) != notificationID && (strings.HasPrefix(about, recordsPrefix) || strings.HasPrefix(recordsPrefix, about)) {
			return aws.ToString(c.LambdaFunctionArn)
		}
	}
	return ""
}

// recordsPrefix is where CloudTrail puts its files.
const recordsPrefix = "AWSLogs/"

func prefixOf(f *s3types.NotificationConfigurationFilter) string {
	if f != nil && f.Key != nil {
		for _, rule := range f.Key.FilterRules {
			if strings.EqualFold(string(rule.Name), "prefix") {
				return aws.ToString(rule.Value)
			}
		}
	}
	return ""
}

// without are all entries but ours.
func (e Entries) without() *s3types.NotificationConfiguration {
	out := &s3types.NotificationConfiguration{QueueConfigurations: e.Queues, TopicConfigurations: e.Topics}
	for _, c := range e.Functions {
		if aws.ToString(c.Id) != notificationID {
			out.LambdaFunctionConfigurations = append(out.LambdaFunctionConfigurations, c)
		}
	}
	if e.Bus {
		out.EventBridgeConfiguration = &s3types.EventBridgeConfiguration{}
	}
	return out
}

// with are all entries and ours.
func (e Entries) with(function string) *s3types.NotificationConfiguration {
	out := e.without()
	out.LambdaFunctionConfigurations = append(out.LambdaFunctionConfigurations, s3types.LambdaFunctionConfiguration{
		Id: aws.String(notificationID), LambdaFunctionArn: aws.String(function), Events: []s3types.Event{s3types.EventS3ObjectCreated},
		Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{FilterRules: []s3types.FilterRule{
			{Name: s3types.FilterRuleNamePrefix, Value: aws.String(recordsPrefix)}, {Name: s3types.FilterRuleNameSuffix, Value: aws.String(".json.gz")}}}}})
	return out
}
