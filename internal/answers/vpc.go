package answers

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// VPC says which accounts get a private network (a VPC) for the product, and how it is made.
type VPC struct {
	Accounts []string `yaml:"accounts,omitempty"` // names of accounts of the unit Workloads; empty: none
	Regions  []string `yaml:"regions,omitempty"`  // where each of them gets one; empty: the home Region
	Range    string   `yaml:"range,omitempty"`    // what all networks are cut from; "" = DefaultRange
	NAT      string   `yaml:"nat,omitempty"`      // NATNone, NATOne or NATPerZone; "" = none, since it costs money
}

// The way out to the internet for what has no public address: NAT gateways.
const (
	NATNone    = "none"
	NATOne     = "one"      // for a whole network
	NATPerZone = "per-zone" // so that the loss of a zone does not take the others' way out
)

// DefaultRange is the largest private range: more than two hundred accounts fit.
const DefaultRange = "10.0.0.0/8"

// An account has a /16, which holds four networks of /18: one for each Region it works in.
const (
	mostVPCRegions   = 4
	widest, tightest = 8, 12 // a range of /12 holds 16 accounts
)

// VPCRegions are the Regions in which networks are wanted.
func (a Answers) VPCRegions() []string {
	if len(a.VPC.Regions) == 0 {
		return []string{a.HomeRegion}
	}
	return a.VPC.Regions
}

// VPCRange is what all networks are cut from.
func (a Answers) VPCRange() netip.Prefix {
	p, err := netip.ParsePrefix(cmp.Or(a.VPC.Range, DefaultRange))
	if err != nil { // Validate tells of it
		return netip.MustParsePrefix(DefaultRange)
	}
	return p.Masked()
}

// VPCAccounts are the keys of the accounts that get a network, in the order of the accounts.
func (a Answers) VPCAccounts() []string {
	var keys []string
	for _, acc := range a.Accounts {
		if slices.ContainsFunc(a.VPC.Accounts, func(n string) bool { return Account{Name: n}.Key() == acc.Key() }) {
			keys = append(keys, acc.Key())
		}
	}
	return keys
}

// Workloads are the accounts that hold the product.
func (a Answers) Workloads() []Account {
	return slices.DeleteFunc(slices.Clone(a.Accounts), func(acc Account) bool { return acc.Unit != UnitWorkloads })
}

func (a Answers) checkVPC(p *problems) {
	seen := map[string]bool{}
	for i, n := range a.VPC.Accounts {
		field, key := fmt.Sprintf("vpc.accounts[%d]", i), Account{Name: n}.Key()
		if !slices.ContainsFunc(a.Workloads(), func(acc Account) bool { return acc.Key() == key }) {
			p.add(field, fmt.Sprintf("%q is not one of the accounts for the product", n), "Name accounts of the unit Workloads, like production")
		} else if seen[key] {
			p.add(field, n+" is in the list twice", "Remove one of the two")
		}
		seen[key] = true
	}
	for i, r := range a.VPC.Regions {
		field := fmt.Sprintf("vpc.regions[%d]", i)
		switch {
		case !KnownRegion(r):
			p.add(field, unknownRegion(r), "Choose one like us-east-1 or eu-west-1")
		case slices.Contains(a.VPC.Regions[:i], r):
			p.add(field, r+" is in the list twice", "Remove one of the two")
		case len(a.AllowedRegions) > 0 && r != a.HomeRegion && r != DefaultRegion && !slices.Contains(a.AllowedRegions, r):
			p.add(field, r+" is not among allowed_regions, so nobody could use a network there", "Add it there, or remove it here")
		}
	}
	if n := len(a.VPC.Regions); n > mostVPCRegions {
		p.add("vpc.regions", fmt.Sprintf("%d Regions are more than the %d an account's range is cut for", n, mostVPCRegions), "Name those you work in now")
	}
	if what := rangeFault(cmp.Or(a.VPC.Range, DefaultRange)); what != "" {
		p.add("vpc.range", fmt.Sprintf("%q %s", a.VPC.Range, what), "Write one like "+DefaultRange+" or 172.16.0.0/12")
	}
	if how := a.VPC.NAT; !slices.Contains([]string{"", NATNone, NATOne, NATPerZone}, how) {
		p.add("vpc.nat", fmt.Sprintf("%q is not a way this program knows", how), "Write none, one or per-zone")
	}
}

// rangeFault says what is wrong with a range for all networks, "" when nothing is.
func rangeFault(text string) string {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil || p != p.Masked():
		return "is not a range of addresses"
	case !p.Addr().Is4() || !p.Addr().IsPrivate():
		return "is not a private range"
	case p.Bits() < widest || p.Bits() > tightest || p.Addr().As4()[0] == 172 && p.Bits() < 12:
		return fmt.Sprintf("does not have the size of a range for many accounts: /%d to /%d inside 10.0.0.0/8, or 172.16.0.0/12", widest, tightest)
	}
	return ""
}
