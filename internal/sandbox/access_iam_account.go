package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func (s *Sim) registerIAMAccount() {
	on(s, getPasswordPolicy)
	on(s, updatePasswordPolicy)
	on(s, deletePasswordPolicy)
	on(s, generateCredentialReport)
	on(s, getCredentialReport)
	on(s, listOrganizationsFeatures)
	on(s, enableRootCredentials)
	on(s, enableRootSessions)
	on(s, disableRootCredentials)
	on(s, disableRootSessions)
}

func noPasswordPolicy(account string) error {
	return FailWith(http.StatusNotFound, "NoSuchEntity", "The Password Policy with domain name "+account+" cannot be found.")
}

func getPasswordPolicy(r *Request, _ *iam.GetAccountPasswordPolicyInput) (*iam.GetAccountPasswordPolicyOutput, error) {
	p := r.World.iam(r.Principal.Account).Password
	if p == nil {
		return nil, noPasswordPolicy(r.Principal.Account)
	}
	out := &types.PasswordPolicy{MinimumPasswordLength: aws.Int32(p.MinimumLength), RequireSymbols: p.Symbols, RequireNumbers: p.Numbers,
		RequireUppercaseCharacters: p.Upper, RequireLowercaseCharacters: p.Lower, AllowUsersToChangePassword: p.Change,
		HardExpiry: aws.Bool(p.HardExpiry), ExpirePasswords: p.MaxAge > 0}
	if p.MaxAge > 0 {
		out.MaxPasswordAge = aws.Int32(p.MaxAge)
	}
	if p.Reuse > 0 {
		out.PasswordReusePrevention = aws.Int32(p.Reuse)
	}
	return &iam.GetAccountPasswordPolicyOutput{PasswordPolicy: out}, nil
}

// updatePasswordPolicy knows no partial update: what is left out goes back to its default, the length to 6.
func updatePasswordPolicy(r *Request, in *iam.UpdateAccountPasswordPolicyInput) (*iam.UpdateAccountPasswordPolicyOutput, error) {
	length := int32(6)
	if in.MinimumPasswordLength != nil {
		length = *in.MinimumPasswordLength
	}
	outside := func(v *int32, least, most int32) bool { return v != nil && (*v < least || *v > most) }
	if outside(&length, 6, 128) || outside(in.MaxPasswordAge, 1, 1095) || outside(in.PasswordReusePrevention, 1, 24) {
		return nil, Fail("ValidationError", "1 validation error detected: a value failed to satisfy its constraint")
	}
	r.World.writeIAM(r.Principal.Account).Password = &passwordPolicy{MinimumLength: length, Symbols: in.RequireSymbols, Numbers: in.RequireNumbers,
		Upper: in.RequireUppercaseCharacters, Lower: in.RequireLowercaseCharacters, Change: in.AllowUsersToChangePassword,
		HardExpiry: aws.ToBool(in.HardExpiry), MaxAge: aws.ToInt32(in.MaxPasswordAge), Reuse: aws.ToInt32(in.PasswordReusePrevention)}
	return &iam.UpdateAccountPasswordPolicyOutput{}, nil
}

func deletePasswordPolicy(r *Request, _ *iam.DeleteAccountPasswordPolicyInput) (*iam.DeleteAccountPasswordPolicyOutput, error) {
	if r.World.iam(r.Principal.Account).Password == nil {
		return nil, noPasswordPolicy(r.Principal.Account)
	}
	r.World.writeIAM(r.Principal.Account).Password = nil
	return &iam.DeleteAccountPasswordPolicyOutput{}, nil
}

// generateCredentialReport makes at most one report in four hours.
func generateCredentialReport(r *Request, _ *iam.GenerateCredentialReportInput) (*iam.GenerateCredentialReportOutput, error) {
	ready := r.World.iam(r.Principal.Account).Report
	switch now := r.World.Clock; {
	case ready.IsZero() || now.After(ready.Add(reportKept)):
		r.World.writeIAM(r.Principal.Account).Report = now.Add(r.World.Takes(reportTakes))
		return &iam.GenerateCredentialReportOutput{State: types.ReportStateTypeStarted, Description: aws.String("No report exists. Starting a new report generation task")}, nil
	case ready.After(now):
		return &iam.GenerateCredentialReportOutput{State: types.ReportStateTypeInprogress}, nil
	}
	return &iam.GenerateCredentialReportOutput{State: types.ReportStateTypeComplete}, nil
}

func getCredentialReport(r *Request, _ *iam.GetCredentialReportInput) (*iam.GetCredentialReportOutput, error) {
	w, id := r.World, r.Principal.Account
	ready := w.iam(id).Report
	switch {
	case ready.IsZero():
		return nil, FailWith(http.StatusGone, "ReportNotPresent", "No report exists. Generate a credential report first.")
	case ready.After(w.Clock):
		return nil, FailWith(http.StatusNotFound, "ReportInProgress", "The credential report is still being generated.")
	case w.Clock.After(ready.Add(reportKept)):
		return nil, FailWith(http.StatusGone, "ReportExpired", "The credential report has expired. Generate a new one.")
	}
	a := w.Accounts[id]
	var b strings.Builder
	b.WriteString("user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,access_key_1_active,access_key_2_active\n")
	fmt.Fprintf(&b, "<root_account>,arn:aws:iam::%s:root,%s,not_supported,no_information,%t,%t,%t\n",
		id, a.Created.Format(time.RFC3339), a.RootMFA, a.RootKeys > 0, a.RootKeys > 1)
	var users []*iamUser
	for _, u := range w.iam(id).Users {
		users = append(users, u)
	}
	order.By(users, func(a, b *iamUser) int { return cmp.Compare(a.Name, b.Name) })
	for _, u := range users {
		active := func(i int) bool { return i < len(u.Keys) && u.Keys[i].Active }
		fmt.Fprintf(&b, "%s,arn:aws:iam::%s:user/%s,%s,%t,no_information,%t,%t,%t\n",
			u.Name, id, u.Name, u.Created.Format(time.RFC3339), u.Login, u.MFA, active(0), active(1))
	}
	return &iam.GetCredentialReportOutput{Content: []byte(b.String()), ReportFormat: types.ReportFormatTypeTextCsv, GeneratedTime: aws.Time(ready)}, nil
}

// The root-feature errors keep the "Exception" at the end of their codes, unlike the rest of IAM.

func (r *Request) rootFeatures(write bool) error {
	w := r.World
	delegated := w.delegatedAdmin(r.Principal.Account, "iam.amazonaws.com")
	switch {
	case w.Org.ID == "" || w.Org.member(r.Principal.Account) == nil:
		return Fail("OrganizationNotFoundException", "The account is not a member of an organization.")
	case r.Principal.Account != w.Org.Management && write && !delegated:
		return Fail("CallerIsNotManagementAccountException", "The request is only allowed from the management account.")
	case r.Principal.Account != w.Org.Management && !delegated:
		return Fail("AccountNotManagementOrDelegatedAdministratorException", "The account is not the management account or a delegated administrator.")
	case w.Org.Features != "ALL":
		return Fail("OrganizationNotInAllFeaturesModeException", "The organization must have all features enabled.")
	case !w.trusted("iam.amazonaws.com"):
		return Fail("ServiceAccessNotEnabledException", "Trusted access is not enabled for IAM in AWS Organizations.")
	}
	return nil
}

func (w *World) setRootFeature(feature string, on bool) []types.FeatureType {
	if has := slices.Contains(w.IAM.RootFeatures, feature); on && !has {
		w.IAM.RootFeatures = append(w.IAM.RootFeatures, feature)
		w.Changed()
	} else if !on && has {
		w.IAM.RootFeatures = slices.DeleteFunc(w.IAM.RootFeatures, func(f string) bool { return f == feature })
		w.Changed()
	}
	return w.enabledRootFeatures()
}

func (w *World) enabledRootFeatures() []types.FeatureType {
	var out []types.FeatureType
	for _, f := range w.IAM.RootFeatures {
		out = append(out, types.FeatureType(f))
	}
	return out
}

func listOrganizationsFeatures(r *Request, _ *iam.ListOrganizationsFeaturesInput) (*iam.ListOrganizationsFeaturesOutput, error) {
	if err := r.rootFeatures(false); err != nil {
		return nil, err
	}
	return &iam.ListOrganizationsFeaturesOutput{EnabledFeatures: r.World.enabledRootFeatures(), OrganizationId: aws.String(r.World.Org.ID)}, nil
}

func enableRootCredentials(r *Request, _ *iam.EnableOrganizationsRootCredentialsManagementInput) (*iam.EnableOrganizationsRootCredentialsManagementOutput, error) {
	if err := r.rootFeatures(true); err != nil {
		return nil, err
	}
	return &iam.EnableOrganizationsRootCredentialsManagementOutput{EnabledFeatures: r.World.setRootFeature(rootCredentials, true), OrganizationId: aws.String(r.World.Org.ID)}, nil
}

func enableRootSessions(r *Request, _ *iam.EnableOrganizationsRootSessionsInput) (*iam.EnableOrganizationsRootSessionsOutput, error) {
	if err := r.rootFeatures(true); err != nil {
		return nil, err
	}
	return &iam.EnableOrganizationsRootSessionsOutput{EnabledFeatures: r.World.setRootFeature(rootSessions, true), OrganizationId: aws.String(r.World.Org.ID)}, nil
}

func disableRootCredentials(r *Request, _ *iam.DisableOrganizationsRootCredentialsManagementInput) (*iam.DisableOrganizationsRootCredentialsManagementOutput, error) {
	if err := r.rootFeatures(true); err != nil {
		return nil, err
	}
	return &iam.DisableOrganizationsRootCredentialsManagementOutput{EnabledFeatures: r.World.setRootFeature(rootCredentials, false), OrganizationId: aws.String(r.World.Org.ID)}, nil
}

func disableRootSessions(r *Request, _ *iam.DisableOrganizationsRootSessionsInput) (*iam.DisableOrganizationsRootSessionsOutput, error) {
	if err := r.rootFeatures(true); err != nil {
		return nil, err
	}
	return &iam.DisableOrganizationsRootSessionsOutput{EnabledFeatures: r.World.setRootFeature(rootSessions, false), OrganizationId: aws.String(r.World.Org.ID)}, nil
}
