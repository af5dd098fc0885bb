// Package plainwords checks the texts a founder reads: short sentences, no word of the trade before it is explained, and
// no word that sells or belittles. Only tests use it.
package plainwords

import (
	"fmt"
	"regexp"
	"strings"
)

// MostWords is how many words a sentence may have.
const MostWords = 25

// unwelcome are words that sell, or that tell somebody who is stuck that it is not hard.
var unwelcome = regexp.MustCompile(`(?i)\b(simply|just|easy|easily|easier|obviously|of course|effortless(ly)?|seamless(ly)?|powerful|robust|` +
	`cutting-edge|world-class|best-in-class|enterprise-grade|state-of-the-art|blazing(ly)?|leverage|empower|unlock|delightful|magic(al)?)\b`)

// trade are short words of the trade that mean nothing to somebody who never set up AWS.
var trade = regexp.MustCompile(`\b(SCP|RCP|OU|IAM|ARN|IdP|SAML|SCIM|MFA|2FA|SSO|VPC|CIDR|NAT|ENI|OIDC|KMS|DLQ|SNS|SQS|ABAC|RBAC|EBS|EC2|AMI|STS|SDK|API|CLI|JSON|YAML|HCL|TTL|PII|DNS|TLS|SLA)s?\b`)

// names are names of things as AWS writes them on its own pages: whoever follows a link sees them there.
var names = regexp.MustCompile(`IAM Identity Center|IAM Access Analyzer|IAM users?|IAM roles?|Activate IAM access|IAM, Root access management|Assign MFA device|VPC console|Bedrock API keys|EC2 instances?|Amazon (?:EC2|VPC)|NAT gateways?|AWS KMS|AWS CLI|\S*://\S+|\S+@\S+\.\S+|\barn:\S+|\b[a-z0-9-]+:[A-Z][A-Za-z]+\b`)

// Reader reads texts in the order a founder does, and remembers what was explained.
type Reader struct{ explained map[string]bool }

// Read returns what is wrong with a text that is read now.
func (r *Reader) Read(text string) []string {
	if r.explained == nil {
		r.explained = map[string]bool{}
	}
	problems := wording(text)
	seen := map[string]bool{}
	bare := names.ReplaceAllString(text, " ")
	for _, term := range trade.FindAllString(bare, -1) {
		term = strings.TrimSuffix(term, "s")
		if seen[term] || r.explained[term] {
			continue
		}
		seen[term] = true
		if explains(bare, term) {
			r.explained[term] = true
			continue
		}
		problems = append(problems, fmt.Sprintf("%s is not explained before", term))
	}
	return problems
}

// wording is what is wrong with a text wherever it stands.
func wording(text string) []string {
	var problems []string
	for _, s := range sentences(text) {
		if n := words(s); n > MostWords {
			problems = append(problems, fmt.Sprintf("a sentence of %d words: %s", n, s))
		}
	}
	for _, w := range unwelcome.FindAllString(text, -1) {
		problems = append(problems, fmt.Sprintf("the word %q", w))
	}
	return problems
}

// explains reports whether a text says what a term means: "multi-factor sign-in (MFA)", "a ready-made network (the
// default VPC)" or "MFA (a second factor)".
func explains(text, term string) bool {
	term = regexp.QuoteMeta(term)
	return regexp.MustCompile(`[a-z][a-z-]+ \((the )?([a-z]+ )?` + term + `s?\)|\b` + term + `s? \([A-Za-z]`).MatchString(text)
}

// ends are where sentences end: not at the dot of "e.g." or of "wizard.yaml".
var ends = regexp.MustCompile(`[.?!…][)"”]?(\s+|$)|\n+`)

func sentences(text string) []string {
	text = strings.NewReplacer("e.g. ", "e.g ", "i.e. ", "i.e ").Replace(text)
	var out []string
	for _, s := range ends.Split(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// words counts what is read as a word.
func words(sentence string) int {
	n := 0
	for _, w := range strings.Fields(sentence) {
		if strings.ContainsFunc(w, func(r rune) bool {
			return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '%'
		}) {
			n++
		}
	}
	return n
}
