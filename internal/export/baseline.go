package export

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	analyzertypes "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3control"

	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	guardrailsFile = "guardrails.tf"
	baselineFile   = "baseline.tf"
)

// entered are the accounts that can be entered, the management account first.
func (p *Project) entered() []string {
	ids := append([]string{p.Source.Management}, p.members()...)
	return slices.DeleteFunc(ids, func(id string) bool { return p.closed[id] })
}

// eachAccount reads one thing in every account; one that refuses is named, and the others go on.
func (p *Project) eachAccount(what, region string, read func(id string, cfg aws.Config) error) error {
	for _, id := range p.entered() {
		cfg, err := p.Source.Config(plan.Place{Account: id, Region: region})
		if err == nil {
			err = read(id, cfg)
		}
		if err := p.unread(what+" of "+p.called(id), err); err != nil {
			return err
		}
	}
	return nil
}

// contacts exports the alternate contacts of all accounts. AWS gives those of the members to the management account.
func contacts(ctx context.Context, p *Project) error {
	cfg, err := p.Source.Config(plan.Place{Account: p.Source.Management, Region: "us-east-1"})
	if err != nil {
		return err
	}
	client := account.NewFromConfig(cfg)
	for _, id := range append([]string{p.Source.Management}, p.members()...) {
		if err := p.unread("the contacts of "+p.called(id), p.contactsOf(ctx, client, id)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Project) contactsOf(ctx context.Context, client *account.Client, id string) error {
	for _, kind := range accounttypes.AlternateContactType("").Values() {
		in := &account.GetAlternateContactInput{AlternateContactType: kind}
		importID := string(kind)
		var body Body
		if id != p.Source.Management { // in the id and among the arguments, or it would be made anew
			in.AccountId, importID = &id, id+"/"+importID
			body.Set("account_id", p.ref(id))
		}
		out, err := client.GetAlternateContact(ctx, in)
		if steps.Absent(err, "ResourceNotFoundException") || err == nil && out.AlternateContact == nil {
			continue
		}
		if err != nil {
			return err
		}
		c := out.AlternateContact
		body.Set("alternate_contact_type", Text(string(kind)))
		body.Set("name", Text(aws.ToString(c.Name)))
		body.Set("title", Text(aws.ToString(c.Title)))
		body.Set("email_address", Text(aws.ToString(c.EmailAddress)))
		body.Set("phone_number", Text(aws.ToString(c.PhoneNumber)))
		p.add(Resource{Type: "aws_account_alternate_contact", Label: Label(p.called(id), string(kind)), File: baselineFile, ID: importID, Body: body})
	}
	return nil
}

// watchers are the accounts that run a service for the others: the management account and the one for security.
func (p *Project) watchers() []string {
	ids := []string{p.Source.Management}
	if s := p.Source.Security; s != "" && s != p.Source.Management && !p.closed[s] {
		ids = append(ids, s)
	}
	return ids
}

// analyzers exports the analyzers of access from outside.
func analyzers(ctx context.Context, p *Project) error {
	for _, region := range p.Source.Used {
		for _, id := range p.watchers() {
			cfg, err := p.Source.Config(plan.Place{Account: id, Region: region})
			if err == nil {
				err = p.analyzersIn(ctx, accessanalyzer.NewFromConfig(cfg), id, region)
			}
			if err := p.unread("the analyzers of "+p.called(id)+" in "+region, err); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Project) analyzersIn(ctx context.Context, client *accessanalyzer.Client, id, region string) error {
	list, err := all(ctx, accessanalyzer.NewListAnalyzersPaginator(client, &accessanalyzer.ListAnalyzersInput{}),
		func(o *accessanalyzer.ListAnalyzersOutput) []analyzertypes.AnalyzerSummary { return o.Analyzers })
	if err != nil {
		return err
	}
	order.By(list, func(a, b analyzertypes.AnalyzerSummary) int {
		return strings.Compare(aws.ToString(a.Name), aws.ToString(b.Name))
	})
	for _, a := range list {
		name := aws.ToString(a.Name)
		if a.Type != analyzertypes.TypeOrganization && a.Type != analyzertypes.TypeAccount {
			p.leave("the analyzer "+name+" in "+region, "it looks for more than access from outside; the wizard makes none of that kind")
			continue
		}
		var body Body
		body.Set("analyzer_name", Text(name))
		body.Set("type", Text(string(a.Type)))
		body.Tags(a.Tags)
		p.add(Resource{Type: "aws_accessanalyzer_analyzer", Label: Label(p.called(id), region), File: baselineFile, Account: p.alias(id), Region: region, ID: name, Body: body})
	}
	return nil
}

// passwords exports what the accounts ask of the passwords of IAM users, where it is not AWS's default.
func passwords(ctx context.Context, p *Project) error {
	return p.eachAccount("the password policy", "us-east-1", func(id string, cfg aws.Config) error {
		out, err := iam.NewFromConfig(cfg).GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
		if steps.Absent(err, "NoSuchEntity") {
			return nil
		}
		if err != nil {
			return err
		}
		have := out.PasswordPolicy
		var body Body
		for _, n := range []struct {
			name  string
			value *int32
		}{{"minimum_password_length", have.MinimumPasswordLength}, {"password_reuse_prevention", have.PasswordReusePrevention}, {"max_password_age", have.MaxPasswordAge}} {
			if aws.ToInt32(n.value) > 0 {
				body.Set(n.name, Whole(int64(*n.value)))
			}
		}
		body.Set("require_symbols", Bool(have.RequireSymbols))
		body.Set("require_numbers", Bool(have.RequireNumbers))
		body.Set("require_uppercase_characters", Bool(have.RequireUppercaseCharacters))
		body.Set("require_lowercase_characters", Bool(have.RequireLowercaseCharacters))
		body.Set("allow_users_to_change_password", Bool(have.AllowUsersToChangePassword))
		if aws.ToBool(have.HardExpiry) {
			body.Set("hard_expiry", Bool(true))
		}
		p.add(Resource{Type: "aws_iam_account_password_policy", Label: Label(p.called(id)), File: baselineFile, Account: p.alias(id), ID: "iam-account-password-policy", Body: body})
		return nil
	})
}

// publicAccess exports that no bucket of an account can be open to everybody. AWS answers what is in force: the accounts'
// own settings, or those of the organization's policy.
func publicAccess(ctx context.Context, p *Project) error {
	return p.eachAccount("the public access settings of S3", p.Source.Home, func(id string, cfg aws.Config) error {
		out, err := s3control.NewFromConfig(cfg).GetPublicAccessBlock(ctx, &s3control.GetPublicAccessBlockInput{AccountId: &id})
		if steps.Absent(err, "NoSuchPublicAccessBlockConfiguration") {
			return nil
		}
		if err != nil {
			return err
		}
		c := out.PublicAccessBlockConfiguration
		body := closed(c.BlockPublicAcls, c.BlockPublicPolicy, c.IgnorePublicAcls, c.RestrictPublicBuckets)
		p.add(Resource{Type: "aws_s3_account_public_access_block", Label: Label(p.called(id)), File: guardrailsFile, Account: p.alias(id), ID: id, Body: body})
		return nil
	})
}
