package answers

import (
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/pattern"
)

// Lengths AWS accepts for the address of an account (CreateAccount: 6 to 64 characters).
const (
	minEmail = 6
	maxEmail = 64
)

// PlusAddress makes the address of one account from the mailbox all accounts share: aws@acme.example and production
// give aws+production@acme.example. A mailbox that already has a plus part keeps it in front:
// aws+x@acme.example gives aws+x-production@acme.example. Mail to it arrives in the same mailbox.
func PlusAddress(mailbox, tag string) (string, error) {
	if what := emailFault(mailbox); what != "" {
		return "", fmt.Errorf("the mailbox %q %s", mailbox, what)
	}
	if tag == "" {
		return "", fmt.Errorf("the address made from %s needs a word to put after the plus sign", mailbox)
	}
	local, domain, _ := strings.Cut(mailbox, "@")
	join := "+"
	if strings.Contains(local, "+") {
		join = "-"
		if strings.HasSuffix(local, "+") {
			join = ""
		}
	}
	address := local + join + tag + "@" + domain
	if what := emailFault(address); what != "" {
		return "", fmt.Errorf("the address %s %s", address, what)
	}
	return address, nil
}

// emailShape is the pattern of CreateAccount's Email member, less the characters the Organizations documentation
// forbids in the local part and with a domain of plain letters, digits, dots and hyphens.
var emailShape = pattern.Of(`^[^\s@"'()<>\[\]:;,\\|%&]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// emailFault says in words what AWS would refuse about the address; "" when nothing.
func emailFault(address string) string {
	for _, r := range address {
		if r <= ' ' || r > '~' {
			return "may hold only plain English letters, digits and signs, without spaces"
		}
	}
	switch {
	case len(address) > maxEmail:
		return fmt.Sprintf("has %d characters; AWS takes %d at most", len(address), maxEmail)
	case strings.HasPrefix(address, "."):
		return "starts with a dot, which AWS refuses"
	case !emailShape().MatchString(address):
		return "is not an e-mail address like aws@acme.example"
	case len(address) < minEmail:
		return fmt.Sprintf("has %d characters; AWS takes %d at least", len(address), minEmail)
	}
	return ""
}

// freeMail are the providers that give mailboxes to single persons.
var freeMail = []string{
	"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com",
	"mac.com", "yahoo.com", "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "web.de", "aol.com",
	"fastmail.com", "hey.com", "mail.com", "zoho.com", "yandex.com", "mail.ru", "qq.com", "163.com",
}

// firstLast is a local part of two words of letters with a dot between: first.last.
var firstLast = pattern.Of(`^[a-z]{2,}\.[a-z]{2,}$`)

// PersonalAddress says whether the address looks like one person's: at a free mail provider, or first.last@ at any
// domain (a plus part is ignored). Mail about money and security should reach a shared mailbox, which outlives the
// person. It is a guess, for a warning and never for a refusal: a single first name cannot be told from a team's name.
func PersonalAddress(email string) bool {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(email)), "@")
	if !ok {
		return false
	}
	local, _, _ = strings.Cut(local, "+")
	return slices.Contains(freeMail, domain) || firstLast().MatchString(local)
}
