package identity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	founderEmail  = "first@acme.example"
	engineerEmail = "engineer@acme.example"
)

func acme() answers.Answers {
	return answers.Answers{
		Company: "Acme", Email: "aws@acme.example", HomeRegion: "eu-west-1",
		People: []answers.Person{
			{Name: "First Founder", Email: founderEmail, Groups: []string{"administrators", "billing"}},
			{Name: "Engineer", Email: engineerEmail, Groups: []string{"developers"}},
		},
	}.WithDefaults()
}

// known are the facts of a finished organization.
func known() plan.Facts {
	return plan.NewFacts(map[string]string{
		"organization.id": "o-acme123456", "organization.management": "111111111111", "account.management.id": "111111111111",
		"organization.accounts": "111111111111,222222222222,333333333333,444444444444",
		"account.security.id":   "222222222222", "account.production.id": "333333333333", "account.development.id": "444444444444",
		"caller.kind": "identity-center",
	})
}

func empty() State {
	return State{
		Home: "eu-west-1", Unread: map[Part]Unread{}, PermissionSets: map[string]PermissionSet{}, Groups: map[string]string{},
		Users: map[string]string{}, Members: map[string]map[string]bool{}, Assignments: map[Assignment]bool{},
	}
}

func enabledState() State {
	s := empty()
	s.Instance = &Instance{
		ARN: "arn:aws:sso:::instance/ssoins-0123456789abcdef", Store: "d-0123456789", Owner: "111111111111", Region: "eu-west-1", Status: "ACTIVE",
	}
	return s
}

// foresee is the state after the calls of items have succeeded, and the facts they gave.
func foresee(t *testing.T, s State, items []plan.Item, f plan.Facts) (State, plan.Facts) {
	t.Helper()
	s.PermissionSets, s.Groups, s.Users = maps.Clone(s.PermissionSets), maps.Clone(s.Groups), maps.Clone(s.Users)
	s.Members, s.Assignments = maps.Clone(s.Members), maps.Clone(s.Assignments)
	if s.Instance == nil {
		s.Instance = enabledState().Instance
	}
	named := func(arn *string) string { return (*arn)[strings.LastIndex(*arn, "-")+1:] }
	for _, i := range items {
		if h := i.HandOff; h != nil && h.Poll == nil && h.SignIn == nil {
			f = f.With(map[string]string{"identity.first_password": "done"})
		} else if h != nil && h.SignIn != nil {
			f = f.With(map[string]string{"caller.kind": "identity-center"})
		}
		if i.Call == nil {
			continue
		}
		f = f.With(s.Facts())
		input := i.Call.Request.Build(f)
		if key, unknown := plan.UnknownIn(input); unknown {
			t.Fatalf("%s waits for %s, which nothing before it gives", i.ID(), key)
		}
		switch in := input.(type) {
		case *plan.FileEdit:
			s.Config.Block = in.Add
		case *ssoadmin.UpdateInstanceInput:
			c := *s.Instance
			c.NoPermissionSets = false
			s.Instance = &c
		case *ssoadmin.CreatePermissionSetInput:
			s.PermissionSets[*in.Name] = PermissionSet{ARN: "arn:aws:sso:::permissionSet/ssoins-x/ps-" + *in.Name, Session: *in.SessionDuration}
		case *ssoadmin.AttachManagedPolicyToPermissionSetInput:
			ps := s.PermissionSets[named(in.PermissionSetArn)]
			ps.Policies = append(slices.Clone(ps.Policies), *in.ManagedPolicyArn)
			ps.Outdated = ps.Provisioned
			s.PermissionSets[named(in.PermissionSetArn)] = ps
		case *ssoadmin.UpdatePermissionSetInput:
			ps := s.PermissionSets[named(in.PermissionSetArn)]
			ps.Session, ps.Outdated = *in.SessionDuration, ps.Provisioned
			s.PermissionSets[named(in.PermissionSetArn)] = ps
		case *ssoadmin.ProvisionPermissionSetInput:
			ps := s.PermissionSets[named(in.PermissionSetArn)]
			ps.Outdated = false
			s.PermissionSets[named(in.PermissionSetArn)] = ps
		case *ssoadmin.CreateInstanceAccessControlAttributeConfigurationInput:
			s.Attributes = sourcesOf(in.InstanceAccessControlAttributeConfiguration)
		case *ssoadmin.UpdateInstanceAccessControlAttributeConfigurationInput:
			s.Attributes = sourcesOf(in.InstanceAccessControlAttributeConfiguration)
		case *identitystore.CreateGroupInput:
			s.Groups[*in.DisplayName] = "group-" + *in.DisplayName
		case *identitystore.CreateUserInput:
			s.Users[strings.ToLower(*in.UserName)] = "user-" + *in.UserName
		case *identitystore.CreateGroupMembershipInput:
			g := strings.TrimPrefix(*in.GroupId, "group-")
			members := maps.Clone(s.Members[g])
			if members == nil {
				members = map[string]bool{}
			}
			members[in.MemberId.(*idtypes.MemberIdMemberUserId).Value] = true
			s.Members[g] = members
		case *ssoadmin.CreateAccountAssignmentInput:
			s.Assignments[Assignment{*in.TargetId, named(in.PermissionSetArn), *in.PrincipalId}] = true
			ps := s.PermissionSets[named(in.PermissionSetArn)]
			ps.Provisioned = true
			s.PermissionSets[named(in.PermissionSetArn)] = ps
		default:
			t.Fatalf("%s makes a %T, which nobody foresaw", i.ID(), in)
		}
	}
	return s, f.With(s.Facts())
}

func sourcesOf(c *ssotypes.InstanceAccessControlAttributeConfiguration) map[string]string {
	all := map[string]string{}
	for _, a := range c.AccessControlAttributes {
		all[*a.Key] = a.Value.Source[0]
	}
	return all
}

// finished is what a whole run leaves behind.
func finished(t *testing.T) (State, plan.Facts) {
	s := enabledState()
	return foresee(t, s, planned(s, acme(), known()), known())
}

type fixture struct {
	state   State
	answers answers.Answers
	facts   plan.Facts
}

func fixtures(t *testing.T) map[string]fixture {
	done, facts := finished(t)
	half, halfFacts := func() (State, plan.Facts) {
		items := planned(enabledState(), acme(), known())
		return foresee(t, enabledState(), items[:14], known())
	}()
	added := done
	added.Added = true
	signedIn := known().With(done.Facts()).With(map[string]string{"caller.kind": "identity-center"})
	drift := done
	drift.PermissionSets = maps.Clone(done.PermissionSets)
	poweruser := drift.PermissionSets["PowerUserAccess"]
	poweruser.Session, poweruser.Description = "PT1H", "by hand"
	drift.PermissionSets["PowerUserAccess"] = poweruser
	drift.Assignments = maps.Clone(done.Assignments)
	delete(drift.Assignments, Assignment{"222222222222", "AdministratorAccess", "group-administrators"})
	interrupted := done
	interrupted.PermissionSets = maps.Clone(done.PermissionSets)
	old := interrupted.PermissionSets["ReadOnlyAccess"]
	old.Outdated = true
	interrupted.PermissionSets["ReadOnlyAccess"] = old
	more := done
	more.PermissionSets = maps.Clone(done.PermissionSets)
	for _, set := range []string{"ReadOnlyAccess", "AdministratorAccess"} {
		theirs := more.PermissionSets[set]
		theirs.Policies = append(slices.Clone(theirs.Policies), "arn:aws:iam::aws:policy/AmazonS3FullAccess")
		more.PermissionSets[set] = theirs
	}
	elsewhere := enabledState()
	elsewhere.Instance.Region = "eu-central-1"
	elsewhere.Instance.NoPermissionSets = true
	wrongKind := empty()
	wrongKind.AccountInstance = &Instance{Owner: "111111111111", Region: "eu-west-1", Status: "ACTIVE"}
	broken := empty()
	broken.Instance = &Instance{Owner: "111111111111", Region: "eu-west-1", Status: "CREATE_FAILED", Reason: "KMS key not found"}
	external := enabledState()
	external.External = true
	external.Groups["administrators"] = "group-administrators"
	unreadable := enabledState()
	unreadable.Unread[partGroups] = Unread{Code: "AccessDeniedException", Message: "not authorized to perform identitystore:ListGroups"}
	unseen := empty()
	unseen.Unread[partInstance] = Unread{Code: "AccessDeniedException", Message: "AccessDeniedException: User: x is not authorized to perform: sso:ListInstances"}
	nobody := acme()
	nobody.People = []answers.Person{{Name: "Engineer", Email: engineerEmail, Groups: []string{"developers"}}}
	withConfig := func(s State, c awsconfig.Config) State {
		c.Files = awsconfig.Files{Config: "config", Shown: "~/.aws/config"}
		s.Config = c
		return s
	}
	teams := acme()
	teams.AccessAttributes = []string{"department", "costCenter"}
	some := done
	some.Attributes = map[string]string{"department": "${path:enterprise.department}", "team": "${path:userType}"}
	leftOver := some
	leftOver.OurAttributes = []string{"costCenter", "department"} // the first is off again
	noAttributes := done
	noAttributes.Unread = map[Part]Unread{partAttributes: {Code: "AccessDeniedException", Message: "no"}}
	root := func(f plan.Facts) plan.Facts { return f.With(map[string]string{"caller.kind": "root"}) }
	return map[string]fixture{
		"fresh":                {empty(), acme(), plan.NewFacts(map[string]string{"account.management.id": "111111111111", "caller.kind": "root"})},
		"enabled-admin":        {enabledState(), acme(), known().With(map[string]string{"caller.kind": "iam-user"})},
		"half":                 {half, acme(), halfFacts},
		"done":                 {done, acme(), facts},
		"people-were-here":     {done, acme(), signedIn},
		"people-were-added":    {added, acme(), signedIn},
		"done-root":            {done, acme(), root(facts)},
		"drift":                {drift, acme(), facts},
		"gives-more":           {more, acme(), facts},
		"interrupted":          {interrupted, acme(), facts},
		"elsewhere":            {elsewhere, acme(), known()},
		"account-instance":     {wrongKind, acme(), known()},
		"create-failed":        {broken, acme(), known()},
		"external":             {external, acme(), known()},
		"unreadable":           {unreadable, acme(), known()},
		"unseen":               {unseen, acme(), known()},
		"profiles":             {withConfig(done, awsconfig.Config{}), acme(), facts},
		"profiles-fresh":       {withConfig(empty(), awsconfig.Config{}), acme(), plan.NewFacts(map[string]string{"account.management.id": "111111111111", "caller.kind": "root"})},
		"profiles-names-taken": {withConfig(done, awsconfig.Config{Taken: []string{"acme", "acme-production-admin"}, TakenSessions: []string{"acme"}}), acme(), facts},
		"profiles-another-account": {withConfig(done, awsconfig.Config{Block: awsconfig.Lines("acme", "https://d-0123456789.awsapps.com/start", "eu-west-1",
			[]awsconfig.Profile{{Name: "acme-management-admin", Account: "111111111111", Role: managementAdministrator, Region: "eu-west-1"}})}), acme(), facts},
		"profiles-broken":         {withConfig(done, awsconfig.Config{Broken: "The line \"# BEGIN wizard\" has no \"# END wizard\" after it."}), acme(), facts},
		"profiles-read-only":      {withConfig(done, awsconfig.Config{ReadOnly: true}), acme(), facts},
		"attributes":              {done, teams, facts},
		"attributes-more":         {some, teams, facts},
		"attributes-of-others":    {some, acme(), facts},
		"attributes-off-after-on": {leftOver, acme(), facts},
		"attributes-unseen":       {noAttributes, teams, facts},
		"no-administrator":        {enabledState(), nobody, root(known())},
	}
}

func TestPlan(t *testing.T) {
	for name, x := range fixtures(t) {
		t.Run(name, func(t *testing.T) {
			golden.RequireEqual(t, plan.Describe(planned(x.state, x.answers, x.facts), x.facts.With(x.state.Facts())))
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
	for _, name := range []string{"fresh", "enabled-admin", "half", "done", "done-root", "drift", "interrupted", "elsewhere", "profiles", "profiles-fresh",
		"profiles-names-taken", "profiles-another-account", "attributes", "attributes-more"} {
		t.Run(name, func(t *testing.T) {
			x := fixtures(t)[name]
			f := known().With(x.facts.Map()) // the organization step has run by now
			s, f := foresee(t, x.state, planned(x.state, x.answers, f), f)
			if left := planned(s, x.answers, f); len(left) > 0 {
				t.Errorf("left after a run:\n%s", plan.Describe(left, f))
			}
		})
	}
}

// The session is what an attacker with a stolen login has: it must be what was asked for, on every permission set.
func TestSessionsAreAsLongAsAsked(t *testing.T) {
	for hours, want := range map[int]string{8: "PT8H", 10: "PT10H", 12: "PT12H", 1: "PT8H", 40: "PT12H"} {
		a := acme()
		a.SessionHours = hours
		n := 0
		for _, c := range plan.Calls(planned(enabledState(), a, known())) {
			if in, ok := c.Request.Build(known()).(*ssoadmin.CreatePermissionSetInput); ok {
				n++
				if got := aws.ToString(in.SessionDuration); got != want {
					t.Errorf("%d hours: %s has %s, want %s", hours, *in.Name, got, want)
				}
			}
		}
		if n != 5 {
			t.Errorf("%d hours: %d permission sets, want 5", hours, n)
		}
	}
}

func TestDevelopersOnlyLookAtProduction(t *testing.T) {
	a := answers.Answers{Accounts: []answers.Account{{Name: "Shop-Prod", Unit: answers.UnitWorkloads}, {Name: "products", Unit: answers.UnitWorkloads}}}
	want := map[string]string{"shop-prod": "ReadOnlyAccess", "products": "PowerUserAccess"}
	got := map[string]string{}
	for _, g := range grants(a) {
		if g.Group == developers {
			got[g.Account] = g.PermissionSet
		}
		if g.Account == plan.Management && g.PermissionSet == "AdministratorAccess" {
			t.Error("an everyday permission set is used in the management account")
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("developers get %v, want %v", got, want)
	}
}

func TestGroupsAreThoseOfTheAnswers(t *testing.T) {
	if !slices.Equal(groupNames(), answers.Groups()) {
		t.Errorf("groups %v, answers know %v", groupNames(), answers.Groups())
	}
}

func TestSameDuration(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"PT8H", "PT480M", true}, {"PT8H", "PT8H", true}, {"PT1H", "PT8H", false}, {"", "PT8H", false}, {"P1D", "PT12H", false}} {
		if got := sameDuration(c.a, c.b); got != c.want {
			t.Errorf("sameDuration(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// Who signs in on a computer gets the accounts and roles of their own groups; a role of a machine gets none.
func TestProfilesAreThoseOfWhoWorksHere(t *testing.T) {
	done, facts := finished(t)
	done.Config.Files = awsconfig.Files{Config: "config", Shown: "~/.aws/config"}
	for _, tt := range []struct {
		caller plan.Caller
		want   []string
	}{
		{plan.Caller{Kind: plan.Root}, []string{"acme-management-admin", "acme-management-billing", "acme-security-admin", "acme-production-admin", "acme-development-admin"}},
		{plan.Caller{Kind: plan.IdentityCenter, ARN: "arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_ReadOnlyAccess_0123456789abcdef/" + engineerEmail},
			[]string{"acme-production-readonly", "acme-development-poweruser"}},
		{plan.Caller{Kind: plan.Role, ARN: "arn:aws:sts::111111111111:assumed-role/deploy/ci"}, nil},
	} {
		done.Caller = tt.caller
		var got []string
		for _, c := range plan.Calls(planned(done, acme(), facts)) {
			edit, _ := c.Edit(facts)
			for _, l := range edit.Add {
				if name, ok := strings.CutPrefix(l, "[profile "); ok {
					got = append(got, strings.TrimSuffix(name, "]"))
				}
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: profiles %v, want %v", tt.caller.ARN, got, tt.want)
		}
	}
}

func TestProfilesAreTakenOutAgain(t *testing.T) {
	s, facts := finished(t)
	s.Config = awsconfig.Config{Files: awsconfig.Files{Config: "config", Shown: "~/.aws/config"}, Block: []string{"[sso-session acme]"}}
	if items := withoutProfiles(s, steps.Made{}); len(items) > 0 {
		t.Errorf("what the wizard did not make is undone: %v", items)
	}
	items := withoutProfiles(s, steps.Made{profilesID: {}})
	if err := plan.Check(items); err != nil || len(items) != 1 {
		t.Fatalf("%v, %v", items, err)
	}
	edit, ok := items[0].Call.Edit(facts)
	if !ok || !slices.Equal(edit.Remove, s.Config.Block) || len(edit.Add) > 0 {
		t.Errorf("%+v", edit)
	}
	s.Config.ReadOnly = true
	if items := withoutProfiles(s, steps.Made{profilesID: {}}); len(items) != 1 || items[0].Blocked == nil {
		t.Errorf("read-only: %v", items)
	}
}
