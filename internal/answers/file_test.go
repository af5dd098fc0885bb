package answers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const example = `# An example
company: Acme Robotics
email: aws@acme.example
home_region: eu-west-1
accounts: [security, production, {name: Data Lab, email: lab@acme.example, unit: Workloads}]
people:
  - {name: First Founder, email: first@acme.example, groups: [administrators]}
  - {name: First Engineer, email: engineer@acme.example}
session_hours: 8
accept_paid_plan: true   # ends the free plan
allowed_regions: []
trail:
  bucket_prefix: acme-trail
  sensitive_buckets: [customers]
  data_events: all
  exclude_kms: true
alerts:
  slack: true
  also: [CreateVpc]
  off: [denied]
  mute: [role/deploy]
vpc:
  regions: [eu-west-1]
  range: 10.128.0.0/9
  nat: one
budget:
  monthly_usd: 200
  notify: [billing@acme.example]
`

var on = true

var exampleAnswers = Answers{
	Company: "Acme Robotics", Email: "aws@acme.example", HomeRegion: "eu-west-1",
	Accounts: []Account{{Name: "security"}, {Name: "production"}, {Name: "Data Lab", Email: "lab@acme.example", Unit: UnitWorkloads}},
	People: []Person{
		{Name: "First Founder", Email: "first@acme.example", Groups: []string{GroupAdministrators}},
		{Name: "First Engineer", Email: "engineer@acme.example"},
	},
	SessionHours: 8, AcceptPaidPlan: true,
	Trail:  Trail{BucketPrefix: "acme-trail", SensitiveBuckets: []string{"customers"}, DataEvents: DataEventsAll, ExcludeKMS: true},
	Alerts: Alerts{Slack: &on, Also: []string{"CreateVpc"}, Off: []string{"denied"}, Mute: []string{"role/deploy"}},
	VPC:    VPC{Regions: []string{"eu-west-1"}, Range: "10.128.0.0/9", NAT: NATOne},
	Budget: Budget{MonthlyUSD: 200, Notify: []string{"billing@acme.example"}},
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	got, err := Load(write(t, example))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, exampleAnswers) {
		t.Errorf("got  %+v\nwant %+v", got, exampleAnswers)
	}
}

func TestLoadNothing(t *testing.T) {
	got, err := Load(filepath.Join(t.TempDir(), "wizard.yaml"))
	if !errors.Is(err, fs.ErrNotExist) || !reflect.DeepEqual(got, Answers{}) {
		t.Errorf("a missing file gave %+v, %v", got, err)
	}
	for _, text := range []string{"", "\n", "# only a comment\n", "---\n"} {
		if got, err := Load(write(t, text)); err != nil || !reflect.DeepEqual(got, Answers{}) {
			t.Errorf("%q gave %+v, %v", text, got, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
		what       string
	}{
		{"unknown field", "company: A\nemial: a@b.example\n", 2, `"emial" is not a field`},
		{"unknown field of an account", "accounts:\n  - security\n  - {name: x, mail: y}\n", 3, `"mail" is not a field`},
		{"unknown field of a person", "people:\n  - name: X\n    role: boss\n", 3, `"role" is not a field`},
		{"word for Slack", "alerts:\n  slack: maybe\n", 2, "true or false"},
		{"unknown field of the alerts", "alerts:\n  slak: true\n", 2, `"slak" is not a field`},
		{"word for hours", "company: A\nsession_hours: eight\n", 2, "whole number"},
		{"word for dollars", "budget:\n  monthly_usd: much\n", 2, "this must be a number"},
		{"part of an hour", "session_hours: 8.5\n", 1, "whole number"},
		{"list for text", "company: [a]\n", 1, "company must be text"},
		{"text for a list", "company: A\n\npeople: me\n", 3, "must be a list"},
		{"text for truth", "accept_paid_plan: maybe\n", 1, "accept_paid_plan must be true or false"},
		{"list for an account", "accounts:\n  - [a]\n", 2, "must be fields"},
		{"field twice", "company: A\ncompany: B\n", 2, `"company" is here twice`},
		{"not closed", "company: A\nallowed_regions: [us-east-1\n", 2, ""},
		{"two documents", "company: A\n---\ncompany: B\n", 0, "more than one document"},
		{"a list", "- company\n", 1, "must be fields"},
		{"too large", "# " + strings.Repeat("x", maxFile), 0, "1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			got, err := Load(path)
			var fe *FileError
			if !errors.As(err, &fe) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if !reflect.DeepEqual(got, Answers{}) {
				t.Errorf("answers came with the error: %+v", got)
			}
			if fe.Path != path || fe.Line != c.line || !strings.Contains(fe.What, c.what) || fe.What == "" || strings.Contains(fe.What, "Answers.") || strings.Contains(fe.What, "\n") {
				t.Errorf("line %d: %q, want line %d: …%s…", fe.Line, fe.What, c.line, c.what)
			}
		})
	}
}

func TestSave(t *testing.T) {
	for name, a := range map[string]Answers{
		"nothing":  {},
		"example":  exampleAnswers,
		"complete": exampleAnswers.WithDefaults(),
		"odd texts": {Company: `"Yes": #1 & 'Söhne' {GmbH}`, Accounts: []Account{{Name: "null"}, {Name: "123"}, {Name: "true"}, {Name: "- x"}, {Name: "~"}, {Email: "a@b.example"}},
			People: []Person{{Name: "x: y"}, {}}, Budget: Budget{MonthlyUSD: 0.1, PerAccount: map[string]float64{"production": 80.5, "a": 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "company: before\n")
			if err := Save(path, a); err != nil {
				t.Fatal(err)
			}
			got, err := Load(path)
			if err != nil || !reflect.DeepEqual(got, a) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, a)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("the mode was 0644 and is %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestSaveANewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := Save(path, exampleAnswers); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestSaveThroughASymbolicLink(t *testing.T) {
	path := write(t, "company: before\n")
	link := filepath.Join(t.TempDir(), "wizard.yaml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := Save(link, exampleAnswers); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if got, err := Load(path); err != nil || !reflect.DeepEqual(got, exampleAnswers) {
		t.Errorf("the file behind the link holds %+v, %v", got, err)
	}
}

func TestSaveKeepsTheOldFile(t *testing.T) {
	path := write(t, example)
	if err := Save(path, Answers{Company: "bad \xff bytes"}); err == nil {
		t.Error("text that is not UTF-8 was saved")
	}
	if got, err := Load(path); err != nil || !reflect.DeepEqual(got, exampleAnswers) {
		t.Errorf("the old answers are gone: %+v, %v", got, err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{example, "", "accounts: [a, {name: b}]", "accounts: [null, 1, 2.5, true]", "people: [{}]", "budget: {monthly_usd: .nan}",
		"a: &a [*a]", "? x\n: y", "company: |\n  a\n  b\n", "company: \"\\x00\"", "\t- x", "!!binary x", "<<: {company: x}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decode("wizard.yaml", data)
		if err != nil {
			var fe *FileError
			if !errors.As(err, &fe) || fe.What == "" {
				t.Fatalf("not a clear FileError: %v", err)
			}
			return
		}
		text, err := encode(a)
		if err != nil {
			return // refused, nothing lost
		}
		if back, err := decode("wizard.yaml", text); err != nil || !reflect.DeepEqual(back, a) {
			t.Fatalf("saved and read back\n%+v, %v\nwas\n%+v", back, err, a)
		}
		a.Validate() // takes anything
	})
}
