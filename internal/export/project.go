package export

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Mark is the first line of imports.tf; by it a folder of an earlier export is known.
const Mark = "# Written by wizard export terraform. Each block takes over what exists; nothing is made by them."

// The versions the project asks for. Import blocks came with Terraform and OpenTofu 1.5; the provider's 6.40 does not
// show a difference for ever in the encryption of buckets, and 6.41 knows what a budget counts in AWS's new way.
const (
	requiredVersion = ">= 1.5.0"
	providerVersion = ">= 6.41.0, < 7.0.0"
)

// Render gives the project's files by path.
func (p *Project) Render() map[string][]byte {
	files := map[string][]byte{}
	for path, content := range p.Files {
		files[path] = content
	}
	files["versions.tf"] = p.versions()
	files["providers.tf"] = p.providers()
	files["README.md"] = p.readme()
	imports := hclwrite.NewEmptyFile()
	comment(imports.Body(), strings.TrimPrefix(Mark, "# "))
	imports.Body().AppendNewline()
	bodies := map[string]*hclwrite.File{}
	for _, r := range p.Resources {
		if bodies[r.File] == nil {
			bodies[r.File] = hclwrite.NewEmptyFile()
		}
		if r.ID == "" {
			r.Note = strings.TrimSpace(r.Note + "\nThe provider cannot import this type: the plan shows it as one to add. Adding it sets what is set already.")
		} else {
			r.imports(imports.Body(), p.Source.Home)
		}
		r.write(bodies[r.File].Body(), p.Source.Home)
	}
	for name, f := range bodies {
		files[name] = tidy(f)
	}
	files["imports.tf"] = tidy(imports)
	return files
}

// tidy is the file as terraform fmt has it, ending with one newline.
func tidy(f *hclwrite.File) []byte {
	return append(bytes.TrimSpace(hclwrite.Format(f.Bytes())), '\n')
}

func (p *Project) versions() []byte {
	f := hclwrite.NewEmptyFile()
	terraform := f.Body().AppendNewBlock("terraform", nil).Body()
	terraform.SetAttributeValue("required_version", cty.StringVal(requiredVersion))
	terraform.AppendNewline()
	terraform.AppendNewBlock("required_providers", nil).Body().SetAttributeValue("aws", cty.ObjectVal(map[string]cty.Value{
		"source": cty.StringVal("hashicorp/aws"), "version": cty.StringVal(providerVersion)}))
	terraform.AppendNewline()
	comment(terraform, `The state holds e-mail addresses and policies. Keep it in an encrypted bucket before more than one person works with it:
backend "s3" {
  bucket       = "…"
  key          = "organization.tfstate"
  region       = "`+p.Source.Home+`"
  encrypt      = true
  use_lockfile = true
}`)
	return tidy(f)
}

// providers are one for each account. Account ids are written out: a role that is not known when the plan is made would
// silently become the caller's own account.
func (p *Project) providers() []byte {
	f := hclwrite.NewEmptyFile()
	own := f.Body().AppendNewBlock("provider", []string{"aws"}).Body()
	own.SetAttributeValue("region", cty.StringVal(p.Source.Home))
	own.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(p.Source.Management)}))
	used := map[string]bool{}
	for _, r := range p.Resources {
		used[r.Account] = true
	}
	for _, id := range p.members() {
		alias := p.alias(id)
		if !used[alias] {
			continue
		}
		f.Body().AppendNewline()
		b := f.Body().AppendNewBlock("provider", []string{"aws"}).Body()
		b.SetAttributeValue("alias", cty.StringVal(alias))
		b.SetAttributeValue("region", cty.StringVal(p.Source.Home))
		b.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(id)}))
		b.AppendNewline()
		b.AppendNewBlock("assume_role", nil).Body().SetAttributeValue("role_arn", cty.StringVal("arn:aws:iam::"+id+":role/OrganizationAccountAccessRole"))
	}
	return tidy(f)
}

// Counts are how many resources are imported, and how many the plan will add because they cannot be.
func (p *Project) Counts() (imported, added int) {
	for _, r := range p.Resources {
		if r.ID == "" {
			added++
		} else {
			imported++
		}
	}
	return imported, added
}

func (p *Project) readme() []byte {
	imported, added := p.Counts()
	var b strings.Builder
	fmt.Fprintf(&b, `# The organization as Terraform

Written by `+"`wizard export terraform`"+`. It works with Terraform and OpenTofu. Nothing is made anew: every resource has an
import block in `+"`imports.tf`"+`.

Sign in as an administrator of the management account %s (not as root, which cannot enter the other accounts), then:

`+"```sh"+`
terraform init
terraform plan -out=takeover.plan
terraform apply takeover.plan
`+"```"+`

The plan has to say: **%d to import, %d to add, 0 to change, 0 to destroy.** If it says anything else, do not apply it: export once
more, and compare. (With imports in it, `+"`terraform plan -detailed-exitcode`"+` ends with 2; that is no drift.) After the apply,
`+"`terraform plan`"+` says that nothing changes, and `+"`imports.tf`"+` may stay or go.

`, p.Source.Management, imported, added)
	if added > 0 {
		b.WriteString("What is added cannot be imported by the provider. Adding it sets what is set already:\n\n")
		for _, r := range p.Resources {
			if r.ID == "" {
				fmt.Fprintf(&b, "- `%s`\n", r.Address())
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("## Files\n\n| file | resources |\n| --- | --- |\n")
	count := map[string]int{}
	var names []string
	for _, r := range p.Resources {
		if count[r.File] == 0 {
			names = append(names, r.File)
		}
		count[r.File]++
	}
	for _, n := range names {
		fmt.Fprintf(&b, "| `%s` | %d |\n", n, count[n])
	}
	b.WriteString("\nPolicies are the files in `policies/`, as AWS has them.\n\n## Not exported\n\n")
	for _, u := range p.Unmanaged {
		fmt.Fprintf(&b, "- %s: %s.\n", u.What, u.Why)
	}
	var tagged []string
	for _, r := range p.Resources {
		if tagsStay[r.Type] && !slices.Contains(tagged, "`"+r.Type+"`") {
			tagged = append(tagged, "`"+r.Type+"`")
		}
	}
	slices.Sort(tagged)
	if len(tagged) > 0 {
		fmt.Fprintf(&b, "- the tags of %s: the wizard gives them none. Terraform leaves those alone that somebody gave them (`ignore_changes`).\n", strings.Join(tagged, ", "))
	}
	if len(p.Unmanaged)+len(tagged) == 0 {
		b.WriteString("Nothing is left out.\n")
	}
	b.WriteString("\nNothing secret is in these files. The state file will hold the e-mail addresses of accounts and people.\n")
	return []byte(b.String())
}
