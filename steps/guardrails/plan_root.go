package guardrails

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

const (
	trustIAMID = "guardrails/trust/iam"
	rootKeysID = "guardrails/root/credentials"
	rootWorkID = "guardrails/root/sessions"
	// mostRootCalls bounds what one root user may have to lose: 2 access keys, 2 certificates, a password, 8 devices.
	mostRootCalls = 13
	// trustSpreads is how long IAM may not know yet that it is trusted.
	trustSpreads = 2 * time.Minute
)

// rootAccess plans central root access: switched on, then each member's root user without credentials.
func rootAccess(s State, a answers.Answers, f plan.Facts) []plan.Item {
	if s.Root.Refused != nil {
		return []plan.Item{{Blocked: &plan.Blocked{ID: "guardrails/root", Step: name, Code: s.Root.Refused.Code,
			What: "The root users of your accounts cannot be managed from here.", Why: s.Root.Refused.Why(f),
			Next: s.Root.Refused.Next("Sign in as an administrator of the management account and start again.") + " Everything else goes on."}}}
	}
	var items []plan.Item
	var after []string
	add := func(c *plan.Call) {
		c.After = after
		items = append(items, plan.Item{Call: c})
		after = []string{c.ID}
	}
	on := s.Root.on()
	if !on && !s.TrustsIAM {
		add(trustIAM())
	}
	if !s.Root.has(types.FeatureTypeRootCredentialsManagement) {
		add(enableRootCredentials())
	}
	if !s.Root.has(types.FeatureTypeRootSessions) {
		add(enableRootSessions())
	}
	refs := references(a, f)
	var later []plan.Place
	var why string
	var await time.Duration
	for _, audit := range s.Root.Audits {
		ref := reference(refs, audit.Account)
		switch {
		case audit.NoEntry:
			later, why = append(later, stripPlace(ref)), "Whoever is signed in now cannot act in these accounts. Sign in as yourself first."
		case audit.Refused != nil && audit.Refused.Code == "AccessDenied":
			later, why = append(later, stripPlace(ref)), "AWS does not let us in yet ("+audit.Refused.Code+"). Right after it was switched on that takes a minute."
			await = time.Minute
		case audit.Refused != nil:
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: "guardrails/root/" + ref, Step: name, Code: audit.Refused.Code,
				What: "What the root user of " + ref + " has could not be looked at.", Why: audit.Refused.Why(f),
				Next: audit.Refused.Next("Nothing was changed there. Start the wizard again: it looks once more.")}})
		default:
			items = append(items, strip(audit, ref)...)
		}
	}
	if !on {
		why = "What the root users have can be seen once the calls above are done. Accounts made by the organization have nothing; accounts that joined may have a password or keys."
		for _, ref := range memberReferences(s, a, f) {
			later = append(later, stripPlace(ref))
		}
	}
	if len(later) > 0 {
		items = append(items, plan.Item{Later: &plan.Later{ID: "guardrails/root/later", Step: name,
			Title: "Remove passwords and keys of root users, where there are any", Why: why, Places: later, MostCalls: mostRootCalls * len(later),
			Operations: []string{"iam:DeleteAccessKey", "iam:DeleteSigningCertificate", "iam:DeleteLoginProfile", "iam:DeactivateMFADevice"}, Await: await}})
	}
	return items
}

func stripPlace(ref string) plan.Place {
	return plan.Place{Account: ref, Region: globalRegion, Task: plan.StripRoot}
}

func trustIAM() *plan.Call {
	return call(plan.Call{
		ID: trustIAMID, Title: "Allow IAM (AWS's service of logins and roles) to work across your accounts", Effect: plan.Changes,
		Why:  "Only then can the root users of all accounts be managed from this one.",
		Undo: "Can be taken back at any time: organizations:DisableAWSServiceAccess.",
		Request: plan.To(organizations.NewFromConfig, (*organizations.Client).EnableAWSServiceAccess,
			func(plan.Facts) *organizations.EnableAWSServiceAccessInput {
				return &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String(iamPrincipal)}
			}),
	})
}

func enableRootCredentials() *plan.Call {
	c := call(plan.Call{
		ID: rootKeysID, Title: "Manage the root users of all accounts from here", Effect: plan.Changes,
		Why:  "Each account has a hidden root login that may do everything. This keeps those of your accounts without a password, so nobody can steal one.",
		Undo: "Can be taken back at any time: iam:DisableOrganizationsRootCredentialsManagement.",
		Request: plan.To(iam.NewFromConfig, (*iam.Client).EnableOrganizationsRootCredentialsManagement,
			func(plan.Facts) *iam.EnableOrganizationsRootCredentialsManagementInput {
				return &iam.EnableOrganizationsRootCredentialsManagementInput{}
			}),
	})
	c.Wait["ServiceAccessNotEnabledException"] = trustSpreads
	return c
}

func enableRootSessions() *plan.Call {
	c := call(plan.Call{
		ID: rootWorkID, Title: "Allow short root tasks in the accounts, from here", Effect: plan.Changes,
		Why:  "A few repairs need root, such as opening a bucket that locked everybody out. From here they take 15 minutes and no password.",
		Undo: "Can be taken back at any time: iam:DisableOrganizationsRootSessions.",
		Request: plan.To(iam.NewFromConfig, (*iam.Client).EnableOrganizationsRootSessions,
			func(plan.Facts) *iam.EnableOrganizationsRootSessionsInput {
				return &iam.EnableOrganizationsRootSessionsInput{}
			}),
	})
	c.Wait["ServiceAccessNotEnabledException"] = trustSpreads
	return c
}

// strip removes what a member's root user has: what programs use first, the second factor last, so that no password is
// ever left without one.
func strip(audit Audit, ref string) []plan.Item {
	s := stripper{ref: ref}
	for _, k := range audit.Keys {
		s.key(k)
	}
	for _, id := range audit.Certificates {
		s.add("certificate", id, plan.Call{
			Title: "Delete the signing certificate " + id + " of the root user of " + ref, IAMAction: "iam:DeleteSigningCertificate",
			Why:    "It signs requests of programs from before 2010, with all of root's power.",
			NoUndo: "a deleted certificate cannot be had back; whoever needs one uploads another.",
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteSigningCertificate, func(plan.Facts) *iam.DeleteSigningCertificateInput {
				return &iam.DeleteSigningCertificateInput{CertificateId: aws.String(id)}
			}),
		})
	}
	if audit.Password {
		s.add("password", "", plan.Call{
			Title: "Remove the password of the root user of " + ref, IAMAction: "iam:DeleteLoginProfile",
			Why:  "Nobody needs it: you manage this account from the management account, and root tasks are started from there.",
			Undo: "A new one can be set from the management account: IAM, Root access management, Allow password recovery.",
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteLoginProfile, func(plan.Facts) *iam.DeleteLoginProfileInput {
				return &iam.DeleteLoginProfileInput{}
			}),
		})
	}
	for _, serial := range audit.Devices {
		c := s.add("device", serial, plan.Call{
			Title: "Remove the sign-in device (MFA) of the root user of " + ref, IAMAction: "iam:DeactivateMFADevice",
			Why:  "Without a password there is no login left that it could protect.",
			Undo: "If root is ever given a password again, register a device at that first sign-in.",
			Request: plan.To(iam.NewFromConfig, (*iam.Client).DeactivateMFADevice, func(plan.Facts) *iam.DeactivateMFADeviceInput {
				return &iam.DeactivateMFADeviceInput{SerialNumber: aws.String(serial)}
			}),
		})
		if audit.Password {
			c.After = []string{"guardrails/root/" + ref + "/password"}
		}
	}
	return s.items
}

type stripper struct {
	ref   string
	items []plan.Item
}

func (s *stripper) add(noun, id string, c plan.Call) *plan.Call {
	c.ID = "guardrails/root/" + s.ref + "/" + noun
	if id != "" {
		c.ID += "/" + id
	}
	c.Step, c.Lane, c.Where, c.Effect = name, "guardrails/root/"+s.ref, stripPlace(s.ref), plan.Deletes
	c.Done = []string{"NoSuchEntity"}
	s.items = append(s.items, plan.Item{Call: &c})
	return &c
}

// key deletes an access key. Programs may still use it, so a person says so in words.
func (s *stripper) key(k Key) {
	used := "AWS has never seen it used."
	if !k.LastUsed.IsZero() {
		used = "It was last used on " + k.LastUsed.UTC().Format("2 January 2006") + "."
	}
	state := "active"
	if !k.Active {
		state = "switched off"
	}
	s.add("key", k.ID, plan.Call{
		Title: fmt.Sprintf("Delete the access key %s of the root user of %s", k.ID, s.ref), IAMAction: "iam:DeleteAccessKey",
		Why:        "Whoever finds it can do everything in this account. It is " + state + ". " + used,
		NoUndo:     "a deleted key cannot be had back. Programs that use it stop working; give them a role.",
		Consent:    plan.Typed,
		Named:      k.ID,
		ConsentAsk: "The root access key of " + s.ref + " is deleted for good. " + used + " Programs that still use it stop working.",
		Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteAccessKey, func(plan.Facts) *iam.DeleteAccessKeyInput {
			return &iam.DeleteAccessKeyInput{AccessKeyId: aws.String(k.ID)}
		}),
	})
}

// references are the names accounts go by in plans, by id.
func references(a answers.Answers, f plan.Facts) map[string]string {
	refs := map[string]string{}
	for _, acc := range a.Accounts {
		if id, ok := f.Lookup(plan.AccountFact(acc.Key())); ok {
			refs[id] = acc.Key()
		}
	}
	if id, ok := f.Lookup(plan.AccountFact(plan.Management)); ok {
		refs[id] = plan.Management
	}
	return refs
}

func reference(refs map[string]string, id string) string {
	if ref, ok := refs[id]; ok {
		return ref
	}
	return id
}

// memberReferences are the members there are, and those the answers still want.
func memberReferences(s State, a answers.Answers, f plan.Facts) []string {
	refs := references(a, f)
	var out []string
	for i, acc := range s.Storage {
		if i > 0 {
			out = append(out, reference(refs, acc.Account))
		}
	}
	for _, acc := range a.Accounts {
		if _, known := f.Lookup(plan.AccountFact(acc.Key())); !known {
			out = append(out, acc.Key())
		}
	}
	return out
}
