package vpc

import (
	"net/netip"
	"slices"
)

// The address plan: an account has a /16 out of the organization's range, and its networks are quarters of that, one for
// each Region. In a network the first three quarters are the private subnets, and the last holds the small public ones, so
// that a third zone, databases of their own or whatever comes later still fits.
const (
	accountBits, networkBits = 16, 18
	privateBits, publicBits  = 20, 24
	mostZones                = 3
)

// avoided are ranges that others use by habit; a network that overlaps one cannot be connected to them later. They are
// taken only when nothing else is left.
var avoided = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/12"),   // what examples and partners use most
	netip.MustParsePrefix("10.42.0.0/15"),  // k3s
	netip.MustParsePrefix("10.96.0.0/12"),  // services of Kubernetes
	netip.MustParsePrefix("10.244.0.0/16"), // pods of Kubernetes
	netip.MustParsePrefix("172.17.0.0/16"), // Docker
	netip.MustParsePrefix("172.31.0.0/16"), // default VPCs
}

// spot is an account and a Region that get a network.
type spot struct{ account, region string }

// allot gives each of the wanted spots, in their order, a block of the base range that overlaps nothing. What has a network
// keeps its block, and its account the rest of the /16 around it, so that an account that is added later, or comes back,
// moves nobody. ours are the blocks of networks the wizard made, taken all that there are. A spot that is not in the
// result found no room.
func allot(base netip.Prefix, wanted []spot, ours map[spot]netip.Prefix, taken []netip.Prefix) map[spot]netip.Prefix {
	got := map[spot]netip.Prefix{}
	homes := map[string]netip.Prefix{} // by account
	for at, block := range ours {
		got[at] = block
	}
	for at, block := range ours {
		home, _ := block.Addr().Prefix(accountBits)
		if old, ok := homes[at.account]; !ok || home.Addr().Less(old.Addr()) {
			homes[at.account] = home
		}
	}
	reserved := slices.Clone(taken)
	for _, home := range homes {
		reserved = append(reserved, home)
	}
	for _, at := range wanted {
		if _, has := got[at]; has {
			continue
		}
		home, ok := homes[at.account]
		if !ok {
			if home, ok = free(base, accountBits, reserved); !ok {
				continue
			}
			homes[at.account] = home
			reserved = append(reserved, home)
		}
		others := slices.Clone(taken)
		for _, block := range got {
			others = append(others, block)
		}
		if block, ok := free(home, networkBits, others); ok {
			got[at] = block
		}
	}
	return got
}

// free is the first block of this size in a range that overlaps none of the others: first outside what is better avoided.
func free(within netip.Prefix, bits int, others []netip.Prefix) (netip.Prefix, bool) {
	for _, shy := range []bool{true, false} {
		for block := netip.PrefixFrom(within.Addr(), bits); within.Contains(block.Addr()); block = after(block) {
			overlaps := func(o netip.Prefix) bool { return o.Overlaps(block) }
			if !slices.ContainsFunc(others, overlaps) && (!shy || !slices.ContainsFunc(avoided, overlaps)) {
				return block, true
			}
		}
	}
	return netip.Prefix{}, false
}

// after is the next block of the same size.
func after(p netip.Prefix) netip.Prefix {
	return nth(p, p.Bits(), 1)
}

// nth is the block of this size that begins n blocks after the beginning of another.
func nth(p netip.Prefix, bits, n int) netip.Prefix {
	b := p.Addr().As4()
	at := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	at += uint32(n) << (32 - bits)
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}), bits)
}

// privateBlock and publicBlock are the addresses of the subnets in the n-th zone of a network, from 0.
func privateBlock(network netip.Prefix, n int) netip.Prefix { return nth(network, privateBits, n) }

func publicBlock(network netip.Prefix, n int) netip.Prefix {
	return nth(nth(network, privateBits, mostZones), publicBits, n)
}
