package export

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
)

func anomalies(ctx context.Context, p *Project, client *costexplorer.Client) error {
	monitors, err := all(ctx, costexplorer.NewGetAnomalyMonitorsPaginator(client, &costexplorer.GetAnomalyMonitorsInput{}),
		func(o *costexplorer.GetAnomalyMonitorsOutput) []cetypes.AnomalyMonitor { return o.AnomalyMonitors })
	if err != nil {
		return err
	}
	refs := map[string]string{}
	for _, m := range monitors {
		arn, name := aws.ToString(m.MonitorArn), aws.ToString(m.MonitorName)
		if m.MonitorType != cetypes.MonitorTypeDimensional || m.MonitorDimension != cetypes.MonitorDimensionService {
			p.leave("the anomaly monitor "+name, "the provider knows monitors by service only")
			continue
		}
		var body Body
		body.Set("name", Text(name))
		body.Set("monitor_type", Text(string(m.MonitorType)))
		body.Set("monitor_dimension", Text(string(m.MonitorDimension)))
		refs[arn] = p.add(Resource{Type: "aws_ce_anomaly_monitor", Label: Label(name), File: budgetsFile, ID: arn, Body: body}) + ".arn"
	}
	subscriptions, err := all(ctx, costexplorer.NewGetAnomalySubscriptionsPaginator(client, &costexplorer.GetAnomalySubscriptionsInput{}),
		func(o *costexplorer.GetAnomalySubscriptionsOutput) []cetypes.AnomalySubscription {
			return o.AnomalySubscriptions
		})
	if err != nil {
		return err
	}
	for _, s := range subscriptions {
		name := aws.ToString(s.SubscriptionName)
		to := make([]Value, len(s.Subscribers))
		for i, who := range s.Subscribers {
			to[i] = Text(aws.ToString(who.Address))
			if who.Type == cetypes.SubscriberTypeSns {
				if to[i], err = p.topic(ctx, p.Source.Management, aws.ToString(who.Address), budgetsFile); err != nil {
					return err
				}
			}
		}
		if s.ThresholdExpression == nil {
			p.leave("the anomaly alert "+name, "its threshold is of the old kind, which the provider no longer has")
			continue
		}
		threshold, fits := impact(s.ThresholdExpression, 1)
		if !fits {
			p.leave("the anomaly alert "+name, "its threshold has \"and\" within \"or\", and the provider has no blocks for that. It goes on as it is")
			continue
		}
		var body Body
		body.Set("name", Text(name))
		body.Set("frequency", Text(string(s.Frequency)))
		var arns []Value
		for _, m := range s.MonitorArnList {
			if ref, known := refs[m]; known {
				arns = append(arns, Ref(ref))
			} else {
				arns = append(arns, Text(m))
			}
		}
		body.Set("monitor_arn_list", List(arns...))
		for i, who := range s.Subscribers {
			var block Body
			block.Set("type", Text(string(who.Type)))
			block.Set("address", to[i])
			body.Nest("subscriber", block)
		}
		body.Nest("threshold_expression", threshold)
		p.add(Resource{Type: "aws_ce_anomaly_subscription", Label: Label(name), File: budgetsFile, ID: aws.ToString(s.SubscriptionArn), Body: body})
	}
	return nil
}

// impact writes the threshold of an anomaly alert. The provider has one and, or or not, and only conditions within it.
func impact(e *cetypes.Expression, depth int) (Body, bool) {
	var out Body
	for _, nested := range []struct {
		name  string
		parts []cetypes.Expression
	}{{"and", e.And}, {"or", e.Or}, {"not", one(e.Not)}} {
		for _, part := range nested.parts {
			block, fits := impact(&part, depth-1)
			if !fits || depth == 0 {
				return nil, false
			}
			out.Nest(nested.name, block)
		}
	}
	if d := e.Dimensions; d != nil {
		out.Nest("dimension", matching(string(d.Key), d.MatchOptions, d.Values))
	}
	if t := e.Tags; t != nil {
		out.Nest("tags", matching(aws.ToString(t.Key), t.MatchOptions, t.Values))
	}
	if c := e.CostCategories; c != nil {
		out.Nest("cost_category", matching(aws.ToString(c.Key), c.MatchOptions, c.Values))
	}
	return out, true
}

// one is a list of what is there.
func one[T any](maybe *T) []T {
	if maybe == nil {
		return nil
	}
	return []T{*maybe}
}
