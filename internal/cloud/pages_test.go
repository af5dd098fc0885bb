package cloud

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"awswizard/internal/sandbox"

	"awswizard/internal/plan"
)

// TestCirclesOfPages: a list that leads back to any of its pages is seen, and lists read beside one another are not taken
// for one.
func TestCirclesOfPages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps string // asked>given, in the order of the replies; - is the list's begin
		again bool   // the last step leads back
	}{
		{"three pages", "->a a>b", false},
		{"the same page", "->a a>a", true},
		{"back to the first", "->a a>b b>a", true},
		{"back by a longer way", "->a a>b b>c c>a", true},
		{"read twice", "->a a>b ->a a>b", false},
		{"read twice beside one another", "->a ->a a>b a>b b>c b>c", false},
		{"a page that went on the second time", "->a a>a a>b", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen, got := &turns{}, false
			for _, step := range strings.Fields(tt.steps) {
				asked, given, _ := strings.Cut(strings.Replace(step, "->", ">", 1), ">")
				got = seen.again("list", asked, given)
			}
			if got != tt.again {
				t.Errorf("%s: leads back %v, want %v", tt.steps, got, tt.again)
			}
		})
	}
}

// TestEveryListIsWatched looks at the requests and replies of every read of every linked service: whatever leads from page
// to page in both is known here, so a list that turns in a circle is seen whichever it is.
func TestEveryListIsWatched(t *testing.T) {
	leads := func(of reflect.Type) bool {
		for f := range of.Elem().Fields() {
			if f.Type == reflect.TypeFor[*string]() && (strings.HasSuffix(f.Name, "Token") || strings.HasSuffix(f.Name, "Marker")) {
				return true
			}
		}
		return false
	}
	lists := 0
	for _, client := range linked {
		of := reflect.TypeOf(client)
		service := of.Elem().PkgPath()
		service = service[strings.LastIndex(service, "/")+1:]
		for m := range of.Methods() {
			if m.Type.NumIn() != 4 || Classify(service, m.Name) != Read {
				continue
			}
			in, out := m.Type.In(2), m.Type.Out(0)
			if !leads(in) || !leads(out) {
				continue
			}
			lists++
			if _, _, paged := pageTokens(reflect.New(in.Elem()).Interface(), reflect.New(out.Elem()).Interface()); !paged {
				t.Errorf("%s.%s has pages that nobody watches", service, m.Name)
			}
		}
	}
	t.Logf("%d lists", lists)
	if lists < 400 {
		t.Errorf("only %d lists were looked at", lists)
	}
}

// TestManyVersionsOfOneKey are no circle: the same key comes back with another version.
func TestManyVersionsOfOneKey(t *testing.T) {
	seen := &turns{}
	page := func(from, to string) bool {
		in, out := &s3.ListObjectVersionsInput{}, &s3.ListObjectVersionsOutput{NextKeyMarker: aws.String("log"), NextVersionIdMarker: &to}
		if from != "" {
			in.KeyMarker, in.VersionIdMarker = aws.String("log"), &from
		}
		asked, given, _ := pageTokens(in, out)
		return seen.again("versions", asked, given)
	}
	if page("", "v1") || page("v1", "v2") || page("v2", "v3") {
		t.Error("another version of the same key counts as the same page")
	}
	if !page("v3", "v1") {
		t.Error("a circle was not seen")
	}
}

// counted reads all pages and counts what is in them.
func counted[O, Opt any](p interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Opt)) (*O, error)
}, in func(*O) int) (n int, err error) {
	for p.HasMorePages() {
		out, err := p.NextPage(context.Background())
		if err != nil {
			return n, err
		}
		n += in(out)
	}
	return n, nil
}

// TestListsThatTurnInACircle asks lists of every kind of token: an empty page is followed, the same page again is an error
// once it was asked for often enough, and is passed over when the next answer goes on.
func TestListsThatTurnInACircle(t *testing.T) {
	c, sim, sent := sandboxed(t)
	who, err := c.WhoAmI(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Do(func(w *sandbox.World) {
		w.NewOrganization(who.Account)
		w.Costs.Opened = map[string]time.Time{who.Account: time.Now().AddDate(0, 0, -2)}
		w.SeedBudget(who.Account, "one", 10)
		w.SeedBucket(who.Account, "us-east-1", "some-bucket", false)
	}); err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string]func(aws.Config) (int, error){
		"iam.ListUsers": func(cfg aws.Config) (int, error) { // Marker
			return counted(iam.NewListUsersPaginator(iam.NewFromConfig(cfg), &iam.ListUsersInput{}),
				func(o *iam.ListUsersOutput) int { return len(o.Users) })
		},
		"organizations.ListRoots": func(cfg aws.Config) (int, error) { // NextToken
			return counted(organizations.NewListRootsPaginator(organizations.NewFromConfig(cfg), &organizations.ListRootsInput{}),
				func(o *organizations.ListRootsOutput) int { return len(o.Roots) })
		},
		"costexplorer.GetAnomalyMonitors": func(cfg aws.Config) (int, error) { // NextPageToken
			return counted(costexplorer.NewGetAnomalyMonitorsPaginator(costexplorer.NewFromConfig(cfg), &costexplorer.GetAnomalyMonitorsInput{}),
				func(*costexplorer.GetAnomalyMonitorsOutput) int { return 1 })
		},
		"s3.ListBuckets": func(cfg aws.Config) (int, error) { // ContinuationToken
			return counted(s3.NewListBucketsPaginator(s3.NewFromConfig(cfg), &s3.ListBucketsInput{}),
				func(o *s3.ListBucketsOutput) int { return len(o.Buckets) })
		},
		"budgets.DescribeBudgets": func(cfg aws.Config) (int, error) {
			return counted(budgets.NewDescribeBudgetsPaginator(budgets.NewFromConfig(cfg), &budgets.DescribeBudgetsInput{AccountId: &who.Account}),
				func(o *budgets.DescribeBudgetsOutput) int { return len(o.Budgets) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			ask := func(how func(n int) sandbox.PageFault) (int, int, error) {
				t.Helper()
				asked := 0
				sim.Pages(func(sandbox.Request) sandbox.PageFault { asked++; return how(asked) })
				defer sim.Pages(nil)
				cfg, err := c.Read(plan.Place{Account: who.Account, Region: "us-east-1"})
				if err != nil {
					t.Fatal(err)
				}
				*sent = nil
				n, err := list(cfg)
				return n, len(*sent), err
			}
			whole, _, err := ask(func(int) sandbox.PageFault { return sandbox.PagesAsTheyAre })
			if err != nil || whole == 0 {
				t.Fatalf("as it is: %d, %v", whole, err)
			}
			if n, requests, err := ask(func(int) sandbox.PageFault { return sandbox.EmptyPageFirst }); n < whole || requests != 2 || err != nil {
				t.Errorf("after an empty page: %d of %d in %d requests, %v", n, whole, requests, err)
			}
			_, requests, err := ask(func(int) sandbox.PageFault { return sandbox.SamePageAgain })
			var page *PageError
			if !errors.As(err, &page) || page.Service+"."+page.Operation != name || requests != 1+maxAttempts {
				t.Errorf("the same page again: %v after %d requests", err, requests)
			}
			if x := Explain(err); x.Kind != NotReady || !strings.Contains(x.What, "does not end") {
				t.Errorf("explained as %+v", x)
			}
			if _, _, err := ask(func(n int) sandbox.PageFault {
				if n < 4 {
					return sandbox.SamePageAgain
				}
				return sandbox.PagesAsTheyAre
			}); err != nil {
				t.Errorf("the same page twice, and then the rest: %v", err)
			}
		})
	}
}
