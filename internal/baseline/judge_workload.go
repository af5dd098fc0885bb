package baseline

import (
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/plan"
)

// compute reports whether anything that runs programs was seen.
func (a *Account) compute() (found, complete bool) {
	machines, complete := a.interfaces(OfInstance)
	found = len(machines) > 0
	for _, r := range a.Regions {
		found = found || len(r.Functions.Value) > 0
		complete = complete && r.Functions.Why == ""
	}
	return found, complete
}

// functions looks through the Lambda functions of all Regions.
func functions(a *Account, wrong func(Function) string) sweep {
	return over(a, func(r *Region) Seen[[]Function] { return r.Functions }, func(_ *Region, all []Function) string {
		for _, f := range all {
			if what := wrong(f); what != "" {
				return what
			}
		}
		return ""
	})
}

func roles(s *State, a *Account) Verdict {
	v := programs(a)
	if m := a.Machines; m.Why == "" && m.Call != "" {
		v.Note = "New machines do not ask for IMDSv2 by themselves: a mistake in a program can give the role's credentials away. " +
			s.machines("sets it", "Require IMDSv2 in")
		if m.Value.IMDSv2 {
			v.Note = "New machines keep their role's credentials from strangers (IMDSv2)" + m.Value.by() + "."
		}
	}
	return v
}

// by says who set it.
func (m Machines) by() string {
	if m.Declared {
		return ": a policy of the organization says so, in all Regions"
	}
	return ""
}

// machines says who sets what EC2 does by itself: the step, or a person in the console.
func (s *State) machines(does, byHand string) string {
	if s.sets("guardrails") {
		return "The step guardrails " + does + "."
	}
	return byHand + " each Region: EC2 console, Settings, Data protection and security."
}

func programs(a *Account) Verdict {
	machines := network(a, func(_ *Region, n Network) string {
		for _, i := range n.Instances {
			if !i.Role {
				return i.ID
			}
		}
		return ""
	})
	if len(machines.bad) > 0 {
		return Verdict{Result: Fail, Evidence: a.says("ec2:DescribeInstances", "no instance profile: %s in %s", few(machines.details), few(machines.bad))}
	}
	withKeys := functions(a, func(f Function) string {
		if slices.ContainsFunc(f.Secrets, func(name string) bool { return strings.HasPrefix(strings.ToUpper(name), "AWS_") }) {
			return f.Name
		}
		return ""
	})
	if len(withKeys.bad) > 0 {
		return Verdict{Result: Fail, Evidence: a.says(withKeys.call, "an AWS key among the variables of %s in %s", few(withKeys.details), few(withKeys.bad))}
	}
	if found, complete := a.compute(); !found && complete {
		return Verdict{Result: NotApplicable, Evidence: a.says("ec2:DescribeNetworkInterfaces, lambda:ListFunctions", "no instance and no function")}
	}
	if v := machines.verdict(a, "", "each instance has a role"); v.Result != Pass {
		return v
	}
	return withKeys.verdict(a, "", "no AWS key among the variables of functions, and each instance has a role")
}

func secrets(_ *State, a *Account) Verdict {
	s := functions(a, func(f Function) string {
		if len(f.Secrets) == 0 {
			return ""
		}
		return f.Name + " (" + few(f.Secrets) + ")"
	})
	if len(s.bad) > 0 {
		return Verdict{Result: Fail, Evidence: a.says(s.call, "variables that look like secrets: %s in %s", few(s.details), few(s.bad))}
	}
	found, complete := a.compute()
	switch {
	case !found && complete:
		return Verdict{Result: NotApplicable, Evidence: a.says("ec2:DescribeNetworkInterfaces, lambda:ListFunctions", "no instance and no function")}
	case len(s.unseen) > 0:
		return s.verdict(a, "", "")
	}
	return Verdict{Result: NeedsYou, Evidence: a.says(s.call, "no variable of a function looks like a secret; inside instances and containers nobody can look")}
}

// everybody looks for rules that let everybody in to a port.
func everybody(a *Account, is func(Rule) bool) sweep {
	s := network(a, func(_ *Region, n Network) string {
		for _, r := range n.Open {
			if is(r) {
				return r.Group + " " + ports(r)
			}
		}
		return ""
	})
	s.call = "ec2:DescribeSecurityGroups"
	return s
}

func ports(r Rule) string {
	switch {
	case r.From == 0 && r.To == 65535:
		return "all ports"
	case r.From == r.To:
		return fmt.Sprintf("port %d", r.From)
	}
	return fmt.Sprintf("ports %d to %d", r.From, r.To)
}

func shells(_ *State, a *Account) Verdict {
	s := everybody(a, func(r Rule) bool { return r.From <= 22 && r.To >= 22 || r.From <= 3389 && r.To >= 3389 })
	return s.verdict(a, "open to the whole internet: "+few(s.details), "no rule opens port 22 or 3389 to the internet")
}

func groups(_ *State, a *Account) Verdict {
	s := everybody(a, func(r Rule) bool { return r.From != r.To || r.From != 80 && r.From != 443 })
	return s.verdict(a, "open to the whole internet: "+few(s.details), "no rule opens another port than 80 and 443 to the internet")
}

// RecordsFiles reports whether the trail is on and records the files of some bucket.
func (t Trail) RecordsFiles() bool { return t.Logging && len(t.Files) > 0 }

// files takes data events of a trail and access logs of S3 for good: the control asks for one of them.
func files(_ *State, a *Account) Verdict {
	if i := slices.IndexFunc(a.Trails.Value, Trail.RecordsFiles); i >= 0 {
		t := a.Trails.Value[i]
		return Verdict{Result: Pass, Evidence: a.says("cloudtrail:GetEventSelectors", "the trail %s records data events of S3: %s", t.Name, few(t.Files))}
	}
	if logged := a.AccessLogs.Value; len(logged) > 0 {
		return Verdict{Result: Pass, Evidence: a.says(a.AccessLogs.Call, "access logs are on: %s", few(logged)),
			Note: "S3 promises no complete list in access logs. The data events of a trail are complete, and cost money."}
	}
	if v, no := refused(a, a.Trails); no {
		return v
	}
	if v, no := refused(a, a.AccessLogs); no {
		return v
	}
	return Verdict{Result: NeedsYou, Evidence: a.says("cloudtrail:GetEventSelectors, s3:GetBucketLogging", "no data events of S3, and no bucket with access logs; which buckets are sensitive, only you know")}
}

func disks(s *State, a *Account) Verdict {
	v := over(a, func(r *Region) Seen[bool] { return r.Encrypted }, func(_ *Region, on bool) string {
		if on {
			return ""
		}
		return "off"
	}).verdict(a, "EbsEncryptionByDefault=false", "EbsEncryptionByDefault=true")
	if v.Result == Pass {
		v = oldDisks(a, v)
	}
	if m := a.Machines; m.Why == "" && m.Call != "" {
		v.Note = "Copies of disks can be shared with everybody. " + s.machines("forbids it", "Block it in")
		if m.Value.Unshared {
			v.Note = "Copies of disks cannot be shared with everybody" + m.Value.by() + "."
		}
	}
	return v
}

// oldDisks is the verdict where new disks are encrypted: those that were there before stay as they are.
func oldDisks(a *Account, good Verdict) Verdict {
	plain := over(a, func(r *Region) Seen[[]string] { return r.Plain }, func(_ *Region, ids []string) string { return strings.Join(ids, ", ") })
	switch {
	case len(plain.bad) > 0:
		v := plain.verdict(a, "disks in clear: "+few(plain.details), "")
		v.Next = "AWS cannot encrypt a disk that is there. In the EC2 console make a snapshot of it, copy that with encryption, make a disk of the copy, and put it in the place of the old one."
		return v
	case len(plain.unseen) > 0:
		return plain.verdict(a, "", "")
	}
	good.Evidence += "; ec2:DescribeVolumes: none in clear"
	return good
}

// behind is the verdict about a kind of thing that is known only by its network interfaces.
func behind(a *Account, kind Kind, judge func([]Interface) Verdict) Verdict {
	const call = "ec2:DescribeNetworkInterfaces"
	found, complete := a.interfaces(kind)
	switch {
	case len(found) > 0:
		return judge(found)
	case !complete:
		return network(a, func(*Region, Network) string { return "" }).verdict(a, "", "")
	case kind == "":
		return Verdict{Result: NotApplicable, Evidence: a.says(call, "nothing has an address in a VPC")}
	}
	return Verdict{Result: NotApplicable, Evidence: a.says(call, "no %s has an address in a VPC", kind)}
}

func databases(_ *State, a *Account) Verdict {
	return behind(a, OfDatabase, func(found []Interface) Verdict {
		return Verdict{Result: NeedsYou, Evidence: a.says("ec2:DescribeNetworkInterfaces", "%s of RDS", plan.Count(len(found), "interface"))}
	})
}

func private(_ *State, a *Account) Verdict {
	return behind(a, "", func(found []Interface) Verdict {
		const call = "ec2:DescribeNetworkInterfaces"
		public := map[Kind]int{}
		for _, i := range found {
			if i.Public {
				public[i.Kind]++
			}
		}
		switch {
		case public[OfDatabase] > 0:
			return Verdict{Result: Fail, Evidence: a.says(call, "%s of databases with a public address", plan.Count(public[OfDatabase], "interface"))}
		case public[OfInstance] > 0:
			return Verdict{Result: NeedsYou, Evidence: a.says(call, "%s with a public address; is it meant to be public?", plan.Count(public[OfInstance], "instance"))}
		}
		return Verdict{Result: Pass, Evidence: a.says(call, "no instance and no database has a public address")}
	})
}

func endpoints(_ *State, a *Account) Verdict {
	own := 0
	s := network(a, func(_ *Region, n Network) string {
		for _, v := range n.VPCs {
			if v.Default {
				continue
			}
			own++
			if !slices.Contains(v.Endpoints, "s3") || !slices.Contains(v.Endpoints, "dynamodb") {
				return v.ID
			}
		}
		return ""
	})
	v := s.verdict(a, "no endpoints for S3 and DynamoDB: "+few(s.details), "each VPC has both endpoints")
	if v.Result == Pass && own == 0 {
		return Verdict{Result: NotApplicable, Evidence: a.says("ec2:DescribeVpcs", "no VPC of your own")}
	}
	return v
}

// web is the judge of what stands before public web addresses. CloudFront and API Gateway show no interface; the wizard
// does not ask about them, so a clean look here is no proof.
func web(_ *State, a *Account) Verdict {
	v := behind(a, OfBalancer, func(found []Interface) Verdict {
		return Verdict{Result: NeedsYou, Evidence: a.says("ec2:DescribeNetworkInterfaces", "%s of load balancers", plan.Count(len(found), "interface"))}
	})
	if v.Result == NotApplicable {
		v.Note = "CloudFront, API Gateway and websites in S3 were not looked at."
	}
	return v
}

// pipeline wants a way in without a key to one account at least: a pipeline has no business in most accounts.
func pipeline(s *State, a *Account) Verdict {
	for _, other := range s.Accounts {
		if names := other.Providers.Value; len(names) > 0 {
			return Verdict{Result: Pass, Evidence: other.says(other.Providers.Call, "%s may sign in", few(names))}
		}
	}
	if v, no := refused(a, a.Providers); no {
		return v
	}
	return Verdict{Result: NeedsYou, Evidence: a.says(a.Providers.Call, "no OpenID Connect provider, so no pipeline can sign in without a key")}
}
