package dossier

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/journal"
	"awswizard/internal/plan"
	"awswizard/internal/run"
	"awswizard/steps"
)

var at = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

// sources are a set-up in the middle: calls done, refused, in doubt and taken back, and names that want to be markup.
func sources() Sources {
	entry := func(minute int, e journal.Entry) journal.Entry {
		e.Time, e.Caller = at.Add(time.Duration(minute)*time.Minute), "arn:aws:iam::111122223333:root"
		return e
	}
	call := func(step, item, operation string) journal.Entry {
		return journal.Entry{Kind: journal.KindBegin, Step: step, Item: item, Title: "Make " + item, Service: "organizations", Operation: operation,
			Account: "111122223333", Region: "us-east-1"}
	}
	paid := call("trail", "trail/create", "CreateTrail")
	paid.MonthlyUSD, paid.Account = 1.5, "222233334444"
	return Sources{
		Now: at.Add(time.Hour), Sandbox: true, Caller: "arn:aws:iam::111122223333:root", Score: []string{"12 of 32 controls pass, 3 before."},
		Answers: answers.Answers{Company: `Acme <script>alert(1)</script> | Ltd`, Email: "aws@acme.example", HomeRegion: "eu-west-1"}.WithDefaults(),
		Facts: plan.NewFacts(map[string]string{"account.management.id": "111122223333", "account.security.id": "222233334444",
			"organization.accounts": "111122223333,222233334444,333344445555", "organization.id": "o-abcdefghij", "identity.start_url": "https://d-1.awsapps.com/start"}),
		Past: journal.Replay{Entries: []journal.Entry{
			entry(0, journal.Entry{Kind: journal.KindApprove, Step: "organization", Hash: "sha256:0123456789abcdef", Items: map[string]string{"a": "1", "b": "2"}}),
			entry(1, call("organization", "organization/create", "CreateOrganization")),
			entry(2, journal.Entry{Kind: journal.KindOK, Step: "organization", Item: "organization/create", RequestID: "r-1"}),
			entry(3, call("organization", "organization/account", "CreateAccount")),
			entry(4, journal.Entry{Kind: journal.KindFail, Step: "organization", Item: "organization/account", Code: "FinalizingOrganizationException", RequestID: "r-2"}),
			entry(5, paid),
			entry(6, journal.Entry{Kind: journal.KindOK, Step: "trail", Item: "trail/create", RequestID: "r-3"}),
			entry(7, call("guardrails", "guardrails/policy", "CreatePolicy")),
			entry(8, journal.Entry{Kind: journal.KindOK, Step: "guardrails", Item: "guardrails/policy", Code: "DuplicatePolicyException"}),
			entry(9, call("guardrails", "guardrails/attach", "AttachPolicy")),
			entry(10, journal.Entry{Kind: journal.KindHandoff, Step: "organization", Item: "organization/by-hand"}),
		}},
		Standing: run.Standing{Steps: []run.StepStanding{{Name: "organization", Title: "Organization", State: run.IsDone}, {Name: "guardrails", Title: "Guardrails", State: run.InDoubt}}},
		Planned: []run.StepPlan{{Step: steps.Step{Name: "guardrails", Title: "Guardrails", About: steps.About{Controls: []string{"ACCT.02"}}}, Items: []plan.Item{
			{Call: &plan.Call{ID: "x", Title: "Attach it"}}, {HandOff: &plan.HandOff{Title: "Switch it on", Why: "AWS has no call for it.", URL: "https://console.aws.amazon.com/"}},
			{Later: &plan.Later{Title: "Look again", Why: "It does not exist yet."}}}}},
		Yours: []Topic{{Title: "Keep <secrets> away", Why: "They are read.", Controls: []string{"WKLD.03"}, URL: "https://console.aws.amazon.com/ssm", Next: []string{
			"Write it down:\naws ssm put-parameter --value file://secret.txt\n{\"Effect\": \"<Allow>\"}", "Delete the file."}}, {Title: "Tell a friend", Why: "Two know more.", Next: []string{"Call."}}},
		Undo: []run.StepPlan{{Items: []plan.Item{
			{Blocked: &plan.Blocked{What: "The bucket stays until 25 November 2027.", Why: "It is locked.", Next: "Nothing to do."}},
			{Call: &plan.Call{Title: "Close the account", NoUndo: "its address is lost"}}, {Call: &plan.Call{Title: "Delete the trail", Undo: "Make it again."}}}}},
	}
}

func TestMarkdown(t *testing.T) { golden.RequireEqual(t, Markdown(Of(sources()))) }

func TestHTML(t *testing.T) {
	page := HTML(Of(sources()))
	golden.RequireEqual(t, page)
	text := string(page)
	if strings.Contains(text, "<script") || strings.Contains(text, "http://") || strings.Contains(text, "src=") || strings.Contains(text, "@import") {
		t.Error("the page holds a script or loads something")
	}
	// Every picture is well-formed by itself.
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "<svg")
		if !found {
			break
		}
		picture, next, closed := strings.Cut(after, "</svg>")
		if err := xml.Unmarshal([]byte("<svg"+picture+"</svg>"), new(struct{ XMLName xml.Name })); err != nil || !closed {
			t.Errorf("a picture is not well-formed: %v", err)
		}
		rest = next
	}
}

func TestJSONReadsBack(t *testing.T) {
	d := Of(sources())
	b, err := JSON(d)
	if err != nil {
		t.Fatal(err)
	}
	golden.RequireEqual(t, b)
	var back Document
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, d) {
		t.Errorf("read back it is another document: %v", err)
	}
}

func TestAJournalThatCannotBeRead(t *testing.T) {
	s := sources()
	s.Past, s.Damage, s.Undo = journal.Replay{}, errors.New("line 3 is damaged"), nil
	for name, text := range map[string]string{"Markdown": string(Markdown(Of(s))), "HTML": string(HTML(Of(s)))} {
		if !strings.Contains(text, "line 3 is damaged") {
			t.Errorf("%s does not say that calls are missing", name)
		}
	}
}

func TestAnEmptyAccount(t *testing.T) {
	s := Sources{Now: at, Answers: answers.Answers{Company: "Acme"}.WithDefaults(), Facts: plan.NewFacts(nil)}
	if !strings.Contains(string(HTML(Of(s))), "No call was made.") || len(Markdown(Of(s))) == 0 {
		t.Error("an account where nothing was done has no report")
	}
}

// TestTheFieldsAreDocumented: docs/report.md names every field of the JSON form.
func TestTheFieldsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	var look func(reflect.Type)
	look = func(kind reflect.Type) {
		for n := range kind.NumField() {
			f := kind.Field(n)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(doc), "`"+name+"`") && !strings.Contains(string(doc), "`"+name+"[]`") {
				t.Errorf("docs/report.md does not name %s of %s", name, kind.Name())
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
				look(inner)
			}
		}
	}
	look(reflect.TypeFor[Document]())
}

// TestTheCallsOfTheStepsAreAllCalls: what people did by hand is no call.
func TestTheCallsOfTheStepsAreAllCalls(t *testing.T) {
	d := Of(sources())
	bySteps, all := 0, 0
	for _, s := range d.Steps {
		bySteps += s.Calls
	}
	for _, c := range d.Calls {
		if c.Outcome == "done" && (c.Step == "organization" || c.Step == "guardrails") {
			all++
		}
	}
	if bySteps != all || d.Steps[0].Calls != 1 {
		t.Errorf("%d by the steps, %d in all; %+v", bySteps, all, d.Steps)
	}
}
