// Package answers holds what the founder decided: the fields of wizard.yaml. Secrets are never in it.
package answers

import (
	"cmp"
	"slices"
	"strings"
)

// Answers are the founder's decisions. Every field has a default but Company and Email.
type Answers struct {
	Company      string    `yaml:"company,omitempty"`
	Email        string    `yaml:"email,omitempty"` // the mailbox the plus-addresses are made from
	HomeRegion   string    `yaml:"home_region,omitempty"`
	Accounts     []Account `yaml:"accounts,omitempty"`
	People       []Person  `yaml:"people,omitempty"`
	SessionHours int       `yaml:"session_hours,omitempty"` // 8 to 12
	// AccessAttributes are what of a person's attributes comes along as a tag when they sign in; see Attributes.
	AccessAttributes []string `yaml:"access_attributes,omitempty"`
	AcceptPaidPlan   bool     `yaml:"accept_paid_plan,omitempty"`
	AllowedRegions   []string `yaml:"allowed_regions,omitempty"` // empty: no region guard
	// BlockPublicS3 is how S3 is kept from the public: S3Everywhere or S3ByAccount; "" = everywhere.
	BlockPublicS3 string `yaml:"block_public_s3,omitempty"`
	// NoCommitments forbids buying what binds for years: reserved capacity, savings plans, subscriptions, domains.
	NoCommitments bool   `yaml:"no_commitments,omitempty"`
	Trail         Trail  `yaml:"trail,omitempty"`
	Alerts        Alerts `yaml:"alerts,omitempty"`
	Budget        Budget `yaml:"budget,omitempty"`
	// VPC are the private networks of the accounts that hold the product; none without having been asked for.
	VPC VPC `yaml:"vpc,omitempty"`
	// Contacts are whom AWS writes to; each has a default.
	Contacts Contacts `yaml:"contacts,omitempty"`
	// GuardDuty is where it is turned on: GuardDutyOff, GuardDutyUsed or GuardDutyEverywhere; "" = off, since it costs money.
	GuardDuty string `yaml:"guardduty,omitempty"`
}

// Trail says what is recorded beyond the usual. Every event of a file costs.
type Trail struct {
	// BucketPrefix is how the names of the buckets for the logs begin; "" = DefaultBucketPrefix.
	BucketPrefix string `yaml:"bucket_prefix,omitempty"`
	// SensitiveBuckets are the names of buckets whose files are watched, in any account. Where DataEvents is given, those with
	// the tag "sensitive" are, too.
	SensitiveBuckets []string `yaml:"sensitive_buckets,omitempty"`
	DataEvents       string   `yaml:"data_events,omitempty"` // DataEventsWrite, DataEventsAll, AccessLogs or DataEventsOff; "" = write, of those named
	// ExcludeKMS leaves the use of encryption keys out of the record, in all accounts.
	ExcludeKMS bool `yaml:"exclude_kms,omitempty"`
}

// DefaultBucketPrefix is how the names of the buckets for the logs begin where the founder said nothing.
const DefaultBucketPrefix = "org-trail"

// Prefix is how the names of the buckets for the logs begin.
func (t Trail) Prefix() string { return cmp.Or(t.BucketPrefix, DefaultBucketPrefix) }

// What is recorded of the files in sensitive buckets.
const (
	DataEventsWrite = "write" // changes
	DataEventsAll   = "all"   // reads, too
	DataEventsOff   = "off"
	AccessLogs      = "access-logs" // by S3 itself, hours late and without a guarantee
)

// Alerts say what is told in Slack, and whether anything is.
type Alerts struct {
	// Slack: nil = nobody said yet. The address to post to is a secret and not part of the answers.
	Slack *bool    `yaml:"slack,omitempty"`
	Also  []string `yaml:"also,omitempty"` // names of further events to tell, like CreateVpc
	Off   []string `yaml:"off,omitempty"`  // rules that tell nothing; see AlertRules
	Mute  []string `yaml:"mute,omitempty"` // callers to say nothing about, by a part of their ARN
	// HeartbeatHours: an alarm mails when nothing of the records was read for so many hours; 0 = no alarm.
	HeartbeatHours int `yaml:"heartbeat_hours,omitempty"`
}

// On reports whether Slack is told.
func (a Alerts) On() bool { return a.Slack != nil && *a.Slack }

// AlertRules are the rules of the alerts (steps/alerts/lambda/alerts.py) that can be switched off.
func AlertRules() []string {
	return []string{"root", "login", "log-bucket", "administrator", "alerts", "recorder", "guardduty", "organization", "keys",
		"second-factor", "trust", "access", "encryption", "sharing", "public-access", "denied"}
}

// Attributes are the attributes of people that policies can ask for (ABAC).
func Attributes() []string {
	return []string{"department", "costCenter", "division", "organization", "title", "userName", "email"}
}

// Account is one member account to have. In wizard.yaml it is a plain name or {name, email, unit}.
type Account struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email,omitempty"` // "" = the plus-address made from Answers.Email and Name
	Unit  string `yaml:"unit,omitempty"`  // organizational unit: Security or Workloads; "" = by name
}

// Person is somebody who signs in through Identity Center.
type Person struct {
	Name   string   `yaml:"name,omitempty"`
	Email  string   `yaml:"email,omitempty"`
	Groups []string `yaml:"groups,omitempty"` // administrators, developers, readers, billing
}

// Budget is the monthly cost limit and who hears of it.
type Budget struct {
	MonthlyUSD float64  `yaml:"monthly_usd,omitempty"`
	Notify     []string `yaml:"notify,omitempty"` // e-mail addresses
	// PerAccount are further limits in US dollars a month, by the name of an account; empty: only the one for all.
	PerAccount map[string]float64 `yaml:"per_account,omitempty"`
	// Anomalies is how fast an unusual cost is told: AnomaliesDaily, or AnomaliesImmediate besides; "" = daily.
	Anomalies string `yaml:"anomalies,omitempty"`
}

// Where GuardDuty is turned on.
const (
	GuardDutyOff  = "off"
	GuardDutyUsed = "used-regions" // home, us-east-1 and the allowed Regions, in all accounts
	// GuardDutyEverywhere is each Region that no account can switch off, in all accounts.
	GuardDutyEverywhere = "all-regions"
)

// How fast an unusual cost is told.
const (
	AnomaliesDaily     = "daily"
	AnomaliesImmediate = "immediate"
)

// How S3 is kept from the public.
const (
	S3Everywhere = "everywhere" // by a policy above all accounts, which none can switch off
	S3ByAccount  = "by-account" // by a setting in each account that has no public bucket
)

// Key is the account's reference in facts and plans: its name in lower case, other characters than letters and
// digits replaced by "-".
func (a Account) Key() string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, a.Name), "-")
}

// Production reports whether customers depend on the account. It goes by a word of the name: production, prod-eu, shop-live.
func (a Account) Production() bool {
	return slices.ContainsFunc(strings.Split(a.Key(), "-"), func(word string) bool {
		return slices.Contains([]string{"production", "prod", "prd", "live"}, word)
	})
}

// Security is the key of the account that holds the log replica: the first one in the unit Security, "" when none.
func (a Answers) Security() string {
	for _, acc := range a.Accounts {
		if acc.Unit == UnitSecurity {
			return acc.Key()
		}
	}
	return ""
}

// The organizational units accounts are put in.
const (
	UnitSecurity  = "Security"
	UnitWorkloads = "Workloads"
)
