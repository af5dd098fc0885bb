package budgets

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(s State, a answers.Answers) []steps.Question {
	amount := "AWS mails you when you come near it; nothing is switched off. Choose what would surprise you."
	if b := s.Budget; b != nil && b.USD != a.Budget.MonthlyUSD {
		amount += fmt.Sprintf(" The budget %s stands at $%s now.", budgetName, dollars(b.USD))
	}
	who := "Up to 10 addresses, with commas between. A mailing list is best: it stays when people leave."
	if personal := slices.IndexFunc(a.Budget.Notify, answers.PersonalAddress); personal >= 0 {
		who = a.Budget.Notify[personal] + " looks like one person's own address: when that person is away or leaves, nobody hears of the cost. " + who
	}
	return []steps.Question{
		checked(a, steps.Question{
			Key: "budget.monthly_usd", Label: "Monthly budget (USD)", Title: "How much may AWS cost in a month, in US dollars?",
			Why: amount, Example: "100", Default: dollars(a.Budget.MonthlyUSD),
			Apply: func(a *answers.Answers, v string) {
				if usd, err := amountOf(v); err == nil {
					a.Budget.MonthlyUSD = usd
				}
			},
		}),
		checked(a, steps.Question{
			Key: "budget.notify", Label: "Budget mail goes to", Title: "Who hears when the cost rises?",
			Why: who, Example: "costs@acme.example", Default: strings.Join(a.Budget.Notify, ", "),
			Apply: func(a *answers.Answers, v string) { a.Budget.Notify = addresses(v) },
		}),
		checked(a, steps.Question{
			Key: "budget.per_account", Label: "Account budgets", Title: "A limit for single accounts, too?",
			Why:     "The same mails, for one account alone: a forgotten test in development does not hide behind production. Each budget is free. Write none for only the one above.",
			Example: "development 30, production 150", Default: formatPerAccount(a.Budget.PerAccount),
			Apply: func(a *answers.Answers, v string) {
				if limits, err := parsePerAccount(v); err == nil {
					a.Budget.PerAccount = limits
				}
			},
		}),
		{
			Key: "budget.anomalies", Label: "Unusual costs", Title: "How fast do you want to hear of an unusual cost?", Aside: true,
			Why:     "At once is some hours earlier than the daily mail. AWS sends it through a topic, and each address has to agree once by a click. Both are free.",
			Default: cmp.Or(a.Budget.Anomalies, answers.AnomaliesDaily),
			Choices: []steps.Choice{{Value: answers.AnomaliesDaily, Label: "In a daily mail"}, {Value: answers.AnomaliesImmediate, Label: "At once, and in the daily mail"}},
			Apply:   func(a *answers.Answers, v string) { a.Budget.Anomalies = v },
		},
	}
}

// nobody stands for no limit of a single account.
const nobody = "none"

func formatPerAccount(limits map[string]float64) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		all = append(all, key+" "+dollars(limits[key]))
	}
	return cmp.Or(strings.Join(all, ", "), nobody)
}

// parsePerAccount reads "development 30, production 150".
func parsePerAccount(v string) (map[string]float64, error) {
	limits := map[string]float64{}
	for one := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(",;\n", r) }) {
		key, amount, _ := strings.Cut(strings.TrimSpace(one), " ")
		if key == "" || strings.EqualFold(key, nobody) {
			continue
		}
		usd, err := amountOf(amount)
		if err != nil {
			return nil, fmt.Errorf("%q: write the account and its limit, like development 30", strings.TrimSpace(one))
		}
		limits[strings.ToLower(strings.TrimSuffix(key, ":"))] = usd
	}
	if len(limits) == 0 {
		return nil, nil
	}
	return limits, nil
}

func amountOf(v string) (float64, error) {
	v = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(v), "$"), " USD")
	usd, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || !(usd > 0) { // written so that NaN is refused too
		return 0, fmt.Errorf("%q is not a number of dollars above zero, like 100 or 49.50", v)
	}
	return usd, nil
}

func addresses(v string) []string {
	var out []string
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",; \t\n", r) }) {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, one) }) {
			out = append(out, one)
		}
	}
	return out
}

// checked gives the question the rules of the answers: what Validate would say about its field.
func checked(a answers.Answers, q steps.Question) steps.Question {
	q.Validate = func(v string) error {
		if strings.TrimSpace(v) == "" {
			return errors.New("this cannot be empty")
		}
		if q.Key == "budget.monthly_usd" {
			if _, err := amountOf(v); err != nil {
				return err
			}
		}
		if q.Key == "budget.per_account" {
			if _, err := parsePerAccount(v); err != nil {
				return err
			}
		}
		changed := a
		q.Apply(&changed, v)
		for _, p := range changed.Validate() {
			if p.Field == q.Key || strings.HasPrefix(p.Field, q.Key+"[") || strings.HasPrefix(p.Field, q.Key+".") {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return q
}
