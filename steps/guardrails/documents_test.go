package guardrails

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/answers"
)

// exempt is the role that guardrails leave alone, so that whoever comes from the management account can repair things.
const exempt = "arn:aws:iam::*:role/OrganizationAccountAccessRole"

type statement struct {
	Sid, Effect string
	Action      any
	Condition   map[string]map[string]any
}

func parsed(t *testing.T, name string, a answers.Answers) map[string]statement {
	t.Helper()
	var doc struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal([]byte(text(t, name, a)), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "2012-10-17" {
		t.Errorf("%s has version %q", name, doc.Version)
	}
	out := map[string]statement{}
	for _, st := range doc.Statement {
		out[st.Sid] = st
	}
	return out
}

func TestDocumentsAreSmallAndDenyOnly(t *testing.T) {
	everywhere := founder()
	everywhere.AllowedRegions = answers.Regions()
	for _, g := range all() {
		doc := text(t, g.name, everywhere)
		if len(doc) > mostBytes || strings.ContainsAny(doc, " \n") {
			t.Errorf("%s is not minified below %d characters: %d", g.name, mostBytes, len(doc))
		}
		if len(g.description) > 512 {
			t.Errorf("%s: AWS takes 512 characters of description", g.name)
		}
		for sid, st := range parsed(t, g.name, everywhere) {
			if st.Effect != "Deny" {
				t.Errorf("%s/%s does not deny: allow-lists would cut off what they forget", g.name, sid)
			}
		}
	}
}

// Nobody can be locked out: only rules without everyday effect have no exemption for the role of the management account.
func TestTheWayInStaysOpen(t *testing.T) {
	without := []string{"DenyLeaveAndClose", "DenyMemberRoot", "DenyAccountIdentityCenter"}
	a := founder()
	a.AllowedRegions = []string{"eu-west-1"}
	var seen []string
	for _, g := range all() {
		for sid, st := range parsed(t, g.name, a) {
			arn := st.Condition["ArnNotLike"]["aws:PrincipalArn"]
			list := sorted(arn, func(s string) string { return s })
			if !slices.Contains(list, exempt) {
				seen = append(seen, sid)
			}
		}
	}
	slices.Sort(seen)
	slices.Sort(without)
	if !slices.Equal(seen, without) {
		t.Errorf("without exemption are %v, want %v", seen, without)
	}
}

// Sessions of sts:AssumeRoot carry aws:AssumedRoot; the rules about root and logins leave them alone, or the central
// root access of the management account would not work.
func TestCentralRootAccessStillWorks(t *testing.T) {
	for sid, guard := range map[string]string{"DenyMemberRoot": "org-guard", "DenyLongLivedIam": "identity-guard"} {
		if got := parsed(t, guard, founder())[sid].Condition["Null"]["aws:AssumedRoot"]; got != "true" {
			t.Errorf("%s: Null aws:AssumedRoot is %v", sid, got)
		}
	}
}

func TestRegionGuardKeepsHomeAndTheGlobalRegion(t *testing.T) {
	a := founder()
	a.AllowedRegions = []string{"eu-central-1"}
	got := parsed(t, "region-guard", a)["DenyOutsideHomeRegions"].Condition["StringNotEquals"]["aws:RequestedRegion"]
	want := []string{"eu-central-1", "eu-west-1", "us-east-1"}
	if list := sorted(got, func(s string) string { return s }); !slices.Equal(list, want) {
		t.Errorf("allowed Regions are %v, want %v", list, want)
	}
	if names := wanted(founder()); len(names) != 3 {
		t.Errorf("without allowed Regions %d guardrails are wanted, want 3", len(names))
	}
}

func TestSame(t *testing.T) {
	base := `{"Statement":[{"Sid":"A","Effect":"Deny","Action":["a:B","a:C"],"Resource":"*","Condition":{"Null":{"aws:X":"true"}}}]}`
	for doc, want := range map[string]bool{
		base: true,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["a:c","A:b"],"Resource":["*"],"Condition":{"null":{"AWS:x":[true]}}}}`: true,
		strings.Replace(base, `"a:C"`, `"a:D"`, 1):          false,
		strings.Replace(base, `"Deny"`, `"Allow"`, 1):       false,
		strings.Replace(base, `"true"`, `"false"`, 1):       false,
		strings.Replace(base, `"Action"`, `"NotAction"`, 1): false,
		`{"Statement":[]}`: false,
		`not a document`:   false,
	} {
		if got := same(base, doc); got != want {
			t.Errorf("same is %v for %s", got, doc)
		}
	}
}

func TestRegionsQuestion(t *testing.T) {
	q := questions(State{}, founder())[0]
	for answer, want := range map[string]string{
		"all": "", "": "", "eu-west-1": "eu-west-1", "EU-central-1 , eu-central-1": "eu-west-1,eu-central-1", "us-west-2, all": "",
	} {
		a := founder()
		q.Apply(&a, answer)
		if got := strings.Join(a.AllowedRegions, ","); got != want {
			t.Errorf("%q gives %q, want %q", answer, got, want)
		}
		if err := q.Validate(answer); err != nil {
			t.Errorf("%q: %v", answer, err)
		}
	}
	if q.Validate("mars-north-1") == nil {
		t.Error("a Region that does not exist is taken")
	}
}
