package handover

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// securityCredentials is the console page of the root user's own keys.
const securityCredentials = "https://console.aws.amazon.com/iam/home#/security_credentials"

// planned is what stays with the founder and can be begun now, and the end of root's keys: last, as one of them may be what
// the program is signed in with.
func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	return append(yours(s, a, f), rootKeys(s)...)
}

// rootKeys deletes the keys as root, the one in use last, or asks the person to where root is not signed in any more.
func rootKeys(s State) []plan.Item {
	if !s.Known || s.Count == 0 {
		return nil
	}
	if len(s.Keys) == 0 {
		return []plan.Item{{HandOff: byHand(s.Count)}}
	}
	var items []plan.Item
	var own *Key
	for _, k := range s.Keys {
		if k.Own {
			own = &k
			continue
		}
		items = append(items, plan.Item{Call: remove(k)})
	}
	if own != nil {
		last := remove(*own)
		last.EndsSession = true
		last.Why = "This program is signed in with this very key, so it is the last call. " + last.Why
		last.ConsentAsk = "This program is signed in with this key and ends with it. Sign in through the access portal or with `aws login` afterwards. " + last.ConsentAsk
		for _, i := range items {
			last.After = append(last.After, i.ID())
		}
		items = append(items, plan.Item{Call: last})
	}
	return items
}

func remove(k Key) *plan.Call {
	used := "AWS has never seen it used."
	if !k.LastUsed.IsZero() {
		used = "It was last used on " + k.LastUsed.UTC().Format("2 January 2006") + "."
	}
	state := "active"
	if !k.Active {
		state = "switched off"
	}
	return &plan.Call{
		ID: "handover/root-key/" + k.ID, Step: name, Lane: name, Where: place(),
		Title:  "Delete the access key " + k.ID + " of the root user",
		Why:    "Whoever finds it owns everything in this account, and all bills. It is " + state + ". " + used,
		Effect: plan.Deletes, IAMAction: "iam:DeleteAccessKey", Done: []string{"NoSuchEntity"},
		NoUndo:  "a deleted key cannot be had back. Programs that use it stop working; give them a role.",
		Consent: plan.Typed, Named: k.ID,
		ConsentAsk: "This root access key is deleted for good. " + used +
			" Scripts, servers and other people's computers that still use it stop working.",
		Request: plan.To(iam.NewFromConfig, (*iam.Client).DeleteAccessKey, func(plan.Facts) *iam.DeleteAccessKeyInput {
			return &iam.DeleteAccessKeyInput{AccessKeyId: aws.String(k.ID)}
		}),
	}
}

func byHand(n int) *plan.HandOff {
	return &plan.HandOff{ID: "handover/root-keys", Step: name, Optional: true, StandIn: "delete-root-keys",
		Title: fmt.Sprintf("Delete the root user's access keys (%s)", count(n)),
		Why: "You sign in as yourself now, so root's keys have no more use, and whoever finds one owns everything (ACCT.02). " +
			"AWS lets only root delete them. Free; it cannot be undone, and whatever still uses a key stops working.",
		URL: securityCredentials,
		Clicks: []string{
			"Open the link in a private window and sign in as Root user.",
			"Under Access keys, look at Last used: if something still uses the key, move that first.",
			"Choose the key, Actions, Deactivate. Wait a day when in doubt; Activate takes it back.",
			"Actions, Delete, and type the key's id to confirm.",
			"Take the key out of the file .aws/credentials on this computer, too.",
		},
		Stuck: []string{
			"You started this program with that key: it goes on, because you have signed in as yourself since.",
			"Not sure what uses it: leave it deactivated for a week and delete it then. The next start asks again.",
		},
		Every: 5 * time.Second,
		Poll:  gone,
	}
}

func count(n int) string {
	if n == 1 {
		return "one is left"
	}
	return fmt.Sprintf("%d are left", n)
}

// gone looks whether root has no key any more.
func gone(ctx context.Context, read plan.Reader, _ plan.Facts) (bool, map[string]string, error) {
	cfg, err := read(place())
	if err != nil {
		return false, nil, err
	}
	out, err := iam.NewFromConfig(cfg).GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return false, nil, fmt.Errorf("reading the account summary: %w", err)
	}
	return out.SummaryMap["AccountAccessKeysPresent"] == 0, nil, nil
}

// undone says that deleted keys do not come back.
func undone(_ State, _ answers.Answers, _ plan.Facts, made steps.Made) []plan.Item {
	deleted := made.Of(name)
	if len(deleted) == 0 {
		return nil
	}
	return []plan.Item{{Blocked: &plan.Blocked{ID: "handover/undo", Step: name, Kept: true,
		What: fmt.Sprintf("Root stays without the access keys that were deleted (%d).", len(deleted)),
		Why:  "AWS cannot give a deleted key back.",
		Next: "Nothing needs to be done: root's password and second factor still work."}}}
}
