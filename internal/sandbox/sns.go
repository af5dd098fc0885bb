package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"awswizard/internal/pattern"
)

// SNSState is what Amazon SNS remembers.
type SNSState struct {
	Topics []*Topic `json:"topics,omitempty"`
}

// Topic is a topic and who hears of what is sent to it.
type Topic struct {
	Name, Account, Region string
	Policy, Display       string
	Mails                 []*MailSubscription
}

// MailSubscription is an address that hears of a topic once its owner has pressed the link in AWS's mail.
type MailSubscription struct {
	Address   string
	ARN       string // "" while it is not confirmed
	Requested time.Time
}

// An address that is not confirmed is forgotten after two days.
const confirmWithin = 48 * time.Hour

var topicName = pattern.Of(`^[A-Za-z0-9_-]{1,256}$`)

func (t *Topic) arn() string { return "arn:aws:sns:" + t.Region + ":" + t.Account + ":" + t.Name }

// defaultTopicPolicy lets the owner's account use the topic.
func (t *Topic) defaultTopicPolicy() string {
	return fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":%q,"Condition":{"StringEquals":{"AWS:SourceOwner":%q}}}]}`, t.arn(), t.Account)
}

func badTopic(what string) error {
	return &types.InvalidParameterException{Message: aws.String("Invalid parameter: " + what)}
}

func (s *Sim) registerSNS() {
	on(s, createTopic)
	on(s, func(r *Request, in *sns.GetTopicAttributesInput) (*sns.GetTopicAttributesOutput, error) {
		t, err := r.topic(in.TopicArn)
		if err != nil {
			return nil, err
		}
		confirmed := 0
		for _, m := range t.Mails {
			if m.ARN != "" {
				confirmed++
			}
		}
		return &sns.GetTopicAttributesOutput{Attributes: map[string]string{"TopicArn": t.arn(), "Owner": t.Account, "Policy": t.Policy, "DisplayName": t.Display,
			"SubscriptionsConfirmed": fmt.Sprint(confirmed), "SubscriptionsPending": fmt.Sprint(len(t.Mails) - confirmed)}}, nil
	})
	on(s, func(r *Request, in *sns.SetTopicAttributesInput) (*sns.SetTopicAttributesOutput, error) {
		t, err := r.topic(in.TopicArn)
		if err != nil {
			return nil, err
		}
		r.World.Changed()
		return &sns.SetTopicAttributesOutput{}, t.set(aws.ToString(in.AttributeName), aws.ToString(in.AttributeValue))
	})
	on(s, func(r *Request, in *sns.DeleteTopicInput) (*sns.DeleteTopicOutput, error) {
		// A topic that is not there is deleted, too: no error.
		r.World.SNS.Topics = slices.DeleteFunc(r.World.SNS.Topics, func(t *Topic) bool {
			return t.arn() == aws.ToString(in.TopicArn) && t.Account == r.Principal.Account && t.Region == r.Region
		})
		r.World.Changed()
		return &sns.DeleteTopicOutput{}, nil
	})
	on(s, subscribe)
	on(s, func(r *Request, in *sns.ListSubscriptionsByTopicInput) (*sns.ListSubscriptionsByTopicOutput, error) {
		t, err := r.topic(in.TopicArn)
		if err != nil {
			return nil, err
		}
		var all []types.Subscription
		for _, m := range t.mails(r.World.Now()) {
			arn := m.ARN
			if arn == "" {
				arn = "PendingConfirmation"
			}
			all = append(all, types.Subscription{SubscriptionArn: aws.String(arn), Endpoint: aws.String(m.Address), Protocol: aws.String("email"),
				Owner: aws.String(t.Account), TopicArn: in.TopicArn})
		}
		page, next, err := pageOf(all, nil, in.NextToken, 100)
		return &sns.ListSubscriptionsByTopicOutput{Subscriptions: page, NextToken: next}, err
	})
	s.acts["confirm-mail"] = func(w *World) error {
		for _, t := range w.SNS.Topics {
			for _, m := range t.mails(w.Now()) {
				if m.ARN == "" {
					m.ARN = t.arn() + ":" + w.uuid()
				}
			}
		}
		w.Changed()
		return nil
	}
}

// topic finds a topic of the caller's account and Region.
func (r *Request) topic(arn *string) (*Topic, error) {
	for _, t := range r.World.SNS.Topics {
		if t.arn() == aws.ToString(arn) && t.Account == r.Principal.Account && t.Region == r.Region {
			return t, nil
		}
	}
	return nil, withStatus(404, &types.NotFoundException{Message: aws.String("Topic does not exist")})
}

// mails are the subscriptions that are not forgotten.
func (t *Topic) mails(now time.Time) []*MailSubscription {
	t.Mails = slices.DeleteFunc(t.Mails, func(m *MailSubscription) bool { return m.ARN == "" && now.After(m.Requested.Add(confirmWithin)) })
	return t.Mails
}

func (t *Topic) set(name, value string) error {
	switch name {
	case "Policy":
		var policy struct{ Statement []json.RawMessage }
		if json.Unmarshal([]byte(value), &policy) != nil || len(policy.Statement) == 0 {
			return badTopic("Policy Error: null")
		}
		t.Policy = value
	case "DisplayName":
		t.Display = value
	default:
		return badTopic("AttributeName")
	}
	return nil
}

// mayPublish reports whether the topic's policy lets an AWS service send to it, on behalf of its own account.
func (w *World) mayPublish(service, account, arn string) bool {
	for _, t := range w.SNS.Topics {
		if t.arn() == arn && t.Account == account {
			allow, deny := decide(t.Policy, inquiry{Service: service, Action: "sns:Publish", Resource: arn, Context: map[string]string{"aws:SourceAccount": account}})
			return allow && !deny
		}
	}
	return false
}

func createTopic(r *Request, in *sns.CreateTopicInput) (*sns.CreateTopicOutput, error) {
	w := r.World
	t := &Topic{Name: aws.ToString(in.Name), Account: r.Principal.Account, Region: r.Region}
	if !topicName().MatchString(t.Name) {
		return nil, badTopic("Topic Name")
	}
	t.Policy = t.defaultTopicPolicy()
	for _, name := range sortedKeys(in.Attributes) {
		if err := t.set(name, in.Attributes[name]); err != nil {
			return nil, err
		}
	}
	for _, have := range w.SNS.Topics {
		if have.arn() != t.arn() {
			continue
		}
		if len(in.Attributes) > 0 && (have.Policy != t.Policy || have.Display != t.Display) {
			return nil, badTopic("Attributes Reason: Topic already exists with different attributes")
		}
		return &sns.CreateTopicOutput{TopicArn: aws.String(have.arn())}, nil // the same topic again succeeds
	}
	w.SNS.Topics = append(w.SNS.Topics, t)
	w.Changed()
	return &sns.CreateTopicOutput{TopicArn: aws.String(t.arn())}, nil
}

func subscribe(r *Request, in *sns.SubscribeInput) (*sns.SubscribeOutput, error) {
	t, err := r.topic(in.TopicArn)
	if err != nil {
		return nil, err
	}
	address := aws.ToString(in.Endpoint)
	if aws.ToString(in.Protocol) != "email" || !strings.Contains(address, "@") {
		return nil, badTopic("Email address")
	}
	for _, m := range t.mails(r.World.Now()) {
		if strings.EqualFold(m.Address, address) && m.ARN != "" {
			return &sns.SubscribeOutput{SubscriptionArn: aws.String(m.ARN)}, nil
		}
	}
	t.Mails = slices.DeleteFunc(t.Mails, func(m *MailSubscription) bool { return strings.EqualFold(m.Address, address) }) // the mail is sent again
	t.Mails = append(t.Mails, &MailSubscription{Address: address, Requested: r.World.Now()})
	r.World.Changed()
	return &sns.SubscribeOutput{SubscriptionArn: aws.String("pending confirmation")}, nil
}
