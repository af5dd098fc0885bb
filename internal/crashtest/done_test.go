package crashtest_test

import (
	"reflect"
	"testing"

	"awswizard/internal/crashtest"
	"awswizard/internal/journal"
)

func TestEndOf(t *testing.T) {
	entry := func(k journal.Kind) journal.Entry {
		return journal.Entry{Kind: k, Item: "a", Operation: "CreateUser", Region: "eu-west-1"}
	}
	begin, ok, fail, settled := entry(journal.KindBegin), entry(journal.KindOK), entry(journal.KindFail), entry(journal.KindSettled)
	once := []string{"CreateUser in eu-west-1"}
	for name, c := range map[string]struct {
		entries []journal.Entry
		want    crashtest.Ended
	}{
		"made":                          {[]journal.Entry{begin, ok}, crashtest.Ended{Done: once}},
		"accepted, and done later":      {[]journal.Entry{begin, ok, settled}, crashtest.Ended{Done: once}},
		"refused":                       {[]journal.Entry{begin, fail}, crashtest.Ended{}},
		"in flight":                     {[]journal.Entry{begin}, crashtest.Ended{}},
		"in flight and found":           {[]journal.Entry{begin, settled}, crashtest.Ended{Done: once, Found: 1}},
		"in flight and made again":      {[]journal.Entry{begin, begin, ok}, crashtest.Ended{Done: once, Repeat: 1}},
		"refused and made":              {[]journal.Entry{begin, fail, begin, ok}, crashtest.Ended{Done: once}},
		"made twice":                    {[]journal.Entry{begin, ok, begin, ok}, crashtest.Ended{Done: append(once, once...), Twice: []string{"a"}}},
		"accepted in vain, and made":    {[]journal.Entry{begin, ok, fail, begin, ok, settled}, crashtest.Ended{Done: append(once, once...)}},
		"found, and made again by then": {[]journal.Entry{begin, settled, begin, ok}, crashtest.Ended{Done: append(once, once...), Twice: []string{"a"}, Found: 1}},
	} {
		if got := crashtest.EndOf(journal.Replay{Entries: c.entries}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
