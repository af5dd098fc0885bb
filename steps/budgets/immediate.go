package budgets

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps/mailtopic"
)

// AWS tells anomalies at once through an SNS topic only, and by mail only once a day or a week ("Immediate frequency only
// supports SNS subscriptions"). So the immediate mails stand beside the daily one, which reaches people who have not agreed
// to the topic's mails.
const (
	immediateName = "wizard-anomalies-now"
	topicName     = "wizard-cost-anomalies"
)

func topic(notify []string) mailtopic.Topic {
	return mailtopic.Topic{Step: name, Lane: lane, Where: here, Name: topicName, Publisher: "costalerts.amazonaws.com",
		What: "unusual costs", Mails: notify}
}

func topicARN(account string) string {
	return topic(nil).ARN(plan.NewFacts(map[string]string{plan.AccountFact(plan.Management): account}))
}

// immediately reports whether an unusual cost is to be told at once.
func immediately(a answers.Answers) bool { return a.Budget.Anomalies == answers.AnomaliesImmediate }

// anomalyOperations and anomalyCalls are the bounds of what is to do for the anomaly mails.
func anomalyOperations(a answers.Answers) []string {
	all := []string{"costexplorer:CreateAnomalyMonitor", "costexplorer:CreateAnomalySubscription", "costexplorer:UpdateAnomalySubscription"}
	if immediately(a) {
		all = append(all, "sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe")
	}
	return all
}

func anomalyCalls(a answers.Answers) int {
	if immediately(a) {
		return 2 + 2 + len(a.Budget.Notify)
	}
	return 2
}

// now is the subscription of the immediate mails, nil when there is none.
func (s State) now() *Subscription {
	if i := slices.IndexFunc(s.Subscriptions, func(sub Subscription) bool { return sub.Name == immediateName }); i >= 0 {
		return &s.Subscriptions[i]
	}
	return nil
}

// planImmediate plans the mails at once. Where somebody has such a subscription already, theirs counts.
func planImmediate(s State, a answers.Answers, f plan.Facts, after []string) []plan.Item {
	ours := s.now()
	if !immediately(a) {
		if ours == nil {
			return nil
		}
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/immediate", Step: name, Kept: true, What: "The immediate mails about unusual costs go on.",
			Why: "They are there already, and the answers say now that a daily mail is enough.", Next: "To take them away, run wizard undo --step budgets."}}}
	}
	theirs := func(sub Subscription) bool {
		return sub.Name != immediateName && sub.Frequency == string(types.AnomalySubscriptionFrequencyImmediate) && s.Monitor != "" && slices.Contains(sub.Monitors, s.Monitor)
	}
	if ours == nil && slices.ContainsFunc(s.Subscriptions, theirs) {
		return nil
	}
	if s.TopicRefused != nil {
		return []plan.Item{blocked("topic", "The topic of the immediate mails could not be looked at", s.TopicRefused)}
	}
	to := topic(a.Budget.Notify)
	items, person := to.Plan(s.Topic, f)
	for _, c := range plan.Calls(items) {
		if c.ID == to.CreateID() || c.ID == to.PolicyID() {
			after = append(slices.Clone(after), c.ID)
		}
	}
	arn, monitor := to.ARN(f), s.Monitor
	switch {
	case ours == nil:
		items = append(items, plan.Item{Call: createImmediate(to, monitor, after)})
	case !slices.Contains(ours.Monitors, monitor) || !slices.Contains(ours.Topics, arn) || ours.Threshold != leaves(threshold()) || ours.Frequency != string(types.AnomalySubscriptionFrequencyImmediate):
		items = append(items, plan.Item{Call: updateImmediate(*ours, to, monitor, after)})
	}
	return append(items, person...)
}

// topicSeen: AWS looks whether it may send to the topic, which is seconds old.
var topicSeen = map[string]time.Duration{"ValidationException": 30 * time.Second}

func createImmediate(to mailtopic.Topic, monitor string, after []string) *plan.Call {
	return &plan.Call{
		ID: name + "/subscription/" + immediateName, Step: name, Lane: lane, After: after, Where: here,
		Title:  "Tell unusual costs as soon as AWS sees them",
		Why:    "The daily mail stays. This one comes some hours earlier. AWS counts costs about three times a day, so it can still be a day late.",
		Effect: plan.Creates, Undo: "Delete the subscription at any time.", IAMAction: "ce:CreateAnomalySubscription", Wait: topicSeen,
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).CreateAnomalySubscription, func(f plan.Facts) *costexplorer.CreateAnomalySubscriptionInput {
			return &costexplorer.CreateAnomalySubscriptionInput{AnomalySubscription: &types.AnomalySubscription{
				SubscriptionName: aws.String(immediateName), Frequency: types.AnomalySubscriptionFrequencyImmediate,
				MonitorArnList: []string{watched(monitor, f)}, ThresholdExpression: threshold(),
				Subscribers: []types.Subscriber{{Address: aws.String(to.ARN(f)), Type: types.SubscriberTypeSns}}}}
		}),
	}
}

func updateImmediate(sub Subscription, to mailtopic.Topic, monitor string, after []string) *plan.Call {
	return &plan.Call{
		ID: name + "/subscription-change/" + immediateName, Step: name, Lane: lane, After: after, Where: here,
		Title:  "Change " + immediateName + " to tell unusual costs as soon as AWS sees them",
		Why:    "It exists already, with other conditions. It then speaks up at the same costs as the daily mail.",
		Effect: plan.Changes, Undo: sub.changeBack(), IAMAction: "ce:UpdateAnomalySubscription", Before: before("subscription", sub.Whole), Wait: topicSeen,
		Request: plan.To(costexplorer.NewFromConfig, (*costexplorer.Client).UpdateAnomalySubscription, func(f plan.Facts) *costexplorer.UpdateAnomalySubscriptionInput {
			monitors := slices.Clone(sub.Monitors)
			if on := watched(monitor, f); !slices.Contains(monitors, on) {
				monitors = append(monitors, on)
			}
			return &costexplorer.UpdateAnomalySubscriptionInput{SubscriptionArn: aws.String(sub.ARN), Frequency: types.AnomalySubscriptionFrequencyImmediate,
				MonitorArnList: monitors, ThresholdExpression: threshold(),
				Subscribers: []types.Subscriber{{Address: aws.String(to.ARN(f)), Type: types.SubscriberTypeSns}}}
		}),
	}
}
