// Package vpc makes private networks for the accounts that hold the product, where the founder wants them: each with
// addresses of its own, so that they can be connected one day, and with the free ways to S3 and DynamoDB.
package vpc

import (
	"net/netip"
	"slices"

	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	name  = "vpc"
	title = "Private networks"
)

// Step returns the step of the private networks. Nothing is made unless it was asked for.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      title,
		LooksAfter: []string{"organization"},
		About: steps.About{
			Why: "What you build needs a network in AWS. One of your own keeps servers and databases where the internet cannot reach them. " +
				"Its addresses overlap with no other network of yours, so that accounts can be connected later.",
			What: "If you want it: a network in the accounts you name, over up to three data centers (zones). Private subnets for what you build, small public ones for load balancers. " +
				"S3 and DynamoDB are reached without the internet.",
			Cost:     "Free. Only a way out to the internet for the private subnets costs money, about $37 a month each; there is none unless you ask.",
			Undo:     "The networks are deleted again, as long as nothing runs in them.",
			Controls: []string{"WKLD.10", "WKLD.11", "WKLD.12"},
		},
	}, questions, inspect, planned), undone)
}

// State is what was found. It is empty where no network is wanted and none was made.
type State struct {
	Places []Place // where a network is wanted, in the order of the answers, then where one was made
	Ranges []Range // the addresses of all networks in all accounts, as far as they could be looked at
}

// Range is a block of addresses in use.
type Range struct {
	Block netip.Prefix
	// Of is the account and the Region; Ours are the networks of the wizard's.
	Of   spot
	Ours bool
}

// Place is a Region of an account where a network is wanted or was made.
type Place struct {
	Account, Ref, Region string
	NoEntry              bool
	Refused              *steps.Refusal
	Zones                []string // ids of the zones, like euw1-az1, those that offer everything first
	Network              *Network // the wizard's
	Other                string   // a network of the account's own, in words: "vpc-… (10.0.0.0/16)"
	// Addresses and Gateways are the wizard's, also where their network is gone or they are not attached to it yet.
	Addresses []Part // fixed public addresses; their ids are allocations
	Gateways  []Part // internet gateways
}

func (p Place) spot() spot { return spot{p.Ref, p.Region} }

// Part is a thing of the wizard's, found by its tag.
type Part struct{ ID, Tag string }

// Network is the wizard's network at a place.
type Network struct {
	ID                 string
	Block              netip.Prefix
	Support, Hostnames bool // names are resolved, and given
	Subnets            []Subnet
	Gateway            string // the internet gateway that is attached
	Tables             []Table
	Endpoints          []Endpoint
	NATs               []NAT
	Group              Group
	Uses               []string // what uses it or was added to it, in words
}

// Subnet is a part of a network in one zone.
type Subnet struct {
	ID, Zone string
	Block    netip.Prefix
	Ours     bool
}

// Table says where a subnet's traffic goes.
type Table struct {
	ID, Tag string
	Main    bool
	Subnets []string
	Out     string // where everything goes that has no way of its own, "" = nowhere
	Broken  bool   // what Out names is gone
}

// Endpoint is a way to a service of AWS.
type Endpoint struct {
	ID, Service string
	Tables      []string
	Ours        bool
}

// NAT is a NAT gateway: the way out for what has no public address.
type NAT struct {
	ID, Tag, Subnet string
	Coming, Going   bool // it is being made, or deleted
}

// Group is the default security group of a network.
type Group struct {
	ID string
	// In and Out are the rules AWS makes with it: everything from its members, everything to everywhere.
	In, Out bool
	More    bool // somebody gave it other rules
	Used    bool // a network interface has it
}

// The tag by which the wizard knows its own, and the values that are no numbered parts.
const (
	tagKey      = "wizard"
	tagNetwork  = "network"
	tagGateway  = "gateway"
	tagPublic   = "table-public"
	tagPrivate  = "table-private-"
	tagAddress  = "address-"
	tagNAT      = "nat-"
	tagS3       = "s3"
	tagDynamoDB = "dynamodb"
)

// Facts implements steps.State: the ids of all parts, by where they are.
func (s State) Facts() map[string]string {
	facts := map[string]string{}
	for _, p := range s.Places {
		for _, part := range p.Addresses {
			facts[p.fact(part.Tag)] = part.ID
		}
		for _, part := range p.Gateways {
			facts[p.fact(part.Tag)] = part.ID
		}
		n := p.Network
		if n == nil {
			continue
		}
		facts[p.fact(tagNetwork)], facts[p.fact("group")] = n.ID, n.Group.ID
		if n.Gateway != "" {
			facts[p.fact(tagGateway)] = n.Gateway
		}
		for i := range mostZones {
			for _, kind := range kinds {
				if sub := n.subnet(kind.block(n.Block, i)); sub != nil {
					facts[p.fact(kind.tag(i))] = sub.ID
				}
			}
		}
		for _, t := range n.Tables {
			if t.Tag != "" {
				facts[p.fact(t.Tag)] = t.ID
			}
		}
		for _, g := range n.NATs {
			if g.Tag != "" && !g.Going {
				facts[p.fact(g.Tag)] = g.ID
			}
		}
	}
	return facts
}

// fact is the key of the fact that holds a part's id.
func (p Place) fact(tag string) string { return name + "." + p.Ref + "." + p.Region + "." + tag }

func (p Place) where() plan.Place { return plan.Place{Account: p.Ref, Region: p.Region} }

func (n *Network) subnet(block netip.Prefix) *Subnet {
	if i := slices.IndexFunc(n.Subnets, func(s Subnet) bool { return s.Block == block }); i >= 0 {
		return &n.Subnets[i]
	}
	return nil
}

func (n *Network) table(tag string) *Table {
	if i := slices.IndexFunc(n.Tables, func(t Table) bool { return t.Tag == tag }); i >= 0 {
		return &n.Tables[i]
	}
	return nil
}

// tableOf is the table that a subnet was given, nil when it has the main one.
func (n *Network) tableOf(subnet string) *Table {
	if i := slices.IndexFunc(n.Tables, func(t Table) bool { return slices.Contains(t.Subnets, subnet) }); i >= 0 {
		return &n.Tables[i]
	}
	return nil
}

func part(parts []Part, tag string) (string, bool) {
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Tag == tag })
	if i < 0 {
		return "", false
	}
	return parts[i].ID, true
}
