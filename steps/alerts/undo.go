package alerts

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// The ids of the way back.
const (
	undoHeartbeatID    = "alerts/undo/heartbeat"
	undoNotificationID = "alerts/undo/notification"
	undoFunctionID     = "alerts/undo/function"
	undoRolePolicyID   = "alerts/undo/role-policy"
	undoRoleID         = "alerts/undo/role"
	undoQueueID        = "alerts/undo/queue"
	undoLogID          = "alerts/undo/log"
	undoWebhookID      = "alerts/undo/webhook"
)

// undoer plans the way back: the bucket stops telling first, then the function goes, and what it stood on last.
type undoer struct {
	*builder
	made steps.Made
}

func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	u := &undoer{newBuilder(s, a, f), made.Of(name)}
	if len(u.made) == 0 || s.Account == "" {
		return nil
	}
	if s.NoEntry {
		u.add(plan.Item{Later: &plan.Later{ID: name + "/undo/later", Step: name, Title: "Take the alerts away from " + u.at.Account,
			Why: "The root login cannot enter another account. This is planned after you have signed in as yourself.",
			Operations: []string{"cloudwatchlogs:DeleteLogGroup", "iam:DeleteRole", "iam:DeleteRolePolicy", "lambda:DeleteFunction", "s3:PutBucketNotificationConfiguration",
				"sqs:DeleteQueue", "ssm:DeleteParameter", "cloudwatch:DeleteAlarms", "sns:DeleteTopic"}, MostCalls: 9, Places: []plan.Place{u.at, {Account: u.at.Account, Region: "us-east-1"}}}})
		return u.items
	}
	u.heartbeat()
	u.notification()
	u.function()
	u.role()
	u.ground()
	return u.items
}

// unread says that a part is left alone because it could not be read.
func (u *undoer) unread(p Part, what string) bool {
	failed, yes := u.state.Unread[p]
	if yes {
		u.blocked("undo/unread/"+string(p), what+" stays for now.", failed.Why(u.facts),
			failed.Next("Sign in with AdministratorAccess in the management account and start wizard undo again."), failed.Code)
	}
	return yes
}

// again is how each of these calls is taken back.
const again = "Start the wizard again: it sets the alerts up again."

// heartbeat goes first: an alarm about the function's silence would sound while it is taken away.
func (u *undoer) heartbeat() {
	var after []string
	if m, ours := u.made.Done(heartbeatID, "PutMetricAlarm"); ours && !u.unread(partHeartbeat, "The alarm "+heartbeatName) && u.state.Heartbeat != nil {
		var since []string
		if changed, ok := u.made.Done(beatChangeID, "PutMetricAlarm"); ok {
			m = changed
		}
		if was := steps.Input[struct{ EvaluationPeriods, Period int32 }](m); was.EvaluationPeriods*was.Period != u.state.Heartbeat.Periods*u.state.Heartbeat.Period {
			since = []string{"it waits another time"}
		}
		after = []string{undoHeartbeatID}
		u.call(steps.UnlessChanged(plan.Call{
			ID: undoHeartbeatID, Effect: plan.Deletes, TakesBack: []string{heartbeatID, beatChangeID}, Title: "Delete the alarm " + heartbeatName,
			Why: "It would sound when the alerts go.", Undo: again, Done: []string{"ResourceNotFound"},
			Request: plan.To(cloudwatch.NewFromConfig, (*cloudwatch.Client).DeleteAlarms, func(plan.Facts) *cloudwatch.DeleteAlarmsInput {
				return &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{heartbeatName}}
			}),
		}, since))
	}
	topic := u.heartbeatTopic("")
	if u.made.Under(topic.CreateID()) && !u.unread(partTopic, "The topic "+heartbeatName) {
		for _, i := range topic.Undo(u.state.Topic, u.made, again, after...) {
			u.add(i)
		}
	}
}

func (u *undoer) notification() {
	if _, ours := u.made.Done(notificationOn, "PutBucketNotificationConfiguration"); !ours || u.unread(partNotification, "Our entry in the notifications of the bucket") || !u.state.told() {
		return
	}
	bucket, entries := u.state.Bucket, *u.state.Entries
	u.call(plan.Call{
		ID: undoNotificationID, Effect: plan.Changes, TakesBack: []string{notificationOn, testID}, Title: "Switch the alerts off",
		Why: "Slack is told nothing from now on. What the bucket tells others stays.", Undo: again, Done: []string{"NoSuchBucket"},
		Wait: map[string]time.Duration{"OperationAborted": 3 * time.Minute},
		Request: plan.To(s3.NewFromConfig, (*s3.Client).PutBucketNotificationConfiguration, func(plan.Facts) *s3.PutBucketNotificationConfigurationInput {
			return &s3.PutBucketNotificationConfigurationInput{Bucket: aws.String(bucket), ExpectedBucketOwner: aws.String(u.state.Account), NotificationConfiguration: entries.without()}
		}),
	})
}

func (u *undoer) function() {
	m, ours := u.made.Done(functionID, "CreateFunction")
	if !ours || u.unread(partFunction, "The function "+functionName) || u.state.Function == nil {
		return
	}
	u.call(steps.UnlessChanged(plan.Call{
		ID: undoFunctionID, After: []string{undoNotificationID}, Effect: plan.Deletes, Title: "Delete the program that reads the records",
		TakesBack: []string{functionID, codeID, settingsID, failuresID, permissionID, permissionID + "/old", testID},
		Why:       "The wizard installed it on " + m.Day() + ".", Undo: again, Done: []string{"ResourceNotFoundException"}, Wait: map[string]time.Duration{"ResourceConflictException": 2 * time.Minute},
		Request: plan.To(lambda.NewFromConfig, (*lambda.Client).DeleteFunction, func(plan.Facts) *lambda.DeleteFunctionInput {
			return &lambda.DeleteFunctionInput{FunctionName: aws.String(functionName)}
		}),
	}, u.codeChanges(m)))
}

// codeChanges says whether the program is another one than any the wizard installed.
func (u *undoer) codeChanges(m steps.MadeCall) []string {
	installed := []string{codeSha(), sentSha(steps.Input[struct{ Code struct{ ZipFile string } }](m).Code.ZipFile)}
	if update, ok := u.made.Done(codeID, "UpdateFunctionCode"); ok {
		installed = append(installed, sentSha(steps.Input[struct{ ZipFile string }](update).ZipFile))
	}
	for _, sha := range installed {
		if sha == u.state.Function.CodeSha {
			return nil
		}
	}
	return []string{"the program is another one"}
}

// sentSha is the hash Lambda gives of a package that a recorded request shows as "(… bytes, sha256:…)".
func sentSha(shown string) string {
	_, rest, _ := strings.Cut(shown, "sha256:")
	sum, err := hex.DecodeString(strings.TrimSuffix(rest, ")"))
	if err != nil || len(sum) == 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(sum)
}

func (u *undoer) role() {
	_, made := u.made.Done(roleID, "CreateRole")
	policy, granted := u.made.Done(rolePolicyID, "PutRolePolicy")
	if !made && !granted || u.unread(partRole, "The role "+roleName) || u.state.Role == nil {
		return
	}
	global := plan.Place{Account: u.at.Account, Region: "us-east-1"}
	busy, gone := map[string]time.Duration{"ConcurrentModification": time.Minute}, []string{"NoSuchEntity", "NoSuchEntityException"}
	if granted && u.state.Role.Policy != "" {
		var since []string
		if !same(u.state.Role.Policy, policy.Sent("PolicyDocument")) {
			since = []string{"what the role may do was changed"}
		}
		u.call(steps.UnlessChanged(plan.Call{
			ID: undoRolePolicyID, Where: global, After: []string{undoFunctionID}, Effect: plan.Deletes, TakesBack: []string{rolePolicyID}, Done: gone, Wait: busy,
			Title: "Take from the role " + roleName + " what it may do", Why: "Nothing works as it any more.", Undo: again,
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteRolePolicy, func(plan.Facts) *iam.DeleteRolePolicyInput {
				return &iam.DeleteRolePolicyInput{RoleName: aws.String(roleName), PolicyName: aws.String(policyName)}
			}),
		}, since))
	}
	if made {
		u.call(plan.Call{
			ID: undoRoleID, Where: global, After: []string{undoFunctionID, undoRolePolicyID}, Effect: plan.Deletes, TakesBack: []string{roleID, roleTrustID, rolePolicyID}, Done: gone, Wait: busy,
			Title: "Delete the role " + roleName, Why: "Lambda needs it no longer.", Undo: again,
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteRole, func(plan.Facts) *iam.DeleteRoleInput {
				return &iam.DeleteRoleInput{RoleName: aws.String(roleName)}
			}),
		})
	}
}

// ground takes back the queue, the log and the webhook.
func (u *undoer) ground() {
	if _, ours := u.made.Done(queueID, "CreateQueue"); ours && !u.unread(partQueue, "The queue "+queueName) && u.state.Queue != nil {
		url := u.state.Queue.URL
		u.call(plan.Call{
			ID: undoQueueID, After: []string{undoFunctionID}, Effect: plan.Deletes, TakesBack: []string{queueID}, Title: "Delete the queue " + queueName,
			Why: "Nothing is sent to it any more. What is in it names files that stay in the bucket.", Undo: again, Done: []string{"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"},
			Request: plan.To(sqs.NewFromConfig, (*sqs.Client).DeleteQueue, func(plan.Facts) *sqs.DeleteQueueInput { return &sqs.DeleteQueueInput{QueueUrl: aws.String(url)} }),
		})
	}
	if _, ours := u.made.Done(logGroupID, "CreateLogGroup"); ours && !u.unread(partLog, "The log "+logGroup) && u.state.Log != nil {
		u.call(plan.Call{
			ID: undoLogID, After: []string{undoFunctionID}, Effect: plan.Deletes, TakesBack: []string{logGroupID, retentionID}, Title: "Delete the log of the alerts",
			Why: "It holds what the program said of itself.", NoUndo: "what it said is gone; the records themselves stay", Done: []string{"ResourceNotFoundException"},
			Wait: map[string]time.Duration{"OperationAbortedException": time.Minute},
			Request: plan.To(cloudwatchlogs.NewFromConfig, (*cloudwatchlogs.Client).DeleteLogGroup, func(plan.Facts) *cloudwatchlogs.DeleteLogGroupInput {
				return &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(logGroup)}
			}),
		})
	}
	if m, ours := u.made.Done(parameterID, "PutParameter"); ours && !u.unread(partParameter, "The address of your Slack channel") && u.state.Parameter != nil {
		var since []string
		if u.state.Parameter.Description != m.Sent("Description") {
			since = []string{"another address was put there"}
		}
		c := steps.UnlessChanged(plan.Call{
			ID: undoWebhookID, After: []string{undoFunctionID}, Effect: plan.Deletes, TakesBack: []string{parameterID}, Title: "Delete the kept address of your Slack channel",
			Why: "Nothing tells Slack any more. The webhook itself goes at https://api.slack.com/apps.", NoUndo: "the address has to be pasted again", Done: []string{"ParameterNotFound"},
			Request: plan.To(ssm.NewFromConfig, (*ssm.Client).DeleteParameter, func(plan.Facts) *ssm.DeleteParameterInput {
				return &ssm.DeleteParameterInput{Name: aws.String(parameterName)}
			}),
		}, since)
		if c.Consent == plan.Typed {
			c.Named = parameterName // somebody else's address is lost with it
		}
		u.call(c)
	}
}
