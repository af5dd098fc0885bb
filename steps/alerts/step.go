// Package alerts is the step that tells a Slack channel when something rare and risky happens in any account: one Lambda
// function in the security account reads each file that lands in the second copy of the trail. It is optional.
//
// The address of the Slack webhook is a secret: whoever has it can write into the channel. Requests hold its name only
// (plan.Secret), and it is kept in the Parameter Store, encrypted. That it works is proved by the function itself, with a test
// message before anything is switched on: a message sent from this computer would prove less.
package alerts

import (
	"strings"

	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

const name = "alerts"

// WebhookSecret is the name of the secret with the webhook's address, and WebhookVariable the variable it can come from.
const (
	WebhookSecret   = "slack-webhook"
	WebhookVariable = "WIZARD_SLACK_WEBHOOK"
)

// The names of what this step makes, all in the security account and the home Region.
const (
	functionName  = "org-alerts"
	roleName      = "org-alerts"
	policyName    = "alerts"
	parameterName = "/wizard/slack-webhook"
	logGroup      = "/aws/lambda/" + functionName
	queueName     = "org-alerts-undelivered"
	statementID   = "trail-archive"
	// notificationID names our entry among the notifications of the bucket.
	notificationID = "org-alerts"

	logDays = 30
)

// The ids of the calls.
const (
	parameterID    = "alerts/webhook"
	logGroupID     = "alerts/log-group"
	retentionID    = "alerts/log-retention"
	queueID        = "alerts/queue"
	roleID         = "alerts/role"
	roleTrustID    = "alerts/role-trust"
	rolePolicyID   = "alerts/role-policy"
	functionID     = "alerts/function"
	codeID         = "alerts/code"
	settingsID     = "alerts/settings"
	failuresID     = "alerts/failures"
	permissionID   = "alerts/permission"
	testID         = "alerts/test"
	notificationOn = "alerts/notification"
)

// Facts of other steps: the bucket with the second copy, and its account.
const (
	bucketFact  = "trail.archive_bucket"
	accountFact = "trail.archive_account"
)

// Step returns the alerts step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      "A message in Slack when something risky happens",
		LooksAfter: []string{"organization", "trail"},
		About: steps.About{
			Why: "You get a Slack message when something rare and risky happens: root login, somebody turning off the recorder, new access keys, " +
				"denied attempts. Expect a burst in the first days. The delay is about five minutes.",
			What:     "A small program (a Lambda function) in the security account that reads the records as they come in, and tells your Slack channel. You can read it before it is installed.",
			Cost:     "Less than $1 a month, mostly for its log; an alarm for when nothing is read any more is $0.10 more. Without Slack nothing is made and nothing is paid.",
			Undo:     "Can be undone at any time: wizard undo removes all of it. The records themselves are not touched.",
			Controls: []string{"ACCT.07"},
		},
	}, questions, inspect, planned), undone)
}

// State is what was found in the security account.
type State struct {
	NoEntry bool   // this caller cannot enter the account
	Caller  string // ARN of who looks

	Account   string // id of the account that was looked at, "" when there is none yet
	Bucket    string // the bucket with the second copy, "" when there is none yet
	Parameter *Parameter
	Log       *LogGroup
	Queue     *Queue
	Role      *Role
	Function  *Function
	Entries   *Entries // the bucket's notifications; nil when they were not read
	Heartbeat *Alarm
	Topic     *mailtopic.State // of the heartbeat
	Unread    map[Part]Unread
}

// Parameter is the parameter with the webhook; its value is never read.
type Parameter struct{ Description string }

// LogGroup is the function's log group.
type LogGroup struct{ Days int32 }

// Queue takes what could not be told.
type Queue struct{ URL, ARN string }

// Role is the function's role.
type Role = steps.Role

// Part is one part of the state that is read on its own.
type Part string

// The parts of the state.
const (
	partParameter    Part = "parameter"
	partLog          Part = "log"
	partQueue        Part = "queue"
	partRole         Part = "role"
	partFunction     Part = "function"
	partFailures     Part = "failures"
	partPermission   Part = "permission"
	partNotification Part = "notification"
	partHeartbeat    Part = "heartbeat"
	partTopic        Part = "topic"
)

// Unread is why a part could not be read.
type Unread = steps.Refusal

// Facts implements steps.State.
func (s State) Facts() map[string]string {
	if s.Function == nil {
		return nil
	}
	return map[string]string{"alerts.function": s.Function.ARN}
}

// place is where everything of this step is.
func place(f plan.Facts, security, region string) plan.Place {
	if id, ok := f.Lookup(accountFact); ok && id != f.AccountID(security) {
		return plan.Place{Account: id, Region: region}
	}
	return plan.Place{Account: security, Region: region}
}

// checkMark stands in the parameter's description before the check of the webhook, by which another one is noticed.
const checkMark = "Check "

func description(check string) string {
	return "The address of the Slack channel that " + functionName + " tells. " + checkMark + check
}

func (p *Parameter) check() string {
	_, check, _ := strings.Cut(p.Description, checkMark)
	return check
}
