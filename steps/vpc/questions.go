package vpc

import (
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

const (
	nobody = "no"
	all    = "all"
)

func questions(_ State, a answers.Answers) []steps.Question {
	workloads := a.Workloads()
	if len(workloads) == 0 {
		return nil
	}
	qs := []steps.Question{accountsQuestion(a, workloads)}
	if len(a.VPC.Accounts) > 0 {
		qs = append(qs, wayOutQuestion(a))
	}
	return qs
}

func accountsQuestion(a answers.Answers, workloads []answers.Account) steps.Question {
	q := steps.Question{
		Key: "vpc.accounts", Label: "Private networks", Title: "Make a private network for your product?",
		Why:     "Servers, databases and containers need one; functions and files do not. It is free, and you can say yes any day. Its Region is " + strings.Join(a.VPCRegions(), ", ") + ".",
		Default: nobody,
		Choices: []steps.Choice{{Value: nobody, Label: "No, or not now"}},
		Apply: func(a *answers.Answers, v string) {
			switch v {
			case nobody:
				a.VPC.Accounts = nil
			case all:
				a.VPC.Accounts = names(a.WithDefaults().Workloads())
			default:
				a.VPC.Accounts = strings.Split(v, ",")
			}
		},
	}
	if len(workloads) > 1 {
		q.Choices = append(q.Choices, steps.Choice{Value: all, Label: "Yes, in " + strings.Join(names(workloads), " and ")})
	}
	for _, acc := range workloads {
		q.Choices = append(q.Choices, steps.Choice{Value: acc.Name, Label: "Only in " + acc.Name})
	}
	if given := a.VPC.Accounts; len(given) > 0 {
		q.Default = strings.Join(given, ",")
		if slices.Equal(a.VPCAccounts(), keys(workloads)) {
			q.Default = all
		}
		if len(workloads) == 1 {
			q.Default = workloads[0].Name
		}
		if !slices.ContainsFunc(q.Choices, func(c steps.Choice) bool { return c.Value == q.Default }) {
			q.Choices = append(q.Choices, steps.Choice{Value: q.Default, Label: "In " + strings.Join(given, " and ")})
		}
	}
	return q
}

func names(accounts []answers.Account) []string {
	var out []string
	for _, acc := range accounts {
		out = append(out, acc.Name)
	}
	return out
}

func keys(accounts []answers.Account) []string {
	var out []string
	for _, acc := range accounts {
		out = append(out, acc.Key())
	}
	return out
}

func wayOutQuestion(a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "vpc.nat", Label: "Way out of private networks", Title: "May private servers call the internet by themselves?",
		Why: "That needs a NAT gateway (a way out that nobody can come in by). Each costs about $37 a month, plus $0.045 for each GB. " +
			"Without one they still reach S3 and DynamoDB, and what stands in a public subnet reaches the internet.",
		Default: a.VPC.NAT,
		Choices: []steps.Choice{
			{Value: answers.NATNone, Label: "No, nothing that costs money"},
			{Value: answers.NATOne, Label: "Yes, one way out for each network: about $37 a month. It stops when its zone does"},
			{Value: answers.NATPerZone, Label: "Yes, one for each zone: about $110 a month for each network"},
		},
		Apply: func(a *answers.Answers, v string) { a.VPC.NAT = v },
	}
	if q.Default == "" {
		q.Default = answers.NATNone
	}
	return q
}
