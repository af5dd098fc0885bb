package welcome

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

const (
	name = "welcome"
	// securityCredentials is the console page of the root user's own keys and MFA devices.
	securityCredentials = "https://console.aws.amazon.com/iam/home#/security_credentials"
	usersPage           = "https://console.aws.amazon.com/iam/home#/users"
)

// planned says what stands in the way and what only a person can repair. The step makes no calls.
func planned(s State, a answers.Answers, _ plan.Facts) []plan.Item {
	if b := s.standsInTheWay(); b != nil {
		return []plan.Item{{Blocked: b}}
	}
	var items []plan.Item
	if s.ControlTower {
		items = append(items, plan.Item{Blocked: controlTower()})
	}
	if s.endsFreePlan() && !a.AcceptPaidPlan {
		items = append(items, plan.Item{Blocked: &plan.Blocked{ID: "welcome/paid-plan", Step: name,
			What: "The set-up stops before the organization, because your account is on the free plan.",
			Why:  s.moneyWarning(),
			Next: "If that is fine, answer yes to \"End the free plan?\", or write accept_paid_plan: true into wizard.yaml. Until then nothing is changed."}})
	}
	if s.SummaryKnown && !s.RootMFA {
		items = append(items, plan.Item{HandOff: rootMFA()})
	}
	switch {
	case s.RootKeyInUse:
		items = append(items, plan.Item{Blocked: rootKeyInUse()})
	case s.RootKeys > 0:
		items = append(items, plan.Item{HandOff: rootKeys(s.RootKeys)})
	}
	if len(s.UserKeys) > 0 {
		items = append(items, plan.Item{HandOff: userKeys(s.UserKeys)})
	}
	return items
}

// endsFreePlan: making an organization moves a free-plan account to the paid plan and ends its credits at once
// (AWS Billing, "free tier plans").
func (s State) endsFreePlan() bool { return s.PlanType == planFree && s.Case == Standalone }

// moneyWarning is the honest sentence about what ends.
func (s State) moneyWarning() string {
	left := "your free credits"
	if s.Credits != "" {
		left = "your remaining free credits (" + s.Credits + ")"
	}
	text := "Creating an organization moves this account from the free plan to pay-as-you-go, and " + left +
		" end at once. From then on you pay for what you use; this cannot be taken back. The organization itself is free."
	if s.PlanEnds != "" {
		text += " Without it, the free plan ends on " + s.PlanEnds + " or when the credits are used up, and AWS then closes the account unless you upgrade."
	}
	return text
}

// standsInTheWay is the reason nothing can be set up from this account, nil when there is none.
func (s State) standsInTheWay() *plan.Blocked {
	b := &plan.Blocked{Step: name, Code: s.Code, Stops: plan.StopsEverything}
	switch s.Case {
	case Member:
		b.ID = "welcome/member"
		b.What = "This account (" + s.Caller.Account + ") belongs to an organization that another account manages."
		b.Why = "Account " + s.Management + " is the management account; only from there can accounts, logins and guardrails be set up. If you signed up with Google, GitHub or an AWS Builder ID, AWS itself runs that organization."
		b.Next = "Sign in to account " + s.Management + " and start again. If it is AWS's, look for \"Explore advanced features\" at https://settings.aws.com under Projects, Actions; switching them on cannot be undone. Nothing was changed."
	case Project:
		b.ID = "welcome/project"
		b.What = "This account (" + s.Caller.Account + ") was made with the new AWS sign-up: it is a project in an organization that AWS runs for you."
		b.Why = "AWS's own guardrails keep an organization of your own from being made here."
		b.Next = "Either stay with the project, which needs none of this set-up, or upgrade to the paid plan and open https://settings.aws.com: Projects, Actions, Explore advanced features. That cannot be undone, and your spend limits end. Then start again. Nothing was changed."
	case Refused:
		b.ID = "welcome/refused"
		b.What = "AWS does not let this login see whether the account belongs to an organization."
		b.Why = "The login (" + s.Caller.ARN + ") lacks the permission organizations:DescribeOrganization, or the account is a project that AWS runs."
		b.Next = "Sign in as an administrator of the account (the policy AdministratorAccess) or, for the first set-up, as root with `aws login`, and start again."
	case Inactive:
		b.ID = "welcome/inactive"
		b.What = "AWS has not finished activating this account."
		b.Why = "AWS checks the phone number and the card of a new account. It takes minutes, sometimes up to 24 hours."
		b.Next = "Look for open steps at https://portal.aws.amazon.com/billing/signup#/account and for mail from AWS, then start again."
	default:
		return nil
	}
	return b
}

// controlTower says what is left to Control Tower: whatever it made it watches, and calls changed from outside "drift".
func controlTower() *plan.Blocked {
	return &plan.Blocked{ID: "welcome/control-tower", Step: name, Kept: true, Stops: plan.StopsOrganization,
		What: "AWS Control Tower made this organization, and the wizard leaves it as it is.",
		Why: "Control Tower is AWS's own program for this. It looks after the accounts, the logins, the guardrails and the record of all calls. " +
			"What somebody else changes there, it reports as damage.",
		Next: "For accounts and guardrails, use https://console.aws.amazon.com/controltower/home. The wizard still does what is left out there, in this account: " +
			"budgets, default networks and the baseline. wizard check scores the account."}
}

func rootMFA() *plan.HandOff {
	return &plan.HandOff{ID: "welcome/root-mfa", Step: name, Optional: true, StandIn: "root-mfa",
		Title: "Protect the root user with a second factor",
		Why:   "Root is the master key of this account and of all bills. With its password alone, anybody who steals it owns everything (ACCT.05). Free; can be changed at any time.",
		URL:   securityCredentials,
		Clicks: []string{
			"Sign in as root: your account's e-mail address and password.",
			"Under Multi-factor authentication choose Assign MFA device.",
			"Choose Passkey or security key, and follow your browser.",
			"Add a second one and keep it in a safe: losing the only one locks root out.",
		},
		Stuck: []string{
			"The page shows another name: you are not signed in as root. Sign out and choose Root user.",
			"No passkey at hand: an authenticator app on a phone works as well.",
		},
		Every: 5 * time.Second,
		Poll: summary(func(m map[string]int32) bool {
			return m["AccountMFAEnabled"] > 0
		}),
	}
}

// rootKeyInUse warns of what the person came with, and says the way out. It cannot be deleted before there is another
// way in; the last step offers that.
func rootKeyInUse() *plan.Blocked {
	return &plan.Blocked{ID: "welcome/root-key-in-use", Step: name, Kept: true,
		What: "You are signed in with an access key of the root user.",
		Why: "It is the master key of your account in a text file: it never ends, and no second factor guards it. " +
			"The set-up works with it, and in its last step you are offered to delete it.",
		Next: "Better now: press q, run `aws login` (AWS CLI 2.32 or newer), and start the wizard again with that profile. It signs in with your browser, for 12 hours at most."}
}

func rootKeys(n int) *plan.HandOff {
	return &plan.HandOff{ID: "welcome/root-keys", Step: name, Optional: true, StandIn: "delete-root-keys",
		Title: fmt.Sprintf("Delete the root user's access keys (%d found)", n),
		Why:   "A root access key is the master key in a text file: it has no second factor and no limits (ACCT.02). Deleting it is free and cannot be undone; whatever uses it stops working.",
		URL:   securityCredentials,
		Clicks: []string{
			"Sign in as root.",
			"Under Access keys, look at Last used: if something still uses the key, move that first.",
			"Choose the key, Actions, Deactivate. Wait a day when in doubt; Activate takes it back.",
			"Actions, Delete, and type the key's id to confirm.",
		},
		Stuck: []string{"You use this very key for the wizard: run `aws login` first and start the wizard with that profile."},
		Every: 5 * time.Second,
		Poll: summary(func(m map[string]int32) bool {
			return m["AccountAccessKeysPresent"] == 0
		}),
	}
}

func userKeys(users []string) *plan.HandOff {
	return &plan.HandOff{ID: "welcome/user-keys", Step: name, Optional: true,
		Title: "Retire the access keys of IAM users: " + strings.Join(users, ", "),
		Why:   "Keys that never expire are the most common way into startups' accounts (ACCT.13). It can wait until you sign in through the access portal; then they have no more use. Free; deleting a key cannot be undone.",
		URL:   usersPage,
		Clicks: []string{
			"Open the user, then Security credentials, and look at Last used of each key.",
			"Move what still uses it to a role or to the access portal.",
			"Deactivate the key; Activate takes it back. A week later, delete it.",
		},
		Every: 10 * time.Second,
		Poll: func(ctx context.Context, read plan.Reader, _ plan.Facts) (bool, map[string]string, error) {
			cfg, err := read(plan.Place{Account: plan.Management, Region: globalRegion})
			if err != nil {
				return false, nil, err
			}
			left, err := usersWithKeys(ctx, iam.NewFromConfig(cfg))
			return err == nil && len(left) == 0, nil, err
		},
	}
}

// summary polls the management account's IAM summary.
func summary(done func(map[string]int32) bool) func(context.Context, plan.Reader, plan.Facts) (bool, map[string]string, error) {
	return func(ctx context.Context, read plan.Reader, _ plan.Facts) (bool, map[string]string, error) {
		cfg, err := read(plan.Place{Account: plan.Management, Region: globalRegion})
		if err != nil {
			return false, nil, err
		}
		out, err := iam.NewFromConfig(cfg).GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
		if err != nil {
			return false, nil, fmt.Errorf("reading the account summary: %w", err)
		}
		return done(out.SummaryMap), nil, nil
	}
}
