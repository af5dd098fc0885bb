package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awswizard/internal/plan"
)

func stopped(t *testing.T, f *fake, err error, reason string) {
	t.Helper()
	var g *GateError
	if !errors.As(err, &g) {
		t.Fatalf("not stopped by the gate: %v", err)
	}
	if !strings.Contains(g.Error(), reason) {
		t.Errorf("stopped because %q, want %q", g.Error(), reason)
	}
	if strings.Contains(f.ops(), "CreateAccount") {
		t.Errorf("it was sent all the same: %s", f.ops())
	}
	if InDoubt(err) {
		t.Error("a stopped request is in doubt")
	}
}

func TestReadsPassAndWritesDoNot(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	cfg := read(t, c, management)
	if _, err := organizations.NewFromConfig(cfg).ListRoots(context.Background(), &organizations.ListRootsInput{}); err != nil {
		t.Errorf("a read: %v", err)
	}
	stopped(t, f, createAccount(cfg), "only reads")
}

func TestNeitherDryRunNorNilInputPasses(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	cfg := read(t, c, management)
	_, err := ec2.NewFromConfig(cfg).CreateVpc(context.Background(), &ec2.CreateVpcInput{DryRun: aws.Bool(true), CidrBlock: aws.String("10.0.0.0/16")})
	stopped(t, f, err, "only reads")
	_, err = ec2.NewFromConfig(cfg).CreateDefaultVpc(context.Background(), nil)
	stopped(t, f, err, "only reads")
}

func TestReadsThatGiveOutKeysDoNotPass(t *testing.T) {
	f := &fake{}
	_, err := sts.NewFromConfig(read(t, open(t, f), management)).GetSessionToken(context.Background(), &sts.GetSessionTokenInput{})
	stopped(t, f, err, "only reads")
}

func TestPresignedWritesDoNotPass(t *testing.T) {
	f := &fake{}
	cfg := read(t, open(t, f), management)
	presign := s3.NewPresignClient(s3.NewFromConfig(cfg))
	_, err := presign.PresignPutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
	stopped(t, f, err, "only reads")
	if _, err := presign.PresignGetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")}); err != nil {
		t.Errorf("a presigned read: %v", err)
	}
}

func TestTicketIsForOneCall(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	cfg := write(t, c, "CreateAccount")
	if err := createAccount(cfg); err != nil {
		t.Fatal(err)
	}
	err := createAccount(cfg)
	var g *GateError
	if !errors.As(err, &g) || !strings.Contains(g.Reason, "used already") {
		t.Errorf("second use: %v", err)
	}
	if n := strings.Count(f.ops(), "CreateAccount"); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestTicketIsSpentOnceAmongMany(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	cfg := write(t, c, "CreateAccount")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { _ = createAccount(cfg) })
	}
	wg.Wait()
	if n := strings.Count(f.ops(), "CreateAccount"); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestTicketNamesItsOperation(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	stopped(t, f, createAccount(write(t, c, "CloseAccount")), "organizations.CloseAccount")

	cfg, err := c.Write(plan.Place{Account: management, Region: "eu-west-1"}, Ticket{Service: "ec2", Operation: "CreateAccount", Match: func(any) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, f, createAccount(cfg), "ec2.CreateAccount")
}

func TestTicketChecksTheInput(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	different := errors.New("the name differs")
	tries := 0
	ticket := Ticket{Service: "organizations", Operation: "CreateAccount", Match: func(in any) error {
		tries++
		if name := aws.ToString(in.(*organizations.CreateAccountInput).AccountName); name != "production" {
			t.Errorf("Match sees %q", name)
		}
		if tries == 1 {
			return different
		}
		return nil
	}}
	cfg, err := c.Write(plan.Place{Account: management, Region: "eu-west-1"}, ticket)
	if err != nil {
		t.Fatal(err)
	}
	err = createAccount(cfg)
	stopped(t, f, err, "not the request that was approved")
	if !errors.Is(err, different) {
		t.Errorf("the reason is lost: %v", err)
	}
	if err := createAccount(cfg); err != nil {
		t.Errorf("a refused input spent the ticket: %v", err)
	}

	ticket.Match = nil
	cfg, err = c.Write(plan.Place{Account: management, Region: "eu-west-1"}, ticket)
	if err != nil {
		t.Fatal(err)
	}
	f.seen = nil
	stopped(t, f, createAccount(cfg), "names no input")
}

func TestSecondLock(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	for name, cfg := range map[string]aws.Config{"read": read(t, c, management), "write": write(t, c, "CreateAccount")} {
		t.Run(name, func(t *testing.T) {
			err := createAccount(cfg, func(o *organizations.Options) { o.APIOptions = nil })
			stopped(t, f, err, "did not come through the gate")
			bare := aws.Config{Region: "eu-west-1", Credentials: cfg.Credentials, HTTPClient: cfg.HTTPClient}
			_, err = organizations.NewFromConfig(bare).ListRoots(context.Background(), &organizations.ListRootsInput{})
			stopped(t, f, err, "did not come through the gate")
		})
	}
	r, err := http.NewRequest(http.MethodGet, "https://organizations.us-east-1.amazonaws.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	before := f.ops()
	if _, err := read(t, c, management).HTTPClient.Do(r); err == nil {
		t.Error("a plain request passed")
	}
	if f.ops() != before {
		t.Error("a plain request was sent")
	}
}

func TestForeignTypesAreWrites(t *testing.T) {
	type GetThingInput struct{}
	for _, in := range []any{nil, 1, &GetThingInput{}, GetThingInput{}, &struct{}{}, &organizations.ListRootsOutput{}} {
		if service, operation := operationOf(in); Classify(service, operation) != Write {
			t.Errorf("%T is %v", in, Classify(service, operation))
		}
	}
}
