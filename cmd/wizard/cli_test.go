package main

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"awswizard/internal/doctest"
)

// notByTheCLI are operations whose lines this check cannot judge, with the words the CLI says about them.
var notByTheCLI = map[string]string{
	// The CLI invents a reply to show its form, and stumbles over what it invented, after it took the line.
	"sso-admin create-account-assignment": "AccountAssignmentCreationStatus.",
	"sso-admin provision-permission-set":  "PermissionSetProvisioningStatus.",
	"iam create-role":                     "parameter Role.",
	"secretsmanager create-secret":        "Invalid length for parameter",
	"acm request-certificate":             "Invalid length for parameter CertificateArn",
	"elbv2 create-listener":               "parameter Listeners[0].",
	// Newer than version 1 of the CLI.
	"sso-admin update-instance": "Unknown options: --permission-sets-enabled",
}

// TestTheCommandLinesAreTheCLIs has the AWS CLI check one line of each operation of the fresh plan, and those of the
// documents, without sending them.
func TestTheCommandLinesAreTheCLIs(t *testing.T) {
	aws, err := exec.LookPath("aws")
	if err != nil {
		if os.Getenv("WIZARD_REQUIRE_AWS_CLI") != "" {
			t.Fatal("there is no aws on the PATH")
		}
		t.Skip("needs the AWS CLI: put aws on the PATH")
	}
	if testing.Short() {
		t.Skip("takes a second for each operation: run without -short")
	}
	tr := newTrial(t, "")
	commands := map[string]string{}
	for _, l := range ofType(lines(t, tr.must(exitDone, "apply", "--yes", "--json").out), "call") {
		words := strings.Fields(l.text("cli"))
		if len(words) < 3 || words[0] != "aws" {
			t.Fatalf("%s: %q", l.text("id"), l.text("cli"))
		}
		commands[words[1]+" "+words[2]] = l.text("cli")
	}
	if len(commands) < 30 {
		t.Fatalf("only %d operations", len(commands))
	}
	all := slices.Concat(slices.Collect(maps.Values(commands)), tr.ofTheDocuments())
	slots := make(chan struct{}, 2)
	var wg sync.WaitGroup
	for _, command := range all {
		operation := strings.Join(strings.Fields(command)[1:3], " ")
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			cmd := exec.CommandContext(context.Background(), "sh", "-c", aws+strings.TrimPrefix(command, "aws")+" --generate-cli-skeleton output")
			cmd.Dir = tr.dir
			cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_EC2_METADATA_DISABLED=true",
				"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PAGER=",
				"AWS_ENDPOINT_URL=http://127.0.0.1:9", "AWS_MAX_ATTEMPTS=1")
			out, err := cmd.CombinedOutput()
			words, known := notByTheCLI[operation]
			if err != nil && (!known || !onlyAbout(string(out), words)) {
				t.Errorf("%s\n%s: %v\n%s", operation, command, err, last(string(out), 600))
			}
		})
	}
	wg.Wait()
}

// ofTheDocuments are the lines for the AWS CLI on the pages, but for those that sign in. The files they name are made.
func (tr *trial) ofTheDocuments() []string {
	tr.t.Helper()
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		tr.t.Fatal(err)
	}
	var out []string
	for _, page := range pages {
		lines, _ := doctest.Lines(page, tr.read(page), func(program string) bool { return program == "aws" })
		for _, l := range lines {
			words := l.Parts[0]
			if words[0] != "aws" || len(words) < 3 || slices.Contains([]string{"configure", "sso"}, words[1]) {
				continue
			}
			out = append(out, l.Text)
			for _, word := range words {
				if name, isFile := strings.CutPrefix(word, "file://"); isFile {
					tr.write(filepath.Join(tr.dir, name), "{}")
				}
			}
		}
	}
	if len(out) < 5 {
		tr.t.Fatalf("the documents hold only %d lines for the AWS CLI", len(out))
	}
	return out
}

// onlyAbout says whether every complaint of the CLI holds the words.
func onlyAbout(text, words string) bool {
	complaints := 0
	for complaint := range strings.Lines(text) {
		if strings.HasPrefix(complaint, "Invalid ") || strings.Contains(complaint, "Unknown ") || strings.Contains(complaint, "Error parsing") {
			if !strings.Contains(complaint, words) {
				return false
			}
			complaints++
		}
	}
	return complaints > 0
}
