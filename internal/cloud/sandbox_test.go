package cloud

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

// sandboxed gives a Cloud whose requests the sandbox serves; the HTTP client under it must never be reached.
func sandboxed(t *testing.T) (*Cloud, *sandbox.Sim, *[]Sent) {
	t.Helper()
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	sim := sandbox.New(w)
	f := &fake{}
	var sent []Sent
	c := open(t, f, func(o *Options) {
		o.Credentials, o.Bind = sim.Credentials(), sim.Bind
		o.Observe = func(s Sent) { sent = append(sent, s) }
	})
	t.Cleanup(func() {
		if f.ops() != "" {
			t.Errorf("left the sandbox: %s", f.ops())
		}
	})
	return c, sim, &sent
}

func TestSandboxIsServedBehindTheGate(t *testing.T) {
	c, sim, sent := sandboxed(t)
	ctx := context.Background()
	who, err := c.WhoAmI(ctx)
	if err != nil || who.Kind != plan.IAMUser {
		t.Fatalf("WhoAmI() = %+v, %v", who, err)
	}
	ask := func(operation string) *organizations.Client {
		cfg, err := c.Write(plan.Place{Account: who.Account, Region: "eu-west-1"}, Ticket{Service: "organizations", Operation: operation, Match: func(any) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return organizations.NewFromConfig(cfg)
	}
	fails := 2
	sim.Faults(func(r sandbox.Request) error {
		if r.Operation == "CreateOrganization" && fails > 0 {
			fails--
			return sandbox.Fail("TooManyRequestsException", "slow down")
		}
		return nil
	})
	if _, err := ask("CreateOrganization").CreateOrganization(ctx, &organizations.CreateOrganizationInput{}); err != nil {
		t.Fatal(err)
	}
	if last := (*sent)[len(*sent)-1]; last.Operation != "CreateOrganization" || last.Attempt != 3 || !last.Write || last.Account != who.Account {
		t.Errorf("observed %+v", last)
	}

	sim.Faults(func(r sandbox.Request) error {
		if r.Operation == "CreateAccount" {
			return sandbox.FailWith(500, "ServiceException", "lost")
		}
		return nil
	})
	before := len(*sent)
	_, err = ask("CreateAccount").CreateAccount(ctx, createAccountInput())
	if !InDoubt(err) || len(*sent) != before+1 {
		t.Errorf("in doubt %v after %d attempts: %v", InDoubt(err), len(*sent)-before, err)
	}

	stop, cancel := context.WithCancel(ctx)
	sim.Faults(nil)
	sim.Latency(func(sandbox.Request) time.Duration { cancel(); return time.Hour })
	if _, err = ask("CreateAccount").CreateAccount(stop, createAccountInput()); err == nil || InDoubt(err) {
		t.Errorf("stopped before the sandbox served it, in doubt: %v", err)
	}
	sim.Latency(nil)

	out, err := ask("CreateAccount").CreateAccount(ctx, createAccountInput())
	if err != nil {
		t.Fatalf("%v: %+v", err, Explain(err))
	}
	id := settled(t, c, who.Account, aws.ToString(out.CreateAccountStatus.Id))
	c.Fresh(id)
	cfg, err := c.Read(plan.Place{Account: id, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	inside, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || aws.ToString(inside.Account) != id || kindOf(aws.ToString(inside.Arn)) != plan.Role {
		t.Errorf("inside the member: %+v, %v", inside, err)
	}
}

// settled waits for the new account; the sandbox's pace is 0, so it takes some looks and no time.
func settled(t *testing.T, c *Cloud, account, request string) string {
	t.Helper()
	cfg, err := c.Read(plan.Place{Account: account, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		out, err := organizations.NewFromConfig(cfg).DescribeCreateAccountStatus(context.Background(),
			&organizations.DescribeCreateAccountStatusInput{CreateAccountRequestId: aws.String(request)})
		if err != nil {
			t.Fatal(err)
		}
		if id := aws.ToString(out.CreateAccountStatus.AccountId); id != "" {
			return id
		}
	}
	t.Fatal("the account was never made")
	return ""
}
