package awsconfig

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is one account and role to reach through the session.
type Profile struct {
	Name    string
	Account string // 12 digits, or the placeholder of a fact
	Role    string // the permission set's name
	Region  string
}

// Lines are the block of a session and its profiles, as the AWS CLI, the SDKs and aws-vault read them.
func Lines(session, startURL, ssoRegion string, profiles []Profile) []string {
	lines := []string{
		"[sso-session " + session + "]",
		"sso_start_url = " + startURL,
		"sso_region = " + ssoRegion,
		"sso_registration_scopes = sso:account:access",
	}
	for _, p := range profiles {
		lines = append(lines, "",
			"[profile "+p.Name+"]",
			"sso_session = "+session,
			"sso_account_id = "+p.Account,
			"sso_role_name = "+p.Role,
			"region = "+p.Region,
			"output = json")
	}
	return lines
}

// Marked are the lines with the marks around them, as they stand in the file.
func Marked(lines []string) []string {
	return slices.Concat([]string{beginLine}, lines, []string{endLine})
}

// Free is the name itself, or the next like it that is not taken: "acme-wizard", "acme-wizard-2".
func Free(name string, taken []string) string {
	for n := 1; ; n++ {
		try := name
		switch {
		case n == 2:
			try = name + "-wizard"
		case n > 2:
			try = fmt.Sprintf("%s-wizard-%d", name, n-1)
		}
		if !slices.Contains(taken, try) {
			return try
		}
	}
}

// Word makes a company's or an account's name a part of a profile's name: small letters, digits and "-".
func Word(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return "company"
	}
	return strings.Join(words, "-")
}
