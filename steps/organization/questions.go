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
	names := namesOf(suggested(s, a))
	q := steps.Question{
		Key: "accounts", Label: "Accounts", Title: "Which accounts do you want?", Why: whyAccounts(s, a),
		Example: "security, production, development", Default: strings.Join(names, ", "),
		Found: !slices.Equal(names, namesOf(a.WithDefaults().Accounts)),
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

// whyAccounts shows the addresses that will be used, and what is there to be adopted.
func whyAccounts(s State, a answers.Answers) string {
	var addresses []string
	for _, acc := range suggested(s, a) {
		if acc.Email != "" {
			addresses = append(addresses, acc.Name+" = "+acc.Email)
		}
	}
	why := "Names with commas between. Each is free and gets its own address; all mail arrives in your mailbox: " +
		strings.Join(addresses, ", ") + ". An account cannot be deleted at once, so check the names now."
	if there := s.members(); len(there) > 0 {
		why += " Already there: " + strings.Join(there, ", ") + "; write the same name to use one of them, and no second one is made."
	}
	return why
}

// suggested are the accounts of the answers. Where these are only our own three and the organization has other
// accounts, it is those, with one for the logs: a second production beside "prod" could not be deleted again.
func suggested(s State, a answers.Answers) []answers.Account {
	full := a.WithDefaults()
	ours := answers.Answers{Email: a.Email}.WithDefaults()
	there := s.members()
	if len(there) == 0 || !slices.Equal(namesOf(full.Accounts), namesOf(ours.Accounts)) {
		return full.Accounts
	}
	for _, want := range full.Accounts {
		if _, ok := s.exactly(want); ok {
			return full.Accounts
		}
	}
	a.Accounts = nil
	for _, name := range there {
		a.Accounts = append(a.Accounts, answers.Account{Name: name})
	}
	full = a.WithDefaults()
	if full.Security() == "" {
		a.Accounts = append([]answers.Account{{Name: "security"}}, a.Accounts...)
		full = a.WithDefaults()
	}
	return full.Accounts
}

// members are the names of the usable accounts besides the management account.
func (s State) members() []string {
	var names []string
	for _, acc := range s.Accounts {
		if acc.usable() && acc.ID != s.Management {
			names = append(names, acc.Name)
		}
	}
	slices.Sort(names)
	return names
}

func namesOf(accounts []answers.Account) []string {
	var names []string
	for _, acc := range accounts {
		names = append(names, acc.Name)
	}
	return names
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
