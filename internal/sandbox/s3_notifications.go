package sandbox

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Notifications is what a bucket tells, and to whom. Queues, topics and the event bus are kept as they were put.
type Notifications struct {
	Functions []s3types.LambdaFunctionConfiguration `json:",omitempty"`
	Queues    []s3types.QueueConfiguration          `json:",omitempty"`
	Topics    []s3types.TopicConfiguration          `json:",omitempty"`
	Bus       bool                                  `json:",omitempty"`
}

func (s *Sim) registerNotifications() {
	onBucket(s, func(_ *Request, b *Bucket, _ *s3.GetBucketNotificationConfigurationInput) (*s3.GetBucketNotificationConfigurationOutput, error) {
		n := b.Notifications
		if n == nil {
			return &s3.GetBucketNotificationConfigurationOutput{}, nil
		}
		out := &s3.GetBucketNotificationConfigurationOutput{LambdaFunctionConfigurations: n.Functions, QueueConfigurations: n.Queues, TopicConfigurations: n.Topics}
		if n.Bus {
			out.EventBridgeConfiguration = &s3types.EventBridgeConfiguration{}
		}
		return out, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutBucketNotificationConfigurationInput) (*s3.PutBucketNotificationConfigurationOutput, error) {
		c := in.NotificationConfiguration
		n := &Notifications{Queues: c.QueueConfigurations, Topics: c.TopicConfigurations, Bus: c.EventBridgeConfiguration != nil}
		for i, f := range c.LambdaFunctionConfigurations {
			if err := r.checkNotification(b, f, aws.ToBool(in.SkipDestinationValidation)); err != nil {
				return nil, err
			}
			for _, other := range c.LambdaFunctionConfigurations[:i] {
				if overlap(keyFilter(f.Filter), keyFilter(other.Filter)) {
					return nil, Fail("InvalidArgument", "Configurations overlap. Configurations on the same bucket cannot share a common event type.")
				}
			}
			if aws.ToString(f.Id) == "" { // S3 makes one
				f.Id = aws.String(r.World.ID(lowerAlnum, 24))
			}
			n.Functions = append(n.Functions, f)
		}
		b.Notifications = n // all there was is replaced
		r.World.Changed()
		return &s3.PutBucketNotificationConfigurationOutput{}, nil
	})
}

// checkNotification is what S3 looks at before it takes a function as a destination.
func (r *Request) checkNotification(b *Bucket, c s3types.LambdaFunctionConfiguration, skip bool) error {
	arn := aws.ToString(c.LambdaFunctionArn)
	if len(c.Events) == 0 || !strings.HasPrefix(arn, "arn:aws:lambda:") {
		return malformedXML()
	}
	if parts := strings.Split(arn, ":"); parts[3] != b.Region {
		return Fail("InvalidArgument", "The notification destination service region is not valid for the bucket location constraint")
	}
	if f := r.World.function("", "", arn); !skip && (f == nil || !f.lets(b)) {
		return Fail("InvalidArgument", "Unable to validate the following destination configurations")
	}
	return nil
}

// affixes are the beginning and the end of the keys a notification is about.
type affixes struct{ prefix, suffix string }

func keyFilter(f *s3types.NotificationConfigurationFilter) (a affixes) {
	if f == nil || f.Key == nil {
		return a
	}
	for _, rule := range f.Key.FilterRules {
		switch strings.ToLower(string(rule.Name)) {
		case "prefix":
			a.prefix = aws.ToString(rule.Value)
		case "suffix":
			a.suffix = aws.ToString(rule.Value)
		}
	}
	return a
}

func overlap(a, b affixes) bool {
	return (strings.HasPrefix(a.prefix, b.prefix) || strings.HasPrefix(b.prefix, a.prefix)) && (strings.HasSuffix(a.suffix, b.suffix) || strings.HasSuffix(b.suffix, a.suffix))
}

// notify tells the functions of a bucket of a new object, at least once.
func (w *World) notify(b *Bucket, o *Object) {
	if b.Notifications == nil {
		return
	}
	for _, c := range b.Notifications.Functions {
		f, about := w.function("", "", aws.ToString(c.LambdaFunctionArn)), keyFilter(c.Filter)
		if f == nil || !f.lets(b) || !strings.HasPrefix(o.Key, about.prefix) || !strings.HasSuffix(o.Key, about.suffix) {
			continue
		}
		type object = map[string]any
		payload, err := json.Marshal(object{"Records": []any{object{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": b.Region,
			"s3": object{"bucket": object{"name": b.Name, "arn": b.arn()}, "object": object{"key": url.QueryEscape(o.Key)}}}}})
		if err != nil {
			panic(err) // strings always encode
		}
		w.invocation(f, string(payload), true)
		if w.TellTwice {
			w.invocation(f, string(payload), true)
		}
	}
}
