package export

import (
	"fmt"
	"slices"
	"strings"
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
	var imports page
	imports.comment(strings.TrimPrefix(Mark, "# "))
	imports.blank()
	pages := map[string]*page{}
	for _, r := range p.Resources {
		if pages[r.File] == nil {
			pages[r.File] = &page{}
		}
		if r.ID == "" {
			r.Note = strings.TrimSpace(r.Note + "\nThe provider cannot import this type: the plan shows it as one to add. Adding it sets what is set already.")
		} else {
			imports.takeOver(r, p.Source.Home)
		}
		pages[r.File].resource(r, p.Source.Home)
	}
	for name, f := range pages {
		files[name] = f.Bytes()
	}
	files["imports.tf"] = imports.Bytes()
	return files
}

func (p *Project) versions() []byte {
	var f page
	f.block("terraform", func() {
		f.set("required_version", Text(requiredVersion))
		f.nest("required_providers", func() {
			f.set("aws", Map(Body{{Name: "source", Value: Text("hashicorp/aws")}, {Name: "version", Value: Text(providerVersion)}}))
		})
		f.blank()
		f.comment(`The state holds e-mail addresses and policies. Keep it in an encrypted bucket before more than one person works with it:
backend "s3" {
  bucket       = "…"
  key          = "organization.tfstate"
  region       = "` + p.Source.Home + `"
  encrypt      = true
  use_lockfile = true
}`)
	})
	return f.Bytes()
}

// providers are one for each account. Account ids are written out: a role that is not known when the plan is made would
// silently become the caller's own account.
func (p *Project) providers() []byte {
	var f page
	f.block(`provider "aws"`, func() {
		f.set("region", Text(p.Source.Home))
		f.set("allowed_account_ids", Texts([]string{p.Source.Management}))
	})
	used := map[string]bool{}
	for _, r := range p.Resources {
		used[r.Account] = true
	}
	for _, id := range p.members() {
		alias := p.alias(id)
		if !used[alias] {
			continue
		}
		f.nest(`provider "aws"`, func() {
			f.set("alias", Text(alias))
			f.set("region", Text(p.Source.Home))
			f.set("allowed_account_ids", Texts([]string{id}))
			f.nest("assume_role", func() { f.set("role_arn", Text("arn:aws:iam::"+id+":role/OrganizationAccountAccessRole")) })
		})
	}
	return f.Bytes()
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
