package sandbox

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"

	"awswizard/internal/pattern"
)

func (s *Sim) registerBudgetNotifications() {
	on(s, describeNotificationsForBudget)
	on(s, describeSubscribersForNotification)
	on(s, createNotification)
	on(s, updateNotification)
	on(s, deleteNotification)
	on(s, createBudgetSubscriber)
	on(s, updateBudgetSubscriber)
	on(s, deleteBudgetSubscriber)
}

func tooManyNotifications() error {
	return &types.CreationLimitExceededException{Message: aws.String(fmt.Sprintf("A budget can have at most %d notifications.", mostNotifications))}
}

// sameNotification compares what names a notification; a threshold is a percentage when nothing is said.
func sameNotification(a, b *types.Notification) bool {
	return a.NotificationType == b.NotificationType && a.ComparisonOperator == b.ComparisonOperator &&
		a.Threshold == b.Threshold && thresholdType(a) == thresholdType(b)
}

func thresholdType(n *types.Notification) types.ThresholdType {
	if n.ThresholdType == "" {
		return types.ThresholdTypePercentage
	}
	return n.ThresholdType
}

func (b *budget) find(n *types.Notification) (int, error) {
	i := slices.IndexFunc(b.Notifications, func(o types.NotificationWithSubscribers) bool { return sameNotification(o.Notification, n) })
	if i < 0 {
		return -1, &types.NotFoundException{Message: aws.String("The notification doesn't exist.")}
	}
	return i, nil
}

// addNotification adds one with its subscribers, checked as AWS checks them.
func (b *budget) addNotification(n *types.Notification, subscribers []types.Subscriber) error {
	if _, err := b.find(n); err == nil {
		return &types.DuplicateRecordException{Message: aws.String("The notification already exists.")}
	}
	if len(b.Notifications) >= mostNotifications {
		return tooManyNotifications()
	}
	if n.Threshold <= 0 {
		return badBudget("The threshold must be greater than zero.")
	}
	kept := *n
	kept.ThresholdType, kept.NotificationState = thresholdType(n), types.NotificationStateOk
	all := types.NotificationWithSubscribers{Notification: &kept}
	for _, s := range subscribers {
		if err := addSubscriber(&all, s); err != nil {
			return err
		}
	}
	b.Notifications = append(b.Notifications, all)
	return nil
}

// budgetMail is as much of an e-mail address as AWS Budgets looks at.
var budgetMail = pattern.Of(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

func addSubscriber(n *types.NotificationWithSubscribers, s types.Subscriber) error {
	if s.SubscriptionType == types.SubscriptionTypeEmail && !budgetMail().MatchString(aws.ToString(s.Address)) {
		return badBudget("Invalid email address: " + aws.ToString(s.Address))
	}
	count := 0
	for _, o := range n.Subscribers {
		if sameSubscriber(o, s) {
			return &types.DuplicateRecordException{Message: aws.String("The subscriber already exists.")}
		}
		if o.SubscriptionType == s.SubscriptionType {
			count++
		}
	}
	most := mostBudgetMails
	if s.SubscriptionType == types.SubscriptionTypeSns {
		most = mostBudgetTopics
	}
	if count >= most {
		return &types.CreationLimitExceededException{Message: aws.String(fmt.Sprintf("A notification can have at most %d %s subscribers.", most, s.SubscriptionType))}
	}
	n.Subscribers = append(n.Subscribers, s)
	return nil
}

func sameSubscriber(a, b types.Subscriber) bool {
	return a.SubscriptionType == b.SubscriptionType && aws.ToString(a.Address) == aws.ToString(b.Address)
}

func describeNotificationsForBudget(r *Request, in *budgets.DescribeNotificationsForBudgetInput) (*budgets.DescribeNotificationsForBudgetOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	page, next, err := budgetsPage(b.Notifications, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &budgets.DescribeNotificationsForBudgetOutput{NextToken: next}
	for _, n := range page {
		out.Notifications = append(out.Notifications, *n.Notification)
	}
	return out, nil
}

func describeSubscribersForNotification(r *Request, in *budgets.DescribeSubscribersForNotificationInput) (*budgets.DescribeSubscribersForNotificationOutput, error) {
	n, err := r.notification(in.AccountId, in.BudgetName, in.Notification)
	if err != nil {
		return nil, err
	}
	page, next, err := budgetsPage(n.Subscribers, in.NextToken, in.MaxResults)
	return &budgets.DescribeSubscribersForNotificationOutput{Subscribers: page, NextToken: next}, err
}

func (r *Request) notification(account, name *string, n *types.Notification) (*types.NotificationWithSubscribers, error) {
	b, err := r.budget(account, name)
	if err != nil {
		return nil, err
	}
	i, err := b.find(n)
	if err != nil {
		return nil, err
	}
	return &b.Notifications[i], nil
}

func createNotification(r *Request, in *budgets.CreateNotificationInput) (*budgets.CreateNotificationOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	if len(in.Subscribers) == 0 {
		return nil, badBudget("A notification needs at least one subscriber.")
	}
	if err := b.addNotification(in.Notification, in.Subscribers); err != nil {
		return nil, err
	}
	r.World.Changed()
	return &budgets.CreateNotificationOutput{}, nil
}

func updateNotification(r *Request, in *budgets.UpdateNotificationInput) (*budgets.UpdateNotificationOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	i, err := b.find(in.OldNotification)
	if err != nil {
		return nil, err
	}
	if _, err := b.find(in.NewNotification); err == nil {
		return nil, &types.DuplicateRecordException{Message: aws.String("The notification already exists.")}
	}
	kept := *in.NewNotification
	kept.ThresholdType, kept.NotificationState = thresholdType(in.NewNotification), types.NotificationStateOk
	b.Notifications[i].Notification = &kept
	r.World.Changed()
	return &budgets.UpdateNotificationOutput{}, nil
}

func deleteNotification(r *Request, in *budgets.DeleteNotificationInput) (*budgets.DeleteNotificationOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	i, err := b.find(in.Notification)
	if err != nil {
		return nil, err
	}
	b.Notifications = slices.Delete(b.Notifications, i, i+1)
	r.World.Changed()
	return &budgets.DeleteNotificationOutput{}, nil
}

func createBudgetSubscriber(r *Request, in *budgets.CreateSubscriberInput) (*budgets.CreateSubscriberOutput, error) {
	n, err := r.notification(in.AccountId, in.BudgetName, in.Notification)
	if err != nil {
		return nil, err
	}
	if err := addSubscriber(n, *in.Subscriber); err != nil {
		return nil, err
	}
	r.World.Changed()
	return &budgets.CreateSubscriberOutput{}, nil
}

func updateBudgetSubscriber(r *Request, in *budgets.UpdateSubscriberInput) (*budgets.UpdateSubscriberOutput, error) {
	n, err := r.notification(in.AccountId, in.BudgetName, in.Notification)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(n.Subscribers, func(s types.Subscriber) bool { return sameSubscriber(s, *in.OldSubscriber) })
	if i < 0 {
		return nil, &types.NotFoundException{Message: aws.String("The subscriber doesn't exist.")}
	}
	n.Subscribers[i] = *in.NewSubscriber
	r.World.Changed()
	return &budgets.UpdateSubscriberOutput{}, nil
}

// deleteBudgetSubscriber: deleting the last subscriber deletes the notification too (DeleteSubscriber).
func deleteBudgetSubscriber(r *Request, in *budgets.DeleteSubscriberInput) (*budgets.DeleteSubscriberOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	i, err := b.find(in.Notification)
	if err != nil {
		return nil, err
	}
	n := &b.Notifications[i]
	before := len(n.Subscribers)
	n.Subscribers = slices.DeleteFunc(n.Subscribers, func(s types.Subscriber) bool { return sameSubscriber(s, *in.Subscriber) })
	if len(n.Subscribers) == before {
		return nil, &types.NotFoundException{Message: aws.String("The subscriber doesn't exist.")}
	}
	if len(n.Subscribers) == 0 {
		b.Notifications = slices.Delete(b.Notifications, i, i+1)
	}
	r.World.Changed()
	return &budgets.DeleteSubscriberOutput{}, nil
}
