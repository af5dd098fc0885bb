package baseline

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const enableEncryption = "ec2:EnableEbsEncryptionByDefault"

// planDisks plans the encryption of new disks in each Region of each account: there is no policy of the organization that
// does it (WKLD.08).
func planDisks(s State, a answers.Answers, f plan.Facts) []plan.Item {
	refs := steps.ReferencesOf(a, f)
	var items []plan.Item
	for _, acc := range s.Accounts {
		ref := refs.Of(acc.ID)
		switch {
		case acc.NoEntry:
			items = append(items, disksLater(ref, ref, signInFirst, answers.Regions()))
		case acc.Refused != nil && acc.Refused.Unready():
			items = append(items, disksLater(ref, ref, acc.Refused.Unfinished(), answers.Regions()))
		case acc.Refused != nil:
			items = append(items, refused(name+"/look/disks/"+ref, "The Regions of "+steps.Called(ref, acc.ID)+" could not be listed, so its new disks stay as they are", acc.Refused, f))
		default:
			items = append(items, disksOf(acc, ref, f)...)
		}
	}
	for _, ref := range steps.NotMade(a, f) {
		items = append(items, disksLater(ref, ref, notMadeYet, answers.Regions()))
	}
	return items
}

func disksOf(acc Account, ref string, f plan.Facts) []plan.Item {
	var items []plan.Item
	for _, r := range acc.Regions {
		if r.Refused == nil && !r.Encrypted {
			items = append(items, plan.Item{Call: encrypt(ref, r.Code)})
		}
	}
	return append(items, refusedRegions(acc.Regions, f, func(key string, codes []string, r *steps.Refusal) plan.Item {
		if r.Unready() {
			return disksLater(ref+"/"+key, ref, r.Unfinished(), codes)
		}
		return refused(name+"/look/disks/"+ref+"/"+key,
			fmt.Sprintf("Whether new disks of %s are encrypted in %s could not be looked at", steps.Called(ref, acc.ID), strings.Join(codes, ", ")), r, f)
	})...)
}

func disksLater(id, ref, why string, regions []string) plan.Item {
	var places []plan.Place
	for _, r := range regions {
		places = append(places, plan.Place{Account: ref, Region: r})
	}
	return plan.Item{Later: &plan.Later{ID: name + "/later/disks/" + id, Step: name, Title: "Encrypt new disks by default in " + ref, Why: why,
		Operations: []string{enableEncryption}, Places: places, MostCalls: len(regions)}}
}

// lane is the lane of a Region of an account, where calls of a sweep are.
func lane(ref, region string) string { return name + "/" + ref + "/" + region }

func encrypt(ref, region string) *plan.Call {
	return &plan.Call{
		ID: name + "/disks/" + ref + "/" + region, Step: name, Lane: lane(ref, region), Where: plan.Place{Account: ref, Region: region},
		Title: "Encrypt new disks by default in " + ref + ", " + region, Effect: plan.Changes, IAMAction: enableEncryption,
		Why: "New disks (EBS) and their copies are then encrypted with a key that AWS keeps for you. Disks that exist stay as they are. " +
			"Machines work as before; only very old types without encrypted disks, such as m1 and t1, no longer start.",
		Undo: "Can be switched off at any time.",
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).EnableEbsEncryptionByDefault, func(plan.Facts) *ec2.EnableEbsEncryptionByDefaultInput {
			return &ec2.EnableEbsEncryptionByDefaultInput{}
		}),
	}
}
