package guardrails

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"awswizard/internal/plan"
)

// takenBack are the operations the way back knows.
var takenBack = []string{"CreatePolicy", "UpdatePolicy", "AttachPolicy", "DetachPolicy", "EnablePolicyType", "EnableAWSServiceAccess",
	"EnableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions", "PutPublicAccessBlock",
	"DeleteAccessKey", "DeleteSigningCertificate", "DeleteLoginProfile", "DeactivateMFADevice"}

// everyPolicy is the state with the declarative policies among the others: the way back of all is the same.
func (s State) everyPolicy() State {
	attached := map[string][]string{}
	for target, on := range s.Attached {
		attached[target] = slices.Clone(on)
	}
	s.Policies = slices.Clone(s.Policies)
	for _, kind := range declarativeTypes {
		t := s.Types[kind]
		s.Policies = append(s.Policies, t.Policies...)
		attached[s.RootID] = append(attached[s.RootID], t.Attached...)
	}
	if s.Trial.Account != "" {
		attached[s.Trial.Account] = s.Trial.Attached
	}
	s.Attached = attached
	return s
}

// settings takes back what stands beside the policies.
func (u *undoer) settings() {
	u.types()
	u.accountBlocks()
	u.rootAccess()
	var gone []string
	for _, operation := range []string{"DeleteAccessKey", "DeleteSigningCertificate", "DeleteLoginProfile", "DeactivateMFADevice"} {
		gone = append(gone, u.ours.Does(operation).IDs()...)
	}
	if len(gone) > 0 {
		u.items = append(u.items, plan.Item{Blocked: &plan.Blocked{ID: "guardrails/undo/root", Step: name, Kept: true,
			What: "The root users stay without what was deleted.", Why: "AWS cannot give it back: " + strings.Join(gone, ", ") + ".",
			Next: "A root user can get a new password: in this account, IAM, Root access management, Allow password recovery."}})
	}
}

// types switches policy types off again, unless somebody else's policies would go with them.
func (u *undoer) types() {
	made := u.ours.Does("EnablePolicyType")
	for _, id := range made.IDs() {
		kind := orgtypes.PolicyType(made[id].Sent("PolicyType"))
		t := u.s.Types[kind]
		others := slices.ContainsFunc(t.Policies, func(p Policy) bool { _, mine := u.created[p.ID]; return !mine })
		switch {
		case !t.On:
			continue
		case others:
			u.items = append(u.items, plan.Item{Blocked: &plan.Blocked{ID: undoID(id), Step: name, Kept: true,
				What: "Policies of the type " + string(kind) + " stay switched on.", Why: "There are others than the wizard's; switching the type off would detach them.",
				Next: "Nothing needs to be done; it is free."}})
			continue
		}
		u.add(plan.Call{
			ID: undoID(id), TakesBack: []string{id}, After: slices.Clone(u.detached), Effect: plan.Changes,
			Title: "Switch off policies of the type " + string(kind), Why: "The wizard switched them on, and none of that type is left.",
			Undo: "Can be switched on again at any time.", Done: []string{"PolicyTypeNotEnabledException"},
			Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DisablePolicyType,
				func(plan.Facts) *organizations.DisablePolicyTypeInput {
					return &organizations.DisablePolicyTypeInput{RootId: aws.String(u.s.RootID), PolicyType: kind}
				}),
		})
	}
}

// accountBlocks opens accounts to the public again as far as they were. It follows the policies, under which no account
// may change its own setting.
func (u *undoer) accountBlocks() {
	made := u.ours.Does("PutPublicAccessBlock")
	for _, id := range made.IDs() {
		m := made[id]
		i := slices.IndexFunc(u.s.Storage, func(s Storage) bool { return s.Account == m.Account })
		if i < 0 || !u.s.Storage[i].Blocked {
			continue
		}
		c := plan.Call{
			ID: undoID(id), TakesBack: []string{id}, Step: name, Lane: "guardrails/s3", After: slices.Clone(u.detached),
			Where: plan.Place{Account: m.Account, Region: m.Region}, IAMAction: plan.IAMAction("s3control", "DeletePublicAccessBlock"),
			Title: "Let account " + m.Account + " make buckets public again", Effect: plan.Deletes,
			Why:  "The wizard closed the account. Buckets keep their own settings; none becomes public by this alone.",
			Undo: "The wizard can close it again.", Done: []string{"NoSuchPublicAccessBlockConfiguration"},
			// AWS refuses this for a while after the policy is off the account.
			Wait: map[string]time.Duration{"AccessDenied": 3 * time.Minute, "OptInRequired": time.Minute},
			Request: plan.To(s3control.NewFromConfig, (*s3control.Client).DeletePublicAccessBlock,
				func(plan.Facts) *s3control.DeletePublicAccessBlockInput {
					return &s3control.DeletePublicAccessBlockInput{AccountId: aws.String(m.Account)}
				}),
		}
		if before, some := m.Before[settingsBefore]; some {
			c.Title, c.Effect = "Give account "+m.Account+" its earlier public access settings", plan.Changes
			c.IAMAction = plan.IAMAction("s3control", "PutPublicAccessBlock")
			c.Request = putBlock(m.Account, Settings(before))
		}
		u.items = append(u.items, plan.Item{Call: &c})
	}
}

// rootAccess switches central root access off in the reverse order.
func (u *undoer) rootAccess() {
	var after []string
	add := func(id string, c plan.Call) {
		if _, made := u.ours[id]; !made {
			return
		}
		c.ID, c.TakesBack, c.After, c.Effect = undoID(id), []string{id}, after, plan.Changes
		after = []string{c.ID}
		u.add(c)
	}
	const again = "The wizard can switch it on again."
	if u.s.Root.has(types.FeatureTypeRootSessions) {
		add(rootWorkID, plan.Call{Title: "Allow no root tasks from here any more", Why: "The wizard allowed them.", Undo: again,
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DisableOrganizationsRootSessions,
				func(plan.Facts) *iam.DisableOrganizationsRootSessionsInput {
					return &iam.DisableOrganizationsRootSessionsInput{}
				})})
	}
	if u.s.Root.has(types.FeatureTypeRootCredentialsManagement) {
		add(rootKeysID, plan.Call{Title: "Manage the root users of the accounts from here no more", Undo: again,
			Why: "The wizard switched it on. Whoever reads an account's mail can then set a password for its root user.",
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DisableOrganizationsRootCredentialsManagement,
				func(plan.Facts) *iam.DisableOrganizationsRootCredentialsManagementInput {
					return &iam.DisableOrganizationsRootCredentialsManagementInput{}
				})})
	}
	if u.s.TrustsIAM {
		add(trustIAMID, plan.Call{Title: "Let IAM (AWS's service of logins and roles) work across your accounts no more", Why: "The wizard allowed it.", Undo: again,
			Request: plan.To(organizations.NewFromConfig, (*organizations.Client).DisableAWSServiceAccess,
				func(plan.Facts) *organizations.DisableAWSServiceAccessInput {
					return &organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String(iamPrincipal)}
				})})
	}
}
