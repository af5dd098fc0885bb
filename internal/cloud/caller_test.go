package cloud

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/plan"
)

func TestKindOfCaller(t *testing.T) {
	for arn, want := range map[string]plan.CallerKind{
		"arn:aws:iam::111122223333:root":                                                            plan.Root,
		"arn:aws:iam::111122223333:user/admin":                                                      plan.IAMUser,
		"arn:aws:iam::111122223333:user/staff/admin":                                                plan.IAMUser,
		"arn:aws:sts::123456789012:user/moto":                                                       plan.IAMUser, // moto
		"arn:aws:sts::111122223333:assumed-role/Admin/session":                                      plan.Role,
		"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789ab/me": plan.IdentityCenter,
		"arn:aws:sts::111122223333:federated-user/me":                                               "",
		"arn:aws:iam::111122223333:user":                                                            "",
		"root":                                                                                      "",
		"":                                                                                          "",
	} {
		if got := kindOf(arn); got != want {
			t.Errorf("%s is %q, want %q", arn, got, want)
		}
	}
}

func TestWhoAmIAsksOnce(t *testing.T) {
	f := &fake{arn: rootARN}
	c := open(t, f)
	for range 3 {
		who, err := c.WhoAmI(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if want := (plan.Caller{Account: management, ARN: rootARN, Kind: plan.Root}); who != want {
			t.Errorf("WhoAmI() = %+v, want %+v", who, want)
		}
	}
	if f.ops() != "GetCallerIdentity" {
		t.Errorf("asked %s", f.ops())
	}
}

func listRoots(cfg aws.Config) error {
	_, err := organizations.NewFromConfig(cfg).ListRoots(context.Background(), &organizations.ListRootsInput{})
	return err
}

func TestMemberIsEnteredThroughItsRole(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	for range 2 {
		if err := listRoots(read(t, c, member)); err != nil {
			t.Fatal(err)
		}
	}
	if err := listRoots(read(t, c, management)); err != nil {
		t.Fatal(err)
	}
	if want := "GetCallerIdentity AssumeRole ListRoots ListRoots ListRoots"; f.ops() != want {
		t.Errorf("sent %s, want %s", f.ops(), want)
	}
	form, err := url.ParseQuery(f.bodies[1])
	if err != nil {
		t.Fatal(err)
	}
	if form.Get("RoleArn") != "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole" || form.Get("RoleSessionName") != "wizard" {
		t.Errorf("assumed %s as %s", form.Get("RoleArn"), form.Get("RoleSessionName"))
	}
	if host := f.reqs[1].URL.Host; host != "sts.eu-west-1.amazonaws.com" {
		t.Errorf("asked %s and not the Region's STS", host)
	}
	for i, key := range map[int]string{2: "ASIAMEMBER", 4: "AKIATEST"} {
		if auth := f.reqs[i].Header.Get("Authorization"); !strings.Contains(auth, "Credential="+key+"/") {
			t.Errorf("request %d is signed by %s", i, auth)
		}
	}
}

func TestRootCannotEnterMembers(t *testing.T) {
	f := &fake{arn: rootARN}
	c := open(t, f)
	if _, err := c.Read(plan.Place{Account: member, Region: "eu-west-1"}); !errors.Is(err, plan.ErrNoEntry) {
		t.Errorf("Read: %v", err)
	}
	if _, err := c.Write(plan.Place{Account: member, Region: "eu-west-1"}, Ticket{}); !errors.Is(err, plan.ErrNoEntry) {
		t.Errorf("Write: %v", err)
	}
	if err := listRoots(read(t, c, management)); err != nil {
		t.Errorf("root in its own account: %v", err)
	}
	if strings.Contains(f.ops(), "AssumeRole") {
		t.Errorf("sent %s", f.ops())
	}
}

func TestPlaceholderIsNoAccount(t *testing.T) {
	f := &fake{}
	c := open(t, f)
	for _, account := range []string{"", "management", "(known after account.security.id)"} {
		if _, err := c.Read(plan.Place{Account: account, Region: "eu-west-1"}); err == nil {
			t.Errorf("Read(%q) works", account)
		}
	}
	if f.ops() != "" {
		t.Errorf("sent %s", f.ops())
	}
}

func TestBecome(t *testing.T) {
	f := &fake{arn: rootARN}
	c := open(t, f)
	before := read(t, c, management)
	me := plan.Caller{Account: management, ARN: "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1/me", Kind: plan.IdentityCenter}
	c.Become(credentials.NewStaticCredentialsProvider("ASIAME", "s", "t"), me)
	if who, err := c.WhoAmI(context.Background()); err != nil || who != me {
		t.Errorf("WhoAmI() = %+v, %v", who, err)
	}
	if err := listRoots(read(t, c, member)); err != nil {
		t.Fatal(err)
	}
	if auth := f.last("AssumeRole").Header.Get("Authorization"); !strings.Contains(auth, "Credential=ASIAME/") {
		t.Errorf("the member was entered by %s", auth)
	}
	if err := listRoots(before); err != nil {
		t.Fatal(err)
	}
	if auth := f.last("ListRoots").Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKIATEST/") {
		t.Errorf("a configuration of before changed: %s", auth)
	}
}

const roleDenied = `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error><RequestId>r</RequestId></ErrorResponse>`

func TestFreshAccountGetsTime(t *testing.T) {
	f := &fake{answer: func(op string, n int) (int, string, error) {
		if op == "AssumeRole" && n <= 3 {
			return 403, roleDenied, nil
		}
		return 0, "", nil
	}}
	c := open(t, f)
	synctest.Test(t, func(t *testing.T) {
		c.Fresh(member)
		start := time.Now()
		if err := listRoots(read(t, c, member)); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited != 3*freshEvery {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	denied := func(op string, _ int) (int, string, error) {
		if op == "AssumeRole" {
			return 403, roleDenied, nil
		}
		return 0, "", nil
	}
	f := &fake{answer: denied}
	c := open(t, f)
	synctest.Test(t, func(t *testing.T) {
		var entry *EntryError
		if err := listRoots(read(t, c, member)); !errors.As(err, &entry) || entry.Account != member {
			t.Fatalf("an old account that refuses: %v", err)
		}
		if f.count["AssumeRole"] != 1 {
			t.Errorf("an old account was asked %d times", f.count["AssumeRole"])
		}
		c.Fresh(member)
		start := time.Now()
		err := listRoots(read(t, c, member))
		if !errors.As(err, &entry) || InDoubt(err) {
			t.Fatalf("a fresh account that refuses for ever: %v", err)
		}
		if waited := time.Since(start); waited > freshFor+freshEvery {
			t.Errorf("waited %v", waited)
		}
		if Explain(err).Kind != Denied || Explain(err).What != "Account 444455556666 could not be entered" {
			t.Errorf("explained as %+v", Explain(err))
		}
	})
}
