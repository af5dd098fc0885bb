package export

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"awswizard/internal/order"
	"awswizard/internal/plan"
)

// topic exports the topic with this ARN, once, with who hears of it. Its value is the resource's ARN, or the ARN itself for a
// topic of another account or one that could not be read.
func (p *Project) topic(ctx context.Context, account, arn, file string) (Value, error) {
	if ref, known := p.refs[arn]; known {
		return Ref(ref), nil
	}
	parts := strings.Split(arn, ":")
	if len(parts) != 6 || parts[2] != "sns" || parts[4] != account {
		return Text(arn), nil
	}
	err := p.oneTopic(ctx, Resource{File: file, Account: p.alias(account), Region: parts[3]}, account, arn, parts[5])
	if err := p.unread("the topic "+parts[5], err); err != nil {
		return Value{}, err
	}
	if ref, known := p.refs[arn]; known {
		return Ref(ref), nil
	}
	return Text(arn), nil
}

func (p *Project) oneTopic(ctx context.Context, at Resource, account, arn, name string) error {
	cfg, err := p.Source.Config(plan.Place{Account: account, Region: at.Region})
	if err != nil {
		return err
	}
	client := sns.NewFromConfig(cfg)
	out, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return err
	}
	topic := at
	topic.Type, topic.Label, topic.ID = "aws_sns_topic", Label(name), arn
	topic.Body.Set("name", Text(name))
	topic.Body.Some("display_name", out.Attributes["DisplayName"])
	topic.Body.Some("kms_master_key_id", out.Attributes["KmsMasterKeyId"])
	if policy := out.Attributes["Policy"]; policy != "" {
		topic.Body.Set("policy", p.policy(Label("topic", name), policy))
	}
	p.refs[arn] = p.add(topic) + ".arn"
	list, err := all(ctx, sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: &arn}),
		func(o *sns.ListSubscriptionsByTopicOutput) []snstypes.Subscription { return o.Subscriptions })
	if err != nil {
		return err
	}
	order.By(list, func(a, b snstypes.Subscription) int {
		return strings.Compare(aws.ToString(a.Endpoint), aws.ToString(b.Endpoint))
	})
	for _, s := range list {
		to := aws.ToString(s.Endpoint)
		if !strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") {
			p.leave("the mails of the topic "+name+" to "+to, "the address has not agreed yet, and until then AWS gives it nothing to import")
			continue
		}
		sub := at
		sub.Type, sub.Label, sub.ID = "aws_sns_topic_subscription", Label(name, to), aws.ToString(s.SubscriptionArn)
		sub.Body.Set("topic_arn", Ref(p.refs[arn]))
		sub.Body.Set("protocol", Text(aws.ToString(s.Protocol)))
		sub.Body.Set("endpoint", Text(to))
		sub.IgnoreChanges = []string{"confirmation_timeout_in_minutes", "endpoint_auto_confirms"}
		p.add(sub)
	}
	return nil
}

// alarms exports the alarm that mails when the function is not called, and its topic.
func (r *alertsReader) alarms(ctx context.Context, p *Project) error {
	list, err := all(ctx, cloudwatch.NewDescribeAlarmsPaginator(r.watch, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String(r.name)}),
		func(o *cloudwatch.DescribeAlarmsOutput) []cloudwatchtypes.MetricAlarm { return o.MetricAlarms })
	if err != nil {
		return err
	}
	for _, a := range list {
		name := aws.ToString(a.AlarmName)
		if a.MetricName == nil {
			p.leave("the alarm "+name, "it is made of several metrics; the wizard makes none of that kind")
			continue
		}
		var body Body
		body.Set("alarm_name", Text(name))
		body.Some("alarm_description", aws.ToString(a.AlarmDescription))
		body.Some("namespace", aws.ToString(a.Namespace))
		body.Set("metric_name", Text(aws.ToString(a.MetricName)))
		var dimensions Body
		for _, d := range a.Dimensions {
			dimensions.Set(aws.ToString(d.Name), Text(aws.ToString(d.Value)))
		}
		if len(dimensions) > 0 {
			body.Set("dimensions", Map(dimensions))
		}
		body.Some("statistic", string(a.Statistic))
		body.Set("comparison_operator", Text(string(a.ComparisonOperator)))
		body.Set("threshold", Number(aws.ToFloat64(a.Threshold)))
		body.Set("period", Whole(int64(aws.ToInt32(a.Period))))
		body.Set("evaluation_periods", Whole(int64(aws.ToInt32(a.EvaluationPeriods))))
		if n := aws.ToInt32(a.DatapointsToAlarm); n > 0 {
			body.Set("datapoints_to_alarm", Whole(int64(n)))
		}
		body.Some("treat_missing_data", aws.ToString(a.TreatMissingData))
		if !aws.ToBool(a.ActionsEnabled) {
			body.Set("actions_enabled", Bool(false))
		}
		for _, told := range []struct {
			name string
			arns []string
		}{{"alarm_actions", a.AlarmActions}, {"ok_actions", a.OKActions}, {"insufficient_data_actions", a.InsufficientDataActions}} {
			var to []Value
			for _, arn := range told.arns {
				value, err := p.topic(ctx, r.account, arn, alertsFile)
				if err != nil {
					return err
				}
				to = append(to, value)
			}
			if len(to) > 0 {
				body.Set(told.name, List(to...))
			}
		}
		p.add(r.resource("aws_cloudwatch_metric_alarm", name, name, body))
	}
	return nil
}
