package baseline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

func contacts(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Contacts); no {
		return v
	}
	var missing []string
	for _, kind := range []string{"BILLING", "OPERATIONS", "SECURITY"} {
		if a.Contacts.Value[kind] == "" {
			missing = append(missing, kind)
		}
	}
	if len(missing) > 0 {
		return Verdict{Result: Fail, Evidence: a.says(a.Contacts.Call, "no contact for %s", strings.Join(missing, ", "))}
	}
	v := Verdict{Result: Pass, Evidence: a.says(a.Contacts.Call, "all three are set")}
	var personal []string
	for _, kind := range []string{"BILLING", "OPERATIONS", "SECURITY"} {
		if address := a.Contacts.Value[kind]; answers.PersonalAddress(address) && !slices.Contains(personal, address) {
			personal = append(personal, address)
		}
	}
	if len(personal) > 0 {
		v.Note = few(personal) + " looks like one person's own address. AWS asks for a mailing list: it is read also when that person is away."
	}
	return v
}

// rootRest is how long root must not have been used: AWS's own check takes 30 days.
const rootRest = 30 * 24 * time.Hour

func root(s *State, a *Account) Verdict {
	if v, no := refused(a, a.Root); no {
		return v
	}
	r := a.Root.Value
	switch {
	case r.Keys && s.belongs(a):
		return Verdict{Result: Fail, Evidence: a.says(a.Root.Call, "AccountAccessKeysPresent=1 in a member account")}
	case r.Keys:
		return Verdict{Result: Fail, Evidence: a.says(a.Root.Call, "AccountAccessKeysPresent=1"),
			Next: "As root open " + rootPage + ", Access keys, Delete. Whoever has such a key can do everything."}
	case !r.Password:
		if v, open := s.unclaimed(a); open {
			return v
		}
		return Verdict{Result: Pass, Evidence: a.says(a.Root.Call, "AccountAccessKeysPresent=0, AccountPasswordPresent=0")}
	case !a.Top && s.Organization.CentralRoot.Why == "":
		return Verdict{Result: Fail, Evidence: a.says(a.Root.Call, "AccountPasswordPresent=1 in a member account")}
	case !a.RootUsed.Value.IsZero() && s.Looked.Sub(a.RootUsed.Value) < rootRest:
		return Verdict{Result: NeedsYou, Evidence: a.says(a.RootUsed.Call, "root signed in on %s", a.RootUsed.Value.Format(time.DateOnly)),
			Next: "Use your own sign-in from now on. This passes by itself 30 days after the last time."}
	}
	return Verdict{Result: Pass, Evidence: a.says(a.Root.Call, "AccountAccessKeysPresent=0")}
}

// named are the names of users that something is true of.
func (a *Account) named(is func(User) bool) []string {
	var out []string
	for _, u := range a.Users.Value {
		if is(u) {
			out = append(out, u.Name)
		}
	}
	return out
}

func access(s *State, a *Account) Verdict {
	if v, no := refused(a, a.Users); no {
		return v
	}
	v := signIn(s, a)
	if names := a.named(func(u User) bool { return !u.Console && u.Keys == 0 }); len(names) > 0 {
		v.Note = "IAM users without a password and without an active key: " + few(names) + ". Delete those that nothing needs: " + usersPage + "."
	}
	return v
}

func signIn(s *State, a *Account) Verdict {
	if names := a.named(func(u User) bool { return u.Console }); len(names) > 0 {
		return Verdict{Result: Fail, Evidence: a.says("iam:GetLoginProfile", "IAM users with a console password: %s", few(names))}
	}
	center := s.Organization.IdentityCenter
	switch {
	case !a.Top || s.Member:
		return Verdict{Result: Pass, Evidence: a.says("iam:ListUsers", "no IAM user has a console password")}
	case s.Organization.ID == "":
		return Verdict{Result: Fail, Evidence: a.says("organizations:DescribeOrganization", "no organization, so no IAM Identity Center for all accounts")}
	case center.Why != "":
		return Verdict{Result: CannotCheck, Evidence: a.says(center.Call, "%s", center.Why)}
	case !center.Value.Active:
		return Verdict{Result: Fail, Evidence: a.says(center.Call, "no active IAM Identity Center")}
	case center.Value.Lone:
		return Verdict{Result: Fail, Evidence: a.says("sso:DescribeInstance", "the IAM Identity Center there lets nobody into accounts: it serves one account alone, or has no permission sets")}
	case center.Value.Users == 0:
		return Verdict{Result: Fail, Evidence: a.says("identitystore:ListUsers", "nobody is in IAM Identity Center yet")}
	}
	return Verdict{Result: Pass, Evidence: a.says("identitystore:ListUsers", "%s in IAM Identity Center", people(center.Value.Users))}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func permissions(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Users); no {
		return v
	}
	if names := a.named(func(u User) bool { return u.Direct }); len(names) > 0 {
		return Verdict{Result: Fail, Evidence: a.says("iam:ListAttachedUserPolicies", "rights attached to the user itself: %s", few(names))}
	}
	return Verdict{Result: Pass, Evidence: a.says("iam:ListUsers", "no IAM user has rights of its own")}
}

func factor(s *State, a *Account) Verdict {
	if v, no := refused(a, a.Root); no {
		return v
	}
	if v, no := refused(a, a.Users); no {
		return v
	}
	if names := a.named(func(u User) bool { return u.Console && !u.MFA }); len(names) > 0 {
		return Verdict{Result: Fail, Evidence: a.says("iam:ListMFADevices", "a password without a second factor: %s", few(names)),
			Next: "Open " + usersPage + ", the user, Security credentials, Assign MFA device; or delete the password."}
	}
	switch r := a.Root.Value; {
	case r.MFA:
		v := Verdict{Result: Pass, Evidence: a.says(a.Root.Call, "AccountMFAEnabled=1")}
		if a.Top && s.Organization.IdentityCenter.Value.Active {
			v.Note = "Whether IAM Identity Center asks for a second factor has no API. Look once: " + identityPage + ", Settings, Authentication."
		}
		return v
	case !r.Password:
		if v, open := s.unclaimed(a); open {
			return v
		}
		return Verdict{Result: Pass, Evidence: a.says(a.Root.Call, "AccountPasswordPresent=0: nobody can sign in as root"),
			Note: "Scanners report this as \"root without MFA\". There is no password, so there is nothing to protect with it."}
	}
	v := Verdict{Result: Fail, Evidence: a.says(a.Root.Call, "AccountMFAEnabled=0")}
	if s.belongs(a) && s.sets("guardrails") {
		v.Next = "Nobody needs the root password of a member account. The wizard takes it away: wizard apply --step guardrails"
	}
	return v
}

// unclaimed is the verdict about a root user that has no password and can be given one, in an account of the organization.
func (s *State) unclaimed(a *Account) (v Verdict, open bool) {
	if !s.belongs(a) || s.Organization.CentralRoot.Why != "" || s.Organization.CentralRoot.Value {
		return Verdict{}, false
	}
	return Verdict{Result: Fail, Evidence: a.says("iam:ListOrganizationsFeatures", "RootCredentialsManagement is off, so whoever reads the account's mail can give its root user a password")}, true
}

// belongs reports whether the account is a member of the organization of whoever is signed in, who can manage its root user.
func (s *State) belongs(a *Account) bool { return s.Organization.ID != "" && !s.Member && !a.Top }

// What a password policy has to ask at least: AWS's recommendation.
const (
	passwordLength = 14
	passwordKinds  = 4
	passwordReuse  = 24
)

func passwords(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Users); no {
		return v
	}
	if len(a.named(func(u User) bool { return u.Console })) == 0 {
		return Verdict{Result: NotApplicable, Evidence: a.says("iam:GetLoginProfile", "no IAM user has a password")}
	}
	if v, no := refused(a, a.Password); no {
		return v
	}
	switch p := a.Password.Value; {
	case p == nil:
		return Verdict{Result: Fail, Evidence: a.says(a.Password.Call, "NoSuchEntity: AWS's default, 8 characters")}
	case p.Length < passwordLength || p.Kinds < passwordKinds || p.Reuse < passwordReuse:
		return Verdict{Result: Fail, Evidence: a.says(a.Password.Call, "%d characters, %d of 4 kinds, %d remembered", p.Length, p.Kinds, p.Reuse)}
	default:
		return Verdict{Result: Pass, Evidence: a.says(a.Password.Call, "%d characters, all kinds, %d remembered", p.Length, p.Reuse)}
	}
}

// best is the trail that comes nearest to what is wanted.
func (a *Account) best() (Trail, bool) {
	if len(a.Trails.Value) == 0 {
		return Trail{}, false
	}
	worth := func(t Trail) int {
		n := 0
		for _, good := range []bool{t.Logging, t.Leaves == "", t.Undelivered == "", t.MultiRegion, t.Validate, t.Organization, t.Versions, t.Private} {
			n *= 2
			if good {
				n++
			}
		}
		return n
	}
	return slices.MaxFunc(a.Trails.Value, func(x, y Trail) int { return worth(x) - worth(y) }), true
}

func recording(s *State, a *Account) Verdict {
	if v, no := refused(a, a.Trails); no {
		return v
	}
	t, ok := a.best()
	if !ok {
		return Verdict{Result: Fail, Evidence: a.says(a.Trails.Call, "no trail")}
	}
	var wrong []string
	for _, w := range []struct {
		bad  bool
		what string
	}{{!t.Logging, "does not log"}, {t.Leaves != "", "leaves out " + t.Leaves}, {t.Undelivered != "", "could not write its last file (" + t.Undelivered + ")"},
		{!t.MultiRegion, "records one Region only"}, {!t.Validate, "has no log file validation"},
		{s.Organization.ID != "" && a.Top && !s.Member && !t.Organization, "does not record the other accounts"}} {
		if w.bad {
			wrong = append(wrong, w.what)
		}
	}
	if len(wrong) == 0 && t.LeavesWhy != "" {
		return Verdict{Result: CannotCheck, Evidence: a.says("cloudtrail:GetEventSelectors", "what the trail %s leaves out: %s", t.Name, t.LeavesWhy)}
	}
	// The bucket of the organization's trail is in the management account, and is judged there.
	if a.Top && len(wrong) == 0 {
		switch {
		case t.BucketWhy != "":
			return Verdict{Result: CannotCheck, Evidence: a.says("s3:GetBucketVersioning", "the bucket %s: %s", t.Bucket, t.BucketWhy)}
		case !t.Private:
			wrong = append(wrong, "writes to a bucket without public access block")
		case !t.Versions:
			wrong = append(wrong, "writes to a bucket without versions")
		}
	}
	if len(wrong) > 0 {
		return Verdict{Result: Fail, Evidence: a.says(a.Trails.Call, "the trail %s %s", t.Name, strings.Join(wrong, ", "))}
	}
	v := Verdict{Result: Pass, Evidence: a.says(a.Trails.Call, "the trail %s records all Regions", t.Name)}
	if t.Organization && !a.Top {
		v.Note = "It is the organization's trail. Scanners that look at this account alone may report that it has none."
	}
	return v
}

func storage(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Storage); no {
		return v
	}
	switch {
	case a.Storage.Value.Blocked:
		return Verdict{Result: Pass, Evidence: a.says(a.Storage.Call, "all four settings are on")}
	case len(a.Storage.Value.Public) > 0:
		return Verdict{Result: Fail, Evidence: a.says("s3:GetBucketPolicyStatus", "public buckets: %s", few(a.Storage.Value.Public)),
			First: "If the bucket is meant for the public, put CloudFront before it first."}
	}
	return Verdict{Result: Fail, Evidence: a.says(a.Storage.Call, "not all four settings are on")}
}

func unused(_ *State, a *Account) Verdict {
	kept := 0
	s := network(a, func(_ *Region, n Network) string {
		for _, v := range n.VPCs {
			if !v.Default {
				continue
			}
			if !slices.ContainsFunc(n.Interfaces, func(i Interface) bool { return i.VPC == v.ID }) {
				return v.ID
			}
			kept++
		}
		return ""
	})
	v := s.verdict(a, "a default VPC with nothing in it", "no default VPC without use")
	if kept > 0 {
		v.Note = plan.Count(kept, "default VPC") + " in use. Scanners that report any default VPC report it; it can go only when what runs there has moved."
	}
	return v
}

// analyzer wants one in each Region that is used. An analyzer of the organization, in whichever account, looks at all accounts.
func analyzer(s *State, a *Account) Verdict {
	above := map[string]bool{}
	for _, other := range s.Accounts {
		for _, r := range other.Regions {
			if slices.Contains(r.Analyzers.Value, "ORGANIZATION") {
				above[r.Name] = true
			}
		}
	}
	used := 0
	sw := over(a, func(r *Region) Seen[[]string] { return r.Analyzers }, func(r *Region, types []string) string {
		if !s.uses(r) {
			return ""
		}
		used++
		if len(types) > 0 || above[r.Name] {
			return ""
		}
		return r.Name
	})
	v := sw.verdict(a, "no active analyzer", "active where the account is used")
	if v.Result == Pass && used == 0 {
		return Verdict{Result: CannotCheck, Evidence: a.says(sw.call, "the home Region %s is not enabled", s.Home)}
	}
	return v
}

func advisor(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Support); no {
		return v
	}
	switch sup := a.Support.Value; {
	case !sup.Paid:
		return Verdict{Result: CannotCheck, Evidence: a.says(a.Support.Call, "SubscriptionRequiredException: this account has the Basic plan, which gives no API"),
			Next: "Look at " + advisorPage + ": a few security checks are shown on every plan. For production: Business Support+, from $29 a month, " + supportPage}
	case sup.Red > 0:
		return Verdict{Result: Fail, Evidence: a.says("support:DescribeTrustedAdvisorCheckSummaries", "%d of %d checks are red", sup.Red, sup.Checks)}
	default:
		return Verdict{Result: Pass, Evidence: a.says("support:DescribeTrustedAdvisorCheckSummaries", "none of %d checks is red", sup.Checks)}
	}
}

func keys(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.Users); no {
		return v
	}
	if v, no := refused(a, a.Root); no {
		return v
	}
	names := a.named(func(u User) bool { return u.Keys > 0 })
	switch {
	case a.Root.Value.Keys:
		return Verdict{Result: Fail, Evidence: a.says(a.Root.Call, "AccountAccessKeysPresent=1: a key of root"), Next: "As root open " + rootPage + ", Access keys, Delete."}
	case len(names) > 0:
		return Verdict{Result: Fail, Evidence: a.says("iam:ListAccessKeys", "active keys of %s", few(names))}
	}
	return Verdict{Result: Pass, Evidence: a.says("iam:ListAccessKeys", "no active key")}
}

// alarm wants GuardDuty on in every Region. Where it is on in all that are used, the idle ones are a decision about money.
func alarm(s *State, a *Account) Verdict {
	off := func(counts func(*Region) bool) sweep {
		return over(a, func(r *Region) Seen[string] { return r.Detector }, func(r *Region, status string) string {
			if status == "ENABLED" || !counts(r) {
				return ""
			}
			return "off"
		})
	}
	all, used := off(func(*Region) bool { return true }), off(s.uses)
	if len(all.bad) == 0 || len(used.bad) > 0 {
		return all.verdict(a, "no detector that is on", "ENABLED")
	}
	v := Verdict{Result: NeedsYou, Evidence: a.says(all.call, "ENABLED where the account is used, off in %s", few(all.bad))}
	const idle = "A thief works where you do not look; watching an idle Region costs next to nothing."
	if s.Organization.ControlTower || !s.sets("baseline") {
		v.First = idle
		return v
	}
	v.Next = idle + " Put guardduty: all-regions into wizard.yaml. Then: wizard apply --step baseline"
	return v
}

// uses reports whether a Region is used: the home Region, and where anything has an address.
func (s *State) uses(r *Region) bool { return r.Name == s.Home || len(r.Network.Value.Interfaces) > 0 }

func hub(_ *State, a *Account) Verdict {
	if v, no := refused(a, a.SecurityHub); no {
		return v
	}
	if a.SecurityHub.Value {
		return Verdict{Result: CannotCheck, Evidence: a.says(a.SecurityHub.Call, "the role of Security Hub is there, so it was on; whether it still is, the wizard does not ask"),
			Next: "Look at " + hubPage}
	}
	return Verdict{Result: NeedsYou, Evidence: a.says(a.SecurityHub.Call, "NoSuchEntity: Security Hub was never on")}
}
