package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/awsconfig"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const profilesID = "identity/aws-config"

// shortRoles are how permission sets are called in the names of profiles.
var shortRoles = map[string]string{
	"AdministratorAccess": "admin", managementAdministrator: "admin", "PowerUserAccess": "poweruser", "ReadOnlyAccess": "readonly",
	"Billing": "billing",
}

// session is the name of the [sso-session], under which the AWS CLI also keeps the sign-in.
func sessionName(c awsconfig.Config, a answers.Answers) string {
	return awsconfig.Free(awsconfig.Word(a.Company), c.TakenSessions)
}

// person is who works on this computer: whoever is signed in, before that the first administrator.
func (b *builder) person() (answers.Person, bool) {
	_, user, _ := strings.Cut(b.state.Caller.ARN, ":assumed-role/")
	_, user, _ = strings.Cut(user, "/")
	for _, p := range b.a.People {
		if b.state.Caller.Kind == plan.IdentityCenter && strings.EqualFold(p.Email, user) {
			return p, true
		}
	}
	i := slices.IndexFunc(b.a.People, func(p answers.Person) bool { return slices.Contains(p.Groups, administrators) })
	if i < 0 {
		return answers.Person{}, false
	}
	return b.a.People[i], true
}

// profiles are the accounts and roles of the person, and the names that could not be had because they are taken.
func (b *builder) profiles(p answers.Person) (out []awsconfig.Profile, taken []string) {
	_, made := b.facts.Lookup("organization.id")
	used := slices.Clone(b.state.Config.Taken)
	for _, g := range grants(b.a) {
		if _, known := b.facts.Lookup(plan.AccountFact(g.Account)); made && !known || !slices.Contains(p.Groups, g.Group) {
			continue
		}
		wanted := awsconfig.Word(b.a.Company) + "-" + g.Account + "-" + shortRoles[g.PermissionSet]
		name := awsconfig.Free(wanted, used)
		if name != wanted {
			taken = append(taken, wanted)
		}
		used = append(used, name)
		out = append(out, awsconfig.Profile{Name: name, Account: plan.AccountFact(g.Account), Role: g.PermissionSet, Region: b.a.HomeRegion})
	}
	return out, taken
}

// awsConfig plans the profiles on this computer. A role is a machine or a visit from another account: no person works
// there, so its files stay as they are.
func (b *builder) awsConfig() {
	c := b.state.Config
	p, known := b.person()
	if c.Config == "" || !known || b.state.Caller.Kind == plan.Role {
		return
	}
	profiles, taken := b.profiles(p)
	session := sessionName(c, b.a)
	lines := func(f plan.Facts) []string {
		filled := slices.Clone(profiles)
		for i := range filled {
			filled[i].Account = f.Get(filled[i].Account)
		}
		return awsconfig.Lines(session, f.Get("identity.start_url"), f.Get("identity.region"), filled)
	}
	wanted := lines(b.facts)
	switch {
	case slices.Equal(c.Block, wanted):
		return
	case c.Broken != "":
		b.add(plan.Item{Blocked: &plan.Blocked{ID: profilesID, Step: name, What: "Profiles cannot be added to " + c.Shown + ".",
			Why: c.Broken, Next: "Correct that line and start again. Everything else goes on; the login page works without it."}})
		return
	case c.ReadOnly:
		b.profilesByHand(lines)
		return
	}
	b.editConfig(plan.Call{
		ID: profilesID, Title: fmt.Sprintf("Add %s to %s", plan.Count(len(profiles), "profile"), c.Shown),
		Why:    why(profiles, taken, session, awsconfig.Word(b.a.Company)),
		Effect: effect(c.Block), Undo: "The lines are taken out again; the old file is kept beside it.",
		After: b.accessOf(p, profiles),
	}, lines)
}

// why says what the profiles are good for, and which names of the founder's own were found and left alone.
func why(profiles []awsconfig.Profile, taken []string, session, wanted string) string {
	text := "The AWS tools on this computer then know your accounts"
	if len(profiles) > 0 {
		text += ": aws --profile " + profiles[0].Name + " works right after you have signed in"
	}
	text += ". Everything else in the file stays as it is, and a copy of it is kept."
	if session != wanted {
		text += " You have a session called " + wanted + " of your own; it stays, and this one is called " + session + "."
	}
	if len(taken) > 0 {
		text += " Profiles of your own are called " + strings.Join(taken, ", ") + "; they stay, and these get another name."
	}
	return text
}

func effect(block []string) plan.Effect {
	if block == nil {
		return plan.Creates
	}
	return plan.Changes
}

// accessOf are the assignments of this plan without which none of the profiles would work.
func (b *builder) accessOf(p answers.Person, profiles []awsconfig.Profile) []string {
	var after []string
	for _, g := range grants(b.a) {
		if slices.Contains(p.Groups, g.Group) && slices.ContainsFunc(profiles, func(x awsconfig.Profile) bool {
			return x.Role == g.PermissionSet && x.Account == plan.AccountFact(g.Account) && g.Account == plan.Management
		}) {
			after = append(after, assignmentID(g))
		}
	}
	return after
}

// editConfig adds the call that puts other lines into the block.
func (b *builder) editConfig(c plan.Call, lines func(plan.Facts) []string) {
	config := b.state.Config
	c.Lane = name + "/this-computer"
	c.Request = plan.ToFile(func(f plan.Facts) *plan.FileEdit {
		return &plan.FileEdit{Path: config.Shown, Remove: config.Block, Add: lines(f)}
	}, func(_ context.Context, in *plan.FileEdit) error {
		return awsconfig.Edit(config.Files, in.Remove, in.Add, time.Now())
	})
	b.call(c)
}

// profilesByHand asks the person, whose file may not be written.
func (b *builder) profilesByHand(lines func(plan.Facts) []string) {
	c := b.state.Config
	b.add(plan.Item{HandOff: &plan.HandOff{
		ID: profilesID, Step: name, Optional: true, Title: "Put your profiles into " + c.Shown,
		Why:    c.Shown + " is marked as read-only, so the wizard does not write to it. Without the profiles the login page works all the same.",
		After:  b.planned(enableID, signInID),
		Clicks: []string{"Put these lines at the end of the file:\n" + strings.Join(awsconfig.Marked(lines(b.facts)), "\n"), "Save it. The wizard sees it by itself."},
		Every:  5 * time.Second,
		Poll: func(_ context.Context, _ plan.Reader, f plan.Facts) (bool, map[string]string, error) {
			return slices.Equal(awsconfig.Read(c.Files).Block, lines(f)), nil, nil
		},
	}})
}

// withoutProfiles plans to take the wizard's lines out of the config file again.
func withoutProfiles(s State, made steps.Made) []plan.Item {
	if _, ours := made[profilesID]; !ours || s.Config.Block == nil {
		return nil
	}
	if s.Config.Broken != "" || s.Config.ReadOnly {
		return []plan.Item{{Blocked: &plan.Blocked{ID: "identity/undo/aws-config", Step: name, What: "The profiles stay in " + s.Config.Shown + ".",
			Why:  "The file cannot be changed. " + s.Config.Broken,
			Next: "Take the lines from \"# BEGIN wizard\" to \"# END wizard\" out yourself."}}}
	}
	b := &builder{state: s, region: cmp.Or(s.Home, "us-east-1"), ids: map[string]bool{}}
	b.editConfig(plan.Call{
		ID: "identity/undo/aws-config", TakesBack: []string{profilesID}, Title: "Take the wizard's profiles out of " + s.Config.Shown,
		Why:    "Their logins are going away. Everything else in the file stays as it is.",
		Effect: plan.Deletes, Undo: "Run the wizard again: it adds them anew. The old file is kept beside it.",
	}, func(plan.Facts) []string { return nil })
	return b.items
}
