package answers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"awswizard/internal/pattern"
)

// Problem is one answer AWS or this program would not take.
type Problem struct {
	Field string // as in wizard.yaml: people[1].email
	What  string // what is wrong
	Next  string // what to do about it
}

func (p Problem) String() string { return p.Field + ": " + p.What + ". " + p.Next + "." }

// Limits of AWS that concern what a founder types.
const (
	maxAccounts    = 9  // Organizations' default quota is 10 accounts, the management account among them
	maxAccountName = 50 // CreateAccount: AccountName
	maxNotify      = 10 // Budgets: e-mail subscribers of one notification
	maxMonthlyUSD  = 1_000_000
	minHours       = 8
	maxHours       = 12 // IAM: the longest session of a role, so of a permission set
	maxPersonName  = 128
	maxCompany     = 100
)

// problems collects what is wrong, in the order of the fields.
type problems []Problem

func (p *problems) add(field, what, next string) {
	*p = append(*p, Problem{Field: field, What: what, Next: next})
}

// Validate says what AWS or this program would not take, after defaults are filled in; nil when all is well. Empty
// fields without a default are not its business: see Missing.
func (a Answers) Validate() []Problem {
	a = a.WithDefaults()
	var p problems
	a.checkCompany(&p)
	if a.Email != "" {
		a.checkEmail(&p, "email", a.Email)
	}
	if !KnownRegion(a.HomeRegion) {
		p.add("home_region", unknownRegion(a.HomeRegion), "Choose one like us-east-1 or eu-west-1")
	}
	a.checkAccounts(&p)
	a.checkPeople(&p)
	if a.SessionHours < minHours || a.SessionHours > maxHours {
		p.add("session_hours", fmt.Sprintf("%d is not between %d and %d hours", a.SessionHours, minHours, maxHours), "Use 8 for a working day")
	}
	for i, name := range a.AccessAttributes {
		if !slices.Contains(Attributes(), name) {
			p.add(fmt.Sprintf("access_attributes[%d]", i), fmt.Sprintf("%q is no attribute of a person", name), "Use "+strings.Join(Attributes(), ", "))
		}
	}
	a.checkAllowedRegions(&p)
	if a.BlockPublicS3 != S3Everywhere && a.BlockPublicS3 != S3ByAccount {
		p.add("block_public_s3", fmt.Sprintf("%q is not a way this program knows", a.BlockPublicS3), "Write "+S3Everywhere+" or "+S3ByAccount)
	}
	a.checkTrail(&p)
	a.checkAlerts(&p)
	a.checkBudget(&p)
	a.checkVPC(&p)
	a.checkContacts(&p)
	if !slices.Contains([]string{"", GuardDutyOff, GuardDutyUsed, GuardDutyEverywhere}, a.GuardDuty) {
		p.add("guardduty", fmt.Sprintf("%q is not a way this program knows", a.GuardDuty), "Write "+GuardDutyOff+", "+GuardDutyUsed+" or "+GuardDutyEverywhere)
	}
	return p
}

// bucketName is the form of the name of an S3 bucket.
var bucketName = pattern.Of(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// bucketPrefix is the form of trail.bucket_prefix. "-archive-", an account's id, a Region and "-an" follow it, and S3 takes
// 63 characters in all.
var bucketPrefix = pattern.Of(`^[a-z0-9][a-z0-9-]{1,22}[a-z0-9]$`)

// keptBeginnings are those of names that S3 keeps for itself.
var keptBeginnings = []string{"xn--", "sthree-", "amzn-s3-demo-"}

// maxSensitive keeps the trail's selectors inside what CloudTrail takes: 500 values.
const maxSensitive = 400

func (a Answers) checkTrail(p *problems) {
	switch prefix := a.Trail.Prefix(); {
	case !bucketPrefix().MatchString(prefix):
		p.add("trail.bucket_prefix", fmt.Sprintf("%q cannot begin the name of a bucket", prefix), "Use 3 to 24 small letters, digits and hyphens, like acme-trail")
	case slices.ContainsFunc(keptBeginnings, func(kept string) bool { return strings.HasPrefix(prefix+"-", kept) }):
		p.add("trail.bucket_prefix", fmt.Sprintf("S3 keeps names that begin like %q for itself", prefix), "Use another one, like acme-trail")
	}
	for i, name := range a.Trail.SensitiveBuckets {
		if field := fmt.Sprintf("trail.sensitive_buckets[%d]", i); !bucketName().MatchString(name) {
			p.add(field, fmt.Sprintf("%q is not the name of a bucket", name), "Write the name alone, without s3://")
		} else if slices.Contains(a.Trail.SensitiveBuckets[:i], name) {
			p.add(field, name+" is in the list twice", "Remove one of the two")
		}
	}
	if n := len(a.Trail.SensitiveBuckets); n > maxSensitive {
		p.add("trail.sensitive_buckets", fmt.Sprintf("%d buckets are more than the %d that fit", n, maxSensitive), "Name only those whose files matter")
	}
	if how := a.Trail.DataEvents; !slices.Contains([]string{"", DataEventsWrite, DataEventsAll, AccessLogs, DataEventsOff}, how) {
		p.add("trail.data_events", fmt.Sprintf("%q is not a way this program knows", how), "Write off, access-logs, write or all")
	}
}

// eventName is the form of CloudTrail's names of events.
var eventName = pattern.Of(`^[A-Z][A-Za-z0-9_]{1,63}$`)

// The heartbeat: CloudTrail's digests come once an hour, so two hours of silence mean something; a day late is too late.
const (
	minHeartbeat = 2
	maxHeartbeat = 24
)

// maxAlertSettings keeps the settings inside what Lambda takes as the environment of a function (4 KB in all).
const maxAlertSettings = 2000

func (a Answers) checkAlerts(p *problems) {
	size := 0
	for i, name := range a.Alerts.Also {
		size += len(name)
		if !eventName().MatchString(name) {
			p.add(fmt.Sprintf("alerts.also[%d]", i), fmt.Sprintf("%q is not the name of an event", name), "Write it as CloudTrail does, like CreateVpc")
		}
	}
	for i, rule := range a.Alerts.Off {
		size += len(rule)
		if !slices.Contains(AlertRules(), rule) {
			p.add(fmt.Sprintf("alerts.off[%d]", i), fmt.Sprintf("%q is not a rule of the alerts", rule), "Use "+strings.Join(AlertRules(), ", "))
		}
	}
	for i, who := range a.Alerts.Mute {
		size += len(who)
		if field := fmt.Sprintf("alerts.mute[%d]", i); len(strings.TrimSpace(who)) < 8 {
			// What is part of everybody's name would silence everything.
			p.add(field, fmt.Sprintf("%q is too short to name one caller", who), "Write more of the ARN, like role/deploy")
		} else if !printableASCII(who) {
			p.add(field, fmt.Sprintf("%q holds characters no ARN has", who), "Copy the ARN from an alert")
		}
	}
	if h := a.Alerts.HeartbeatHours; h != 0 && (h < minHeartbeat || h > maxHeartbeat) {
		p.add("alerts.heartbeat_hours", fmt.Sprintf("%d is not between %d and %d hours", h, minHeartbeat, maxHeartbeat), "Use 6, or 0 for no alarm")
	}
	if size > maxAlertSettings {
		p.add("alerts", fmt.Sprintf("the lists hold %d characters; %d fit", size, maxAlertSettings), "Shorten them")
	}
}

func (a Answers) checkCompany(p *problems) {
	if utf8.RuneCountInString(a.Company) > maxCompany {
		p.add("company", fmt.Sprintf("the name is longer than %d characters", maxCompany), "Use the short name")
	}
	if hasControl(a.Company) {
		p.add("company", "the name holds an invisible control character", "Type the name again on one line")
	}
}

// checkEmail says whether the address is good, and tells when it is not. The mailbox, which stands in other fields by
// default, is told of once: at the field email.
func (a Answers) checkEmail(p *problems, field, address string) bool {
	what := emailFault(address)
	if what != "" && (address != a.Email || field == "email") {
		p.add(field, fmt.Sprintf("%q %s", address, what), "Correct the address")
	}
	return what == ""
}

func (a Answers) checkAccounts(p *problems) {
	if n := len(a.Accounts); n > maxAccounts {
		p.add("accounts", fmt.Sprintf("%d accounts are more than a new organization may have (10 with the management account)", n),
			fmt.Sprintf("Start with %d or fewer; AWS Support raises the limit for free", maxAccounts))
	}
	keys := map[string]string{}
	emails := map[string]string{strings.ToLower(a.Email): "the management account"}
	security := 0
	for i, acc := range a.Accounts {
		field := fmt.Sprintf("accounts[%d]", i)
		a.checkAccountName(p, field, acc, keys)
		a.checkAccountEmail(p, field, acc, emails)
		switch acc.Unit {
		case UnitSecurity:
			security++
		case UnitWorkloads:
		default:
			p.add(field+".unit", fmt.Sprintf("%q is not a unit this program makes", acc.Unit), "Write Security or Workloads")
		}
	}
	if security == 0 {
		p.add("accounts", "no account keeps the logs apart from the product", "Add an account named security")
	}
}

func (a Answers) checkAccountName(p *problems, field string, acc Account, seen map[string]string) {
	field += ".name"
	key := acc.Key()
	switch {
	case strings.TrimSpace(acc.Name) == "":
		p.add(field, "an account has no name", "Give it a name like production")
		return
	case !printableASCII(acc.Name):
		p.add(field, fmt.Sprintf("%q holds characters AWS does not take in account names", acc.Name), "Use plain English letters, digits and spaces")
		return
	case len(acc.Name) > maxAccountName:
		p.add(field, fmt.Sprintf("%q has %d characters; AWS takes %d at most", acc.Name, len(acc.Name), maxAccountName), "Shorten it")
	case key == "":
		p.add(field, fmt.Sprintf("%q holds no letter and no digit", acc.Name), "Give it a name like production")
		return
	case key == "management":
		p.add(field, "this is the name of the account you already have", "Choose another name; the management account needs no entry here")
	}
	if before, ok := seen[key]; ok {
		p.add(field, fmt.Sprintf("%q and %q are too alike to tell apart", before, acc.Name), "Rename one of them")
		return
	}
	seen[key] = acc.Name
}

func (a Answers) checkAccountEmail(p *problems, field string, acc Account, seen map[string]string) {
	field += ".email"
	if acc.Email == "" {
		if a.Email == "" || emailFault(a.Email) != "" || acc.Key() == "" {
			return // told at its cause already
		}
		_, err := PlusAddress(a.Email, acc.Key())
		p.add(field, err.Error(), "Write an address for this account, or use a shorter mailbox or account name")
		return
	}
	if !a.checkEmail(p, field, acc.Email) {
		return
	}
	lower := strings.ToLower(acc.Email)
	if owner, ok := seen[lower]; ok {
		p.add(field, fmt.Sprintf("%s is used by %s already; every account needs its own address", acc.Email, owner),
			"Leave it out to get a plus-address of your mailbox")
		return
	}
	seen[lower] = "the account " + acc.Name
}

func (a Answers) checkPeople(p *problems) {
	seen := map[string]bool{}
	administrators := 0
	for i, person := range a.People {
		field := fmt.Sprintf("people[%d]", i)
		switch name := strings.TrimSpace(person.Name); {
		case name == "":
			p.add(field+".name", "a person has no name", "Write first and last name")
		case utf8.RuneCountInString(name) > maxPersonName:
			p.add(field+".name", fmt.Sprintf("the name is longer than %d characters", maxPersonName), "Shorten it")
		case hasControl(name):
			p.add(field+".name", "the name holds an invisible control character", "Type the name again on one line")
		}
		if person.Email == "" {
			p.add(field+".email", "a person has no e-mail address", "Add it; it becomes the sign-in name")
		} else if a.checkEmail(p, field+".email", person.Email) {
			lower := strings.ToLower(person.Email)
			if seen[lower] {
				p.add(field+".email", person.Email+" is in the list twice", "Remove one of the two")
			}
			seen[lower] = true
		}
		for _, group := range person.Groups {
			if !slices.Contains(Groups(), group) {
				p.add(field+".groups", fmt.Sprintf("%q is not a group this program makes", group), "Use "+strings.Join(Groups(), ", "))
			}
		}
		if slices.Contains(person.Groups, GroupAdministrators) {
			administrators++
		}
	}
	if len(a.People) > 0 && administrators == 0 {
		p.add("people", "nobody is an administrator", "Put at least one person into the group administrators")
	}
}

func (a Answers) checkAllowedRegions(p *problems) {
	for i, region := range a.AllowedRegions {
		field := fmt.Sprintf("allowed_regions[%d]", i)
		if !KnownRegion(region) {
			p.add(field, unknownRegion(region), "Choose ones like us-east-1 or eu-west-1")
		} else if slices.Contains(a.AllowedRegions[:i], region) {
			p.add(field, region+" is in the list twice", "Remove one of the two")
		}
	}
	if len(a.AllowedRegions) > 0 && !slices.Contains(a.AllowedRegions, a.HomeRegion) {
		p.add("allowed_regions", "your home Region "+a.HomeRegion+" is not among them", "Add it, or leave the list empty to allow all Regions")
	}
}

func (a Answers) checkBudget(p *problems) {
	// Written as "not inside" so that .nan from YAML is refused too.
	if usd := a.Budget.MonthlyUSD; !(usd > 0 && usd <= maxMonthlyUSD) {
		p.add("budget.monthly_usd", fmt.Sprintf("%g is not between 0 and %d US dollars a month", usd, maxMonthlyUSD), "Write what would surprise you, like 100")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Budget.PerAccount)) {
		field := "budget.per_account." + key
		if !slices.ContainsFunc(a.Accounts, func(acc Account) bool { return acc.Key() == key }) {
			p.add(field, "there is no account of this name", "Use the name of one of the accounts, in small letters, like production")
		}
		if usd := a.Budget.PerAccount[key]; !(usd > 0 && usd <= maxMonthlyUSD) {
			p.add(field, fmt.Sprintf("%g is not between 0 and %d US dollars a month", usd, maxMonthlyUSD), "Write what would surprise you, like 80")
		}
	}
	if how := a.Budget.Anomalies; !slices.Contains([]string{"", AnomaliesDaily, AnomaliesImmediate}, how) {
		p.add("budget.anomalies", fmt.Sprintf("%q is not a way this program knows", how), "Write "+AnomaliesDaily+" or "+AnomaliesImmediate)
	}
	if n := len(a.Budget.Notify); n > maxNotify {
		p.add("budget.notify", fmt.Sprintf("%d addresses are more than the %d AWS takes", n, maxNotify), "Use a mailing list")
	}
	seen := map[string]bool{}
	for i, address := range a.Budget.Notify {
		field := fmt.Sprintf("budget.notify[%d]", i)
		if lower := strings.ToLower(address); a.checkEmail(p, field, address) {
			if seen[lower] {
				p.add(field, address+" is in the list twice", "Remove one of the two")
			}
			seen[lower] = true
		}
	}
}

func unknownRegion(region string) string {
	return fmt.Sprintf("%q is not a commercial AWS Region this program knows", region)
}

func printableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}
