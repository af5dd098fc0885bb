package organization

import (
	"errors"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(s State, a answers.Answers) []steps.Question {
	if s.Refused != "" || (s.Exists && (!s.manages() || !s.AllFeatures)) {
		return nil
	}
	full := a.WithDefaults()
	var names, addresses []string
	for _, acc := range full.Accounts {
		names = append(names, acc.Name)
		if acc.Email != "" {
			addresses = append(addresses, acc.Name+" = "+acc.Email)
		}
	}
	q := steps.Question{
		Key: "accounts", Title: "Which accounts do you want?",
		Why:     "Names with commas between. Each is free and gets its own address; all mail arrives in your mailbox: " + strings.Join(addresses, ", ") + ". An account cannot be deleted at once, so check the names now.",
		Example: "security, production, development", Default: strings.Join(names, ", "),
		Apply: setAccounts,
	}
	q.Validate = func(v string) error {
		if len(split(v)) == 0 {
			return errors.New("name at least one account, like security")
		}
		changed := a
		setAccounts(&changed, v)
		for _, p := range changed.Validate() {
			if strings.HasPrefix(p.Field, "accounts") {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return []steps.Question{q}
}

// setAccounts keeps what is known of the accounts that stay, such as an address of their own.
func setAccounts(a *answers.Answers, v string) {
	var accounts []answers.Account
	for _, name := range split(v) {
		acc := answers.Account{Name: name}
		i := slices.IndexFunc(a.Accounts, func(old answers.Account) bool { return old.Key() == acc.Key() })
		if i >= 0 {
			acc = a.Accounts[i]
			acc.Name = name
		}
		accounts = append(accounts, acc)
	}
	a.Accounts = accounts
}

// split cuts a list at its commas.
func split(v string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
