package sandbox

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func open(t *testing.T, path string, sc Scenario) *Sim {
	t.Helper()
	s, err := OpenFile(path, sc, 7)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFileKeepsTheWorld(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "aws.json"), t.Context()
	s := open(t, path, Admin)
	org := organizations.NewFromConfig(config(s, s.Credentials()))
	made, err := org.CreateOrganization(ctx, &organizations.CreateOrganizationInput{})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again := open(t, path, "")
	out, err := organizations.NewFromConfig(config(again, again.Credentials())).DescribeOrganization(ctx, nil)
	if err != nil || *out.Organization.Id != *made.Organization.Id {
		t.Fatalf("after opening again: %v, %v", out, err)
	}
	if !again.world.roleExists(*made.Organization.MasterAccountId, "AWSServiceRoleForOrganizations") {
		t.Error("the service-linked role is lost")
	}
}

func TestReadingLeavesTheFileAsItIs(t *testing.T) {
	for _, sc := range Scenarios() {
		t.Run(string(sc), func(t *testing.T) {
			path, ctx := filepath.Join(t.TempDir(), "aws.json"), t.Context()
			open(t, path, sc)
			before := contents(t, path)
			s := open(t, path, sc)
			cfg := config(s, s.Credentials())
			if _, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil); err != nil {
				t.Error(err)
			}
			for _, err := range []error{
				second(organizations.NewFromConfig(cfg).DescribeOrganization(ctx, nil)),
				second(organizations.NewFromConfig(cfg).ListAccounts(ctx, nil)),
				second(organizations.NewFromConfig(cfg).ListRoots(ctx, nil)),
				second(iam.NewFromConfig(cfg).GetAccountSummary(ctx, nil)),
				second(iam.NewFromConfig(cfg).ListRoles(ctx, nil)),
				second(account.NewFromConfig(cfg).ListRegions(ctx, nil)),
				second(sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::111122223333:role/x"), RoleSessionName: aws.String("x")})),
			} {
				if err != nil && (orgCode(err) == "SandboxNotImplemented" || strings.Contains(err.Error(), "saving")) {
					t.Error(err)
				}
			}
			if after := contents(t, path); !bytes.Equal(before, after) {
				t.Error("the file has changed")
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestFilesThatCannotBeOpened(t *testing.T) {
	good := filepath.Join(t.TempDir(), "aws.json")
	open(t, good, Fresh)
	var f map[string]any
	if err := json.Unmarshal(contents(t, good), &f); err != nil {
		t.Fatal(err)
	}
	f["version"] = 99
	future, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		content  []byte
		scenario Scenario
		want     string
	}{
		{"half a file", contents(t, good)[:200], Fresh, "damaged"},
		{"nothing in it", nil, Fresh, "damaged"},
		{"another thing", []byte(`{"version":1}`), Fresh, "damaged"},
		{"a later version", future, Fresh, "version 99"},
		{"another scenario", contents(t, good), Admin, `holds the scenario "fresh", not "admin"`},
		{"no such scenario", nil, "nowhere", "no scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "aws.json")
			if c.scenario != "nowhere" {
				if err := os.WriteFile(path, c.content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := OpenFile(path, c.scenario, 7)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if got, err := os.ReadFile(path); c.scenario != "nowhere" && (err != nil || !bytes.Equal(got, c.content)) {
				t.Error("the file was touched")
			}
		})
	}
}
