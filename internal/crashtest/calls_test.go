package crashtest_test

import (
	"slices"
	"testing"

	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
)

func TestUnapproved(t *testing.T) {
	approve := journal.Entry{Kind: journal.KindApprove, Items: map[string]string{"a": ""}}
	begin := journal.Entry{Kind: journal.KindBegin, Item: "a", Operation: "CreateUser", Region: "eu-west-1"}
	for name, c := range map[string]struct {
		entries []journal.Entry
		effects []string
		right   bool
	}{
		"approved, begun, done":     {[]journal.Entry{approve, begin}, []string{"CreateUser in eu-west-1"}, true},
		"begun and never arrived":   {[]journal.Entry{approve, begin}, nil, true},
		"approved too late":         {[]journal.Entry{begin, approve}, nil, false},
		"never approved":            {[]journal.Entry{begin}, nil, false},
		"never begun":               {[]journal.Entry{approve}, []string{"CreateUser in eu-west-1"}, false},
		"begun once and done twice": {[]journal.Entry{approve, begin}, []string{"CreateUser in eu-west-1", "CreateUser in eu-west-1"}, false},
		"done in another Region":    {[]journal.Entry{approve, begin}, []string{"CreateUser in us-east-1"}, false},
	} {
		if wrong := crashtest.Unapproved(journal.Replay{Entries: c.entries}, c.effects); (len(wrong) == 0) != c.right {
			t.Errorf("%s: %v", name, wrong)
		}
	}
}

func TestRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		got   []string
		right bool
	}{
		"the same":                {[]string{"CreateUser", "PutRule"}, true},
		"a create more":           {[]string{"CreateUser", "CreateUser", "PutRule"}, false},
		"a create less":           {[]string{"PutRule"}, false},
		"a setting more":          {[]string{"CreateUser", "PutRule", "PutRule"}, false},
		"a setting not needed":    {[]string{"CreateUser"}, true},
		"something quite another": {[]string{"CreateUser", "PutRule", "DeleteUser"}, false},
	} {
		if out := crashtest.Repeated([]string{"CreateUser", "PutRule"}, c.got); (out == "") != c.right {
			t.Errorf("%s: %q", name, out)
		}
	}
	if n := crashtest.Count([]string{"a", "b", "a"})["a"]; n != 2 || !slices.Equal([]bool{crashtest.Write("CreateUser"), crashtest.Write("ListUsers")}, []bool{true, false}) {
		t.Error("counting or telling writes from reads")
	}
}
