package sandbox

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatchState is what Amazon CloudWatch remembers.
type CloudWatchState struct {
	Alarms []*Alarm `json:"alarms,omitempty"`
}

// Alarm is an alarm on one metric.
type Alarm struct {
	Account, Region string
	Set             types.MetricAlarm
}

func (s *Sim) registerCloudWatch() {
	on(s, putMetricAlarm)
	on(s, func(r *Request, in *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
		var all []types.MetricAlarm
		for _, a := range r.World.CloudWatch.Alarms {
			name := aws.ToString(a.Set.AlarmName)
			if a.Account == r.Principal.Account && a.Region == r.Region && (len(in.AlarmNames) == 0 || slices.Contains(in.AlarmNames, name)) &&
				strings.HasPrefix(name, aws.ToString(in.AlarmNamePrefix)) {
				all = append(all, a.Set)
			}
		}
		page, next, err := pageOf(all, in.MaxRecords, in.NextToken, 50)
		return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: page, NextToken: next}, err
	})
	on(s, func(r *Request, in *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
		// Where one of several alarms is not there, AWS deletes the others and says nothing.
		before := len(r.World.CloudWatch.Alarms)
		r.World.CloudWatch.Alarms = slices.DeleteFunc(r.World.CloudWatch.Alarms, func(a *Alarm) bool {
			return a.Account == r.Principal.Account && a.Region == r.Region && slices.Contains(in.AlarmNames, aws.ToString(a.Set.AlarmName))
		})
		if before == len(r.World.CloudWatch.Alarms) && len(in.AlarmNames) == 1 {
			return nil, withStatus(404, &types.ResourceNotFound{Message: aws.String("Alarm " + in.AlarmNames[0] + " does not exist")})
		}
		r.World.Changed()
		return &cloudwatch.DeleteAlarmsOutput{}, nil
	})
}

// An alarm looks back a day at most, or a week with periods of an hour and more.
const (
	anHour         = 3600
	mostLookedBack = 24 * anHour
	mostWithHours  = 7 * 24 * anHour
)

func putMetricAlarm(r *Request, in *cloudwatch.PutMetricAlarmInput) (*cloudwatch.PutMetricAlarmOutput, error) {
	period, times := aws.ToInt32(in.Period), aws.ToInt32(in.EvaluationPeriods)
	most := int32(mostLookedBack)
	if period >= anHour {
		most = mostWithHours
	}
	switch {
	case aws.ToString(in.AlarmName) == "" || aws.ToString(in.MetricName) == "" || aws.ToString(in.Namespace) == "":
		return nil, Fail("ValidationError", "An alarm needs its name, and the name and the namespace of a metric")
	case period != 10 && period != 20 && period != 30 && (period <= 0 || period%60 != 0):
		return nil, Fail("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
	case times < 1 || period*times > most:
		return nil, Fail("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or a week with periods of an hour or more.")
	}
	a := &Alarm{Account: r.Principal.Account, Region: r.Region, Set: types.MetricAlarm{
		AlarmName: in.AlarmName, AlarmArn: aws.String("arn:aws:cloudwatch:" + r.Region + ":" + r.Principal.Account + ":alarm:" + *in.AlarmName), AlarmDescription: in.AlarmDescription,
		ActionsEnabled: aws.Bool(in.ActionsEnabled == nil || *in.ActionsEnabled), AlarmActions: in.AlarmActions, OKActions: in.OKActions, Namespace: in.Namespace, MetricName: in.MetricName,
		Dimensions: in.Dimensions, Statistic: in.Statistic, Period: in.Period, EvaluationPeriods: in.EvaluationPeriods, DatapointsToAlarm: in.DatapointsToAlarm,
		Threshold: in.Threshold, ComparisonOperator: in.ComparisonOperator, TreatMissingData: in.TreatMissingData, StateValue: types.StateValueInsufficientData}}
	alarms := &r.World.CloudWatch.Alarms
	*alarms = slices.DeleteFunc(*alarms, func(have *Alarm) bool { // an alarm of the same name is replaced
		return have.Account == a.Account && have.Region == a.Region && *have.Set.AlarmName == *in.AlarmName
	})
	*alarms = append(*alarms, a)
	r.World.Changed()
	return &cloudwatch.PutMetricAlarmOutput{}, nil
}
