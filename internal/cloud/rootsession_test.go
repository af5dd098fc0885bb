package cloud

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

// A root session is entered through the gate: it reads, and writes with a ticket only, what its task allows and no more.
func TestRootSession(t *testing.T) {
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	sim := sandbox.New(w)
	management := w.Principals[w.Login()].Account
	w.NewOrganization(management)
	w.Trust("iam.amazonaws.com")
	joined := w.SeedInvitedMember("joined", "aws+joined@acme.example", 1)
	c, err := Open(t.Context(), Options{Region: "eu-west-1", Credentials: sim.Credentials(), Bind: sim.Bind})
	if err != nil {
		t.Fatal(err)
	}
	at := func(account string, task plan.RootTask) *iam.Client {
		t.Helper()
		cfg, err := c.Read(plan.Place{Account: account, Region: "us-east-1", Task: task})
		if err != nil {
			t.Fatal(err)
		}
		return iam.NewFromConfig(cfg)
	}
	var entry *EntryError
	if _, err := at(joined, plan.AuditRoot).GetLoginProfile(t.Context(), nil); !errors.As(err, &entry) || Code(err) != "AccessDenied" || InDoubt(err) {
		t.Errorf("before the feature is on: %v", err)
	}
	w.IAM.RootFeatures = []string{"RootCredentialsManagement", "RootSessions"}
	if _, err := at(joined, plan.AuditRoot).GetLoginProfile(t.Context(), nil); err != nil {
		t.Errorf("an audit: %v", err)
	}
	if _, err := at(management, plan.AuditRoot).GetLoginProfile(t.Context(), nil); Code(err) != "AccessDenied" {
		t.Errorf("the management account has no such session: %v", err)
	}
	var stopped *GateError
	if _, err := at(joined, plan.StripRoot).DeleteLoginProfile(t.Context(), nil); !errors.As(err, &stopped) {
		t.Errorf("a write without a ticket: %v", err)
	}
	remove := func(task plan.RootTask) error {
		t.Helper()
		cfg, err := c.Write(plan.Place{Account: joined, Region: "us-east-1", Task: task},
			Ticket{Service: "iam", Operation: "DeleteLoginProfile", Match: func(any) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		_, err = iam.NewFromConfig(cfg).DeleteLoginProfile(t.Context(), &iam.DeleteLoginProfileInput{})
		return err
	}
	if err := remove(plan.AuditRoot); Code(err) != "AccessDenied" {
		t.Errorf("an audit that deletes: %v", err)
	}
	if err := remove(plan.StripRoot); err != nil {
		t.Errorf("deleting: %v", err)
	}
	if _, err := at(joined, plan.AuditRoot).GetLoginProfile(t.Context(), nil); Code(err) != "NoSuchEntity" {
		t.Errorf("afterwards: %v", err)
	}

	w.Principals[w.Login()] = sandbox.Principal{Account: management, ARN: "arn:aws:iam::" + management + ":root"}
	asRoot, err := Open(t.Context(), Options{Region: "eu-west-1", Credentials: sim.Credentials(), Bind: sim.Bind})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asRoot.Read(plan.Place{Account: joined, Region: "us-east-1", Task: plan.AuditRoot}); !errors.Is(err, plan.ErrNoEntry) {
		t.Errorf("root cannot: %v", err)
	}
}
