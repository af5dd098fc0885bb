package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// The ids of the hand-offs.
const (
	enableID        = "identity/enable"
	firstPasswordID = "identity/first-password"
	signInID        = "identity/sign-in"
)

// signInRoleFact is there when the person signed in from within the wizard. That says nothing about the other people, who
// may have been added since.
const signInRoleFact = "identity.sign_in_role"

// builder collects the items of one plan.
type builder struct {
	state  State
	a      answers.Answers
	facts  plan.Facts
	region string // where Identity Center is, or will be
	items  []plan.Item
	ids    map[string]bool
}

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	b := &builder{state: s, a: a, facts: f.With(s.Facts()), region: a.HomeRegion, ids: map[string]bool{}}
	if s.Instance != nil {
		b.region = s.Instance.Region
	}
	if !b.instance() {
		return b.items
	}
	b.permissionSets()
	b.attributes()
	b.groups()
	b.people()
	b.memberships()
	b.assignments()
	b.firstPassword()
	b.signIn()
	b.awsConfig()
	return b.items
}

// call adds a call of this step.
func (b *builder) call(c plan.Call) {
	c.Step = name
	if !c.Request.Local() {
		c.IAMAction = plan.IAMAction(c.Request.Service, c.Request.Operation)
	}
	c.Where = plan.Place{Account: plan.Management, Region: b.region}
	c.After = b.planned(append([]string{enableID, instanceID}, c.After...)...)
	if c.Lane == "" {
		c.Lane = name
	}
	b.add(plan.Item{Call: &c})
}

func (b *builder) add(i plan.Item) {
	b.items = append(b.items, i)
	b.ids[i.ID()] = true
}

// planned keeps the ids that are in this plan: a call waits only for what is still to do.
func (b *builder) planned(ids ...string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !b.ids[id] })
}

// blocked adds an item for a part that could not be read and reports whether there was one.
func (b *builder) blocked(p Part, what string) bool {
	u, failed := b.state.Unread[p]
	if failed {
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: name + "/" + string(p), Step: name, Code: u.Code, What: what, Why: u.Why(b.facts),
			Next: u.Next("Sign in with AdministratorAccess in the management account and start again.") + " Everything else goes on.",
		}})
	}
	return failed
}

// instance plans the switching on, and reports whether the rest can be planned.
func (b *builder) instance() bool {
	in := b.state.Instance
	switch {
	case b.blocked(partInstance, "Whether the login page (IAM Identity Center) is on cannot be seen."):
		return false
	case in != nil && in.Status == "CREATE_FAILED":
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: "identity/instance", Step: name, Code: in.Status,
			What: "IAM Identity Center could not be switched on.",
			Why:  "AWS gave this reason: " + in.Reason,
			Next: "Open " + consoleURL(in.Region) + ", delete the failed instance under Settings, and start again.",
		}})
		return false
	case in == nil && b.state.AccountInstance != nil && b.state.AccountInstance.Owner == management(b.facts, b.state.Caller):
		other := b.state.AccountInstance
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: "identity/account-instance", Step: name,
			What: "An IAM Identity Center of the wrong kind is in the way, in " + other.Region + ".",
			Why: "It is an account instance: it was switched on before there was an organization, and it can never let people " +
				"into your accounts. AWS allows only one instance here.",
			Next: "Open " + consoleURL(other.Region) + ", choose Settings, Management, Delete. " +
				"People and applications in it are lost. Then start again.",
		}})
		return false
	case in == nil || !in.Ready():
		b.add(plan.Item{HandOff: b.enable()})
	case in.NoPermissionSets:
		b.call(allowPermissionSets())
	}
	return true
}

func consoleURL(region string) string {
	return "https://" + region + ".console.aws.amazon.com/singlesignon/home?region=" + region
}

func (b *builder) enable() *plan.HandOff {
	account := b.facts.Get(plan.AccountFact(plan.Management))
	return &plan.HandOff{
		ID: enableID, Step: name, Title: "Switch on the login page (IAM Identity Center)",
		Why: "AWS lets only a person do this. It is free. It takes one click, then 1 to 3 minutes.",
		URL: consoleURL(b.region),
		Clicks: []string{
			"Open the link and sign in to the management account " + account + ".",
			"Check that the Region at the top right says " + b.region + ". It cannot be changed later without starting over.",
			"Press Enable.",
			"Leave multi-account permissions switched on and the encryption key as it is (AWS owned).",
			"Confirm. This program sees by itself when it is ready.",
		},
		Stuck: []string{
			"Nothing happens after 5 minutes: the account number at the top right must be " + account + ", not a member account.",
			"You pressed Enable in another Region by mistake: keep it and start this program again, which then works there. Or delete " +
				"it under Settings and enable it in " + b.region + ".",
			"The page says it is an account instance: it was made before the organization. Delete it under Settings, then " +
				"press Enable again and choose the organization.",
			"You see it, but this program does not: your login needs the permission sso:ListInstances.",
		},
		Every:   5 * time.Second,
		StandIn: "enable-identity-center",
		Poll:    enabled(b.region),
	}
}

// enabled polls for the organization's instance in all Regions.
func enabled(home string) func(context.Context, plan.Reader, plan.Facts) (bool, map[string]string, error) {
	return func(ctx context.Context, read plan.Reader, f plan.Facts) (bool, map[string]string, error) {
		found, err := findInstances(ctx, read, home)
		if err != nil {
			return false, nil, fmt.Errorf("look for IAM Identity Center: %w", err)
		}
		in, _ := choose(found, steps.Env{Facts: f, Home: home})
		switch {
		case in == nil:
			return false, nil, nil
		case in.Status == "CREATE_FAILED":
			return false, nil, &plan.Unsettled{Operation: "switching on IAM Identity Center", Reason: in.Reason}
		case in.Region != home:
			// The calls of this plan name the home Region; a new plan names the other one.
			return false, nil, fmt.Errorf("IAM Identity Center was switched on in %s, not in %s: %w", in.Region, home, plan.ErrPlanAgain)
		}
		return in.Ready(), in.facts(), nil
	}
}

const instanceID = "identity/instance/permission-sets"

func allowPermissionSets() plan.Call {
	return plan.Call{
		ID: instanceID, Title: "Allow permission sets in IAM Identity Center",
		Why: "Multi-account permissions were left off when it was switched on. Without them nobody can be let into an account. " +
			"If AWS refuses, this is an account instance from before the organization: delete it in the console under Settings, and start again.",
		Effect: plan.Changes, NoUndo: "AWS does not let permission sets be switched off again. They cost nothing.", Wait: busy,
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).UpdateInstance, func(f plan.Facts) *ssoadmin.UpdateInstanceInput {
			return &ssoadmin.UpdateInstanceInput{InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetsEnabled: aws.Bool(true)}
		}),
	}
}

// firstPassword asks for what AWS has no API for: people added by a program have no password and get no mail.
func (b *builder) firstPassword() {
	if _, done := b.facts.Lookup("identity.first_password"); done || b.external() || len(b.a.People) == 0 {
		return
	}
	missing := slices.ContainsFunc(b.a.People, func(p answers.Person) bool { return b.userMissing(p) })
	_, here := b.facts.Lookup(signInRoleFact)
	if !missing && !here && !b.state.Added && b.callerKind() == plan.IdentityCenter {
		return // everybody was here before, and signing in works
	}
	names := make([]string, 0, len(b.a.People))
	after := []string{enableID}
	for _, p := range b.a.People {
		names = append(names, p.Email)
		after = append(after, userID(p))
	}
	b.add(plan.Item{HandOff: &plan.HandOff{
		ID: firstPasswordID, Step: name, Title: "Give each person a first password", Optional: true,
		Why: "AWS sends no mail to people that a program adds, and lets no program set their first password. For: " + strings.Join(names, ", ") + ".",
		URL: consoleURL(b.region), After: b.planned(after...), StandIn: "first-password",
		Clicks: b.passwordClicks(),
		Stuck: []string{
			"No mail arrives: look in the spam folder, or choose Generate a one-time password under Reset password instead.",
			"The portal shows no accounts: wait a minute and reload; assignments take a moment.",
		},
	}})
}

// passwordClicks are how people get in for the first time. Root is at the console for the last time then, and only root can let
// anybody else see the bills: without that switch AWS shows them to no administrator, and to no one with the permission set Billing.
func (b *builder) passwordClicks() []string {
	clicks := []string{
		"For a team: open Settings, Authentication, Standard authentication, Configure; tick Send email OTP; Save. " +
			"Everybody then gets a one-time code by mail the first time they sign in, and sets a password and a second factor.",
		"For one person: open Users, the person, Reset password, Send an email to the user with instructions.",
	}
	if b.callerKind() == plan.Root {
		clicks = append(clicks, "Once, still as root: open https://console.aws.amazon.com/billing/home#/account, IAM user and role access to Billing information, Edit, and tick Activate IAM access. "+
			"Else nobody but root sees the bills.")
	}
	return append(clicks, "Sign in once at "+b.facts.Get("identity.start_url")+" with your e-mail address as the user name.", "Say done here.")
}

// signIn leaves root behind: root can never enter a member account.
func (b *builder) signIn() {
	if b.callerKind() != plan.Root {
		return
	}
	if !slices.ContainsFunc(b.a.People, func(p answers.Person) bool { return slices.Contains(p.Groups, administrators) }) {
		b.add(plan.Item{Blocked: &plan.Blocked{
			ID: "identity/no-administrator", Step: name,
			What: "You cannot sign in as yourself yet.",
			Why:  "No person is in the group administrators, so nobody could manage AWS after the root login is put away.",
			Next: "Go back to the questions and put yourself in the group administrators.",
		}})
		return
	}
	// It waits for what signing in needs and no more: an assignment elsewhere that fails must not keep anybody out.
	after := []string{enableID}
	for _, i := range b.items {
		if c := i.Call; c != nil && (strings.HasSuffix(c.ID, "/"+managementAdministrator) || c.ID == groupID(administrators) ||
			strings.HasPrefix(c.ID, memberID(administrators, "")) ||
			c.ID == assignmentID(grant{administrators, managementAdministrator, plan.Management})) {
			after = append(after, c.ID)
		}
	}
	b.add(plan.Item{HandOff: &plan.HandOff{
		ID: signInID, Step: name, Title: "Sign in as yourself and put the root login away",
		Why: "Everything from here on runs as you. AWS does not let root enter the other accounts, and root is " +
			"kept for emergencies only.",
		After: b.planned(after...), StandIn: "sign-in", Every: 5 * time.Second,
		SignIn: &plan.SignIn{StartURLFact: "identity.start_url", RegionFact: "identity.region", PermissionSet: managementAdministrator,
			Session: sessionName(b.state.Config, b.a)},
		Clicks: []string{
			"Your browser opens the login page.",
			"Sign in with your e-mail address, your password and your second factor.",
			"Check that the code is the same as shown here, then press Allow.",
		},
		Stuck: []string{
			"No password yet: do the step before this one, Give each person a first password.",
			"The page says the code has expired: try again for a new one.",
		},
	}})
}

// callerKind is who signs the requests now: after the sign-in the facts know better than the inspection.
func (b *builder) callerKind() plan.CallerKind {
	if kind, ok := b.facts.Lookup("caller.kind"); ok {
		return plan.CallerKind(kind)
	}
	return b.state.Caller.Kind
}

// busy are the errors that pass by themselves: sso-admin says ConflictException while another change is running,
// and ThrottlingException with more than 15 unfinished changes.
var busy = map[string]time.Duration{"ConflictException": 2 * time.Minute, "ThrottlingException": 5 * time.Minute}
