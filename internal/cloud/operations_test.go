package cloud

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
)

// TestOperations shows the class of every operation of every linked service. A new version of the SDK brings new
// operations, which stand here as writes until somebody has looked at them.
func TestOperations(t *testing.T) {
	var b strings.Builder
	count := map[Class]int{}
	for _, name := range slices.Sorted(maps.Keys(operations())) {
		service, operation, _ := strings.Cut(name, ".")
		class := Classify(service, operation)
		count[class]++
		fmt.Fprintf(&b, "%s %s\n", name, class)
	}
	if count[Write] < 600 || count[Auth] == 0 || count[Read] < 400 {
		t.Errorf("the classes hold %v", count)
	}
	t.Logf("%d operations of %d services: %d writes, %d reads, %d to sign in", len(operations()), len(linked), count[Write], count[Read], count[Auth])
	golden.RequireEqual(t, b.String())
}

// FuzzGate looks for an operation that changes something and passes without its ticket. The gate knows operations by
// their exact names: nothing that only looks like a read is one.
func FuzzGate(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(operations())) {
		service, operation, _ := strings.Cut(name, ".")
		f.Add(service, operation)
	}
	for _, s := range [][2]string{{"", ""}, {"ec2", "describevpcs"}, {"ec2", "DescribeVpcs "}, {"ec2", "\nDescribeVpcs"}, {"organizations", "ListRoots.CreateAccount"},
		{"organizations.ListRoots", "CreateAccount"}, {"s3", "GetObject\x00"}, {"S3", "GetObject"}, {"ec2", "DescribeVpcsDeleteVpc"}, {"iam.", "GetUser"}} {
		f.Add(s[0], s[1])
	}
	known := operations()
	// The SDK's own clients of credentials are no services of go.mod.
	for _, name := range []string{"signin.CreateOAuth2Token"} {
		known[name] = true
	}
	for _, c := range []string{"imds", "client"} {
		for _, operation := range strings.Fields(auths[c]) {
			known[c+"."+operation] = true
		}
	}
	readLike := []string{"Get", "List", "Describe", "Head", "Lookup", "Search", "Simulate", "IsMemberInGroups", "DecodeAuthorizationMessage"}
	f.Fuzz(func(t *testing.T, service, operation string) {
		name := service + "." + operation
		class := Classify(service, operation)
		switch {
		case class != Write && !known[name]:
			t.Fatalf("%q passes as a %v and is no operation of a linked service", name, class)
		case class == Read && service != "imds" && service != "client" &&
			!slices.ContainsFunc(readLike, func(p string) bool { return strings.HasPrefix(operation, p) }):
			t.Fatalf("%q passes as a read", name)
		}
		refused := func(a *approval) {
			t.Helper()
			var stopped *GateError
			if err := a.use(service, operation, nil); !errors.As(err, &stopped) {
				t.Fatalf("%q was let through: %v", name, err)
			}
		}
		yes := func(any) error { return nil }
		refused(nil)
		refused(&approval{ticket: Ticket{Service: service, Operation: operation}})
		refused(&approval{ticket: Ticket{Service: service, Operation: operation + "s", Match: yes}})
		refused(&approval{ticket: Ticket{Service: service + "s", Operation: operation, Match: yes}})
		refused(&approval{ticket: Ticket{Service: service, Operation: operation, Match: func(any) error { return errors.New("another input") }}})
		once := &approval{ticket: Ticket{Service: service, Operation: operation, Match: yes}}
		if err := once.use(service, operation, nil); err != nil {
			t.Fatalf("%q was stopped with its ticket: %v", name, err)
		}
		refused(once)
	})
}
