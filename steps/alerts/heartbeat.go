package alerts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps/mailtopic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// The heartbeat: silence in Slack can mean that all is well, or that nothing is recorded or read any more. CloudTrail writes
// a digest every hour even where nothing happens, so the function is called every hour; when it is not, an alarm mails.
const (
	heartbeatName = "org-alerts-heartbeat" // the alarm, and its topic
	heartbeatID   = "alerts/heartbeat"
	beatChangeID  = "alerts/heartbeat-change" // not the same id: the price is that of the alarm that was made
	anHour        = int32(3600)
	alarmUSD      = 0.10 // list price of an alarm a month
)

// Alarm is the heartbeat as far as it is compared.
type Alarm struct {
	Namespace, Metric, Function  string
	Statistic, Comparison, Empty string // Empty: how hours without a call count
	Period, Periods, Points      int32
	Threshold                    float64
	On                           bool
	Actions                      []string
}

// wantedAlarm is the alarm after so many hours of silence. Lambda writes no number at all for an hour without a call, so
// missing data must count as silence.
func wantedAlarm(hours int, topicARN string) Alarm {
	return Alarm{Namespace: "AWS/Lambda", Metric: "Invocations", Function: functionName, Statistic: string(types.StatisticSum),
		Comparison: string(types.ComparisonOperatorLessThanThreshold), Threshold: 1, Empty: "breaching", Period: anHour,
		Periods: int32(hours), Points: int32(hours), On: true, Actions: []string{topicARN}} //nolint:gosec // at most a day
}

func (a Alarm) stands(want Alarm) bool {
	actions := a.Actions
	a.Actions, a.Points = want.Actions, cmp.Or(a.Points, a.Periods)
	return slices.Contains(actions, want.Actions[0]) && fmt.Sprint(a) == fmt.Sprint(want)
}

func (b *builder) heartbeatTopic(mail string) mailtopic.Topic {
	t := mailtopic.Topic{Step: name, Lane: name, Where: b.at, Name: heartbeatName, Publisher: "cloudwatch.amazonaws.com", What: "a silent recorder"}
	if mail != "" {
		t.Mails = []string{mail}
	}
	return t
}

// hearsOfSilence is the address that hears when nothing is read any more.
func hearsOfSilence(a answers.Answers) string { return cmp.Or(a.Contacts.Security.Email, a.Email) }

// readHeartbeat reads the alarm; nil when there is none.
func (s *State) readHeartbeat(ctx context.Context, client *cloudwatch.Client) error {
	out, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{heartbeatName}})
	if err != nil {
		return err
	}
	for _, a := range out.MetricAlarms {
		found := &Alarm{Namespace: aws.ToString(a.Namespace), Metric: aws.ToString(a.MetricName), Statistic: string(a.Statistic), Comparison: string(a.ComparisonOperator),
			Empty: aws.ToString(a.TreatMissingData), Period: aws.ToInt32(a.Period), Periods: aws.ToInt32(a.EvaluationPeriods), Points: aws.ToInt32(a.DatapointsToAlarm),
			Threshold: aws.ToFloat64(a.Threshold), On: aws.ToBool(a.ActionsEnabled), Actions: a.AlarmActions}
		for _, d := range a.Dimensions {
			if aws.ToString(d.Name) == "FunctionName" {
				found.Function = aws.ToString(d.Value)
			}
		}
		s.Heartbeat = found
	}
	return nil
}

func (s *State) readTopic(ctx context.Context, client *sns.Client, arn string) (err error) {
	s.Topic, err = mailtopic.Read(ctx, client, arn)
	return err
}

// heartbeat plans the alarm, its topic, and the click by which the address agrees.
func (b *builder) heartbeat(a answers.Answers) {
	hours := a.Alerts.HeartbeatHours
	if hours == 0 {
		if b.state.Heartbeat != nil {
			b.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/heartbeat-on", Step: name, Kept: true, What: "The alarm about a silent recorder goes on.",
				Why: "It is there already, and the answers ask for none.", Next: "To take it away with all alerts, run wizard undo --step alerts."}})
		}
		return
	}
	if b.unread(partHeartbeat, "The alarm "+heartbeatName) || b.unread(partTopic, "The topic "+heartbeatName) {
		return
	}
	topic := b.heartbeatTopic(hearsOfSilence(a))
	calls, person := topic.Plan(b.state.Topic, b.facts)
	for _, i := range calls {
		b.add(i)
	}
	want := wantedAlarm(hours, topic.ARN(b.facts))
	if b.state.Heartbeat == nil || !b.state.Heartbeat.stands(want) {
		b.alarm(hours, topic)
	}
	for _, i := range person {
		b.add(i)
	}
}

func (b *builder) alarm(hours int, topic mailtopic.Topic) {
	c := plan.Call{
		ID: heartbeatID, After: []string{functionID, notificationOn, topic.CreateID(), topic.PolicyID()}, Effect: plan.Creates,
		Title: fmt.Sprintf("Raise an alarm when nothing is read for %d hours", hours),
		Why:   "Silence in Slack then means that all is well. It mails when the recorder, the copying or the program has stopped, and when it works again.",
		Undo:  "Delete the alarm.", MonthlyUSD: alarmUSD, CostNote: "the first 10 alarms of an account are free",
		Wait: map[string]time.Duration{"ConcurrentModificationException": time.Minute},
		Request: plan.To(cloudwatch.NewFromConfig, (*cloudwatch.Client).PutMetricAlarm, func(f plan.Facts) *cloudwatch.PutMetricAlarmInput {
			w := wantedAlarm(hours, topic.ARN(f))
			return &cloudwatch.PutMetricAlarmInput{
				AlarmName: aws.String(heartbeatName), AlarmDescription: aws.String(fmt.Sprintf("No file of the records has reached %s for %d hours. Run wizard: it looks what stands still.", functionName, hours)),
				Namespace: aws.String(w.Namespace), MetricName: aws.String(w.Metric), Dimensions: []types.Dimension{{Name: aws.String("FunctionName"), Value: aws.String(w.Function)}},
				Statistic: types.StatisticSum, ComparisonOperator: types.ComparisonOperatorLessThanThreshold, Threshold: aws.Float64(w.Threshold), TreatMissingData: aws.String(w.Empty),
				Period: aws.Int32(w.Period), EvaluationPeriods: aws.Int32(w.Periods), DatapointsToAlarm: aws.Int32(w.Points),
				ActionsEnabled: aws.Bool(w.On), AlarmActions: w.Actions, OKActions: w.Actions}
		}),
	}
	if have := b.state.Heartbeat; have != nil {
		c.ID, c.Effect, c.Title, c.MonthlyUSD = beatChangeID, plan.Changes, fmt.Sprintf("Set the alarm %s to %d hours without a call", heartbeatName, hours), 0
		c.Undo = fmt.Sprintf("Set it back: it looked at %d times %d minutes, of %s %s.", have.Periods, have.Period/60, have.Namespace, have.Metric)
	}
	b.call(c)
}
