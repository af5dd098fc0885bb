package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"awswizard/internal/pattern"
)

// CommandLine is the call as one command of the AWS CLI, quoted for a POSIX shell. It names the Region but no
// credentials: those of the account in Where are assumed. A streamed body is named as a file, since the CLI takes it
// only from one. For a change of a file on this computer it is the difference.
func CommandLine(c *Call, f Facts) string {
	if c.Request.Local() {
		return c.Diff(f) // no command of AWS does it
	}
	service, operation := c.Request.Service, c.Request.Operation
	words := []string{"aws", cliService(service), kebab(operation), "--region", shellQuote(c.Where.Region)}
	tree, err := requestTree(service, c.Request.Build(f), bodyAsText)
	if err != nil {
		return fmt.Sprintf("%s # the request cannot be shown: %v", strings.Join(words, " "), err)
	}
	for _, m := range tree {
		words = append(words, cliFlag(service, m, tree)...)
	}
	if task := c.Where.Task; task != "" {
		words = append(words, "# with the credentials of: aws sts assume-root --target-principal", f.AccountID(c.Where.Account), "--task-policy-arn arn="+task.PolicyARN())
	}
	return strings.Join(words, " ")
}

// cliServices has the CLI's name of a service where it differs from the SDK's package name.
var cliServices = map[string]string{
	"cloudwatchlogs": "logs",
	"costexplorer":   "ce",
	"eventbridge":    "events",
	"s3":             "s3api",
	"servicequotas":  "service-quotas",
	"ssoadmin":       "sso-admin",
	"ssooidc":        "sso-oidc",
}

func cliService(service string) string { return cmp.Or(cliServices[service], service) }

// cliFlag writes one member of a request as the CLI takes it.
func cliFlag(service string, m member, request object) []string {
	flag := "--" + kebab(m.name)
	switch v := m.value.(type) {
	case bool:
		if !v {
			flag = cmp.Or(cliNegatives[service+"."+m.name], "--no-"+kebab(m.name))
		}
		return []string{flag}
	case string:
		return flagValue(flag, v)
	case stream:
		return flagValue(flag, bodyFile(request))
	case []any:
		if words, ok := plainWords(v); ok {
			return append([]string{flag}, words...)
		}
	}
	text, err := marshal(m.value)
	if err != nil {
		return flagValue(flag, "("+err.Error()+")")
	}
	return flagValue(flag, strings.Trim(string(text), `"`)) // a blob is base64 in quotes; JSON proper never ends in one
}

// cliNegatives are the flags whose negative has a name of its own in the CLI.
var cliNegatives = map[string]string{
	"ec2.Egress":                "--ingress",
	"ec2.DisableApiTermination": "--enable-api-termination",
}

// flagValue joins a flag and its value. A value that begins with "-" would be taken for a flag itself.
func flagValue(flag, value string) []string {
	if strings.HasPrefix(value, "-") {
		return []string{flag + "=" + shellQuote(value)}
	}
	return []string{flag, shellQuote(value)}
}

// plainWords writes a list of simple values as words, which reads better than JSON: --account-ids 1 2.
func plainWords(list []any) (words []string, ok bool) {
	for _, x := range list {
		word, isString := x.(string)
		if !isString || !plainWord().MatchString(word) {
			return nil, false
		}
		words = append(words, word)
	}
	return words, len(words) > 0
}

var plainWord = pattern.Of(`^[A-Za-z0-9_][A-Za-z0-9_@%+:./-]*$`)

// bodyFile names the file a body would come from: that of the object's key.
func bodyFile(request object) string {
	i := slices.IndexFunc(request, func(m member) bool { return m.name == "Key" })
	if i < 0 {
		return "body"
	}
	key, _ := request[i].value.(string)
	return path.Base(key)
}

// kebab turns an API name into the CLI's: DeleteAccountPolicyARNs → delete-account-policy-arns. It is botocore's
// xform_name, rule for rule.
func kebab(name string) string {
	if strings.Contains(name, "-") {
		return name
	}
	if plural := pluralAcronym().FindString(name); plural != "" {
		name = strings.TrimSuffix(name, plural) + "-" + strings.ToLower(plural)
	}
	name = wordStart().ReplaceAllString(name, "${1}-${2}")
	return strings.ToLower(acronymStart().ReplaceAllString(name, "${1}-${2}"))
}

var (
	pluralAcronym = pattern.Of(`[A-Z]{2,}s$`)
	wordStart     = pattern.Of(`(.)([A-Z][a-z]+)`)
	acronymStart  = pattern.Of(`([a-z0-9])([A-Z])`)
)

// shellQuote writes s as one word of a POSIX shell.
func shellQuote(s string) string {
	if shellSafe().MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

var shellSafe = pattern.Of(`^[A-Za-z0-9_@%+=:,./-]+$`)
