// Package mailtopic is an SNS topic that mails a few addresses: what a step plans where an alarm of AWS reaches people
// only through one. AWS asks each address to agree with a click, which is a hand-off; until then it hears nothing.
package mailtopic

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// Topic is a topic as a step wants it.
type Topic struct {
	Step, Lane string
	Where      plan.Place
	Name       string
	// Publisher is the AWS service that may send to it, e.g. "costalerts.amazonaws.com", for its own account only.
	Publisher string
	What      string // what the mails are about, for titles: "alarms about costs"
	Mails     []string
}

// State is the topic as it is.
type State struct {
	Policy string
	Mails  map[string]bool // whether an address, in lower case, has agreed
}

// The ids of the calls and of the hand-off, under the step's name and the topic's.
func (t Topic) id(what string) string { return t.Step + "/topic/" + t.Name + what }

// CreateID is the id of the call that makes the topic, PolicyID of the one that lets the service send to it.
func (t Topic) CreateID() string { return t.id("") }

// PolicyID is the id of the call that lets the service send to the topic.
func (t Topic) PolicyID() string { return t.id("/policy") }

// ConfirmID is the id of the hand-off in which the addresses agree.
func (t Topic) ConfirmID() string { return t.id("/confirm") }

func (t Topic) mailID(address string) string { return t.id("/mail/" + address) }

// ARN is the topic's ARN, which is known before the topic is.
func (t Topic) ARN(f plan.Facts) string {
	return "arn:aws:sns:" + t.Where.Region + ":" + f.AccountID(t.Where.Account) + ":" + t.Name
}

// Read looks at a topic; nil when there is none.
func Read(ctx context.Context, client *sns.Client, arn string) (*State, error) {
	out, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if steps.Absent(err, "NotFound", "NotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &State{Policy: out.Attributes["Policy"]}
	s.Mails, err = mails(ctx, client, arn)
	return s, err
}

// mails are the addresses of a topic, and whether each has agreed.
func mails(ctx context.Context, client *sns.Client, arn string) (map[string]bool, error) {
	found := map[string]bool{}
	pages := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range out.Subscriptions {
			if aws.ToString(m.Protocol) == "email" { // one that has not agreed has the ARN "PendingConfirmation"
				found[strings.ToLower(aws.ToString(m.Endpoint))] = strings.HasPrefix(aws.ToString(m.SubscriptionArn), "arn:")
			}
		}
	}
	return found, nil
}

// Plan is what is still to do until all addresses hear of the topic; what they have to do themselves comes after all calls.
func (t Topic) Plan(have *State, f plan.Facts) (calls, person []plan.Item) {
	call := func(c plan.Call) {
		c.Step, c.Lane, c.Where = t.Step, t.Lane, t.Where
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
		calls = append(calls, plan.Item{Call: &c})
	}
	var after []string
	switch {
	case have == nil:
		have, after = &State{}, []string{t.CreateID()}
		call(plan.Call{
			ID: t.CreateID(), Effect: plan.Creates, Title: "Make the topic " + t.Name + " for " + t.What,
			Why:      "AWS sends these through a topic only: a place that passes each message on by mail. Nobody else may send there.",
			CostNote: "the first 1,000 mails a month are free", Undo: "Delete the topic.",
			Request: plan.To(sns.NewFromConfig, (*sns.Client).CreateTopic, func(f plan.Facts) *sns.CreateTopicInput {
				return &sns.CreateTopicInput{Name: aws.String(t.Name), Attributes: map[string]string{"Policy": t.policy("", f)}}
			}),
		})
	case !samePolicy(have.Policy, t.policy(have.Policy, f)):
		was := have.Policy
		call(plan.Call{
			ID: t.PolicyID(), Effect: plan.Changes, Title: "Let " + t.Publisher + " send to the topic " + t.Name,
			Why:  "The topic exists, and AWS's service may not send there. Who else may, stays.",
			Undo: "Put back the policy as it was.", Before: map[string]string{"policy": was},
			Request: plan.To(sns.NewFromConfig, (*sns.Client).SetTopicAttributes, func(f plan.Facts) *sns.SetTopicAttributesInput {
				return &sns.SetTopicAttributesInput{TopicArn: aws.String(t.ARN(f)), AttributeName: aws.String("Policy"), AttributeValue: aws.String(t.policy(was, f))}
			}),
		})
	}
	var asked []string
	for _, address := range t.Mails {
		agreed, known := have.Mails[strings.ToLower(address)]
		if !agreed {
			asked = append(asked, address)
		}
		if known {
			continue
		}
		call(plan.Call{
			ID: t.mailID(address), After: after, Effect: plan.Creates, Title: "Ask " + address + " to take the mails about " + t.What,
			Why:  "AWS sends a mail with a link now. Nothing comes before the link is pressed.",
			Undo: "Each mail has a link that ends them.", Wait: map[string]time.Duration{"NotFound": 30 * time.Second, "NotFoundException": 30 * time.Second},
			Request: plan.To(sns.NewFromConfig, (*sns.Client).Subscribe, func(f plan.Facts) *sns.SubscribeInput {
				return &sns.SubscribeInput{TopicArn: aws.String(t.ARN(f)), Protocol: aws.String("email"), Endpoint: aws.String(address)}
			}),
		})
		after = append(slices.Clone(after), t.mailID(address))
	}
	if len(asked) > 0 {
		person = []plan.Item{{HandOff: t.confirm(asked, after)}}
	}
	return calls, person
}

// confirm is the click in AWS's mail.
func (t Topic) confirm(asked, after []string) *plan.HandOff {
	return &plan.HandOff{
		ID: t.ConfirmID(), Step: t.Step, After: slices.Clone(after), Optional: true, Title: "Agree to the mails about " + t.What,
		Why: "AWS mails nobody who has not agreed. Its mail with the link goes to " + strings.Join(asked, ", ") + ".",
		URL: "https://" + t.Where.Region + ".console.aws.amazon.com/sns/v3/home?region=" + t.Where.Region + "#/subscriptions",
		Clicks: []string{
			"Open the mail “AWS Notification - Subscription Confirmation” from no-reply@sns.amazonaws.com.",
			"Press Confirm subscription. A page says that it is confirmed.",
		},
		Stuck: []string{
			"The mail is often in the spam folder.",
			"The link is good for two days. After that start the wizard again: it has another one sent.",
		},
		Poll: func(ctx context.Context, read plan.Reader, f plan.Facts) (bool, map[string]string, error) {
			cfg, err := read(t.Where)
			if err != nil {
				return false, nil, err
			}
			found, err := mails(ctx, sns.NewFromConfig(cfg), t.ARN(f))
			if err != nil {
				return false, nil, err
			}
			return !slices.ContainsFunc(asked, func(address string) bool { return !found[strings.ToLower(address)] }), map[string]string{}, nil
		},
		Every: 10 * time.Second, StandIn: "confirm-mail",
	}
}

// statementID names our statement in the topic's policy.
const statementID = "WizardPublish"

// policy is a topic's policy with our statement, the others left as they are.
func (t Topic) policy(was string, f plan.Facts) string {
	var found struct{ Statement []any }
	if json.Unmarshal([]byte(was), &found) != nil {
		found.Statement = nil // not a policy: nobody's rights are lost
	}
	statements := slices.DeleteFunc(found.Statement, func(s any) bool {
		m, ok := s.(map[string]any)
		return ok && m["Sid"] == statementID
	})
	statements = append(statements, map[string]any{"Sid": statementID, "Effect": "Allow", "Principal": map[string]any{"Service": t.Publisher},
		"Action": "sns:Publish", "Resource": t.ARN(f), "Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": f.AccountID(t.Where.Account)}}})
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(err) // what was decoded encodes
	}
	return string(text)
}

// samePolicy compares the statements of two policies.
func samePolicy(is, want string) bool {
	var a, b struct{ Statement []any }
	return json.Unmarshal([]byte(is), &a) == nil && json.Unmarshal([]byte(want), &b) == nil && reflect.DeepEqual(a.Statement, b.Statement)
}
