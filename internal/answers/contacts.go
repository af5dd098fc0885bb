package answers

import (
	"fmt"
	"strings"

	"awswizard/internal/pattern"
)

// Contacts are whom AWS writes to or calls about the accounts, besides the address of the root user.
type Contacts struct {
	// Phone is the number for all contacts that have none of their own; "" = the one given to AWS at the sign-up,
	// NoContacts = no contacts are set.
	Phone      string  `yaml:"phone,omitempty"`
	Security   Contact `yaml:"security,omitempty"`
	Billing    Contact `yaml:"billing,omitempty"`
	Operations Contact `yaml:"operations,omitempty"`
}

// NoContacts stands in the place of a phone number where no contacts are wanted.
const NoContacts = "none"

// Contact is one of them. What is left out is as AWS has it, or else a default.
type Contact struct {
	Name  string `yaml:"name,omitempty"`
	Title string `yaml:"title,omitempty"`
	Email string `yaml:"email,omitempty"`
	Phone string `yaml:"phone,omitempty"`
}

// Over is c with what it leaves out taken from another.
func (c Contact) Over(other Contact) Contact {
	for _, field := range []struct {
		have  *string
		other string
	}{{&c.Name, other.Name}, {&c.Title, other.Title}, {&c.Email, other.Email}, {&c.Phone, other.Phone}} {
		if *field.have == "" {
			*field.have = field.other
		}
	}
	return c
}

// Lengths and patterns of account:PutAlternateContact.
const (
	maxContactName  = 64
	maxContactTitle = 50
)

var (
	contactEmail = pattern.Of(`^[\w+=.#|!&-]+@[\w.-]+\.\w+$`)
	contactPhone = pattern.Of(`^[\s0-9()+-]{1,25}$`)
)

func (a Answers) checkContacts(p *problems) {
	phone := func(field, number string) {
		if number != "" && (!contactPhone().MatchString(number) || !strings.ContainsAny(number, "0123456789")) {
			p.add(field, fmt.Sprintf("%q is not a phone number AWS takes: digits, spaces, and the signs + - ( ), 25 at most", number), "Write it like +353 1 555 0100")
		}
	}
	if a.Contacts.Phone != NoContacts {
		phone("contacts.phone", a.Contacts.Phone)
	}
	for _, c := range []struct {
		kind string
		Contact
	}{{"security", a.Contacts.Security}, {"billing", a.Contacts.Billing}, {"operations", a.Contacts.Operations}} {
		field := "contacts." + c.kind
		for _, text := range []struct {
			name, value string
			most        int
		}{{"name", c.Name, maxContactName}, {"title", c.Title, maxContactTitle}} {
			switch {
			case len(text.value) > text.most:
				p.add(field+"."+text.name, fmt.Sprintf("%d characters are more than the %d AWS takes", len(text.value), text.most), "Shorten it")
			case hasControl(text.value):
				p.add(field+"."+text.name, "it holds an invisible control character", "Type it again on one line")
			}
		}
		if c.Email != "" && a.checkEmail(p, field+".email", c.Email) && !contactEmail().MatchString(c.Email) {
			p.add(field+".email", fmt.Sprintf("%q holds characters AWS does not take in a contact's address", c.Email), "Use another address")
		}
		phone(field+".phone", c.Phone)
	}
}
