package mailtopic

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// UndoID is the id of the call that deletes the topic.
func (t Topic) UndoID() string { return t.Step + "/undo/topic/" + t.Name }

// Undo takes back what the wizard made of the topic; after are the calls that need it no more. A topic that was there
// before stays, with its policy as it was; addresses that were added to it hear on, and each of their mails has a link
// that ends it.
func (t Topic) Undo(have *State, made steps.Made, again string, after ...string) []plan.Item {
	if have == nil {
		return nil
	}
	ours := func(c plan.Call) plan.Call {
		c.Step, c.Lane, c.Where, c.After, c.Undo = t.Step, t.Lane, t.Where, after, again
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
		return c
	}
	if m, is := made.Done(t.CreateID(), "CreateTopic"); is {
		takes := []string{t.CreateID(), t.ConfirmID()}
		for _, id := range slices.Sorted(maps.Keys(made)) {
			if strings.HasPrefix(id, t.CreateID()+"/") && id != t.ConfirmID() {
				takes = append(takes, id)
			}
		}
		c := steps.UnlessChanged(ours(plan.Call{
			ID: t.UndoID(), Effect: plan.Deletes, Title: "Delete the topic " + t.Name, TakesBack: takes,
			Why: "The wizard made it on " + m.Day() + ". Nobody gets mails about " + t.What + " any more.",
			Request: plan.To(sns.NewFromConfig, (*sns.Client).DeleteTopic, func(f plan.Facts) *sns.DeleteTopicInput {
				return &sns.DeleteTopicInput{TopicArn: aws.String(t.ARN(f))}
			}),
		}), t.strangers(have, made))
		return []plan.Item{{Call: &c}}
	}
	m, is := made.Done(t.PolicyID(), "SetTopicAttributes")
	was := m.Before["policy"]
	if !is || was == "" || samePolicy(have.Policy, was) {
		return nil
	}
	c := ours(plan.Call{
		ID: t.UndoID() + "/policy", Effect: plan.Changes, Title: "Set back who may send to the topic " + t.Name, TakesBack: []string{t.PolicyID()},
		Why: "The topic was there before the wizard, which changed this on " + m.Day() + ".", Wait: map[string]time.Duration{"ConcurrentAccess": time.Minute},
		Request: plan.To(sns.NewFromConfig, (*sns.Client).SetTopicAttributes, func(f plan.Facts) *sns.SetTopicAttributesInput {
			return &sns.SetTopicAttributesInput{TopicArn: aws.String(t.ARN(f)), AttributeName: aws.String("Policy"), AttributeValue: aws.String(was)}
		}),
	})
	return []plan.Item{{Call: &c}}
}

// strangers names the addresses that were added by somebody else.
func (t Topic) strangers(have *State, made steps.Made) []string {
	var who []string
	for _, address := range slices.Sorted(maps.Keys(have.Mails)) {
		ours := false
		for id := range made {
			ours = ours || strings.EqualFold(id, t.mailID(address))
		}
		if !ours {
			who = append(who, address)
		}
	}
	if len(who) == 0 {
		return nil
	}
	return []string{strings.Join(who, ", ") + " was added to its mails"}
}
