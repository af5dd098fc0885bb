package cloud

import (
	"context"
	"os/exec"
	"strconv"
	"time"

	"awswizard/internal/pattern"
)

// LoginNeeds is the first version of the AWS CLI that has `aws login` (19 November 2025).
const LoginNeeds = "2.32.0"

// cliLimit bounds asking the AWS CLI for its version: a cold start of Python takes seconds.
const cliLimit = 10 * time.Second

var cliVersion = pattern.Of(`aws-cli/(\d+)\.(\d+)\.(\d+)`)

// CLI gives the version of the AWS CLI on the PATH, and whether it has `aws login`; "" when there is none that answers.
func CLI(ctx context.Context) (version string, canLogin bool) {
	ctx, cancel := context.WithTimeout(ctx, cliLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "aws", "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput() // version 1 wrote to standard error
	if err != nil {
		return "", false
	}
	return parseCLI(string(out))
}

func parseCLI(out string) (version string, canLogin bool) {
	m := cliVersion().FindStringSubmatch(out)
	if m == nil {
		return "", false
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	return m[1] + "." + m[2] + "." + m[3], n[0] > 2 || n[0] == 2 && n[1] >= 32
}

// maskingKeys are the environment variables that win over every sign-in of a profile.
var maskingKeys = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

// MaskingKeys gives the names of those that are set.
func MaskingKeys(getenv func(string) string) []string {
	var set []string
	if getenv(maskingKeys[0]) == "" {
		return nil
	}
	for _, name := range maskingKeys {
		if getenv(name) != "" {
			set = append(set, name)
		}
	}
	return set
}
