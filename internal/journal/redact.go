package journal

import (
	"regexp"
	"strings"

	"awswizard/internal/pattern"
)

// hidden stands where a secret was.
const hidden = "[hidden]"

// secrets are the shapes of secrets that can turn up in an error's text. The first group of each stays.
var secrets = []func() *regexp.Regexp{
	pattern.Of(`()https://hooks\.slack(?:-gov)?\.com/[^\s"'<>]*`),
	pattern.Of(`()\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`),
	// Names in any spelling (session_token, sessionToken, X-Amz-Security-Token), quoted or not, then = or :.
	pattern.Of(`(?i)((?:session|security|access|refresh|id|bearer)[-_ ]?token["']?\s*[:=]\s*["']?)[^\s"'&,;}]+`),
	pattern.Of(`(?i)((?:user|device)[-_ ]?code["']?\s*[:=]\s*["']?)[A-Za-z0-9._-]{4,}`),
	pattern.Of(`((?i:(?:user|device)[-_ ]?code\s+(?:is\s+)?))[A-Z0-9]{4}-[A-Z0-9]{4}\b`),
	pattern.Of(`(?i)((?:client[-_ ]?secret|secret[-_ ]?(?:access[-_ ]?)?key|password)["']?\s*[:=]\s*["']?)[^\s"'&,;}]+`),
	pattern.Of(`(?i)(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"',]+`),
}

// longText is a run of base64 long enough for an AWS secret key (40) or a token, or an ARN. ARNs stay: they name the
// caller in AccessDenied messages, and with their slashes they would pass for base64.
var longText = pattern.Of(`\barn:[^\s"']+|[A-Za-z0-9+/_-]{40,}={0,2}`)

// Redact hides what looks like a credential: AWS key ids and secret keys, tokens, sign-in codes, Slack webhooks. It
// would rather hide too much.
func Redact(s string) string {
	for _, shape := range secrets {
		s = shape().ReplaceAllString(s, "${1}"+hidden)
	}
	return longText().ReplaceAllStringFunc(s, func(run string) string {
		if !strings.HasPrefix(run, "arn:") && looksRandom(run) {
			return hidden
		}
		return run
	})
}

// looksRandom tells a secret from a long name: it mixes capitals, small letters and digits, which resource names,
// UUIDs and hex digests do not.
func looksRandom(s string) bool {
	var upper, lower, digit bool
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			upper = true
		case r >= 'a' && r <= 'z':
			lower = true
		case r >= '0' && r <= '9':
			digit = true
		}
	}
	return upper && lower && digit
}
