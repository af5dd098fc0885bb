package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// notByTheCLI are operations whose lines this check cannot judge, with the words the CLI says about them.
var notByTheCLI = map[string]string{
	// The CLI invents a reply to show its form, and stumbles over what it invented, after it took the line.
	"sso-admin create-account-assignment": "AccountAssignmentCreationStatus.",
	"sso-admin provision-permission-set":  "PermissionSetProvisioningStatus.",
	"iam create-role":                     "parameter Role.",
	// Newer than version 1 of the CLI.
	"sso-admin update-instance": "Unknown options: --permission-sets-enabled",
}

// TestTheCommandLinesAreTheCLIs has the AWS CLI check one line of each operation of the fresh plan, without sending it.
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
	slots := make(chan struct{}, 2)
	var wg sync.WaitGroup
	for operation, command := range commands {
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
