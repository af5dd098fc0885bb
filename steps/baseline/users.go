package baseline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// User is an IAM user: somebody or something with a name and keys of its own in one account.
type User struct {
	Name     string
	Password bool // for the console
	// SignedIn: AWS has seen the password used; Idle are the days since.
	SignedIn bool
	Idle     int
	Keys     []Key
}

// Key is an access key of an IAM user.
type Key struct {
	ID     string
	Active bool
	Idle   int  // days since it was used, or made, if AWS never saw it used
	Used   bool // AWS has seen it used
}

// Policy is what an account asks of the passwords of its IAM users.
type Policy struct {
	Length, Reuse, MaxAge                        int32 // Reuse and MaxAge 0: none
	Symbols, Numbers, Upper, Lower, Change, Hard bool
}

const (
	updatePassword = "iam:UpdateAccountPasswordPolicy"
	updateKey      = "iam:UpdateAccessKey"
	// What a password policy has to ask at least (ACCT.06): 14 characters of all kinds, and none of the last 24.
	passwordLength, passwordReuse = 14, 24
	// idleDays is from when a key counts as one that nobody uses.
	idleDays = 90
	// policyBefore is the name under which the policy that is replaced is kept for the way back.
	policyBefore = "policy"
)

// users reads the IAM users of an account and what it asks of their passwords.
func (l looker) users(ctx context.Context, a *Account) error {
	cfg, err := l.config(a.ID, globalRegion)
	if err != nil {
		return err
	}
	client := iam.NewFromConfig(cfg)
	var policyErr, usersErr error
	beside.All(
		func() { a.Policy, policyErr = l.policy(ctx, client) },
		func() { a.Users, usersErr = l.everybody(ctx, client) },
	)
	return cmp.Or(policyErr, usersErr)
}

func (l looker) everybody(ctx context.Context, client *iam.Client) ([]User, error) {
	var listed []types.User
	pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{})
	for pages.HasMorePages() {
		var page *iam.ListUsersOutput
		if err := l.do(ctx, func() (err error) { page, err = pages.NextPage(ctx); return err }); err != nil {
			return nil, fmt.Errorf("listing the IAM users: %w", err)
		}
		listed = append(listed, page.Users...)
	}
	users := make([]User, len(listed))
	err := beside.Try(listed, func(n int, u types.User) (err error) {
		users[n], err = l.user(ctx, client, aws.ToString(u.UserName))
		if u.PasswordLastUsed != nil {
			users[n].SignedIn, users[n].Idle = true, l.daysSince(*u.PasswordLastUsed)
		}
		return err
	})
	return users, err
}

func (l looker) policy(ctx context.Context, client *iam.Client) (*Policy, error) {
	var out *iam.GetAccountPasswordPolicyOutput
	err := l.do(ctx, func() (err error) {
		out, err = client.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
		return err
	})
	switch {
	case steps.Absent(err, "NoSuchEntity"):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("reading the password policy: %w", err)
	}
	p := out.PasswordPolicy
	return &Policy{Length: aws.ToInt32(p.MinimumPasswordLength), Reuse: aws.ToInt32(p.PasswordReusePrevention), MaxAge: aws.ToInt32(p.MaxPasswordAge),
		Symbols: p.RequireSymbols, Numbers: p.RequireNumbers, Upper: p.RequireUppercaseCharacters, Lower: p.RequireLowercaseCharacters,
		Change: p.AllowUsersToChangePassword, Hard: aws.ToBool(p.HardExpiry)}, nil
}

func (l looker) user(ctx context.Context, client *iam.Client, named string) (User, error) {
	u := User{Name: named}
	var passwordErr, keysErr error
	beside.All(
		func() {
			passwordErr = l.do(ctx, func() error {
				_, err := client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String(named)})
				return err
			})
		},
		func() { u.Keys, keysErr = l.keys(ctx, client, named) },
	)
	if passwordErr != nil && !steps.Absent(passwordErr, "NoSuchEntity") {
		return u, fmt.Errorf("asking whether %s has a password: %w", named, passwordErr)
	}
	u.Password = passwordErr == nil
	return u, keysErr
}

func (l looker) keys(ctx context.Context, client *iam.Client, named string) ([]Key, error) {
	var listed []types.AccessKeyMetadata
	pages := iam.NewListAccessKeysPaginator(client, &iam.ListAccessKeysInput{UserName: aws.String(named)})
	for pages.HasMorePages() {
		var page *iam.ListAccessKeysOutput
		if err := l.do(ctx, func() (err error) { page, err = pages.NextPage(ctx); return err }); err != nil {
			return nil, fmt.Errorf("listing the access keys of %s: %w", named, err)
		}
		listed = append(listed, page.AccessKeyMetadata...)
	}
	keys := make([]Key, len(listed))
	err := beside.Try(listed, func(n int, k types.AccessKeyMetadata) (err error) { keys[n], err = l.key(ctx, client, k); return err })
	return keys, err
}

func (l looker) key(ctx context.Context, client *iam.Client, k types.AccessKeyMetadata) (Key, error) {
	key := Key{ID: aws.ToString(k.AccessKeyId), Active: k.Status == types.StatusTypeActive}
	var out *iam.GetAccessKeyLastUsedOutput
	err := l.do(ctx, func() (err error) {
		out, err = client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
		return err
	})
	if err != nil {
		return key, fmt.Errorf("asking when the key %s was used: %w", key.ID, err)
	}
	last := aws.ToTime(k.CreateDate)
	if u := out.AccessKeyLastUsed; u != nil && u.LastUsedDate != nil {
		last, key.Used = *u.LastUsedDate, true
	}
	if !last.IsZero() {
		key.Idle = l.daysSince(last)
	}
	return key, nil
}

func (l looker) daysSince(t time.Time) int { return int(l.env.Now().Sub(t) / (24 * time.Hour)) }

// weak reports whether a policy asks less than it has to; nil is AWS's default: 8 characters.
func (p *Policy) weak() bool {
	return p == nil || p.Length < passwordLength || p.Reuse < passwordReuse || !p.Symbols || !p.Numbers || !p.Upper || !p.Lower
}

// strong is a policy that asks enough and, beyond it, what it asked before.
func strong(p *Policy) Policy {
	want := Policy{Length: passwordLength, Reuse: passwordReuse, Symbols: true, Numbers: true, Upper: true, Lower: true, Change: true}
	if p != nil {
		want.Length, want.MaxAge, want.Change, want.Hard = max(want.Length, p.Length), p.MaxAge, p.Change, p.Hard
	}
	return want
}

// planUsers plans strong passwords where people still have one in IAM (ACCT.06), and the end of keys nobody uses.
func planUsers(s State, f plan.Facts, refs steps.References) []plan.Item {
	var items []plan.Item
	for _, acc := range s.Accounts {
		ref := refs.Of(acc.ID)
		if acc.NoEntry || acc.Refused != nil {
			continue // told with its disks
		}
		if acc.UsersRefused != nil {
			items = append(items, refused(name+"/look/users/"+ref, "The IAM users of "+steps.Called(ref, acc.ID)+" could not be looked at", acc.UsersRefused, f))
			continue
		}
		var people []string
		for _, u := range acc.Users {
			if u.Password {
				people = append(people, u.Name)
			}
		}
		if len(people) > 0 && acc.Policy.weak() {
			items = append(items, plan.Item{Call: askForStrongPasswords(ref, people, acc.Policy)})
		}
		for _, u := range acc.Users {
			for _, k := range u.Keys {
				if k.Active && k.Idle >= idleDays {
					items = append(items, plan.Item{Call: switchOff(ref, u.Name, k)})
				}
			}
		}
		if what := remaining(acc.Users); len(what) > 0 {
			items = append(items, plan.Item{Blocked: &plan.Blocked{ID: name + "/users/" + ref, Step: name, Kept: true,
				What: "IAM users stay in " + steps.Called(ref, acc.ID) + ": " + strings.Join(what, ", ") + ".",
				Why:  "Their passwords and keys never run out, so whoever gets hold of one keeps it. Something of yours may need them, so they stay.",
				Next: "Once everybody signs in through the access portal, delete their passwords and switch their keys off: https://console.aws.amazon.com/iam/home#/users"}})
		}
	}
	return items
}

// remaining says which users can come in, and with what.
func remaining(users []User) []string {
	var out []string
	for _, u := range users {
		var with []string
		if u.Password {
			with = append(with, "a password that was "+lastUse(u.SignedIn, u.Idle))
		}
		for _, k := range u.Keys {
			if k.Active {
				with = append(with, "a key that was "+lastUse(k.Used, k.Idle))
			}
		}
		if len(with) > 0 {
			out = append(out, u.Name+" ("+strings.Join(with, ", ")+")")
		}
	}
	return out
}

// lastUse says when something was used, as far as AWS knows.
func lastUse(used bool, days int) string {
	switch {
	case !used:
		return "never used"
	case days == 0:
		return "used today"
	case days == 1:
		return "used yesterday"
	}
	return fmt.Sprintf("last used %d days ago", days)
}

func iamCall(ref string, c plan.Call) *plan.Call {
	c.Step, c.Lane, c.Where, c.Effect = name, name+"/iam/"+ref, global(ref), plan.Changes
	return &c
}

func askForStrongPasswords(ref string, people []string, have *Policy) *plan.Call {
	c := iamCall(ref, plan.Call{
		ID: name + "/passwords/" + ref, Title: "Ask for strong passwords in " + ref, IAMAction: updatePassword,
		Why: fmt.Sprintf("IAM users with a password remain there: %s. At least %d characters of all four kinds, and none of the last %d. It holds from the next change of a password.",
			strings.Join(people, ", "), passwordLength, passwordReuse),
		Undo:    "Goes back to what was asked before.",
		Request: writePolicy(strong(have)),
	})
	if have != nil {
		if before, err := json.Marshal(have); err == nil {
			c.Before = map[string]string{policyBefore: string(before)}
		}
	}
	return c
}

// writePolicy replaces the whole policy: what a request leaves out goes back to AWS's default, the length to 6.
func writePolicy(p Policy) plan.Request {
	return plan.To(iam.NewFromConfig, (*iam.Client).UpdateAccountPasswordPolicy, func(plan.Facts) *iam.UpdateAccountPasswordPolicyInput {
		in := &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(p.Length), RequireSymbols: p.Symbols, RequireNumbers: p.Numbers,
			RequireUppercaseCharacters: p.Upper, RequireLowercaseCharacters: p.Lower, AllowUsersToChangePassword: p.Change}
		if p.Reuse > 0 { // 0 is refused
			in.PasswordReusePrevention = aws.Int32(p.Reuse)
		}
		if p.MaxAge > 0 {
			in.MaxPasswordAge, in.HardExpiry = aws.Int32(p.MaxAge), aws.Bool(p.Hard)
		}
		return in
	})
}

// switchOff switches a key off that nobody uses. Something may use it once a year, so a person says so in words.
func switchOff(ref, user string, k Key) *plan.Call {
	return iamCall(ref, plan.Call{
		ID: name + "/key/" + ref + "/" + k.ID, Title: fmt.Sprintf("Switch off the access key %s of %s in %s", k.ID, user, ref), IAMAction: updateKey,
		Why:        fmt.Sprintf("It was %s and is %d days idle. A key that lies about is the most common way into an account (ACCT.13).", lastUse(k.Used, k.Idle), k.Idle),
		Undo:       "Can be switched on again at any time, as long as nobody deletes it.",
		Consent:    plan.Typed,
		ConsentAsk: fmt.Sprintf("Whatever still uses the key %s of %s stops working until it is switched on again.", k.ID, user),
		Request:    setKey(user, k.ID, types.StatusTypeInactive),
	})
}

func setKey(user, id string, status types.StatusType) plan.Request {
	return plan.To(iam.NewFromConfig, (*iam.Client).UpdateAccessKey, func(plan.Facts) *iam.UpdateAccessKeyInput {
		return &iam.UpdateAccessKeyInput{UserName: aws.String(user), AccessKeyId: aws.String(id), Status: status}
	})
}
