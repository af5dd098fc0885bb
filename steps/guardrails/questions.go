package guardrails

import (
	"errors"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(s State, a answers.Answers) []steps.Question {
	if s.Refused != "" || (s.Exists && s.Management != s.Caller) {
		return nil
	}
	q := steps.Question{
		Key: "allowed_regions", Label: "Allowed Regions", Title: "Work only in certain Regions?",
		Why:     "Name the Regions your accounts may use, with commas between; your home and us-east-1 are always among them. Write all for no limit: you can add one any day.",
		Example: "eu-west-1, eu-central-1", Default: "all",
		Apply: func(a *answers.Answers, v string) { a.AllowedRegions = parseRegions(v, a.HomeRegion) },
	}
	if len(a.AllowedRegions) > 0 {
		q.Default = strings.Join(a.AllowedRegions, ", ")
	}
	q.Validate = func(v string) error {
		changed := a
		q.Apply(&changed, v)
		for _, p := range changed.Validate() {
			if strings.HasPrefix(p.Field, "allowed_regions") {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return []steps.Question{q, publicQuestion(a), moneyQuestion(a)}
}

func publicQuestion(a answers.Answers) steps.Question {
	return steps.Question{
		Key: "block_public_s3", Label: "Files open to all", Title: "Keep all files in S3 from the public?",
		Why:     "Most leaks of files are a bucket left open. Websites can still be published through CloudFront. Buckets that are public now are looked for, and wait for you.",
		Default: a.BlockPublicS3,
		Choices: []steps.Choice{
			{Value: answers.S3Everywhere, Label: "In all accounts, also future ones, and nobody in an account can change it (advised)"},
			{Value: answers.S3ByAccount, Label: "Account by account, because one of them serves files straight from S3"},
		},
		Apply: func(a *answers.Answers, v string) { a.BlockPublicS3 = v },
	}
}

func moneyQuestion(a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "no_commitments", Label: "Binding purchases", Title: "Forbid purchases that bind for months or years?",
		Why:     "Reserved capacity, savings plans, Marketplace subscriptions, domains. Some AI models on Bedrock are Marketplace subscriptions. You can change it any day.",
		Default: "no",
		Choices: []steps.Choice{
			{Value: "no", Label: "No, administrators of the accounts may buy them"},
			{Value: "yes", Label: "Yes, only this management account may"},
		},
		Apply: func(a *answers.Answers, v string) { a.NoCommitments = v == "yes" },
	}
	if a.NoCommitments {
		q.Default = "yes"
	}
	return q
}

// parseRegions reads the list; home is added, since a guard without it would stop the set-up's own work.
func parseRegions(v, home string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part == "all" {
			return nil
		}
		if part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	if len(out) > 0 && home != "" && !slices.Contains(out, home) {
		out = append([]string{home}, out...)
	}
	return out
}
