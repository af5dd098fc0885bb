package handover

import (
	_ "embed"
	"fmt"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// Topic is something that stays with the founder, with what to do next.
type Topic struct {
	Title, Why string
	Controls   []string // AWS Startup Security Baseline ids
	URL        string
	// Next are the actions, in order. What follows the first line of one is to be copied as it is.
	Next []string
}

// The documents to copy. Names in braces are filled in; those in capitals are the founder's.
var (
	//go:embed documents/trust.json
	trustDocument string
	//go:embed documents/deploy.json
	deployDocument string
	//go:embed documents/workflow.yaml
	workflowDocument string
	//go:embed documents/read-secret.json
	readSecretDocument string
	//go:embed documents/bucket.json
	bucketDocument string
	//go:embed documents/team.json
	teamDocument string
)

// filled is a document with names in the place of those in braces.
func filled(document string, names ...string) string {
	return strings.NewReplacer(names...).Replace(strings.TrimSpace(document))
}

const (
	supportPage    = "https://console.aws.amazon.com/support/plans/home"
	advisorPage    = "https://console.aws.amazon.com/trustedadvisor/home"
	parametersPage = "https://console.aws.amazon.com/systems-manager/parameters"
	findingsPage   = "https://console.aws.amazon.com/access-analyzer/home"
	pipelinePage   = "https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws"
	cloudShell     = "https://console.aws.amazon.com/cloudshell/home"
	mostListed     = 8
)

// Topics are all that stays with the founder, whether or not there is a need for it yet. They are for reading at leisure:
// the report has them all.
func Topics(a answers.Answers, f plan.Facts) []Topic {
	a = a.WithDefaults()
	return []Topic{supportTopic(a, f), secretsTopic(a), pipelineTopic(a, f), policiesTopic(f), webTopic(a), codeTopic()}
}

// called names an account, with its number where that is known.
func called(ref string, f plan.Facts) string {
	if id, known := f.Lookup(plan.AccountFact(ref)); known {
		return steps.Called(ref, id)
	}
	return ref
}

func supportTopic(a answers.Answers, f plan.Facts) Topic {
	ref := production(a)
	return Topic{Title: "Decide on help from AWS for production", Controls: []string{"ACCT.12"}, URL: supportPage,
		Why: "Each account begins with the Basic plan: free, answers about bills only, and a few checks of Trusted Advisor, AWS's own inspector. " +
			"Business Support+ is from $29 a month for each account. An engineer then answers at any hour, in under 30 minutes when production is down. All checks of Trusted Advisor come with it. " +
			"The price grows with what you spend; the page shows it before you choose.",
		Next: []string{
			"Open the account " + called(ref, f) + " from the access portal, then the link.",
			"Once customers depend on it, choose Business Support+. Only this account needs it.",
			"Until then stay on Basic. Look once a month at what Trusted Advisor shows for free: " + advisorPage,
		}}
}

func secretsTopic(a answers.Answers) Topic {
	return Topic{Title: "Keep secrets where only one program can read them", Controls: []string{"WKLD.03"}, URL: parametersPage,
		Why: "A password in a variable, a file or the code is read by everybody who may look there. Parameter Store keeps it encrypted, free. " +
			"Secrets Manager is $0.40 a month for each secret, and can change it by itself.",
		Next: []string{
			"Write the secret into secret.txt, so that it is in no history of commands. Keep it:\n" +
				"aws ssm put-parameter --name /production/stripe --type SecureString --value file://secret.txt --region " + a.HomeRegion,
			"Or in Secrets Manager, where it has to be changed often:\n" +
				"aws secretsmanager create-secret --name production/stripe --secret-string file://secret.txt --region " + a.HomeRegion,
			"Delete secret.txt. Let the program read the secret when it starts, with a role that may read this one and no other:\n" +
				filled(readSecretDocument, "{region}", a.HomeRegion),
		}}
}

// foundSecrets is the topic of secrets for what was found. Only names are known.
func foundSecrets(found []secret, refs steps.References) Topic {
	lines := make([]string, 0, mostListed)
	for i, s := range found {
		if i == mostListed {
			lines = append(lines, fmt.Sprintf("and %d more", len(found)-mostListed))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: %s (%s, %s)", s.Function, s.Variable, refs.Of(s.Account), s.Region))
	}
	first := found[0]
	parameter := "/" + first.Function + "/" + first.Variable
	title := "Move a secret out of the variables of a function"
	if len(found) > 1 {
		title = fmt.Sprintf("Move %d secrets out of the variables of functions", len(found))
	}
	return Topic{Title: title, URL: parametersPage,
		Why: "Everybody who may look at the function reads them there (WKLD.03). They were found by their names; the wizard kept no value. " +
			"Parameter Store keeps a secret encrypted, free. Secrets Manager is $0.40 a month for each, and can change it by itself.",
		Next: []string{
			"These look like secrets:\n" + strings.Join(lines, "\n"),
			"Make a new one where it came from, as the old one may have been read. Write it into secret.txt, and keep it:\n" +
				"aws ssm put-parameter --name " + parameter + " --type SecureString --value file://secret.txt --region " + first.Region,
			"Give the function's role ssm:GetParameter for this one name, and let the function read it when it starts.",
			"Delete the variable, then secret.txt and the old secret.",
		}}
}

func pipelineTopic(a answers.Answers, f plan.Facts) Topic {
	ref := production(a)
	id := f.AccountID(ref)
	return Topic{Title: "Let your pipeline sign in without keys", Controls: []string{"WKLD.15"}, URL: pipelinePage,
		Why: "An access key in the settings of a pipeline is how many accounts are taken over. With OpenID Connect no key exists: " +
			"GitHub vouches for each run, and AWS lets it in for an hour. Free. Other hosts of code have the same.",
		Next: []string{
			"Open the account " + called(ref, f) + " from the access portal, and there CloudShell, a terminal in the browser: " + cloudShell,
			"Let AWS know GitHub:\naws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com",
			"Say which repository and branch may come in. Write this into trust.json, with your own names and numbers:\n" + filled(trustDocument, "{account}", id),
			"The numbers come from this command. A repository made before 15 July 2026 and not renamed since goes without @OWNER_ID and @REPO_ID:\n" +
				"gh api repos/OWNER/REPO --jq '.owner.id, .id'",
			"Write what your deployment needs, and no more, into deploy.json. To fill one bucket it is:\n" + filled(deployDocument),
			"Make the role:\naws iam create-role --role-name deploy --assume-role-policy-document file://trust.json\n" +
				"aws iam put-role-policy --role-name deploy --policy-name deploy --policy-document file://deploy.json",
			"In the job of the workflow; then delete the key it had:\n" + filled(workflowDocument, "{account}", id, "{region}", a.HomeRegion),
		}}
}

func policiesTopic(f plan.Facts) Topic {
	return Topic{Title: "Let each bucket, key and queue say who may use it", Controls: []string{"WKLD.02"}, URL: findingsPage,
		Why: "A role that may do too much is stopped by the thing itself, when that says who may come. Free. " +
			"Never write \"*\" where it says who, without a condition beside it.",
		Next: []string{
			"Look at what is open to the outside now, and close it or say that it is meant: " + findingsPage,
			"Keep a bucket inside your organization, and behind HTTPS. Write this into bucket.json, with its name for BUCKET:\n" +
				filled(bucketDocument, "{organization}", f.Get("organization.id")),
			"Put it on the bucket. It replaces the policy the bucket has, so add to bucket.json what has to stay:\n" +
				"aws s3api put-bucket-policy --bucket BUCKET --policy file://bucket.json",
			"IAM Identity Center can give each session the team of its person as a tag (Settings, Attributes for access control). Then people reach only what has the same tag:\n" +
				filled(teamDocument),
		}}
}

func webTopic(a answers.Answers) Topic {
	return Topic{Title: "Put HTTPS and a shield before what is public", Controls: []string{"WKLD.13", "WKLD.14"}, URL: "https://console.aws.amazon.com/cloudfront/v4/home",
		Why: "Certificates are free, and so are 1 TB and 10 million requests a month of CloudFront, AWS's network near your visitors. " +
			"Its protection against floods (Shield Standard) is free and on. AWS WAF, which looks into requests, is about $5 a month and $1 for each rule.",
		Next: []string{
			"Get a certificate; AWS renews it. For CloudFront it has to be in us-east-1:\n" +
				"aws acm request-certificate --domain-name example.com --subject-alternative-names '*.example.com' --validation-method DNS --region us-east-1",
			"Let CloudFront be the only public thing: its origin is the load balancer or a private bucket with origin access control. Choose Redirect HTTP to HTTPS.",
			"Where a load balancer is public itself, let port 80 only send people on:\n" +
				"aws elbv2 create-listener --load-balancer-arn LOAD_BALANCER --protocol HTTP --port 80 --default-actions 'Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,StatusCode=HTTP_301}' --region " + a.HomeRegion,
			"When you have customers, add AWS WAF with AWS's common rules, at first only counting.",
		}}
}

func codeTopic() Topic {
	return Topic{Title: "Keep secrets out of your code, and find those that got in", Controls: []string{"WKLD.04", "WKLD.05"}, URL: "https://docs.github.com/code-security/secret-scanning",
		Why: "A key in a repository is found by strangers within minutes once it is public. The scanner Gitleaks is free.",
		Next: []string{
			"Look through the whole history once:\ngitleaks git .",
			"Look before each commit. Write this into .git/hooks/pre-commit and make it executable:\n#!/bin/sh\nexec gitleaks git --pre-commit --staged",
			"Turn on secret scanning and push protection where your code is hosted. For public repositories on GitHub they are free.",
			"A secret that was found counts as stolen: make a new one first, then delete the old one.",
		}}
}
