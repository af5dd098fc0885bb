package alerts

import (
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

const (
	yes = "yes"
	no  = "no"
)

func questions(s State, a answers.Answers) []steps.Question {
	qs := []steps.Question{{
		Key: "alerts.slack", Label: "Alerts in Slack", Title: "Do you use Slack?",
		Why:     "A channel of yours is told when something rare and risky happens in any account. It costs less than $1 a month.",
		Default: word(a.Alerts.On()), Choices: []steps.Choice{{Value: no, Label: "No, or not now"}, {Value: yes, Label: "Yes, tell a channel"}},
		Apply: func(a *answers.Answers, v string) {
			if on := v == yes; on || a.Alerts.Slack != nil {
				a.Alerts.Slack = &on
			}
		},
	}}
	if a.Alerts.On() && (s.Parameter == nil || !s.told()) {
		why := "Make one at https://api.slack.com/apps (your app, Incoming Webhooks). It is a secret: it is kept encrypted at AWS, and nowhere else."
		if s.Parameter != nil {
			why = "One is kept at AWS, and Enter alone leaves it. " + why
		}
		qs = append(qs, steps.Question{
			Key: "alerts.webhook", Label: "Slack webhook", Title: "What is the address of the channel's webhook?", Why: why, Secret: WebhookSecret,
			Example: "https://hooks.slack.com/services/T…/B…/…",
			Validate: func(v string) error {
				if v == "" {
					return nil // it can be given another day, or in the variable
				}
				return CheckWebhook(v)
			},
			Apply: func(*answers.Answers, string) {},
		})
	}
	if a.Alerts.On() {
		qs = append(qs, heartbeatQuestion(a))
	}
	return qs
}

func heartbeatQuestion(a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "alerts.heartbeat_hours", Label: "Alarm on silence", Title: "Raise an alarm when the recorder falls silent?",
		Why: "No message can mean that all is well, or that nothing is read any more. An alarm then mails " + hearsOfSilence(a) +
			", which has to agree once by a click. It is $0.10 a month; the first 10 alarms of an account are free.",
		Default: strconv.Itoa(a.Alerts.HeartbeatHours),
		Choices: []steps.Choice{{Value: "0", Label: "No"}, {Value: "6", Label: "After 6 hours without a record (advised)"}, {Value: "24", Label: "After a day without a record"}},
		Apply: func(a *answers.Answers, v string) {
			if hours, err := strconv.Atoi(v); err == nil {
				a.Alerts.HeartbeatHours = hours
			}
		},
	}
	if !slices.ContainsFunc(q.Choices, func(c steps.Choice) bool { return c.Value == q.Default }) {
		q.Choices = append(q.Choices, steps.Choice{Value: q.Default, Label: "After " + q.Default + " hours, as now"})
	}
	return q
}

func word(on bool) string {
	if on {
		return yes
	}
	return no
}

// CheckWebhook says what is wrong with the address of a webhook, without repeating it. An address on this computer is for
// tests.
func CheckWebhook(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return errors.New("it is not an address. Copy the whole Webhook URL from Slack")
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	switch {
	case u.Scheme != "https" || host != "hooks.slack.com" && host != "hooks.slack-gov.com":
		return errors.New("a Slack webhook begins with https://hooks.slack.com/. Copy the whole Webhook URL from Slack")
	case len(strings.Trim(u.Path, "/")) < len("services/T/B/x") || strings.ContainsAny(address, " \t\n"):
		return errors.New("it is not complete. Copy the whole Webhook URL from Slack")
	case len(address) > 4096:
		return errors.New("it is too long for a webhook. Copy the Webhook URL from Slack alone")
	}
	return nil
}
