package vpc

import (
	"fmt"
	"net/netip"
	"testing"
)

func prefixes(all ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func TestAllot(t *testing.T) {
	prod, dev := spot{"production", "eu-west-1"}, spot{"development", "eu-west-1"}
	far := spot{"production", "us-east-1"}
	one := netip.MustParsePrefix
	for _, tc := range []struct {
		name   string
		base   string
		wanted []spot
		ours   map[spot]netip.Prefix
		taken  []netip.Prefix
		want   map[spot]string
	}{
		{"two accounts", "10.0.0.0/8", []spot{prod, dev}, nil, nil, map[spot]string{prod: "10.16.0.0/18", dev: "10.17.0.0/18"}},
		{"two Regions", "10.0.0.0/8", []spot{prod, far, dev}, nil, nil, map[spot]string{prod: "10.16.0.0/18", far: "10.16.64.0/18", dev: "10.17.0.0/18"}},
		{"networks made by hand", "10.0.0.0/8", []spot{prod, dev}, nil, prefixes("10.16.200.0/24", "10.18.0.0/15", "172.31.0.0/16"),
			map[spot]string{prod: "10.17.0.0/18", dev: "10.20.0.0/18"}},
		{"one is made already", "10.0.0.0/8", []spot{prod, dev}, map[spot]netip.Prefix{dev: one("10.16.0.0/18")}, prefixes("10.16.0.0/18"),
			map[spot]string{prod: "10.17.0.0/18", dev: "10.16.0.0/18"}},
		{"another Region of one that is made", "10.0.0.0/8", []spot{prod, far}, map[spot]netip.Prefix{prod: one("10.21.64.0/18")}, prefixes("10.21.64.0/18", "10.21.0.0/24"),
			map[spot]string{prod: "10.21.64.0/18", far: "10.21.128.0/18"}},
		{"what others use by habit is last", "172.16.0.0/12", []spot{prod}, nil, prefixes("172.16.0.0/16", "172.18.0.0/15", "172.20.0.0/14", "172.24.0.0/14", "172.28.0.0/15", "172.30.0.0/16"),
			map[spot]string{prod: "172.17.0.0/18"}},
		{"no room", "10.16.0.0/12", []spot{prod, dev}, nil, prefixes("10.16.0.0/13", "10.24.0.0/14", "10.28.0.0/15", "10.30.0.0/16"), map[spot]string{prod: "10.31.0.0/18"}},
		{"a range that is avoided else", "10.0.0.0/12", []spot{prod}, nil, nil, map[spot]string{prod: "10.0.0.0/18"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := map[spot]string{}
			for at, block := range allot(one(tc.base), tc.wanted, tc.ours, tc.taken) {
				got[at] = block.String()
			}
			if fmt.Sprint(got) != fmt.Sprint(tc.want) {
				t.Errorf("got  %v\nwant %v", got, tc.want)
			}
		})
	}
}

// However many accounts and Regions: no two networks overlap, and each subnet lies in its network, apart from the others.
func TestNothingOverlaps(t *testing.T) {
	var wanted []spot
	for n := range 60 {
		for _, r := range []string{"eu-west-1", "us-east-1", "eu-central-1", "ap-south-1"} {
			wanted = append(wanted, spot{fmt.Sprint("account-", n), r})
		}
	}
	taken := prefixes("10.19.0.0/16", "10.33.7.0/24", "10.60.0.0/15")
	got := allot(netip.MustParsePrefix("10.0.0.0/8"), wanted, nil, taken)
	if len(got) != len(wanted) {
		t.Fatalf("%d of %d found room", len(got), len(wanted))
	}
	all := taken
	for _, at := range wanted {
		block := got[at]
		for _, other := range all {
			if other.Overlaps(block) {
				t.Errorf("%v has %s, which overlaps %s", at, block, other)
			}
		}
		all = append(all, block)
		var parts []netip.Prefix
		for n := range mostZones {
			parts = append(parts, privateBlock(block, n), publicBlock(block, n))
		}
		for i, p := range parts {
			if !block.Contains(p.Addr()) || p != p.Masked() {
				t.Errorf("%s is no part of %s", p, block)
			}
			for _, q := range parts[:i] {
				if p.Overlaps(q) {
					t.Errorf("%s overlaps %s", p, q)
				}
			}
		}
	}
}
