package alerts

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

const (
	management = "111111111111"
	security   = "222222222222"
	home       = "eu-west-1"
	archive    = "org-trail-archive-222222222222-eu-west-1-an"
	sso        = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_ManagementAdministrator_0123/first@acme.example"
)

func acme(on bool) answers.Answers {
	a := answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: home}.WithDefaults()
	a.Alerts.Slack = &on
	return a
}

// facts are those of a finished trail, in a run that has begun.
func facts() plan.Facts {
	return plan.NewFacts(map[string]string{"account.management.id": management, "account.security.id": security, "trail.bucket": "org-trail-111111111111-eu-west-1-an",
		bucketFact: archive, accountFact: security, plan.QuietUntil: "2026-11-25T13:00:00Z"})
}

func given(f plan.Facts) plan.Facts {
	return f.With(map[string]string{plan.SecretFact(WebhookSecret): plan.SecretCheck(WebhookSecret, "https://hooks.slack.com/services/T0/B0/one")})
}

func empty() State {
	return State{Caller: sso, Account: security, Bucket: archive, Entries: &Entries{}, Unread: map[Part]Unread{}}
}

// foresee is the state after the calls of items have succeeded.
func foresee(t *testing.T, s State, items []plan.Item, f plan.Facts) State {
	t.Helper()
	var fn Function
	if s.Function != nil {
		fn = *s.Function
		s.Function = &fn
	}
	for _, c := range plan.Calls(items) {
		input := c.Request.Build(f)
		if key, unknown := plan.UnknownIn(input); unknown {
			t.Fatalf("%s waits for %s, which nothing before it gives", c.ID, key)
		}
		switch in := input.(type) {
		case *ssm.PutParameterInput:
			s.Parameter = &Parameter{Description: *in.Description}
		case *cloudwatchlogs.CreateLogGroupInput:
			s.Log = &LogGroup{}
		case *cloudwatchlogs.PutRetentionPolicyInput:
			s.Log = &LogGroup{Days: *in.RetentionInDays}
		case *sqs.CreateQueueInput:
			s.Queue = &Queue{URL: "https://sqs/" + *in.QueueName, ARN: queueARN(security, home)}
		case *iam.CreateRoleInput:
			s.Role = &Role{Trust: *in.AssumeRolePolicyDocument}
		case *iam.UpdateAssumeRolePolicyInput:
			s.Role = &Role{Trust: *in.PolicyDocument, Policy: s.Role.Policy}
		case *iam.PutRolePolicyInput:
			s.Role = &Role{Trust: s.Role.Trust, Policy: *in.PolicyDocument}
		case *lambda.CreateFunctionInput:
			fn = Function{ARN: functionARN(security, home), Role: *in.Role, CodeSha: codeSha(), Runtime: string(in.Runtime), Handler: *in.Handler, Timeout: *in.Timeout,
				Memory: *in.MemorySize, Environment: in.Environment.Variables}
			s.Function = &fn
		case *lambda.UpdateFunctionCodeInput:
			fn.CodeSha = codeSha()
		case *lambda.UpdateFunctionConfigurationInput:
			fn.Environment, fn.Timeout, fn.Memory, fn.Runtime, fn.Handler, fn.Role = in.Environment.Variables, *in.Timeout, *in.MemorySize, string(in.Runtime), *in.Handler, *in.Role
		case *lambda.PutFunctionEventInvokeConfigInput:
			fn.Failures = *in.DestinationConfig.OnFailure.Destination
		case *lambda.RemovePermissionInput:
			fn.Statements = slices.DeleteFunc(slices.Clone(fn.Statements), func(st Statement) bool { return st.ID == *in.StatementId })
		case *lambda.AddPermissionInput:
			fn.Statements = append(slices.Clone(fn.Statements), Statement{*in.StatementId, *in.Action, *in.Principal, *in.SourceArn, *in.SourceAccount})
		case *lambda.InvokeInput:
		case *sns.CreateTopicInput:
			s.Topic = &mailtopic.State{Policy: in.Attributes["Policy"]}
		case *sns.SetTopicAttributesInput:
			s.Topic = &mailtopic.State{Policy: *in.AttributeValue, Mails: s.Topic.Mails}
		case *sns.SubscribeInput: // and the person has agreed
			s.Topic = &mailtopic.State{Policy: s.Topic.Policy, Mails: map[string]bool{*in.Endpoint: true}}
		case *cloudwatch.PutMetricAlarmInput:
			s.Heartbeat = &Alarm{Namespace: *in.Namespace, Metric: *in.MetricName, Function: *in.Dimensions[0].Value, Statistic: string(in.Statistic), Comparison: string(in.ComparisonOperator),
				Empty: *in.TreatMissingData, Period: *in.Period, Periods: *in.EvaluationPeriods, Threshold: *in.Threshold, On: *in.ActionsEnabled, Actions: in.AlarmActions}
		case *s3.PutBucketNotificationConfigurationInput:
			c := in.NotificationConfiguration
			s.Entries = &Entries{Functions: c.LambdaFunctionConfigurations, Queues: c.QueueConfigurations, Topics: c.TopicConfigurations, Bus: c.EventBridgeConfiguration != nil}
		default:
			t.Fatalf("%s makes a %T, which nobody foresaw", c.ID, in)
		}
	}
	return s
}

type fixture struct {
	state   State
	answers answers.Answers
	facts   plan.Facts
}

func fixtures(t *testing.T) map[string]fixture {
	f := given(facts())
	all := planned(empty(), acme(true), f)
	done := foresee(t, empty(), all, f)

	theirs := empty()
	theirs.Entries = &Entries{Bus: true, Queues: []s3types.QueueConfiguration{{Id: aws.String("siem"), QueueArn: aws.String("arn:aws:sqs:eu-west-1:222222222222:siem")}},
		Functions: []s3types.LambdaFunctionConfiguration{{Id: aws.String("reports"), LambdaFunctionArn: aws.String("arn:aws:lambda:eu-west-1:222222222222:function:reports"),
			Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{FilterRules: []s3types.FilterRule{{Name: "Prefix", Value: aws.String("reports/")}}}}}}}
	taken := theirs
	taken.Entries = &Entries{Functions: []s3types.LambdaFunctionConfiguration{{Id: aws.String("siem"), LambdaFunctionArn: aws.String("arn:aws:lambda:eu-west-1:222222222222:function:siem")}}}
	old := done
	fn := *done.Function
	fn.CodeSha, fn.Environment = "older", maps.Clone(fn.Environment)
	fn.Environment["THEIRS"], fn.Environment["SETTINGS"] = "kept", "{}"
	fn.Statements = []Statement{{statementID, "lambda:InvokeFunction", "s3.amazonaws.com", "arn:aws:s3:::another", security}}
	old.Function = &fn
	old.Role = &Role{Trust: "{}", Policy: done.Role.Policy}
	changed := acme(true)
	changed.Alerts.Also, changed.Alerts.Off, changed.Alerts.Mute = []string{"CreateVpc"}, []string{"denied"}, []string{"role/deploy"}
	unread := empty()
	unread.Unread = map[Part]Unread{partLog: {Code: "AccessDeniedException", Message: "no"}, partRole: {Code: "AccessDenied", Message: "no"}, partNotification: {Code: "AccessDenied", Message: "no"}}
	noEntry := State{NoEntry: true, Account: security, Bucket: archive}
	watched := watching()
	beating := foresee(t, done, planned(done, watched, facts()), facts())
	slow := beating
	slow.Heartbeat = &Alarm{Namespace: "AWS/Lambda", Metric: "Invocations", Function: functionName, Statistic: "Sum", Period: 300, Periods: 1, Threshold: 1, Actions: []string{"arn:aws:sns:eu-west-1:222222222222:theirs"}}
	slow.Topic = &mailtopic.State{Policy: beating.Topic.Policy, Mails: map[string]bool{"aws@acme.example": false}}
	blind := done
	blind.Unread = map[Part]Unread{partHeartbeat: {Code: "AccessDenied", Message: "no"}}
	fresh := plan.NewFacts(map[string]string{"account.management.id": management})
	return map[string]fixture{
		"off":               {empty(), acme(false), facts()},
		"off-after-on":      {done, acme(false), facts()},
		"dry-run-fresh":     {State{Caller: sso}, acme(true), given(fresh)},
		"on":                {empty(), acme(true), f},
		"no-webhook":        {empty(), acme(true), facts()},
		"no-copy":           {State{Account: security}, acme(true), given(fresh.With(map[string]string{"trail.bucket": "theirs"}))},
		"root":              {noEntry, acme(true), f},
		"done":              {done, acme(true), facts()},
		"settings":          {done, changed, facts()},
		"old-and-changed":   {old, acme(true), facts()},
		"another-webhook":   {done, acme(true), facts().With(map[string]string{plan.SecretFact(WebhookSecret): "0badc0de"})},
		"with-others":       {theirs, acme(true), f},
		"taken":             {taken, acme(true), f},
		"unread":            {unread, acme(true), f},
		"heartbeat":         {empty(), watched, f},
		"heartbeat-root":    {noEntry, watched, f},
		"heartbeat-changed": {slow, watched, facts()},
		"heartbeat-off":     {beating, acme(true), facts()},
		"heartbeat-unread":  {blind, watched, facts()},
	}
}

func TestPlan(t *testing.T) {
	for name, x := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			items := planned(x.state, x.answers, x.facts)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, x.facts) != plan.Hash(planned(x.state, x.answers, x.facts), x.facts) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, plan.Describe(items, x.facts))
		})
	}
}

func TestForeseenStateLeavesNothingToDo(t *testing.T) {
	for _, name := range []string{"on", "settings", "old-and-changed", "another-webhook", "with-others", "done", "off", "heartbeat"} {
		t.Run(name, func(t *testing.T) {
			x := fixtures(t)[name]
			s := foresee(t, x.state, planned(x.state, x.answers, x.facts), x.facts)
			later := x.facts.With(map[string]string{plan.QuietUntil: "2027-01-01T00:00:00Z"}) // another run, without the secret
			if left := planned(s, x.answers, plan.NewFacts(without(later.Map(), plan.SecretFact(WebhookSecret)))); len(left) > 0 {
				t.Errorf("left after a run:\n%s", plan.Describe(left, later))
			}
		})
	}
}

func without(m map[string]string, key string) map[string]string {
	delete(m, key)
	return m
}

func watching() answers.Answers {
	a := acme(true)
	a.Alerts.HeartbeatHours = 6
	return a
}

// Each of these silences the alerts when it is lost, so each must be seen as drift.
func TestDriftIsSeen(t *testing.T) {
	done := fixtures(t)["done"].state
	function := func(change func(*Function)) func(*State) {
		return func(s *State) {
			fn := *s.Function
			fn.Environment = maps.Clone(fn.Environment)
			change(&fn)
			s.Function = &fn
		}
	}
	done = foresee(t, done, planned(done, watching(), facts()), facts())
	alarm := func(change func(*Alarm)) func(*State) {
		return func(s *State) {
			a := *s.Heartbeat
			change(&a)
			s.Heartbeat = &a
		}
	}
	for what, change := range map[string]func(*Alarm){
		"missing data": func(a *Alarm) { a.Empty = "notBreaching" }, "off": func(a *Alarm) { a.On = false }, "another topic": func(a *Alarm) { a.Actions = []string{"arn"} },
		"time": func(a *Alarm) { a.Periods = 24 }, "function": func(a *Alarm) { a.Function = "theirs" }, "comparison": func(a *Alarm) { a.Comparison = "GreaterThanThreshold" },
	} {
		s := done
		alarm(change)(&s)
		if calls := plan.Calls(planned(s, watching(), facts())); len(calls) != 1 || calls[0].ID != beatChangeID || calls[0].MonthlyUSD != 0 {
			t.Errorf("the alarm's %s: %s", what, plan.Describe(planned(s, watching(), facts()), facts()))
		}
	}
	for id, change := range map[string]func(*State){
		heartbeatID:    func(s *State) { s.Heartbeat = nil },
		retentionID:    func(s *State) { s.Log = &LogGroup{} },
		queueID:        func(s *State) { s.Queue = nil },
		roleTrustID:    func(s *State) { s.Role = &Role{Trust: "{}", Policy: s.Role.Policy} },
		rolePolicyID:   func(s *State) { s.Role = &Role{Trust: s.Role.Trust} },
		codeID:         function(func(f *Function) { f.CodeSha = "x" }),
		settingsID:     function(func(f *Function) { f.Environment["SETTINGS"] = `{"mute":[{"who":"arn"}]}` }),
		failuresID:     function(func(f *Function) { f.Failures = "" }),
		permissionID:   function(func(f *Function) { f.Statements = nil }),
		notificationOn: func(s *State) { s.Entries = &Entries{} },
	} {
		s := done
		change(&s)
		if !slices.ContainsFunc(plan.Calls(planned(s, watching(), facts())), func(c *plan.Call) bool { return c.ID == id }) {
			t.Errorf("%s is lost, and the plan does not bring it back", id)
		}
	}
}

func TestCheckWebhook(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://hooks.slack.com/services/T0/B0/secretpart": true, "https://hooks.slack-gov.com/services/T0/B0/secretpart": true, "http://127.0.0.1:4000/secretpart": true,
		"http://hooks.slack.com/services/T0/B0/secretpart": false, "https://hooks.slack.com.evil.example/services/T0/B0/secretpart": false, "https://hooks.slack.com/": false,
		"secretpart": false, "https://hooks.slack.com/services/T0/B0/secretpart and more": false, ":secretpart": false, "https://hooks.slack.com/services/T0/B0/" + strings.Repeat("secretpart", 500): false,
	} {
		err := CheckWebhook(address)
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secretpart") {
			t.Errorf("the message repeats the address: %v", err)
		}
	}
}

func TestQuestions(t *testing.T) {
	done := fixtures(t)["done"].state
	ask := func(s State, a answers.Answers) (keys []string) {
		for _, q := range questions(s, a) {
			keys = append(keys, q.Key)
		}
		return keys
	}
	nobody := acme(false)
	nobody.Alerts.Slack = nil
	for name, c := range map[string]struct {
		got, want []string
	}{
		"nobody said": {ask(State{}, nobody), []string{"alerts.slack"}}, "no": {ask(empty(), acme(false)), []string{"alerts.slack"}},
		"yes":  {ask(empty(), acme(true)), []string{"alerts.slack", "alerts.webhook", "alerts.heartbeat_hours"}},
		"done": {ask(done, acme(true)), []string{"alerts.slack", "alerts.heartbeat_hours"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: asked %v, want %v", name, c.got, c.want)
		}
	}
	own := watching()
	own.Alerts.HeartbeatHours = 12
	if q := heartbeatQuestion(own); !slices.ContainsFunc(q.Choices, func(c steps.Choice) bool { return c.Value == q.Default }) {
		t.Errorf("hours of wizard.yaml are none of the choices: %v", q.Choices)
	}
	a := nobody
	q := questions(State{}, a)[0]
	if q.Apply(&a, no); a.Alerts.Slack != nil || q.Default != no {
		t.Error("Enter alone is no yes, and leaves the variable free to be one")
	}
	if q.Apply(&a, yes); !a.Alerts.On() {
		t.Error("a yes is none")
	}
	if q.Apply(&a, no); a.Alerts.Slack == nil || *a.Alerts.Slack {
		t.Error("a no after a yes is none")
	}
}
