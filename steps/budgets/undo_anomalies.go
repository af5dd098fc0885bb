package budgets

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// undoAnomalies takes back the anomaly mail and the monitor, if they are ours; what was there before is set back.
func undoAnomalies(s State, made steps.Made) []plan.Item {
	create, ours := did(made, "subscription/"+subscriptionName, "CreateAnomalySubscription")
	monitor, watching := did(made, "monitor/services", "CreateAnomalyMonitor")
	switch {
	case s.CostExplorerClosed || !ours && !watching && !made.Under(name+"/subscription/") && !made.Under(name+"/subscription-change/"):
		return undoTopic(s, made)
	case s.AnomalyRefused != nil:
		return []plan.Item{blocked("undo-anomalies", "Cost Anomaly Detection could not be looked at, so it stays for now", s.AnomalyRefused)}
	}
	var items []plan.Item
	var after, others []string
	atOnce, immediate := did(made, "subscription/"+immediateName, "CreateAnomalySubscription")
	for _, sub := range s.Subscriptions {
		if ours && sub.Name == subscriptionName || immediate && sub.Name == immediateName {
			from := create
			if sub.Name == immediateName {
				from = atOnce
			}
			i := deleteSubscription(sub, from, made)
			items, after = append(items, i), append(after, i.ID())
			continue
		}
		using := sub.Monitors
		if m, ok := did(made, "subscription-change/"+sub.Name, "UpdateAnomalySubscription"); ok {
			i, monitors := restoreSubscription(sub, m)
			using = monitors
			items = append(items, i...)
			for _, c := range plan.Calls(i) {
				after = append(after, c.ID)
			}
		}
		if watching && slices.Contains(using, monitor.Facts[monitorFact]) {
			others = append(others, sub.Name)
		}
	}
	items = append(items, undoTopic(s, made, after...)...)
	switch {
	case !watching || s.Monitor == "" || s.Monitor != monitor.Facts[monitorFact]:
		// It is gone already, or it is one that was there before.
	case len(others) > 0:
		items = append(items, stays("monitor", false, "The watch over the cost of every service stays.", "The anomaly mail "+strings.Join(others, ", ")+" needs it.",
			"Delete that mail first if nobody needs it, then start wizard undo again."))
	default:
		items = append(items, plan.Item{Call: deleteMonitor(s.Monitor, after)})
	}
	return items
}

// undoTopic takes back the topic of the immediate mails, once nothing is sent to it.
func undoTopic(s State, made steps.Made, after ...string) []plan.Item {
	if s.TopicRefused != nil && made.Under(name+"/topic/") {
		return []plan.Item{blocked("undo-topic", "The topic "+topicName+" could not be looked at, so it stays for now", s.TopicRefused)}
	}
	return topic(nil).Undo(s.Topic, made, again, after...)
}

// restoreSubscription sets an anomaly mail that was there before back as it was, and tells which monitors it then needs.
func restoreSubscription(sub Subscription, m steps.MadeCall) (items []plan.Item, monitors []string) {
	var was types.AnomalySubscription
	if json.Unmarshal([]byte(m.Before["subscription"]), &was) != nil {
		return []plan.Item{stays("adopted-subscription/"+sub.Name, true, "The anomaly mail "+sub.Name+" stays, and goes to "+strings.Join(sub.Emails, ", ")+".",
			"It was there before, and how it was is not known any more. The wizard changed it on "+m.Day()+".",
			"Change it back, or delete it: https://console.aws.amazon.com/costmanagement/home#/anomaly-detection/overview")}, sub.Monitors
	}
	if sub.Whole == m.Before["subscription"] {
		return nil, sub.Monitors
	}
	var ours, old []string
	for _, to := range was.Subscribers {
		old = append(old, aws.ToString(to.Address))
	}
	for _, to := range steps.Input[madeSubscription](m).Subscribers {
		ours = append(ours, to.Address)
	}
	return []plan.Item{unlessChanged(&plan.Call{
		ID: name + "/undo/subscription-change/" + sub.Name, Step: name, Lane: lane, Where: here, Effect: plan.Changes,
		Title: "Set the anomaly mail " + sub.Name + " back as it was, to " + strings.Join(old, ", "),
		Why:   "It was there before the wizard, which changed it on " + m.Day() + ".",
		Undo:  "Start the wizard again: it changes the mail again.", IAMAction: "ce:UpdateAnomalySubscription",
		TakesBack: []string{name + "/subscription-change/" + sub.Name},
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).UpdateAnomalySubscription, func(plan.Facts) *costexplorer.UpdateAnomalySubscriptionInput {
			in := &costexplorer.UpdateAnomalySubscriptionInput{SubscriptionArn: aws.String(sub.ARN), Frequency: was.Frequency,
				MonitorArnList: was.MonitorArnList, Subscribers: was.Subscribers, ThresholdExpression: was.ThresholdExpression}
			if in.ThresholdExpression == nil {
				in.Threshold = was.Threshold //nolint:staticcheck // an old subscription may have nothing else
			}
			return in
		}),
	}, strangers([]Notification{{Emails: sub.Emails}}, append(ours, old...)))}, was.MonitorArnList
}

// madeSubscription is as much of the requests about anomaly mails as the way back looks at.
type madeSubscription struct {
	AnomalySubscription struct{ Subscribers []struct{ Address string } }
	Subscribers         []struct{ Address string }
}

func deleteSubscription(sub Subscription, create steps.MadeCall, made steps.Made) plan.Item {
	to := steps.Input[madeSubscription](create).AnomalySubscription.Subscribers
	if m, ok := did(made, "subscription-change/"+sub.Name, "UpdateAnomalySubscription"); ok {
		to = append(to, steps.Input[madeSubscription](m).Subscribers...)
	}
	var ours []string
	for _, s := range to {
		ours = append(ours, s.Address)
	}
	what := strangers([]Notification{{Emails: sub.Emails}}, ours)
	if sub.Threshold != leaves(threshold()) {
		what = append(what, "it speaks up at "+sub.Threshold)
	}
	title := "Send no daily mail about anomalies any more"
	if sub.Name == immediateName {
		title = "Tell unusual costs at once no more"
	}
	return unlessChanged(&plan.Call{
		ID: name + "/undo/subscription/" + sub.Name, Step: name, Lane: lane, Where: here, Effect: plan.Deletes,
		Title: title, Why: "The wizard made it on " + create.Day() + ".",
		Undo: again, IAMAction: "ce:DeleteAnomalySubscription", Done: []string{"UnknownSubscriptionException"},
		TakesBack: madeIn(made, "subscription/"+sub.Name, "subscription-change/"+sub.Name),
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).DeleteAnomalySubscription, func(plan.Facts) *costexplorer.DeleteAnomalySubscriptionInput {
			return &costexplorer.DeleteAnomalySubscriptionInput{SubscriptionArn: aws.String(sub.ARN)}
		}),
	}, what)
}

func deleteMonitor(arn string, after []string) *plan.Call {
	return &plan.Call{
		ID: name + "/undo/monitor/services", Step: name, Lane: lane, After: after, Where: here, Effect: plan.Deletes,
		Title: "Stop watching the cost of every service", Why: "The wizard made this monitor, and no mail needs it any more.",
		Undo: again + " AWS learns anew what is usual.", IAMAction: "ce:DeleteAnomalyMonitor", Done: []string{"UnknownMonitorException"},
		TakesBack: []string{name + "/monitor/services"},
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).DeleteAnomalyMonitor, func(plan.Facts) *costexplorer.DeleteAnomalyMonitorInput {
			return &costexplorer.DeleteAnomalyMonitorInput{MonitorArn: aws.String(arn)}
		}),
	}
}
