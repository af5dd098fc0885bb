package plan_test

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/charmbracelet/x/exp/golden"
)

func TestRequestsAsAPersonReadsThem(t *testing.T) {
	all := requests()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.WriteString(shown(callFor(name, all[name]), someFacts()) + "\n")
	}
	golden.RequireEqual(t, b.String())
}

// The AWS CLI itself checks every line: with --generate-cli-skeleton output it parses all flags and sends nothing.
func TestCommandLinesAreValid(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("needs the AWS CLI: put aws on PATH (for example: pip install awscli)")
	}
	if testing.Short() {
		t.Skip("starts the AWS CLI once per line: run without -short")
	}
	dir := t.TempDir()
	for _, body := range []string{"2026-11-23 first.txt", "canary"} {
		if err := os.WriteFile(filepath.Join(dir, body), []byte("a canary\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, f := callFor(name, r), someFacts()
			line := plan.CommandLine(c, f) + " --generate-cli-skeleton output"
			cmd := exec.Command("sh", "-c", line)
			cmd.Dir = dir
			cmd.Env = append(cmd.Environ(), "AWS_PAGER=", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_EC2_METADATA_DISABLED=true")
			if out, err := cmd.CombinedOutput(); err != nil && !onlyAboutSample(string(out), c, f) {
				t.Errorf("%s\n%v: %s", line, err, out)
			}
		})
	}
}

// onlyAboutSample reports whether the CLI complains about nothing but the sample reply it made up itself, which for
// some operations breaks its own length rules. Members of the request are never part of such a complaint.
func onlyAboutSample(out string, c *plan.Call, f plan.Facts) bool {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if lines[0] != "Parameter validation failed:" {
		return false
	}
	request, _ := plan.RequestJSON(c, f)
	var members map[string]any
	if err := json.Unmarshal(request, &members); err != nil {
		return false
	}
	for _, line := range lines[1:] {
		m := regexp.MustCompile(`^Invalid (?:length|value) for parameter (\w+)\.\w+, `).FindStringSubmatch(line)
		if m == nil || members[m[1]] != nil {
			return false
		}
	}
	return true
}

func TestRequestJSONIsJSONAndStable(t *testing.T) {
	for name, r := range requests() {
		c := callFor(name, r)
		first, err := plan.RequestJSON(c, someFacts())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !json.Valid(first) {
			t.Errorf("%s is not JSON: %s", name, first)
		}
		if second, _ := plan.RequestJSON(c, someFacts()); string(second) != string(first) {
			t.Errorf("%s changes between two looks:\n%s\n%s", name, first, second)
		}
	}
}

func TestRequestThatCannotBeShown(t *testing.T) {
	c := callFor("pipe", plan.To(s3.NewFromConfig, (*s3.Client).PutObject, func(plan.Facts) *s3.PutObjectInput {
		return &s3.PutObjectInput{Bucket: aws.String("b"), Body: io.NopCloser(strings.NewReader("x"))}
	}))
	if _, err := plan.RequestJSON(c, plan.Facts{}); err == nil || !strings.Contains(err.Error(), "rewound") {
		t.Errorf("a body that can be read only once: got error %v", err)
	}
	if got := plan.Fingerprint(c, plan.Facts{}); got != "" {
		t.Errorf("fingerprint of what cannot be shown is %q", got)
	}
	if line := plan.CommandLine(c, plan.Facts{}); !strings.Contains(line, "# the request cannot be shown") {
		t.Errorf("command line hides the failure: %s", line)
	}
}
