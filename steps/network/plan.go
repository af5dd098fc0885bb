package network

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// AWS needs a moment to see that what hung on a VPC or a gateway is gone. A dependency that stays longer is a real one.
const dependencyLimit = 2 * time.Minute

func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	refs := steps.ReferencesOf(a, f)
	var items []plan.Item
	for _, acc := range s.Accounts {
		items = append(items, planAccount(acc, refs.Of(acc.ID), f)...)
	}
	for _, ref := range steps.NotMade(a, f) {
		items = append(items, later(ref, "The account does not exist yet; AWS puts a default network into each of its Regions."))
	}
	return items
}

func planAccount(acc Account, ref string, f plan.Facts) []plan.Item {
	switch {
	case acc.NoEntry:
		return []plan.Item{later(ref, "Whoever is signed in now cannot enter this account. Sign in as yourself first, then we look into it.")}
	case acc.Refused != nil && acc.Refused.Unready():
		return []plan.Item{later(ref, acc.Refused.Unfinished())}
	case acc.Refused != nil:
		return []plan.Item{{Blocked: &plan.Blocked{ID: name + "/look/" + ref, Step: name,
			What: "The default networks of " + steps.Called(ref, acc.ID) + " could not be looked at", Why: acc.Refused.Why(f),
			Next: next(acc.Refused, f), Code: acc.Refused.Code}}}
	}
	var items []plan.Item
	type reason struct{ code, rule string }
	// AWS names the Region and the resource in its message, so the code is what the places have in common.
	refused := map[reason][]Place{}
	var order []reason
	for _, p := range acc.Places {
		switch {
		case p.Refused != nil:
			rule, _ := p.Refused.Forbidden(f, "")
			r := reason{p.Refused.Code, rule}
			if len(refused[r]) == 0 {
				order = append(order, r)
			}
			refused[r] = append(refused[r], p)
		case len(p.Uses) > 0:
			items = append(append(items, inUse(p, ref, acc.ID)), closing(p, ref, f)...)
		default:
			items = append(items, lookFirst(removal(p, ref), acc.Quiet)...)
		}
	}
	for _, r := range order {
		items = append(items, refusedPlaces(refused[r], ref, acc.ID, f))
	}
	return items
}

func later(ref, why string) plan.Item { return laterIn(ref, why, ref, answers.Regions()) }

func laterIn(id, why, ref string, regions []string) plan.Item {
	return plan.Item{Later: &plan.Later{
		ID: name + "/later/" + id, Step: name, Title: "Remove the default networks of " + ref, Why: why,
		Operations: operations(), Places: placesOf(ref, regions), MostCalls: mostCallsPerRegion * len(regions),
	}}
}

// refusedPlaces makes one item of all Regions where AWS gave the same reason.
func refusedPlaces(places []Place, ref, id string, f plan.Facts) plan.Item {
	r := *places[0].Refused
	var regions []string
	for _, p := range places {
		regions = append(regions, p.Region)
	}
	key := ref + "/" + cmp.Or(r.Code, "unreachable") + "/" + regions[0]
	if r.Unready() {
		return laterIn(key, r.Unfinished(), ref, regions)
	}
	return plan.Item{Blocked: &plan.Blocked{ID: name + "/look/" + key, Step: name,
		What: fmt.Sprintf("The default networks of %s in %s could not be looked at", steps.Called(ref, id), strings.Join(regions, ", ")),
		Why:  r.Why(f), Next: next(&r, f), Code: r.Code}}
}

func next(r *steps.Refusal, f plan.Facts) string {
	if _, lift := r.Forbidden(f, "the wizard"); lift != "" {
		return lift
	}
	if r.Code == "AuthFailure" {
		return "The Region may be on its way on or off in this account. Start the wizard again in an hour."
	}
	return r.Next("Nothing was removed there. Start the wizard again: it looks once more.")
}

// mostNamed is how many uses are named; the rest are counted.
const mostNamed = 5

func inUse(p Place, ref, id string) plan.Item {
	named := slices.Clone(p.Uses)
	rest := ""
	if len(named) > mostNamed {
		rest = fmt.Sprintf(" and %d more", len(named)-mostNamed)
		named = named[:mostNamed]
	}
	return plan.Item{Blocked: &plan.Blocked{
		ID: name + "/kept/" + ref + "/" + p.Region, Step: name, Kept: true,
		What: fmt.Sprintf("The default network of %s in %s stays.", steps.Called(ref, id), p.Region),
		Why:  fmt.Sprintf("%s is in use or was changed by somebody: %s%s.", p.VPC, strings.Join(named, ", "), rest),
		Next: "If nothing of it is needed, remove it in the VPC console and start the wizard again. If it is needed, move it to a network of its own first.",
	}}
}

// removal is the chain of calls that removes one empty default VPC. Subnets go first, side by side: AWS refuses to delete
// one that came into use after the census, and then the internet gateway has not been touched. The gateway goes before the
// VPC, which alone remembers it when a run is stopped in between.
func removal(p Place, ref string) []plan.Item {
	r := remover{place: p, ref: ref}
	for _, id := range p.Subnets {
		r.add("subnet", id, plan.Call{
			Lane:  id,
			Title: "Delete the subnet " + id + r.in(), IAMAction: "ec2:DeleteSubnet",
			Why:  "It is empty, and the network can only be deleted without it.",
			Done: []string{"InvalidSubnetID.NotFound"},
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteSubnet, func(plan.Facts) *ec2.DeleteSubnetInput {
				return &ec2.DeleteSubnetInput{SubnetId: aws.String(id)}
			}),
		})
	}
	if p.Attached {
		r.add("detach", p.Gateway, plan.Call{
			Title: "Detach the internet gateway " + p.Gateway + r.in(), IAMAction: "ec2:DetachInternetGateway",
			Why:  "It is the way in from the internet; nothing uses it.",
			Done: []string{"Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"},
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DetachInternetGateway, func(plan.Facts) *ec2.DetachInternetGatewayInput {
				return &ec2.DetachInternetGatewayInput{InternetGatewayId: aws.String(p.Gateway), VpcId: aws.String(p.VPC)}
			}),
		})
	}
	if p.Gateway != "" {
		r.add("gateway", p.Gateway, plan.Call{
			Title: "Delete the internet gateway " + p.Gateway + r.in(), IAMAction: "ec2:DeleteInternetGateway",
			Why:  "Detached, it leads nowhere.",
			Done: []string{"InvalidInternetGatewayID.NotFound"}, Wait: map[string]time.Duration{"DependencyViolation": dependencyLimit},
			Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteInternetGateway, func(plan.Facts) *ec2.DeleteInternetGatewayInput {
				return &ec2.DeleteInternetGatewayInput{InternetGatewayId: aws.String(p.Gateway)}
			}),
		})
	}
	r.add("vpc", p.VPC, plan.Call{
		Title: "Delete the default network " + p.VPC + r.in(), IAMAction: "ec2:DeleteVpc",
		Why:  "Nobody uses it, and what is started in a hurry would be open to the internet there.",
		Done: []string{"InvalidVpcID.NotFound"}, Wait: map[string]time.Duration{"DependencyViolation": dependencyLimit},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteVpc, func(plan.Facts) *ec2.DeleteVpcInput {
			return &ec2.DeleteVpcInput{VpcId: aws.String(p.VPC)}
		}),
	})
	return r.items
}

// lookFirst says at the last call of a removal what the wizard cannot see.
func lookFirst(items []plan.Item, quiet []string) []plan.Item {
	if last := items[len(items)-1].Call; len(quiet) > 0 {
		last.Why += " This account once used " + strings.Join(quiet, ", ") + ". A stopped one, or one without machines, has nothing in a network that could be seen, and may name this one. " +
			"A new default network takes its place, but has new ids."
	}
	return items
}

type remover struct {
	place Place
	ref   string
	items []plan.Item
	first []string // ids of the calls that the next in the place's own lane has to follow
}

func (r *remover) in() string { return " in " + r.ref + ", " + r.place.Region }

// add completes a call and makes it wait for those before. One that names a lane of its own waits for none.
func (r *remover) add(noun, id string, c plan.Call) {
	c.ID = fmt.Sprintf("%s/%s/%s/%s/%s", name, noun, r.ref, r.place.Region, id)
	c.Where = plan.Place{Account: r.ref, Region: r.place.Region}
	lane := fmt.Sprintf("network/%s/%s", r.ref, r.place.Region)
	if c.Lane != "" {
		c.Step, c.Lane = name, lane+"/"+c.Lane
		r.first = append(r.first, c.ID)
	} else {
		c.Step, c.Lane, c.After = name, lane, r.first
		r.first = []string{c.ID}
	}
	c.Effect = plan.Deletes
	c.Undo = "aws ec2 create-default-vpc --region " + r.place.Region + " makes a new default network, with new ids, once the old one is gone."
	r.items = append(r.items, plan.Item{Call: &c})
}
