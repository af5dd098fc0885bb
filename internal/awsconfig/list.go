package awsconfig

import (
	"maps"
	"os"
	"strings"
)

// Listed is a profile of the files, to be chosen from.
type Listed struct {
	Name string
	// What says what it signs in as, as far as the files tell without a request; "" when they do not.
	What string
}

// List gives all profiles of the files, in their order: what --profile can be given.
func List(files Files) []Listed {
	config, err := os.ReadFile(files.Config)
	if err != nil {
		config = nil // what cannot be read holds no profile
	}
	credentials, err := os.ReadFile(files.Credentials)
	if err != nil {
		credentials = nil
	}
	says := settingsOf(config, func(section string) (string, bool) {
		kind, name, two := strings.Cut(section, " ")
		return profileName(section, name), section == "default" || two && kind == "profile"
	})
	// The same setting counts as it stands in the credentials file.
	for name, settings := range settingsOf(credentials, func(section string) (string, bool) { return section, true }) {
		if says[name] == nil {
			says[name] = map[string]string{}
		}
		maps.Copy(says[name], settings)
	}
	var out []Listed
	for _, name := range Read(files).Profiles {
		out = append(out, Listed{name, signsInAs(says[name])})
	}
	return out
}

// signsInAs puts the settings of a profile into words, in the order in which the SDK looks at them
// (config v1.33, resolve_credentials.go).
func signsInAs(s map[string]string) string {
	account := func(arn string) string {
		if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[4] != "" {
			return " in account " + parts[4]
		}
		return ""
	}
	role := s["role_arn"]
	switch {
	case role != "" && (s["source_profile"] != "" || s["credential_source"] != "" || s["web_identity_token_file"] != ""):
		return "the role " + role[strings.LastIndex(role, "/")+1:] + account(role)
	case s["aws_access_key_id"] != "":
		return "an access key kept on this computer"
	case s["sso_account_id"] != "":
		return s["sso_role_name"] + " in account " + s["sso_account_id"] + ", through a login page"
	case s["login_session"] != "":
		return "aws login" + account(s["login_session"])
	case s["credential_process"] != "":
		return "a program on this computer signs in"
	}
	return ""
}

// settingsOf are the settings of each profile of a file. Of says whether a section is a profile, and its name.
func settingsOf(content []byte, of func(section string) (name string, ok bool)) map[string]map[string]string {
	out := map[string]map[string]string{}
	var current map[string]string
	for _, line := range split(content) {
		if section := sections([][]byte{line}); len(section) == 1 {
			current = nil
			if name, ok := of(section[0]); ok {
				if out[name] == nil {
					out[name] = map[string]string{}
				}
				current = out[name]
			}
			continue
		}
		// What is set in is below the setting before it, and comments are no settings.
		key, value, ok := strings.Cut(string(line), "=")
		if !ok || key == "" || current == nil || strings.ContainsAny(key[:1], " \t#;") {
			continue
		}
		current[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	return out
}
