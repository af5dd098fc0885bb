package answers

import (
	"maps"
	"slices"
	"strings"
)

// What is taken where the founder said nothing.
const (
	DefaultRegion       = "us-east-1"
	DefaultSessionHours = 8
	DefaultMonthlyUSD   = 100
)

// The groups people can be in.
const (
	GroupAdministrators = "administrators"
	GroupDevelopers     = "developers"
	GroupReaders        = "readers"
	GroupBilling        = "billing"
)

// Groups lists the groups people can be in, the most powerful first.
func Groups() []string {
	return []string{GroupAdministrators, GroupDevelopers, GroupReaders, GroupBilling}
}

// WithDefaults fills in what the founder left open, and shares no memory with a. Doing it twice changes nothing.
// An account whose address cannot be made (no mailbox, too long) keeps an empty one; Validate says why.
func (a Answers) WithDefaults() Answers {
	a = a.clone()
	if a.HomeRegion == "" {
		a.HomeRegion = DefaultRegion
	}
	if len(a.Accounts) == 0 {
		a.Accounts = []Account{
			{Name: "security", Unit: UnitSecurity},
			{Name: "production", Unit: UnitWorkloads},
			{Name: "development", Unit: UnitWorkloads},
		}
	}
	for i, acc := range a.Accounts {
		if acc.Email == "" {
			// The error comes again, worded for the reader, in Validate.
			a.Accounts[i].Email, _ = PlusAddress(a.Email, acc.Key())
		}
		if acc.Unit == "" {
			a.Accounts[i].Unit = unitByName(acc.Name)
		}
	}
	if len(a.People) == 0 && a.Email != "" {
		a.People = []Person{{Name: "Founder", Email: a.Email, Groups: []string{GroupAdministrators}}}
	}
	for i, p := range a.People {
		if len(p.Groups) == 0 {
			a.People[i].Groups = []string{GroupDevelopers}
		}
	}
	if a.SessionHours == 0 {
		a.SessionHours = DefaultSessionHours
	}
	if a.BlockPublicS3 == "" {
		a.BlockPublicS3 = S3Everywhere
	}
	if a.Budget.MonthlyUSD == 0 {
		a.Budget.MonthlyUSD = DefaultMonthlyUSD
	}
	if len(a.Budget.Notify) == 0 && a.Email != "" {
		a.Budget.Notify = []string{a.Email}
	}
	return a
}

// unitByName puts accounts that hold evidence apart from those that hold the product.
func unitByName(name string) string {
	name = strings.ToLower(name)
	for _, word := range []string{"security", "log", "audit"} {
		if strings.Contains(name, word) {
			return UnitSecurity
		}
	}
	return UnitWorkloads
}

func (a Answers) clone() Answers {
	a.Accounts = slices.Clone(a.Accounts)
	a.People = slices.Clone(a.People)
	for i := range a.People {
		a.People[i].Groups = slices.Clone(a.People[i].Groups)
	}
	a.AccessAttributes = slices.Clone(a.AccessAttributes)
	a.AllowedRegions = slices.Clone(a.AllowedRegions)
	a.Trail.SensitiveBuckets = slices.Clone(a.Trail.SensitiveBuckets)
	a.Alerts.Also, a.Alerts.Off, a.Alerts.Mute = slices.Clone(a.Alerts.Also), slices.Clone(a.Alerts.Off), slices.Clone(a.Alerts.Mute)
	a.VPC.Accounts, a.VPC.Regions = slices.Clone(a.VPC.Accounts), slices.Clone(a.VPC.Regions)
	a.Budget.Notify = slices.Clone(a.Budget.Notify)
	a.Budget.PerAccount = maps.Clone(a.Budget.PerAccount)
	return a
}

// Missing lists the fields of wizard.yaml that are empty and have no default.
func (a Answers) Missing() []string {
	var missing []string
	if strings.TrimSpace(a.Company) == "" {
		missing = append(missing, "company")
	}
	if strings.TrimSpace(a.Email) == "" {
		missing = append(missing, "email")
	}
	return missing
}

// Given reports whether the founder gave the field of wizard.yaml with this name, such as "budget.notify".
func (a Answers) Given(field string) bool {
	switch field {
	case "company":
		return a.Company != ""
	case "email":
		return a.Email != ""
	case "home_region":
		return a.HomeRegion != ""
	case "accounts":
		return len(a.Accounts) > 0
	case "people":
		return len(a.People) > 0
	case "session_hours":
		return a.SessionHours != 0
	case "access_attributes":
		return len(a.AccessAttributes) > 0
	case "accept_paid_plan":
		return a.AcceptPaidPlan
	case "allowed_regions":
		return len(a.AllowedRegions) > 0
	case "block_public_s3":
		return a.BlockPublicS3 != ""
	case "no_commitments":
		return a.NoCommitments
	case "trail.data_events":
		return a.Trail.DataEvents != ""
	case "trail.sensitive_buckets":
		return len(a.Trail.SensitiveBuckets) > 0
	case "trail.exclude_kms":
		return a.Trail.ExcludeKMS
	case "trail.bucket_prefix":
		return a.Trail.BucketPrefix != ""
	case "alerts.slack":
		return a.Alerts.Slack != nil
	case "alerts.heartbeat_hours":
		return a.Alerts.HeartbeatHours != 0
	case "budget.monthly_usd":
		return a.Budget.MonthlyUSD != 0
	case "budget.notify":
		return len(a.Budget.Notify) > 0
	case "budget.per_account":
		return len(a.Budget.PerAccount) > 0
	case "budget.anomalies":
		return a.Budget.Anomalies != ""
	case "vpc.accounts":
		return len(a.VPC.Accounts) > 0
	case "vpc.nat":
		return a.VPC.NAT != ""
	case "guardduty":
		return a.GuardDuty != ""
	case "contacts.phone":
		return a.Contacts.Phone != ""
	case "contacts.security.email":
		return a.Contacts.Security.Email != ""
	}
	return false
}
