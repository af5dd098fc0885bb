package alerts

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/pattern"
	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// builder collects the items of one plan.
type builder struct {
	state    State
	facts    plan.Facts
	settings settings
	at       plan.Place
	items    []plan.Item
	ids      map[string]bool
}

func newBuilder(s State, a answers.Answers, f plan.Facts) *builder {
	return &builder{state: s, facts: f, settings: wanted(a, f, s.Caller), at: place(f, a.Security(), a.HomeRegion), ids: map[string]bool{}}
}

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	b := newBuilder(s, a, f)
	check, given := f.Lookup(plan.SecretFact(WebhookSecret))
	_, copied := f.Lookup(bucketFact)
	_, recorded := f.Lookup("trail.bucket")
	_, unread := s.Unread[partParameter]
	switch {
	case !a.Alerts.On():
		b.switchedOff()
		return b.items
	case a.Security() == "" || recorded && !copied:
		b.blocked("copy", "The alerts have nothing to read.", "They read the second copy of the records, in the security account, and there is none.",
			"Finish the step before this one, then start again.", "")
		return b.items
	case s.NoEntry:
		b.later(a)
		return b.items
	case s.Parameter == nil && !given && !unread:
		b.blocked("webhook", "The alerts wait for the address of your Slack channel.", "It is a secret, so it is in no file of the wizard.",
			"Start wizard and paste it when you are asked, or set "+WebhookVariable+" and start again.", "")
		return b.items
	}
	if other := b.taken(); other != "" {
		b.blocked("taken", "Another function is told of the records already: "+other+".", "S3 tells one function of each file.",
			"If it is not needed, take it out of the event notifications of the bucket "+s.Bucket+", then start again.", "")
		return b.items
	}
	b.webhook(check, given)
	b.log()
	b.queue()
	b.role()
	b.function()
	b.failures()
	b.permission()
	b.test()
	b.notification()
	b.heartbeat(a)
	return b.items
}

// call adds a call of this step.
func (b *builder) call(c plan.Call) {
	c.Step, c.Lane = name, name
	if c.IAMAction == "" {
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
	}
	c.After = slices.DeleteFunc(slices.Clone(c.After), func(id string) bool { return !b.ids[id] })
	if c.Where == (plan.Place{}) {
		c.Where = b.at
	}
	b.add(plan.Item{Call: &c})
}

func (b *builder) add(i plan.Item) {
	b.items = append(b.items, i)
	b.ids[i.ID()] = true
}

func (b *builder) blocked(id, what, why, next, code string) {
	b.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/" + id, Step: name, What: what, Why: why, Next: next, Code: code}})
}

// unread says that a part is left alone, and reports whether it could not be read.
func (b *builder) unread(p Part, what string) bool {
	u, failed := b.state.Unread[p]
	if failed {
		b.blocked("unread/"+string(p), what+" is not known, so it is left as it is.", u.Why(b.facts),
			u.Next("Sign in with AdministratorAccess in the management account and start again.")+" Everything else goes on.", u.Code)
	}
	return failed
}

// functionUnread reports whether nothing is known of the function, so that nothing about it can be planned.
func (b *builder) functionUnread() bool {
	_, failed := b.state.Unread[partFunction]
	return failed
}

// switchedOff says that what was made goes on: an answer that is changed takes nothing away unasked.
func (b *builder) switchedOff() {
	if b.state.told() {
		b.add(plan.Item{Blocked: &plan.Blocked{ID: name + "/on", Step: name, Kept: true, What: "The alerts in Slack go on.",
			Why: "They were set up before, and the answers say now that Slack is not used.", Next: "To take them away, run wizard undo --step alerts."}})
	}
}

// later stands for everything while this caller cannot enter the security account.
func (b *builder) later(a answers.Answers) {
	operations := []string{"cloudwatchlogs:CreateLogGroup", "cloudwatchlogs:PutRetentionPolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy",
		"lambda:AddPermission", "lambda:CreateFunction", "lambda:Invoke", "lambda:PutFunctionEventInvokeConfig", "lambda:RemovePermission", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration",
		"s3:PutBucketNotificationConfiguration", "sqs:CreateQueue", "ssm:PutParameter"}
	usd := alertsUSD
	if a.Alerts.HeartbeatHours > 0 {
		usd += alarmUSD
		operations = append(operations, "cloudwatch:PutMetricAlarm", "sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe")
	}
	b.add(plan.Item{Later: &plan.Later{ID: name + "/later", Step: name, Title: "Tell Slack what is rare and risky, from " + b.at.Account,
		Why:        "The root login cannot enter another account. This is planned after you have signed in as yourself.",
		Operations: operations, MostCalls: len(operations), MonthlyUSD: usd, CostNote: alertsPrice,
		Places: []plan.Place{b.at, {Account: b.at.Account, Region: "us-east-1"}}}})
}

func (b *builder) account() string { return b.facts.AccountID(b.at.Account) }

func roleARN(account string) string { return "arn:aws:iam::" + account + ":role/" + roleName }

func functionARN(account, region string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":function:" + functionName
}

func queueARN(account, region string) string {
	return "arn:aws:sqs:" + region + ":" + account + ":" + queueName
}

// updating is the error of a function that another change is still on its way to.
var updating = map[string]time.Duration{"ResourceConflictException": 2 * time.Minute, "ResourceNotFoundException": 30 * time.Second}

// function plans the program and how it runs.
func (b *builder) function() {
	if b.unread(partFunction, "The function "+functionName) {
		return
	}
	at, set := b.at, b.settings
	variables := func(f plan.Facts) map[string]string { return environment(f, set, f.Get(bucketFact)) }
	files := []plan.File{{Name: "alerts.py", Text: string(program)}}
	fn := b.state.Function
	if fn == nil {
		b.call(plan.Call{
			ID: functionID, After: []string{parameterID, logGroupID, retentionID, roleID, roleTrustID, rolePolicyID}, Effect: plan.Creates,
			Title: "Install the program that reads the records", Files: files,
			Why:      "It reads each new file of the records and tells Slack what its rules name. It can read the records, and change nothing.",
			CostNote: "its runs are inside Lambda's free tier", Undo: "Delete the function.",
			// "The role defined for the function cannot be assumed by Lambda.": the role was made a moment ago.
			Wait: map[string]time.Duration{"InvalidParameterValueException": 90 * time.Second},
			Request: plan.To(lambda.NewFromConfig, (*lambda.Client).CreateFunction, func(f plan.Facts) *lambda.CreateFunctionInput {
				return &lambda.CreateFunctionInput{FunctionName: aws.String(functionName), Role: aws.String(roleARN(f.AccountID(at.Account))), Runtime: runtime, Handler: aws.String(handler),
					Description: aws.String("Tells Slack what is rare and risky in the records of CloudTrail."), Timeout: aws.Int32(timeoutSeconds), MemorySize: aws.Int32(memoryMB),
					Architectures: []types.Architecture{types.ArchitectureArm64}, Environment: &types.Environment{Variables: variables(f)}, Code: &types.FunctionCode{ZipFile: pack()}}
			}),
			Settle: ready, SettleEvery: 2 * time.Second, SettleLimit: 5 * time.Minute,
		})
		return
	}
	if fn.CodeSha != codeSha() {
		b.call(plan.Call{
			ID: codeID, After: []string{rolePolicyID}, Effect: plan.Changes, Title: "Bring the program that reads the records up to date", Files: files,
			Why: "It is not the one this version of the wizard brings.", Undo: "Install the program of the earlier version again.", Wait: updating,
			Request: plan.To(lambda.NewFromConfig, (*lambda.Client).UpdateFunctionCode, func(plan.Facts) *lambda.UpdateFunctionCodeInput {
				return &lambda.UpdateFunctionCodeInput{FunctionName: aws.String(functionName), ZipFile: pack()}
			}),
			Settle: ready, SettleEvery: 2 * time.Second, SettleLimit: 5 * time.Minute,
		})
	}
	if !fn.isSet(variables(b.facts), set, roleARN(b.account())) {
		theirs := map[string]string{}
		for k, v := range fn.Environment {
			theirs[k] = v
		}
		b.call(plan.Call{
			ID: settingsID, After: []string{codeID, roleID, roleTrustID, rolePolicyID}, Effect: plan.Changes, Title: "Set what the alerts tell, and how they run",
			Why:  "The settings are not those of wizard.yaml and this program.",
			Undo: "Write the settings as they were.", Before: map[string]string{"SETTINGS": fn.Environment["SETTINGS"]}, Wait: updating,
			Request: plan.To(lambda.NewFromConfig, (*lambda.Client).UpdateFunctionConfiguration, func(f plan.Facts) *lambda.UpdateFunctionConfigurationInput {
				all := map[string]string{} // the call replaces all variables: those of others stay
				for _, from := range []map[string]string{theirs, variables(f)} {
					for k, v := range from {
						all[k] = v
					}
				}
				return &lambda.UpdateFunctionConfigurationInput{FunctionName: aws.String(functionName), Role: aws.String(roleARN(f.AccountID(at.Account))), Runtime: runtime, Handler: aws.String(handler),
					Timeout: aws.Int32(timeoutSeconds), MemorySize: aws.Int32(memoryMB), Environment: &types.Environment{Variables: all}}
			}),
			Settle: ready, SettleEvery: 2 * time.Second, SettleLimit: 5 * time.Minute,
		})
	}
}

// ready looks whether the function runs as it was asked to.
func ready(ctx context.Context, cfg aws.Config, _ plan.Facts) (bool, map[string]string, error) {
	out, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(functionName)})
	switch {
	case err != nil:
		return false, nil, err
	case out.State == types.StateFailed || out.LastUpdateStatus == types.LastUpdateStatusFailed:
		return false, nil, &plan.Unsettled{Operation: "setting up the function", Reason: "FUNCTION_NOT_READY"}
	}
	return (out.State == types.StateActive || out.State == "") && out.LastUpdateStatus != types.LastUpdateStatusInProgress, nil, nil
}

// failures plans where records go that could not be told: Lambda tries three times in six hours.
func (b *builder) failures() {
	if b.functionUnread() || b.unread(partFailures, "What becomes of alerts that fail") || b.state.Function != nil && b.state.Function.Failures == queueARN(b.account(), b.at.Region) {
		return
	}
	at := b.at
	b.call(plan.Call{
		ID: failuresID, After: []string{queueID, rolePolicyID, functionID, codeID, settingsID}, Effect: plan.Changes, Title: "Keep what could not be told",
		Why:  "When Slack cannot be reached, AWS tries twice more. Then the record goes to the queue " + queueName + ", so that nothing is lost.",
		Undo: "It goes with the function.", Wait: map[string]time.Duration{
			// The role's rights are seconds old: "does not have permissions to call SendMessage".
			"InvalidParameterValueException": 90 * time.Second, "ResourceConflictException": 2 * time.Minute, "ResourceNotFoundException": 30 * time.Second},
		Request: plan.To(lambda.NewFromConfig, (*lambda.Client).PutFunctionEventInvokeConfig, func(f plan.Facts) *lambda.PutFunctionEventInvokeConfigInput {
			return &lambda.PutFunctionEventInvokeConfigInput{FunctionName: aws.String(functionName), MaximumRetryAttempts: aws.Int32(2), MaximumEventAgeInSeconds: aws.Int32(21600),
				DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String(queueARN(f.AccountID(at.Account), at.Region))}}}
		}),
	})
}

// permission plans that the bucket may call the function: S3 checks it when the notification is made.
func (b *builder) permission() {
	if b.functionUnread() || b.unread(partPermission, "Who may call the alerts") {
		return
	}
	at := b.at
	want := Statement{ID: statementID, Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::" + b.facts.Get(bucketFact), SourceAccount: b.account()}
	if fn := b.state.Function; fn != nil {
		if slices.Contains(fn.Statements, want) {
			return
		}
		if slices.ContainsFunc(fn.Statements, func(st Statement) bool { return st.ID == statementID }) {
			b.call(plan.Call{
				ID: permissionID + "/old", Effect: plan.Changes, Title: "Take back who might call the alerts until now", Why: "It is another bucket than the one with the second copy.",
				Undo: "Start the wizard again: it lets the bucket call the alerts.", Done: []string{"ResourceNotFoundException"}, Wait: updating,
				Request: plan.To(lambda.NewFromConfig, (*lambda.Client).RemovePermission, func(plan.Facts) *lambda.RemovePermissionInput {
					return &lambda.RemovePermissionInput{FunctionName: aws.String(functionName), StatementId: aws.String(statementID)}
				}),
			})
		}
	}
	b.call(plan.Call{
		ID: permissionID, After: []string{functionID, codeID, settingsID, permissionID + "/old"}, Effect: plan.Changes, Title: "Let the bucket with the records call the alerts",
		Why: "Only this bucket, and only while it belongs to this account.", Undo: "It goes with the function.",
		Done: []string{"ResourceConflictException"}, Wait: map[string]time.Duration{"ResourceNotFoundException": 30 * time.Second},
		Request: plan.To(lambda.NewFromConfig, (*lambda.Client).AddPermission, func(f plan.Facts) *lambda.AddPermissionInput {
			return &lambda.AddPermissionInput{FunctionName: aws.String(functionName), StatementId: aws.String(statementID), Action: aws.String("lambda:InvokeFunction"),
				Principal: aws.String("s3.amazonaws.com"), SourceArn: aws.String("arn:aws:s3:::" + f.Get(bucketFact)), SourceAccount: aws.String(f.AccountID(at.Account))}
		}),
	})
}

// testFact tells how the test message went: testTaken, or a reason.
const (
	testFact  = "alerts.test"
	testTaken = "taken"
)

// test plans the test message. It comes before the notification: a channel that does not take it leaves nothing switched on,
// and the next start tries again.
func (b *builder) test() {
	changed := []string{parameterID, roleID, roleTrustID, rolePolicyID, functionID, codeID}
	_, unread := b.state.Unread[partNotification]
	if b.functionUnread() || (b.state.told() || unread) && !slices.ContainsFunc(changed, func(id string) bool { return b.ids[id] }) {
		return
	}
	b.call(plan.Call{
		ID: testID, After: append([]string{settingsID, failuresID, permissionID}, changed...), Effect: plan.Changes, Title: "Send a test message to Slack",
		Why:  "It goes the whole way an alert goes. If the channel does not take it, nothing is switched on.",
		Undo: "Delete the message in Slack.", Wait: updating,
		Request: plan.To(lambda.NewFromConfig, (*lambda.Client).Invoke, func(plan.Facts) *lambda.InvokeInput {
			return &lambda.InvokeInput{FunctionName: aws.String(functionName), Payload: []byte(`{"test": true}`)}
		}),
		Learn: plan.Learned(func(out *lambda.InvokeOutput) map[string]string { return map[string]string{testFact: outcomeOf(out)} }),
		Settle: func(_ context.Context, _ aws.Config, f plan.Facts) (bool, map[string]string, error) {
			if how := f.Get(testFact); how != testTaken {
				return false, nil, &plan.Unsettled{Operation: "the test message", Reason: how}
			}
			return true, nil, nil
		},
	})
}

var slackAnswer = pattern.Of(`Slack answered (\d{3})`)

// outcomeOf is testTaken, or a code for the reason. Of the function's text nothing else is kept.
func outcomeOf(out *lambda.InvokeOutput) string {
	if aws.ToString(out.FunctionError) == "" {
		return testTaken
	}
	var failure struct{ ErrorMessage string }
	if json.Unmarshal(out.Payload, &failure) != nil {
		return "ALERTS_FAILED"
	}
	switch status := slackAnswer().FindStringSubmatch(failure.ErrorMessage); {
	case status != nil && status[1] == "429":
		return "SLACK_BUSY"
	case status != nil:
		return "SLACK_REFUSED"
	case strings.Contains(failure.ErrorMessage, "Slack was not reached"):
		return "SLACK_NOT_REACHED"
	case strings.Contains(failure.ErrorMessage, "AccessDenied"):
		return "ALERTS_DENIED"
	}
	return "ALERTS_FAILED"
}
