// Package network removes the default VPCs: the network AWS puts into each Region of each account, open to the
// internet, which nobody asked for. A VPC that is in use, or that somebody has worked on, is never touched.
package network

import (
	"awswizard/internal/plan"
	"awswizard/steps"
)

const name = "network"

// Step returns the network step. It asks nothing.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      "Default networks",
		LooksAfter: []string{"organization"},
		Alone:      true,
		About: steps.About{
			Why:      "AWS puts a ready-made network (the default VPC) into every Region of every account, with a way in from the internet. What is started in a hurry lands there. We look into each one and remove those that are empty and unchanged. One that is in use stays, and we tell you what uses it. Its default security group is closed where nothing has it.",
			What:     "Each default network that is empty and unchanged is removed: its subnets, its internet gateway, then the network itself.",
			Cost:     "Free. An empty network costs nothing, and neither does removing it.",
			Undo:     "One command in a Region makes a new default network there: aws ec2 create-default-vpc. Its ids will be new.",
			Controls: []string{"ACCT.09", "WKLD.10"},
		},
	}, nil, inspect, planned), undone)
}

// State is what the census found.
type State struct {
	Accounts []Account // the management account first, the others by id
}

// Account is one account that was looked at.
type Account struct {
	ID      string
	NoEntry bool           // this caller cannot enter it
	Refused *steps.Refusal // why its Regions could not be listed
	// Quiet are services that were used in the account at some time, in words, whose things can name a network and have no
	// interface in it. It is told where a network is to be removed.
	Quiet  []string
	Places []Place // the Regions where something was found, or could not be looked for; by Region
}

// Place is a Region of an account with a default VPC, or one where the look was refused.
type Place struct {
	Region string
	VPC    string // id of the default VPC
	// Subnets are ids, in the order of their address blocks.
	Subnets []string
	// Gateway is the internet gateway of the VPC, "" when it is gone. Attached is false when an earlier run was
	// stopped after detaching it: the main route table still names it.
	Gateway  string
	Attached bool
	Uses     []string // what uses the VPC, or was changed by somebody, in words: "instance i-…"
	Refused  *steps.Refusal
	// Group is the default security group, looked at where the VPC stays.
	Group        *Group
	GroupRefused *steps.Refusal // why it could not be looked at

	routed     string // the gateway the main route table names although it is detached
	interfaces bool   // there is a network interface
}

// Facts implements steps.State: the census tells the other steps nothing.
func (State) Facts() map[string]string { return nil }

// operations are those the removal of one default VPC is made of, or the closing of one that stays.
func operations() []string {
	return append(removing(), "ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress")
}

func removing() []string {
	return []string{"ec2:DeleteSubnet", "ec2:DetachInternetGateway", "ec2:DeleteInternetGateway", "ec2:DeleteVpc"}
}

// The most a default VPC has is six subnets (us-east-1 has six zones), which with detaching and deleting the gateway
// and deleting the VPC makes nine calls.
const mostCallsPerRegion = 9

func placesOf(ref string, regions []string) []plan.Place {
	var places []plan.Place
	for _, r := range regions {
		places = append(places, plan.Place{Account: ref, Region: r})
	}
	return places
}

// unused reports that nothing was found that uses the VPC.
func (p *Place) unused() bool { return p.VPC != "" && p.Refused == nil && len(p.Uses) == 0 }
