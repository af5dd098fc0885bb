package trail

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	managementAccount = "111111111111"
	securityAccount   = "222222222222"
	home              = "eu-west-1"
)

func acme() answers.Answers {
	return answers.Answers{Company: "Acme", Email: "aws@acme.example", HomeRegion: home}.WithDefaults()
}

// known are the facts of a finished organization.
func known() plan.Facts {
	return plan.NewFacts(map[string]string{
		"organization.id": "o-acme123456", "account.management.id": managementAccount, "account.security.id": securityAccount,
		"account.production.id": "333333333333", "account.development.id": "444444444444",
	})
}

func empty() State {
	return State{Home: home, Management: managementAccount, Archives: map[string]Archive{}, Unread: map[Part]Unread{}}
}

// foresee is the state after the calls of items have succeeded.
func foresee(t *testing.T, s State, items []plan.Item, f plan.Facts) State {
	t.Helper()
	s.Archives = maps.Clone(s.Archives)
	security := f.AccountID("security")
	archive := s.Archives[security].Bucket
	at := func(bucket *string) *Bucket {
		if strings.Contains(*bucket, "archive") {
			return &archive
		}
		return &s.Log
	}
	for _, c := range plan.Calls(items) {
		input := c.Request.Build(f)
		if key, unknown := plan.UnknownIn(input); unknown {
			t.Fatalf("%s waits for %s, which nothing before it gives", c.ID, key)
		}
		switch in := input.(type) {
		case *s3.CreateBucketInput:
			b := at(in.Bucket)
			b.Name, b.Exists, b.OwnerEnforced = *in.Bucket, true, in.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
			b.Versioned = aws.ToBool(in.ObjectLockEnabledForBucket)
		case *s3.PutPublicAccessBlockInput:
			at(in.Bucket).Private = true
		case *s3.PutBucketVersioningInput:
			at(in.Bucket).Versioned = true
		case *s3.PutBucketEncryptionInput:
			at(in.Bucket).Encrypted = true
		case *s3.PutBucketOwnershipControlsInput:
			at(in.Bucket).OwnerEnforced = true
		case *s3.PutBucketLifecycleConfigurationInput:
			at(in.Bucket).Lifecycle = in.LifecycleConfiguration.Rules
		case *s3.PutObjectLockConfigurationInput:
			d := in.ObjectLockConfiguration.Rule.DefaultRetention
			at(in.Bucket).LockMode, at(in.Bucket).LockDays = string(d.Mode), *d.Days
		case *s3.PutBucketPolicyInput:
			at(in.Bucket).Policy = *in.Policy
		case *s3.PutBucketReplicationInput:
			at(in.Bucket).Replication = in.ReplicationConfiguration
		case *s3.PutObjectInput:
			s.Canary = "COMPLETED"
		case *iam.CreateRoleInput:
			s.Role = &Role{Trust: *in.AssumeRolePolicyDocument}
		case *iam.UpdateAssumeRolePolicyInput:
			s.Role = &Role{Trust: *in.PolicyDocument, Policy: s.Role.Policy}
		case *iam.PutRolePolicyInput:
			s.Role = &Role{Trust: s.Role.Trust, Policy: *in.PolicyDocument}
		case *cloudtrail.CreateTrailInput:
			s.Trail = &Trail{
				Name: *in.Name, ARN: trailARN(managementAccount, home), Bucket: *in.S3BucketName, Region: home, Organization: *in.IsOrganizationTrail,
				MultiRegion: *in.IsMultiRegionTrail, GlobalEvents: *in.IncludeGlobalServiceEvents, Validation: *in.EnableLogFileValidation,
			}
		case *cloudtrail.UpdateTrailInput:
			tr := *s.Trail
			tr.MultiRegion, tr.GlobalEvents, tr.Validation = true, true, true
			s.Trail = &tr
		case *cloudtrail.PutEventSelectorsInput:
			tr := *s.Trail
			tr.Selectors, tr.Selected = true, Selectors{Advanced: in.AdvancedEventSelectors}
			tr.Management = steps.ManagementOf(&cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: in.AdvancedEventSelectors})
			s.Trail = &tr
		case *cloudtrail.StartLoggingInput:
			tr := *s.Trail
			tr.Logging = true
			s.Trail = &tr
		default:
			t.Fatalf("%s makes a %T, which nobody foresaw", c.ID, in)
		}
	}
	if archive.Exists {
		s.Archives[security] = Archive{Bucket: archive}
	}
	return s
}

type fixture struct {
	state   State
	answers answers.Answers
	facts   plan.Facts
}

func fixtures(t *testing.T) map[string]fixture {
	all := planned(empty(), acme(), known())
	done := foresee(t, empty(), all, known())
	half := foresee(t, empty(), all[:8], known())

	drift := done
	stopped := *done.Trail
	stopped.Logging, stopped.DeliveryError = false, "AccessDenied"
	drift.Trail = &stopped
	drift.Log.Private = false
	drift.Log.Policy = `{"Version":"2012-10-17","Statement":{"Sid":"ReaderOfTheirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::x/*"}}`
	drift.Role = &Role{Trust: done.Role.Trust, Policy: `{"Version":"2012-10-17","Statement":[]}`}

	adopted := empty()
	adopted.Trail = &Trail{
		Name: "by-hand", ARN: "arn:aws:cloudtrail:eu-west-1:111111111111:trail/by-hand", Bucket: "acme-logs", Region: home,
		Organization: true, MultiRegion: true, GlobalEvents: true, Logging: true,
	}
	adopted.Log = Bucket{Name: "acme-logs", Exists: true, Policy: `{"Version":"2012-10-17","Statement":[]}`}
	adopted.Others = []Trail{{Name: "old", Region: "us-east-1", Bucket: "acme-old-logs", Logging: true}, {Name: "stopped", Region: home}}
	elsewhere := adopted
	elsewhere.Log = Bucket{Name: "acme-logs", Unread: map[Part]Unread{partBucket: {Code: "Forbidden", Message: "403"}}}
	adoptedCopied := adopted
	adoptedCopied.Log.Versioned, adoptedCopied.Log.Private = true, true
	adoptedCopied.Log.Replication = &types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::111111111111:role/theirs"), Rules: []types.ReplicationRule{{
		Status: types.ReplicationRuleStatusEnabled, Destination: &types.Destination{Bucket: aws.String("arn:aws:s3:::acme-copy")},
	}}}
	root := empty()
	root.Archives[securityAccount] = Archive{NoEntry: true}
	doneRoot := done
	doneRoot.Archives = map[string]Archive{securityAccount: {NoEntry: true}}
	failed := done
	failed.Canary = "FAILED"
	unreadable := done
	unreadable.Log.Unread = map[Part]Unread{partLifecycle: {Code: "NotImplemented", Message: "not supported here"}}
	unreadable.Log.Lifecycle = nil
	noTrails := empty()
	noTrails.Unread[partTrails] = Unread{Code: "AccessDeniedException", Message: "not authorized to perform cloudtrail:DescribeTrails"}
	noBucket := empty()
	noBucket.Log = Bucket{Name: logBucket("org-trail", managementAccount, home), Unread: map[Part]Unread{partBucket: {Code: "Forbidden", Message: "Forbidden."}}}
	noPolicy := empty()
	noPolicy.Log = Bucket{Name: logBucket("org-trail", managementAccount, home), Exists: true, Unread: map[Part]Unread{partPolicy: {Code: "AccessDenied", Message: "AccessDenied: Access Denied"}}}
	ruled := done
	ruled.Archives = map[string]Archive{securityAccount: {Bucket: Bucket{Unread: map[Part]Unread{partBucket: {Code: "AccessDenied",
		Message: "User: x is not authorized to perform: s3:ListBucket with an explicit deny in a service control policy: arn:aws:organizations::111111111111:policy/o-a/service_control_policy/p-theirs"}}}}}
	alone := acme()
	alone.Accounts = []answers.Account{{Name: "production", Unit: answers.UnitWorkloads}}
	virginia := acme()
	virginia.HomeRegion = "us-east-1"
	sensitive := func(change func(*answers.Trail)) answers.Answers {
		a := acme()
		a.Trail.SensitiveBuckets = []string{"customers", logBucket("org-trail", managementAccount, home), archiveBucket("org-trail", securityAccount, home), "invoices"}
		change(&a.Trail)
		return a
	}
	write := sensitive(func(*answers.Trail) {})
	watched := foresee(t, done, planned(done, write, known()), known())
	tagged := func(how string) answers.Answers {
		a := acme()
		a.Trail = answers.Trail{SensitiveBuckets: []string{"customers", "nowhere"}, DataEvents: how}
		return a
	}
	census := done
	census.Census = Census{Taken: true, Found: []Sensitive{{Name: "customers", Account: securityAccount, Region: home}, {Name: "invoices", Account: securityAccount, Region: home},
		{Name: "letters", Account: managementAccount, Region: "us-east-1"}, {Name: "logged", Account: managementAccount, Region: home, LogsTo: "theirs"}}}
	closed := done
	closed.Census = Census{Taken: true, Closed: []string{securityAccount}, Unread: map[string]Unread{managementAccount: {Code: "AccessDenied", Message: "AccessDenied: Access Denied"}}}
	byThem := adopted
	theirs := *adopted.Trail
	theirs.Selectors, theirs.Selected.Advanced = true, []cttypes.AdvancedEventSelector{{Name: aws.String("tables"), FieldSelectors: []cttypes.AdvancedFieldSelector{
		{Field: aws.String("eventCategory"), Equals: []string{"Data"}}, {Field: aws.String("resources.type"), Equals: []string{"AWS::DynamoDB::Table"}}}}}
	byThem.Trail = &theirs
	keyed := adopted
	keyed.Log.Key = true
	ownKey := done
	withKey := *done.Trail
	withKey.Key = "arn:aws:kms:eu-west-1:111111111111:key/theirs"
	ownKey.Trail = &withKey
	partly := adopted
	writes := *adopted.Trail
	writes.Validation, writes.Selectors, writes.Management = true, true, steps.SomeManagement
	writes.Selected.Advanced = []cttypes.AdvancedEventSelector{{Name: aws.String("their choice"), FieldSelectors: []cttypes.AdvancedFieldSelector{
		{Field: aws.String("eventCategory"), Equals: []string{"Management"}}, {Field: aws.String("readOnly"), Equals: []string{"false"}}}}}
	partly.Trail = &writes
	partly.Others = []Trail{{Name: "files", Region: home, Bucket: "acme-files", Logging: true, Management: steps.NoManagement}}
	partlyBasic := partly
	writesBasic := writes
	writesBasic.Selected = Selectors{Basic: true}
	partlyBasic.Trail = &writesBasic
	older := adopted
	basic := *adopted.Trail
	basic.Selectors, basic.Selected.Basic = true, true
	older.Trail = &basic
	return map[string]fixture{
		"sensitive-fresh":      {empty(), write, known()},
		"sensitive-write":      {done, write, known()},
		"sensitive-all":        {done, sensitive(func(a *answers.Trail) { a.DataEvents = answers.DataEventsAll }), known()},
		"sensitive-done":       {watched, write, known()},
		"sensitive-off":        {watched, sensitive(func(a *answers.Trail) { a.DataEvents = answers.DataEventsOff }), known()},
		"sensitive-adopted":    {byThem, write, known()},
		"sensitive-basic":      {older, write, known()},
		"tagged-write":         {census, tagged(answers.DataEventsWrite), known()},
		"tagged-access-logs":   {census, tagged(answers.AccessLogs), known()},
		"tagged-not-seen":      {closed, tagged(answers.DataEventsWrite), known()},
		"tagged-logs-not-seen": {closed, tagged(answers.AccessLogs), known()},
		"exclude-kms":          {done, sensitive(func(a *answers.Trail) { *a = answers.Trail{ExcludeKMS: true} }), known()},
		"fresh":                {empty(), acme(), plan.NewFacts(map[string]string{"account.management.id": managementAccount})},
		"admin":                {empty(), acme(), known()},
		"root":                 {root, acme(), known()},
		"half":                 {half, acme(), known()},
		"done":                 {done, acme(), known()},
		"done-root":            {doneRoot, acme(), known()},
		"drift":                {drift, acme(), known()},
		"adopted":              {adopted, acme(), known()},
		"adopted-key":          {keyed, acme(), known()},
		"own-key":              {ownKey, acme(), known()},
		"adopted-partly":       {partly, acme(), known()},
		"adopted-partly-basic": {partlyBasic, acme(), known()},
		"adopted-elsewhere":    {elsewhere, acme(), known()},
		"adopted-copied":       {adoptedCopied, acme(), known()},
		"canary-failed":        {failed, acme(), known()},
		"unreadable-setting":   {unreadable, acme(), known()},
		"unreadable-bucket":    {noBucket, acme(), known()},
		"unreadable-policy":    {noPolicy, acme(), known()},
		"unreadable-by-rule":   {ruled, acme(), known().With(plan.Rule{ID: "p-theirs", Name: "no-storage"}.Facts())},
		"unreadable-trails":    {noTrails, acme(), known()},
		"no-security-account":  {empty(), alone, known()},
		"us-east-1":            {empty(), virginia, known()},
	}
}

func TestPlan(t *testing.T) {
	for name, x := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			golden.RequireEqual(t, plan.Describe(planned(x.state, x.answers, x.facts), x.facts))
		})
	}
}

func TestPlanIsSoundAndRepeatable(t *testing.T) {
	for name, x := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			first, again := planned(x.state, x.answers, x.facts), planned(x.state, x.answers, x.facts)
			if err := plan.Check(first); err != nil {
				t.Error(err)
			}
			if a, b := plan.Hash(first, x.facts), plan.Hash(again, x.facts); a != b {
				t.Errorf("planning twice gives %s and %s", a, b)
			}
		})
	}
}

func TestForeseenStateLeavesNothingToDo(t *testing.T) {
	for _, name := range []string{"fresh", "admin", "half", "done", "done-root", "drift", "adopted", "adopted-copied", "canary-failed", "no-security-account", "sensitive-fresh", "sensitive-write", "sensitive-all", "sensitive-off", "sensitive-adopted", "exclude-kms"} {
		t.Run(name, func(t *testing.T) {
			x := fixtures(t)[name]
			f := known() // the organization step has run by now
			s := foresee(t, x.state, planned(x.state, x.answers, f), f)
			if left := planned(s, x.answers, f); !plan.Done(left) {
				t.Errorf("left after a run:\n%s", plan.Describe(left, f))
			}
		})
	}
}

// Each of these weakens the recording when it is lost, so each must be seen as drift.
func TestDriftIsSeen(t *testing.T) {
	done := fixtures(t)["done"].state
	for name, change := range map[string]func(*State){
		"trail/bucket/log":                        func(s *State) { s.Log = Bucket{Name: s.Log.Name} },
		"trail/public-access/log":                 func(s *State) { s.Log.Private = false },
		"trail/versioning/log":                    func(s *State) { s.Log.Versioned = false },
		"trail/encryption/log":                    func(s *State) { s.Log.Encrypted = false },
		"trail/ownership/log":                     func(s *State) { s.Log.OwnerEnforced = false },
		"trail/lifecycle/log":                     func(s *State) { s.Log.Lifecycle = nil },
		"trail/policy/log":                        func(s *State) { s.Log.Policy = strings.Replace(s.Log.Policy, "DenyLogTampering", "x", 1) },
		"trail/role-trust/org-trail-replication":  func(s *State) { s.Role = &Role{Trust: "{}", Policy: s.Role.Policy} },
		"trail/role-policy/org-trail-replication": func(s *State) { s.Role = &Role{Trust: s.Role.Trust} },
		"trail/replication/log":                   func(s *State) { s.Log.Replication = nil },
		"trail/canary/log":                        func(s *State) { s.Canary = "PENDING" },
		"trail/settings/organization-trail":       func(s *State) { t := *s.Trail; t.Validation = false; s.Trail = &t },
		"trail/selectors/organization-trail": func(s *State) {
			t := *s.Trail
			t.Selectors, t.Management = true, steps.NoManagement
			s.Trail = &t
		},
		"trail/logging/organization-trail": func(s *State) { t := *s.Trail; t.Logging = false; s.Trail = &t },
		"trail/lock/archive":               func(s *State) { s.Archives = archiveWith(*s, func(a *Archive) { a.LockMode = "" }) },
		"trail/versioning/archive":         func(s *State) { s.Archives = archiveWith(*s, func(a *Archive) { a.Versioned = false }) },
	} {
		s := done
		change(&s)
		found := false
		for _, c := range plan.Calls(planned(s, acme(), known())) {
			found = found || c.ID == name
		}
		if !found {
			t.Errorf("%s is lost, and the plan does not bring it back", name)
		}
	}
}

func archiveWith(s State, change func(*Archive)) map[string]Archive {
	a := s.Archives[securityAccount]
	change(&a)
	return map[string]Archive{securityAccount: a}
}

func TestPolicyComparison(t *testing.T) {
	want := load("log-bucket.json", values{"bucket": "b", "trail": "arn:t", "management": managementAccount, "organization": "o-1"})
	var loose map[string]any
	if err := json.Unmarshal([]byte(want.text()), &loose); err != nil {
		t.Fatal(err)
	}
	list := loose["Statement"].([]any)
	first := list[0].(map[string]any)
	first["Action"] = []any{first["Action"]} // AWS may write one value as a list, and the other way round
	actions := list[4].(map[string]any)["Action"].([]any)
	actions[0], actions[1] = actions[1], actions[0]
	loose["Statement"] = append(list, map[string]any{"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"})
	if current := encode(loose); !want.stands(current) {
		t.Error("the same policy written otherwise counts as another")
	} else if merged := want.over(current); !strings.Contains(merged, "NotAction") || strings.Count(merged, "DenyNonTLS") != 1 {
		t.Errorf("somebody else's statement is lost or ours is doubled: %s", merged)
	}
	for _, current := range []string{"", "{", `{"Statement":{}}`, strings.Replace(want.text(), "arn:t", "arn:u", 1), strings.Replace(want.text(), `"Deny"`, `"Allow"`, 1)} {
		if want.stands(current) {
			t.Errorf("stands, but does not: %s", current)
		}
	}
}

func TestDocumentsAreFilled(t *testing.T) {
	unfilled := regexp.MustCompile(`\{[a-z]*\}`)
	v := fillings(known(), "the-bucket", "the-archive", home)
	v["account"] = securityAccount // the bucket for access logs is in the account they are about
	files, err := policies.ReadDir("policies")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d documents, %v", len(files), err)
	}
	for _, file := range files {
		text := load(file.Name(), v).text()
		if unfilled.MatchString(text) {
			t.Errorf("%s is not filled: %s", file.Name(), text)
		}
	}
}

func TestBucketNames(t *testing.T) {
	longest := strings.Repeat("a", 24) // see the check of trail.bucket_prefix
	for _, region := range append(answers.Regions(), "ap-southeast-7", "me-central-1", "mx-central-1") {
		for _, n := range []string{logBucket(longest, managementAccount, region), archiveBucket(longest, securityAccount, region)} {
			if len(n) > 63 {
				t.Errorf("%s has %d characters, S3 allows 63", n, len(n))
			}
			if strings.HasSuffix(n, "-an") != (region != "me-central-1") {
				t.Errorf("%s: the suffix -an belongs to the account-regional namespace only", n)
			}
		}
	}
}

func TestChooseTrail(t *testing.T) {
	ours := Trail{Name: trailName, ARN: trailARN(managementAccount, home), Organization: true}
	logging := Trail{Name: "a", ARN: "arn:a", Organization: true, Logging: true, MultiRegion: true}
	single := Trail{Name: "b", ARN: "arn:b", Logging: true, MultiRegion: true, Validation: true}
	for _, c := range []struct {
		name   string
		found  []Trail
		want   string
		others int
	}{
		{"none", nil, "", 0},
		{"a single account's is not the organization's", []Trail{single}, "", 1},
		{"ours first", []Trail{logging, ours}, trailName, 1},
		{"one for files alone is no record", []Trail{{Name: "files", ARN: "arn:f", Organization: true, Logging: true, MultiRegion: true, Management: steps.NoManagement}}, "", 1},
		{"ours, though somebody took the record out of it", []Trail{{Name: trailName, ARN: trailARN(managementAccount, home), Organization: true, Management: steps.NoManagement}}, trailName, 0},
		{"one that records all before one that does not", []Trail{{Name: "writes", ARN: "arn:0", Organization: true, Logging: true, MultiRegion: true, Validation: true, Management: steps.SomeManagement}, logging}, "a", 1},
		{"one that logs before one that does not", []Trail{{Name: "z", ARN: "arn:0", Organization: true}, logging, single}, "a", 2},
	} {
		got, others := choose(c.found, managementAccount, home)
		if (got == nil) != (c.want == "") || got != nil && got.Name != c.want || len(others) != c.others {
			t.Errorf("%s: %+v and %d others, want %q and %d", c.name, got, len(others), c.want, c.others)
		}
	}
}
