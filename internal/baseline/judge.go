package baseline

import (
	"fmt"
	"strings"

	"awswizard/internal/plan"
)

// says is a line of evidence: the operation, the account, and what AWS said there.
func (a *Account) says(call, format string, args ...any) string {
	return call + " in " + a.ID + ": " + fmt.Sprintf(format, args...)
}

// refused is the verdict where AWS did not answer; false where it did.
func refused[T any](a *Account, s Seen[T]) (Verdict, bool) {
	if s.Why == "" {
		return Verdict{}, false
	}
	return Verdict{Result: CannotCheck, Evidence: a.says(s.Call, "%s", s.Why)}, true
}

// ask is the judge of what no API shows.
func ask(why string) func(*State, *Account) Verdict {
	return func(*State, *Account) Verdict { return Verdict{Result: NeedsYou, Evidence: why} }
}

// sweep is a look through the Regions of an account.
type sweep struct {
	seen        int      // Regions that were looked at
	bad, unseen []string // Regions by name
	details     []string // what was found, each once
	call, why   string
}

// over looks at each Region: judge gives what is wrong there, "" for nothing.
func over[T any](a *Account, of func(*Region) Seen[T], judge func(*Region, T) string) sweep {
	var s sweep
	for i := range a.Regions {
		r := &a.Regions[i]
		look := of(r)
		s.call = look.Call
		if look.Why != "" {
			s.unseen, s.why = append(s.unseen, r.Name), look.Why
			continue
		}
		s.seen++
		if what := judge(r, look.Value); what != "" {
			s.bad = append(s.bad, r.Name)
			s.details = append(s.details, what)
		}
	}
	return s
}

// verdict makes one of a sweep: bad says what was found where something was, good what was not.
func (s sweep) verdict(a *Account, bad, good string) Verdict {
	switch {
	case len(s.bad) > 0:
		return Verdict{Result: Fail, Evidence: a.says(s.call, "%s in %s", bad, few(s.bad))}
	case len(s.unseen) > 0:
		return Verdict{Result: CannotCheck, Evidence: a.says(s.call, "%s in %s", s.why, few(s.unseen))}
	case s.seen == 0:
		return Verdict{Result: CannotCheck, Evidence: a.says("ec2:DescribeRegions", "no Region could be looked at")}
	}
	return Verdict{Result: Pass, Evidence: a.says(s.call, "%s, in %s", good, plan.Count(s.seen, "Region"))}
}

// few names the first of many.
func few(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// network looks through the networks of all Regions.
func network(a *Account, judge func(*Region, Network) string) sweep {
	return over(a, func(r *Region) Seen[Network] { return r.Network }, judge)
}

// interfaces are all network interfaces that were seen; false where a Region could not be looked at.
func (a *Account) interfaces(kind Kind) (found []Interface, complete bool) {
	complete = len(a.Regions) > 0
	for _, r := range a.Regions {
		complete = complete && r.Network.Why == ""
		for _, i := range r.Network.Value.Interfaces {
			if kind == "" || i.Kind == kind {
				found = append(found, i)
			}
		}
	}
	return found, complete
}
