package cloud

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

// One look asks once what several steps ask; the next one asks anew. What was refused, and what a step waits for, is asked each time.
func TestALookRemembersWhatItAsked(t *testing.T) {
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	sim, now := sandbox.New(w), time.Now()
	var mu sync.Mutex
	asked := map[string]int{}
	c, err := Open(t.Context(), Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", Now: func() time.Time { return now },
		Observe: func(s Sent) {
			mu.Lock()
			defer mu.Unlock()
			asked[s.Operation]++
		}})
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.WhoAmI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// ask makes each request three times, beside one another, with configurations of their own as steps have them.
	ask := func(m *Memory) map[string]int {
		clear(asked)
		ctx := t.Context()
		if m != nil {
			ctx = Remembering(ctx, m)
		}
		beside.Each(make([]int, 3), func(int, int) {
			cfg, err := c.Read(plan.Place{Account: me.Account, Region: "us-east-1"})
			if err != nil {
				t.Error(err)
				return
			}
			_, none := organizations.NewFromConfig(cfg).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
			if plainCode(none) != "AWSOrganizationsNotInUseException" {
				t.Errorf("there is an organization: %v", none)
			}
			if out, err := iam.NewFromConfig(cfg).GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}); err != nil || out.SummaryMap["Users"] != 1 {
				t.Errorf("the summary is %+v, %v", out, err)
			}
			if _, err := iam.NewFromConfig(cfg).ListRoles(ctx, &iam.ListRolesInput{}); err != nil {
				t.Error(err)
			}
		})
		return map[string]int{"refused": asked["DescribeOrganization"], "lasting": asked["GetAccountSummary"], "other": asked["ListRoles"]}
	}
	m := &Memory{}
	for _, x := range []struct {
		what    string
		memory  *Memory
		lasting int
	}{
		{"a look", m, 1},
		{"the same look, again", m, 0},
		{"the next look", &Memory{}, 1},
		{"no look", nil, 3},
	} {
		if got := ask(x.memory); got["lasting"] != x.lasting || got["refused"] != 3 || got["other"] != 3 {
			t.Errorf("%s asked %v times", x.what, got)
		}
	}
	now = now.Add(memoryLasts)
	if got := ask(m); got["lasting"] != 1 {
		t.Errorf("a look that takes long asked %v times", got)
	}
}

// A request that panics keeps nobody waiting for its answer: the next one asks.
func TestALookForgetsWhatPanicked(t *testing.T) {
	w, err := sandbox.NewWorld(sandbox.Admin, 1)
	if err != nil {
		t.Fatal(err)
	}
	sim, broken := sandbox.New(w), true
	c, err := Open(t.Context(), Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", Observe: func(s Sent) {
		if broken && s.Operation == "GetAccountSummary" {
			broken = false
			panic("broken")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.WhoAmI(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := c.Read(plan.Place{Account: me.Account, Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(Remembering(t.Context(), &Memory{}), 30*time.Second)
	defer cancel()
	ask := func() (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v", v)
			}
		}()
		_, err = iam.NewFromConfig(cfg).GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		return err
	}
	if err := ask(); err == nil || err.Error() != "panic: broken" {
		t.Fatalf("the first request gives %v", err)
	}
	if err := ask(); err != nil {
		t.Errorf("the next request gives %v", err)
	}
}
