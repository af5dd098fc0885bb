package network

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// undone plans new default networks where the wizard removed one: the old ones cannot come back, their ids are gone.
func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	refs := steps.ReferencesOf(a, f)
	removed := removals(made)
	var items []plan.Item
	for _, acc := range s.Accounts { // one that left the organization or was closed is not ours to enter
		if where := removed[acc.ID]; len(where) > 0 {
			items = append(items, undoAccount(acc, refs.Of(acc.ID), where, made, f)...)
		}
	}
	return items
}

// removed is what was done in one Region of one account and not taken back.
type removed struct {
	whole bool      // the VPC was deleted; else only parts of it
	last  time.Time // the last deletion
	calls []string  // their ids
	// closed are the ids of the calls that closed the default security group.
	closed []string
}

// removals are the removals by account id and Region.
func removals(made steps.Made) map[string]map[string]removed {
	out := map[string]map[string]removed{}
	for _, id := range slices.Sorted(maps.Keys(made)) {
		m := made[id]
		if !strings.HasPrefix(id, name+"/") || !slices.Contains(operations(), m.Service+":"+m.Operation) {
			continue
		}
		removing := slices.Contains(removing(), m.Service+":"+m.Operation)
		if out[m.Account] == nil {
			out[m.Account] = map[string]removed{}
		}
		r := out[m.Account][m.Region]
		r.whole = r.whole || m.Operation == "DeleteVpc"
		if removing {
			r.calls = append(r.calls, id)
		} else {
			r.closed = append(r.closed, id)
		}
		if removing && m.Time.After(r.last) {
			r.last = m.Time
		}
		out[m.Account][m.Region] = r
	}
	return out
}

func undoAccount(acc Account, ref string, where map[string]removed, made steps.Made, f plan.Facts) []plan.Item {
	var regions []string
	for r := range where {
		regions = append(regions, r)
	}
	slices.Sort(regions)
	if acc.NoEntry || acc.Refused != nil && acc.Refused.Unready() {
		why := "Whoever is signed in now cannot enter this account. Sign in as yourself first."
		if acc.Refused != nil {
			why = acc.Refused.Unfinished()
		}
		return []plan.Item{{Later: &plan.Later{ID: name + "/undo/later/" + ref, Step: name, Title: "Make new default networks in " + ref, Why: why,
			Operations: append(removing(), "ec2:CreateDefaultVpc", "ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress"), Places: placesOf(ref, regions), MostCalls: (mostCallsPerRegion + 1) * len(regions)}}}
	}
	if acc.Refused != nil {
		return []plan.Item{undoRefused(ref, acc.ID, regions, acc.Refused, f)}
	}
	var items []plan.Item
	refused := map[string][]string{}
	reasons := map[string]*steps.Refusal{}
	for _, region := range regions {
		p := Place{Region: region}
		if i := slices.IndexFunc(acc.Places, func(p Place) bool { return p.Region == region }); i >= 0 {
			p = acc.Places[i]
		}
		if p.Refused != nil {
			refused[p.Refused.Code] = append(refused[p.Refused.Code], region)
			reasons[p.Refused.Code] = p.Refused
			continue
		}
		items = append(items, undoPlace(p, ref, acc.ID, where[region])...)
		for _, id := range where[region].closed {
			items = append(items, opening(p, ref, id, made[id])...)
		}
	}
	for _, region := range regions {
		for code, all := range refused {
			if all[0] == region { // one item for all Regions with the same reason, in the order of the Regions
				items = append(items, undoRefused(ref, acc.ID, all, reasons[code], f))
			}
		}
	}
	return items
}

func undoRefused(ref, id string, regions []string, r *steps.Refusal, f plan.Facts) plan.Item {
	next := r.Next("Start wizard undo again: it looks once more.")
	if _, lift := r.Forbidden(f, "wizard undo"); lift != "" {
		next = lift
	}
	return plan.Item{Blocked: &plan.Blocked{ID: fmt.Sprintf("%s/undo/look/%s/%s/%s", name, ref, cmp.Or(r.Code, "unreachable"), regions[0]), Step: name,
		What: fmt.Sprintf("No new default network in %s of %s for now", strings.Join(regions, ", "), steps.Called(ref, id)), Why: r.Why(f), Next: next, Code: r.Code}}
}

// undoPlace plans one Region. A removal that was stopped half-way is first ended: AWS cannot put the parts back into the
// old network as they were, and makes a whole new one.
func undoPlace(p Place, ref, id string, was removed) []plan.Item {
	switch {
	case p.VPC == "" && was.whole:
		return []plan.Item{createDefault(p.Region, ref, was, nil)}
	case p.VPC == "" || was.whole || len(was.calls) == 0:
		return nil // somebody else deleted it or made one again, or it was only closed
	case len(p.Uses) > 0:
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/undo/kept/" + ref + "/" + p.Region, Step: name,
			What: fmt.Sprintf("The default network of %s in %s stays as it is, with parts missing.", steps.Called(ref, id), p.Region),
			Why:  fmt.Sprintf("Its removal was stopped half-way, and now it is in use: %s.", strings.Join(p.Uses[:min(len(p.Uses), mostNamed)], ", ")),
			Next: "What is missing can be made by hand: aws ec2 create-default-subnet for each zone, and an internet gateway with a route to it."}}}
	}
	items := removal(p, ref)
	return append(items, createDefault(p.Region, ref, was, items))
}

func createDefault(region, ref string, was removed, first []plan.Item) plan.Item {
	c := plan.Call{
		ID: fmt.Sprintf("%s/undo/vpc/%s/%s", name, ref, region), Step: name, Lane: fmt.Sprintf("network/%s/%s", ref, region),
		Where: plan.Place{Account: ref, Region: region}, Effect: plan.Creates, IAMAction: "ec2:CreateDefaultVpc",
		Title: "Make a new default network in " + ref + ", " + region,
		Why:   "The wizard removed the old one on " + steps.Day(was.last) + ". The new one has new ids, a subnet in every zone, a gateway to the internet and a default security group.",
		Undo:  "Start the wizard again: it removes the network while nothing uses it.",
		Done:  []string{"DefaultVpcAlreadyExists"}, TakesBack: slices.Concat(was.calls, was.closed),
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).CreateDefaultVpc, func(plan.Facts) *ec2.CreateDefaultVpcInput {
			return &ec2.CreateDefaultVpcInput{}
		}),
	}
	for _, i := range first {
		c.After, c.TakesBack = []string{i.ID()}, append(c.TakesBack, i.ID())
	}
	return plan.Item{Call: &c}
}
