package sandbox

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Fault is something that goes wrong on purpose, so that a person can see what the wizard does then.
type Fault struct {
	kind      string
	service   string        // "" is every service
	operation string        // "" is every operation
	lasts     time.Duration // at AWS; the trial run's clock runs faster (World.Pace)
}

// faultKind is a kind of fault a person can name.
type faultKind struct {
	name, form, does string
	usually          time.Duration // 0: no time can be given
}

// faultKinds are the words of --sandbox-fault, in the order in which they are listed.
var faultKinds = []faultKind{
	{"throttle", "throttle[=SERVICE]", "the service, or every one, is asked too often for two minutes", 0},
	{"cut", "cut[=DURATION]", "no connection for so long (3m), from the first change on", 3 * time.Minute},
	{"slow", "slow[=DURATION]", "each request takes so long (20s)", 20 * time.Second},
	{"expire", "expire[=DURATION]", "the sign-in runs out so long (1m) after the first change", time.Minute},
	{"deny", "deny=SERVICE[:OPERATION]", "the login lacks these permissions", 0},
	{"lost", "lost=OPERATION", "it is done, but the first reply never comes", 0},
}

// throttledFor is how long a service is asked too often.
const throttledFor = 2 * time.Minute

// FaultForms lists what ParseFault reads, a line each: the form and what it does.
func FaultForms() string {
	var b strings.Builder
	for _, k := range faultKinds {
		fmt.Fprintf(&b, "  %-26s%s\n", k.form, k.does)
	}
	return b.String()
}

// ParseFault reads a fault as a person writes it: a word, or a word and what it is about, e.g. "deny=s3:CreateBucket".
// Services and operations are written as in a policy or as the AWS CLI has them, in capitals or not.
func ParseFault(text string) (Fault, error) {
	name, about, given := strings.Cut(text, "=")
	n := slices.IndexFunc(faultKinds, func(k faultKind) bool { return k.name == name })
	if n < 0 {
		return Fault{}, fmt.Errorf("there is no fault %q; there are\n%s", name, strings.TrimSuffix(FaultForms(), "\n"))
	}
	kind := faultKinds[n]
	wrong := func(why string) (Fault, error) { return Fault{}, fmt.Errorf("%s: %s; write %s", text, why, kind.form) }
	f := Fault{kind: name, lasts: kind.usually}
	switch {
	case given && about == "":
		return wrong("nothing stands after the =")
	case kind.usually > 0 && given:
		d, err := time.ParseDuration(about)
		if err != nil || d <= 0 {
			return wrong("the time has to be like 30s or 3m")
		}
		f.lasts = d
	case name == "throttle":
		f.service, f.lasts = plainName(about), throttledFor
	case name == "deny":
		service, operation, _ := strings.Cut(about, ":")
		f.service, f.operation = plainName(service), plainName(operation)
		if f.service == "" {
			return wrong("the service is missing")
		}
	case name == "lost":
		if f.operation = plainName(about); f.operation == "" {
			return wrong("the operation is missing")
		}
	}
	if !f.exists() {
		return wrong(fmt.Sprintf("the trial run's AWS has no %q", about))
	}
	return f, nil
}

// plainName is a service's or an operation's name without what people write in different ways.
func plainName(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(s))
}

// exists reports whether the simulated AWS has what the fault is about.
func (f Fault) exists() bool {
	if f.service == "" && f.operation == "" {
		return true
	}
	for t := range New(&World{}).handlers {
		path := t.Elem().PkgPath() // the SDK's package of a service is its id in small letters
		service := path[strings.LastIndex(path, "/")+1:]
		for _, id := range serviceIDs() {
			if plainName(id) == service {
				service = id
			}
		}
		if f.about(service, strings.TrimSuffix(t.Elem().Name(), "Input")) {
			return true
		}
	}
	return false
}

// serviceIDs are the SDK's ids of the services whose actions are called otherwise in a policy.
func serviceIDs() []string {
	ids := slices.Collect(maps.Keys(prefixes))
	for name := range actionNames {
		id, _, _ := strings.Cut(name, ".")
		ids = append(ids, id)
	}
	return ids
}

// about reports whether a fault concerns an operation of a service, given by the SDK's id of it.
func (f Fault) about(service, operation string) bool {
	prefix, action, _ := strings.Cut(iamAction(service, operation), ":")
	return (f.service == "" || f.service == plainName(service) || f.service == plainName(prefix)) &&
		(f.operation == "" || f.operation == plainName(operation) || f.operation == plainName(action))
}

// Inject makes the faults happen; usual is how long a request takes without them, nil for no time. It takes the place of
// what Faults, Reply and Latency have set.
func (s *Sim) Inject(faults []Fault, usual func(Request) time.Duration) {
	s.Latency(func(r Request) time.Duration {
		d := time.Duration(0)
		if usual != nil {
			d = usual(r)
		}
		for _, f := range faults {
			if f.kind == "slow" {
				d += s.takes(f.lasts)
			}
		}
		return d
	})
	var all []*injected
	for _, f := range faults {
		all = append(all, &injected{Fault: f})
	}
	s.Faults(func(r Request) error {
		for _, f := range all {
			if err := f.before(r); err != nil {
				return err
			}
		}
		return nil
	})
	s.Reply(func(r Request) error {
		for _, f := range all {
			if f.kind == "lost" && !f.spent && f.about(r.Service, r.Operation) {
				f.spent = true
				return &smithyhttp.RequestSendError{Err: fmt.Errorf("reading the reply: %w", io.ErrUnexpectedEOF)}
			}
		}
		return nil
	})
}

// injected is a fault at work.
type injected struct {
	Fault
	begun time.Time // zero: not yet
	spent bool      // what happens once has happened
}

// before is what a fault answers in the place of AWS; nil when it lets the request pass.
func (f *injected) before(r Request) error {
	if r.Operation == "GetCallerIdentity" {
		return nil // nobody is denied it, and the start tells at once that AWS cannot be reached
	}
	if begins := f.kind == "throttle" || changes(r); f.begun.IsZero() && begins && f.about(r.Service, r.Operation) {
		f.begun = r.World.Clock
	}
	during := !f.begun.IsZero() && r.World.Clock.Before(f.begun.Add(r.World.Takes(f.lasts)))
	switch {
	case f.kind == "deny" && f.about(r.Service, r.Operation):
		return Deny(r)
	case f.kind == "cut" && during:
		return Cut()
	case f.kind == "throttle" && during && f.about(r.Service, r.Operation):
		return Throttle(r.Service)
	case f.kind == "expire" && !f.begun.IsZero() && !during && !f.spent:
		f.spent = true
		r.sim.endSessions()
		return Fail("ExpiredToken", "The security token included in the request is expired")
	}
	return nil
}

// takes is how long something takes here that takes d at AWS.
func (s *Sim) takes(d time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Takes(d)
}

// changes reports whether a request changes something of the founder's; signing in and entering an account do not.
func changes(r Request) bool {
	if r.Service == "STS" || r.Service == "SSO" || r.Service == "SSO OIDC" {
		return false
	}
	return !reads(r.Operation) && !strings.HasPrefix(r.Operation, "Simulate") && !strings.HasPrefix(r.Operation, "Generate") &&
		!strings.HasPrefix(r.Operation, "Lookup")
}
