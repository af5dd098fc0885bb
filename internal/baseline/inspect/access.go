package inspect

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awswizard/internal/baseline"
	"awswizard/internal/beside"
)

// enter makes sure that there is a way into the account, so that one answer tells it and not a hundred.
func (l *look) enter(ctx context.Context, a *baseline.Account) error {
	cfg, err := l.config(a.ID, l.src.Home)
	if err != nil {
		return err
	}
	_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return err
}

// access looks at who may come in: contacts, root, IAM users.
func (l *look) access(ctx context.Context, a *baseline.Account) {
	cfg, err := l.config(a.ID, "us-east-1")
	if err != nil {
		return // enter has been here already
	}
	client := iam.NewFromConfig(cfg)
	beside.All(
		func() {
			a.Contacts = ask(ctx, l, "account:GetAlternateContact", func() (map[string]string, error) { return contacts(ctx, account.NewFromConfig(cfg)) })
		},
		func() {
			a.Root = ask(ctx, l, "iam:GetAccountSummary", func() (baseline.Root, error) { return root(ctx, client) })
		},
		func() {
			a.RootUsed = ask(ctx, l, "iam:GetCredentialReport", func() (time.Time, error) { return rootUsed(ctx, client) })
		},
		func() {
			a.Password = ask(ctx, l, "iam:GetAccountPasswordPolicy", func() (*baseline.PasswordPolicy, error) { return passwords(ctx, client) })
		},
		func() {
			a.Providers = ask(ctx, l, "iam:ListOpenIDConnectProviders", func() ([]string, error) { return providers(ctx, client) })
		},
		func() {
			a.SecurityHub = ask(ctx, l, "iam:GetRole AWSServiceRoleForSecurityHub", func() (bool, error) { return securityHub(ctx, client) })
		},
		func() { a.Users = l.users(ctx, client) },
	)
}

// users looks at the IAM users. One that cannot be looked at leaves all of them unknown.
func (l *look) users(ctx context.Context, client *iam.Client) baseline.Seen[[]baseline.User] {
	names := ask(ctx, l, "iam:ListUsers", func() ([]string, error) { return users(ctx, client) })
	looks := make([]baseline.Seen[baseline.User], len(names.Value))
	beside.Each(names.Value, func(n int, name string) {
		looks[n] = ask(ctx, l, "iam:ListAccessKeys", func() (baseline.User, error) { return user(ctx, client, name) })
	})
	seen := baseline.Seen[[]baseline.User]{Call: names.Call, Why: names.Why}
	for n, u := range looks {
		if u.Why != "" {
			return baseline.Seen[[]baseline.User]{Call: "the IAM user " + names.Value[n], Why: u.Why}
		}
		seen.Value = append(seen.Value, u.Value)
	}
	return seen
}

func root(ctx context.Context, client *iam.Client) (baseline.Root, error) {
	out, err := client.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return baseline.Root{}, err
	}
	return baseline.Root{Password: out.SummaryMap["AccountPasswordPresent"] > 0, MFA: out.SummaryMap["AccountMFAEnabled"] > 0,
		Keys: out.SummaryMap["AccountAccessKeysPresent"] > 0}, nil
}

func securityHub(ctx context.Context, client *iam.Client) (bool, error) {
	_, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("AWSServiceRoleForSecurityHub")})
	if code(err) == "NoSuchEntity" {
		return false, nil
	}
	return err == nil, err
}

func contacts(ctx context.Context, client *account.Client) (map[string]string, error) {
	kinds := accounttypes.AlternateContactType("").Values()
	found := make([]*accounttypes.AlternateContact, len(kinds))
	err := beside.Try(kinds, func(n int, kind accounttypes.AlternateContactType) error {
		c, err := client.GetAlternateContact(ctx, &account.GetAlternateContactInput{AlternateContactType: kind})
		if code(err) == "ResourceNotFoundException" {
			return nil
		}
		if err == nil {
			found[n] = c.AlternateContact
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for n, kind := range kinds {
		if c := found[n]; c != nil {
			out[string(kind)] = aws.ToString(c.EmailAddress)
		}
	}
	return out, nil
}

// rootUsed looks whether the account has a credential report by chance: making one is a write, and check makes none.
func rootUsed(ctx context.Context, client *iam.Client) (time.Time, error) {
	out, err := client.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
	if slices.Contains([]string{"ReportNotPresent", "ReportExpired", "ReportInProgress"}, code(err)) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	rows, err := csv.NewReader(bytes.NewReader(out.Content)).ReadAll()
	if err != nil || len(rows) == 0 {
		return time.Time{}, errors.New("the credential report cannot be read")
	}
	column := slices.Index(rows[0], "password_last_used")
	for _, row := range rows {
		if row[0] == "<root_account>" && column >= 0 {
			if row[column] == "no_information" { // never, or not since AWS keeps it
				return time.Time{}, nil
			}
			return time.Parse(time.RFC3339, row[column])
		}
	}
	return time.Time{}, nil
}

func passwords(ctx context.Context, client *iam.Client) (*baseline.PasswordPolicy, error) {
	out, err := client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
	if code(err) == "NoSuchEntity" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := out.PasswordPolicy
	policy := &baseline.PasswordPolicy{Length: int(aws.ToInt32(p.MinimumPasswordLength)), Reuse: int(aws.ToInt32(p.PasswordReusePrevention))}
	for _, wanted := range []bool{p.RequireLowercaseCharacters, p.RequireUppercaseCharacters, p.RequireNumbers, p.RequireSymbols} {
		if wanted {
			policy.Kinds++
		}
	}
	return policy, nil
}

// providers are the addresses of the account's OpenID Connect providers: arn:aws:iam::ID:oidc-provider/ADDRESS.
func providers(ctx context.Context, client *iam.Client) ([]string, error) {
	out, err := client.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil {
		return nil, err
	}
	var all []string
	for _, p := range out.OpenIDConnectProviderList {
		_, address, _ := strings.Cut(aws.ToString(p.Arn), "/")
		all = append(all, address)
	}
	return all, nil
}

func users(ctx context.Context, client *iam.Client) ([]string, error) {
	return all(func(token *string) ([]string, *string, error) {
		out, err := client.ListUsers(ctx, &iam.ListUsersInput{Marker: token})
		if err != nil {
			return nil, nil, err
		}
		var names []string
		for _, u := range out.Users {
			names = append(names, aws.ToString(u.UserName))
		}
		return names, out.Marker, nil
	})
}

func user(ctx context.Context, client *iam.Client, name string) (baseline.User, error) {
	u := baseline.User{Name: name}
	keys, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &name})
	if err != nil {
		return u, err
	}
	for _, k := range keys.AccessKeyMetadata {
		if k.Status == types.StatusTypeActive {
			u.Keys++
		}
	}
	_, err = client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &name})
	if err != nil && code(err) != "NoSuchEntity" {
		return u, err
	}
	u.Console = err == nil
	devices, err := client.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: &name})
	if err != nil {
		return u, err
	}
	u.MFA = len(devices.MFADevices) > 0
	attached, err := client.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &name})
	if err != nil {
		return u, err
	}
	inline, err := client.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &name})
	if err != nil {
		return u, err
	}
	u.Direct = len(attached.AttachedPolicies)+len(inline.PolicyNames) > 0
	return u, nil
}
