package cloud

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/internal/sandbox"
)

// As many requests leave at once as AWS takes, the others as AWS takes more of them; each account and each kind by itself.
func TestRequestsKeepToTheRatesOfAWS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := sandbox.NewWorld(sandbox.Admin, 1)
		if err != nil {
			t.Fatal(err)
		}
		sim := sandbox.New(w)
		var mu sync.Mutex
		begun := map[string][]time.Duration{}
		since := time.Now()
		c, err := Open(t.Context(), Options{Credentials: sim.Credentials(), Bind: sim.Bind, Region: "eu-west-1", Paced: true})
		if err != nil {
			t.Fatal(err)
		}
		sim.Latency(func(r sandbox.Request) time.Duration {
			mu.Lock()
			defer mu.Unlock()
			begun[r.Operation] = append(begun[r.Operation], time.Since(since))
			return 0
		})
		me, err := c.WhoAmI(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := c.Read(plan.Place{Account: me.Account, Region: "eu-west-1"})
		if err != nil {
			t.Fatal(err)
		}
		ask := func(ctx context.Context) error {
			_, err := organizations.NewFromConfig(cfg).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
			return err
		}
		instances := func() { _, _ = ssoadmin.NewFromConfig(cfg).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{}) }
		since = time.Now()
		beside.Each(make([]int, 4), func(int, int) { _ = ask(t.Context()) })
		beside.Each(make([]int, 21), func(int, int) { instances() })
		if got := begun["DescribeOrganization"]; len(got) != 4 || got[1] != 0 || got[2] != time.Second || got[3] != 2*time.Second {
			t.Errorf("the requests left after %v; two may leave at once, and one in each second after them", got)
		}
		if got := begun["ListInstances"]; len(got) != 21 || got[19]-got[0] != 0 || got[20]-got[0] != 50*time.Millisecond {
			t.Errorf("the requests left after %v; twenty may leave at once, and twenty in each second after them", got)
		}
		// A person does not wait for what they stopped.
		short, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		stopped := time.Now()
		for range 3 {
			err = ask(short)
		}
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(stopped) > time.Millisecond {
			t.Errorf("stopped after %v with %v", time.Since(stopped), err)
		}
	})
}
