package sandbox

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"awswizard/internal/plan"
)

// TestScenarios holds what each scenario is about: who calls, and whose organization the account is in.
func TestScenarios(t *testing.T) {
	for sc, want := range map[Scenario]struct {
		caller, organization string
		accounts             int
	}{
		Fresh:        {":root", "none", 0},
		Admin:        {":user/admin", "none", 0},
		Half:         {":root", "own", 3},
		Messy:        {":root", "none", 0},
		Adopted:      {":assumed-role/AWSReservedSSO_AdministratorAccess_", "own", 4},
		Project:      {":assumed-role/AWSReservedSSO_ProjectAdministrator_", "foreign", 0},
		Quota:        {":user/admin", "none", 0},
		ControlTower: {":assumed-role/AWSReservedSSO_AWSAdministratorAccess_", "own", 4},
	} {
		t.Run(string(sc), func(t *testing.T) {
			s, w, _ := world(t, sc)
			ctx, cfg := t.Context(), config(s, s.Credentials())
			who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(want.caller).MatchString(*who.Arn) || !plan.IsAccountID(*who.Account) || w.caller().ID != *who.Account {
				t.Errorf("caller %s of %s", *who.Arn, *who.Account)
			}
			c := organizations.NewFromConfig(cfg)
			out, err := c.DescribeOrganization(ctx, nil)
			got := "own"
			if orgCode(err) == "AWSOrganizationsNotInUseException" {
				got = "none"
			} else if err != nil {
				t.Fatal(err)
			} else if *out.Organization.MasterAccountId != *who.Account {
				got = "foreign"
			}
			if got != want.organization {
				t.Errorf("organization: %s, want %s", got, want.organization)
			}
			accounts := 0
			for pages := organizations.NewListAccountsPaginator(c, nil); pages.HasMorePages(); {
				page, err := pages.NextPage(ctx)
				if err != nil {
					break
				}
				accounts += len(page.Accounts)
			}
			if accounts != want.accounts {
				t.Errorf("%d accounts, want %d", accounts, want.accounts)
			}
		})
	}
}

// TestHandMadeThings holds what others have left behind for the wizard to find.
func TestHandMadeThings(t *testing.T) {
	for sc, want := range map[Scenario]struct {
		trail                           string
		organizationTrail, publicBucket bool
		budgets                         int
		identity                        string
	}{
		Fresh:   {"", false, false, 0, ""},
		Messy:   {"management-events", false, true, 1, ""},
		Adopted: {"all-accounts", true, false, 0, scenarioHome},
		Half:    {"", false, false, 0, ""},
	} {
		s, w, _ := world(t, sc)
		cfg := aws.Config{Region: scenarioHome, Credentials: s.Credentials()}
		s.Bind(&cfg)
		trails, err := cloudtrail.NewFromConfig(cfg).DescribeTrails(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		name, organization := "", false
		for _, x := range trails.TrailList {
			name, organization = aws.ToString(x.Name), aws.ToBool(x.IsOrganizationTrail)
		}
		if name != want.trail || organization != want.organizationTrail {
			t.Errorf("%s: trail %q, of the organization: %t", sc, name, organization)
		}
		if _, err := s3.NewFromConfig(cfg).GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: aws.String("acme-robotics-downloads")}); (err == nil) != want.publicBucket {
			t.Errorf("%s: the public bucket: %v", sc, err)
		}
		if got := len(w.Budgets.Budgets[w.caller().ID]); got != want.budgets {
			t.Errorf("%s: %d budgets", sc, got)
		}
		instances, err := ssoadmin.NewFromConfig(cfg).ListInstances(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(instances.Instances) > 0; got != (want.identity != "") {
			t.Errorf("%s: Identity Center in %s: %t", sc, scenarioHome, got)
		}
	}
}

func TestProjectAccount(t *testing.T) {
	s, _, _ := world(t, Project)
	ctx, cfg := t.Context(), config(s, s.Credentials())
	if _, err := organizations.NewFromConfig(cfg).CreateOrganization(ctx, &organizations.CreateOrganizationInput{}); orgCode(err) != "AlreadyInOrganizationException" {
		t.Errorf("CreateOrganization: %v", err)
	}
	_, err := account.NewFromConfig(cfg).ListRegions(ctx, &account.ListRegionsInput{MaxResults: aws.Int32(1)})
	if orgCode(err) != "AccessDeniedException" || !regexp.MustCompile("explicit deny in a service control policy: arn:aws:organizations::").MatchString(err.Error()) {
		t.Errorf("account:ListRegions: %v", err)
	}
}

func TestSeedsMakeTheSameWorld(t *testing.T) {
	times := regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"`)
	begin := func(sc Scenario, seed uint64) string {
		t.Helper()
		w, err := NewWorld(sc, seed)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		return times.ReplaceAllString(string(b), `"time"`)
	}
	for _, sc := range Scenarios() {
		first, again, other := begin(sc, 3), begin(sc, 3), begin(sc, 4)
		if first != again {
			t.Errorf("%s: the same seed made two worlds", sc)
		}
		if first == other {
			t.Errorf("%s: two seeds made one world", sc)
		}
	}
}
