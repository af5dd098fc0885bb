package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// permissionSet is a permission set this step wants: one AWS managed policy under a name.
type permissionSet struct{ Name, Policy, Description string }

// managementAdministrator is used in the management account and nowhere else. A permission set that is used there
// can be changed from there only, so the everyday sets are kept out of it.
const managementAdministrator = "ManagementAdministrator"

var permissionSets = []permissionSet{
	{"AdministratorAccess", "arn:aws:iam::aws:policy/AdministratorAccess", "Everything, in member accounts."},
	{"PowerUserAccess", "arn:aws:iam::aws:policy/PowerUserAccess", "Build anything; no managing of people or permissions."},
	{"ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess", "Look at everything, change nothing."},
	{"Billing", "arn:aws:iam::aws:policy/job-function/Billing", "Bills, budgets and payment, in the management account."},
	{managementAdministrator, "arn:aws:iam::aws:policy/AdministratorAccess", "Everything, in the management account only."},
}

// permissionSetNamed finds a wanted permission set.
func permissionSetNamed(n string) (permissionSet, bool) {
	i := slices.IndexFunc(permissionSets, func(p permissionSet) bool { return p.Name == n })
	if i < 0 {
		return permissionSet{}, false
	}
	return permissionSets[i], true
}

func permissionSetFact(n string) string { return "identity.permission_set." + n }

func (b *builder) permissionSets() {
	if b.blocked(partPermissionSets, "Permission sets cannot be set up.") {
		return
	}
	for _, want := range permissionSets {
		have, exists := b.state.PermissionSets[want.Name]
		create, attach := "identity/permission-set/"+want.Name, "identity/permission-set-policy/"+want.Name
		update := "identity/permission-set-session/" + want.Name
		if !exists {
			b.createPermissionSet(create, want)
		}
		b.givesMore(want, have)
		if !slices.Contains(have.Policies, want.Policy) {
			b.attachPolicy(attach, create, want)
		}
		if exists && !sameDuration(have.Session, session(b.a)) {
			b.updateSession(update, want, have)
		}
		if have.Outdated || have.Provisioned && (b.ids[attach] || b.ids[update]) {
			b.provision(rolesID(want.Name), want.Name, nil, attach, update)
		}
	}
}

// givesMore tells of a permission set that was there before and holds more than its name says: the groups get that, too.
func (b *builder) givesMore(want permissionSet, have PermissionSet) {
	more := slices.DeleteFunc(slices.Clone(have.Policies), func(p string) bool { return p == want.Policy })
	if len(more) == 0 || strings.HasSuffix(want.Policy, "/AdministratorAccess") { // nothing is more than that
		return
	}
	for i, p := range more {
		more[i] = p[strings.LastIndex(p, "/")+1:]
	}
	var who []string
	for _, g := range grants(b.a) {
		if g.PermissionSet == want.Name && !slices.Contains(who, g.Group) {
			who = append(who, g.Group)
		}
	}
	b.add(plan.Item{Blocked: &plan.Blocked{
		ID: "identity/permission-set-more/" + want.Name, Step: name, Kept: true,
		What: "The permission set " + want.Name + " gives more than its name says: it holds " + strings.Join(more, ", ") + ", too.",
		Why:  "Somebody made it so, and it stays. It is given to the groups " + strings.Join(who, " and ") + ", who can do all of that.",
		Next: "If that is not meant, take the policy out of it (" + consoleURL(b.region) + ", Permission sets), or give yours another name and start again.",
	}})
}

// session is the wanted session length in the form AWS reads, e.g. PT8H.
func session(a answers.Answers) string { return fmt.Sprintf("PT%dH", hours(a)) }

// sameDuration compares two ISO 8601 durations: AWS accepts PT8H and PT480M alike.
func sameDuration(a, b string) bool {
	da, errA := time.ParseDuration(strings.ToLower(strings.TrimPrefix(a, "PT")))
	db, errB := time.ParseDuration(strings.ToLower(strings.TrimPrefix(b, "PT")))
	return errA == nil && errB == nil && da == db
}

func (b *builder) createPermissionSet(id string, want permissionSet) {
	length := session(b.a)
	b.call(plan.Call{
		ID: id, Title: fmt.Sprintf("Create the permission set %s, sessions of %d hours", want.Name, hours(b.a)),
		Why:    "A permission set is a role that people take in an account for a while: " + want.Description,
		Effect: plan.Creates, Undo: "Delete the permission set.",
		Wait: map[string]time.Duration{"ThrottlingException": 5 * time.Minute},
		Learn: plan.Learned(func(out *ssoadmin.CreatePermissionSetOutput) map[string]string {
			if out.PermissionSet == nil {
				return nil
			}
			return map[string]string{permissionSetFact(want.Name): aws.ToString(out.PermissionSet.PermissionSetArn)}
		}),
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).CreatePermissionSet, func(f plan.Facts) *ssoadmin.CreatePermissionSetInput {
			return &ssoadmin.CreatePermissionSetInput{
				InstanceArn: aws.String(f.Get("identity.instance")), Name: aws.String(want.Name),
				Description: aws.String(want.Description), SessionDuration: aws.String(length),
			}
		}),
	})
}

func (b *builder) attachPolicy(id, create string, want permissionSet) {
	b.call(plan.Call{
		ID: id, After: []string{create},
		Title:  fmt.Sprintf("Give %s the AWS policy %s", want.Name, want.Policy[strings.LastIndex(want.Policy, "/")+1:]),
		Why:    "The policy says what people with this permission set may do. AWS writes it and keeps it up to date.",
		Effect: plan.Changes, Undo: "Detach the policy from the permission set.", Wait: busy,
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).AttachManagedPolicyToPermissionSet, func(f plan.Facts) *ssoadmin.AttachManagedPolicyToPermissionSetInput {
			return &ssoadmin.AttachManagedPolicyToPermissionSetInput{
				InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetArn: aws.String(f.Get(permissionSetFact(want.Name))),
				ManagedPolicyArn: aws.String(want.Policy),
			}
		}),
	})
}

func (b *builder) updateSession(id string, want permissionSet, have PermissionSet) {
	length := session(b.a)
	b.call(plan.Call{
		ID: id, Title: fmt.Sprintf("Change the sessions of %s from %s to %d hours", want.Name, spoken(have.Session), hours(b.a)),
		Why:    "A session should last a working day: long enough not to disturb, short enough to run out overnight.",
		Effect: plan.Changes, Undo: "Set the session length back to " + spoken(have.Session) + ".", Wait: busy,
		Before: map[string]string{sessionBefore: have.Session},
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).UpdatePermissionSet, func(f plan.Facts) *ssoadmin.UpdatePermissionSetInput {
			// Description and relay state are sent back as they are, so that they stay.
			return &ssoadmin.UpdatePermissionSetInput{
				InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetArn: aws.String(f.Get(permissionSetFact(want.Name))),
				SessionDuration: aws.String(length), Description: filled(have.Description), RelayState: filled(have.RelayState),
			}
		}),
	})
}

// sessionBefore is the key of a permission set's earlier session length in plan.Call.Before.
const sessionBefore = "SessionDuration"

// spoken is an ISO 8601 duration in words.
func spoken(iso string) string {
	if d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(iso, "PT"))); err == nil && d%time.Hour == 0 {
		if d == time.Hour {
			return "1 hour"
		}
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	if iso == "" {
		return "1 hour" // the default
	}
	return iso
}

func filled(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func rolesID(set string) string { return "identity/permission-set-roles/" + set }

// provision carries a changed permission set into the accounts that use it: without it their role stays as it was.
func (b *builder) provision(id, set string, takesBack []string, after ...string) {
	request := "identity.request.provision." + set
	b.call(plan.Call{
		ID: id, TakesBack: takesBack, After: after,
		Title:  "Bring the change of " + set + " into the accounts that use it",
		Why:    "AWS keeps the old role in each account until it is told to renew it.",
		Effect: plan.Changes, Undo: "Change the permission set back and bring that into the accounts.", Wait: busy,
		Learn: plan.Learned(func(out *ssoadmin.ProvisionPermissionSetOutput) map[string]string {
			if out.PermissionSetProvisioningStatus == nil {
				return nil
			}
			return map[string]string{request: aws.ToString(out.PermissionSetProvisioningStatus.RequestId)}
		}),
		SettleEvery: 5 * time.Second, SettleLimit: 5 * time.Minute,
		Settle: func(ctx context.Context, cfg aws.Config, f plan.Facts) (bool, map[string]string, error) {
			out, err := ssoadmin.NewFromConfig(cfg).DescribePermissionSetProvisioningStatus(ctx, &ssoadmin.DescribePermissionSetProvisioningStatusInput{
				InstanceArn: aws.String(f.Get("identity.instance")), ProvisionPermissionSetRequestId: aws.String(f.Get(request)),
			})
			if err != nil || out.PermissionSetProvisioningStatus == nil {
				return false, nil, err
			}
			return settled("ProvisionPermissionSet", out.PermissionSetProvisioningStatus.Status, out.PermissionSetProvisioningStatus.FailureReason)
		},
		Request: plan.To(ssoadmin.NewFromConfig, (*ssoadmin.Client).ProvisionPermissionSet, func(f plan.Facts) *ssoadmin.ProvisionPermissionSetInput {
			return &ssoadmin.ProvisionPermissionSetInput{
				InstanceArn: aws.String(f.Get("identity.instance")), PermissionSetArn: aws.String(f.Get(permissionSetFact(set))),
				TargetType: ssotypes.ProvisionTargetTypeAllProvisionedAccounts,
			}
		}),
	})
}

// settled reads the state of an asynchronous change of sso-admin.
func settled(operation string, status ssotypes.StatusValues, reason *string) (bool, map[string]string, error) {
	switch status {
	case ssotypes.StatusValuesSucceeded:
		return true, nil, nil
	case ssotypes.StatusValuesFailed:
		return false, nil, &plan.Unsettled{Operation: operation, Reason: aws.ToString(reason)}
	}
	return false, nil, nil
}
