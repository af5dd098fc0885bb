package run

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"awswizard/internal/journal"
)

// TestPastOfAJournal reads a journal written in short: "kind item", with what else the entry says.
func TestPastOfAJournal(t *testing.T) {
	begin := func(item string, takes ...string) journal.Entry {
		return journal.Entry{Kind: journal.KindBegin, Step: "s", Item: item, Operation: "Op", Fingerprint: item, TakesBack: takes}
	}
	ok := func(item string) journal.Entry {
		return journal.Entry{Kind: journal.KindOK, Step: "s", Item: item, Fingerprint: item}
	}
	end := func(kind journal.Kind, item string) journal.Entry {
		return journal.Entry{Kind: kind, Step: "s", Item: item, Fingerprint: item}
	}
	accepted := func(item string) journal.Entry { e := ok(item); e.Settles = true; return e }
	settled := func(item string) journal.Entry { e := accepted(item); e.Kind = journal.KindSettled; return e }
	already := func(item string) journal.Entry { e := ok(item); e.Code = "AlreadyExists"; return e }
	undone := journal.Entry{Kind: journal.KindUndone, Step: "s"}
	for name, c := range map[string]struct {
		entries        []journal.Entry
		made           string // ids, those in doubt with a question mark
		doubts, taking string
	}{
		"made":                             {entries: []journal.Entry{begin("a"), ok("a")}, made: "a"},
		"it was so already":                {entries: []journal.Entry{begin("a"), already("a")}},
		"refused":                          {entries: []journal.Entry{begin("a"), end(journal.KindFail, "a")}},
		"no reply":                         {entries: []journal.Entry{begin("a")}, made: "a?", doubts: "a"},
		"found after a doubt":              {entries: []journal.Entry{begin("a"), end(journal.KindSettled, "a")}, made: "a"},
		"accepted":                         {entries: []journal.Entry{begin("a"), accepted("a")}, made: "a", doubts: "a"},
		"accepted, then failed":            {entries: []journal.Entry{begin("a"), accepted("a"), end(journal.KindFail, "a")}},
		"made, then refused once more":     {entries: []journal.Entry{begin("a"), ok("a"), begin("a"), end(journal.KindFail, "a")}, made: "a"},
		"taken back":                       {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), ok("u")}},
		"taken back, gone already":         {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), already("u")}},
		"taking back was refused":          {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), end(journal.KindFail, "u")}, made: "a"},
		"taking back had no reply":         {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a")}, made: "a", taking: "u"},
		"taking back was only accepted":    {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), accepted("u")}, made: "a", taking: "u"},
		"taking back has settled":          {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), accepted("u"), settled("u")}},
		"taking back failed later":         {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), accepted("u"), end(journal.KindFail, "u")}, made: "a"},
		"a doubt taken back":               {entries: []journal.Entry{begin("a"), begin("u", "a"), ok("u")}},
		"made again after it was taken":    {entries: []journal.Entry{begin("a"), ok("a"), begin("u", "a"), ok("u"), begin("a"), ok("a")}, made: "a"},
		"one call takes back two":          {entries: []journal.Entry{begin("a"), ok("a"), begin("b"), ok("b"), begin("u", "a", "b"), ok("u")}},
		"the step is undone":               {entries: []journal.Entry{begin("a"), ok("a"), begin("b"), undone}},
		"made after the step was undone":   {entries: []journal.Entry{begin("a"), ok("a"), undone, begin("b"), ok("b")}, made: "b"},
		"another step's are not concerned": {entries: []journal.Entry{begin("a"), ok("a"), {Kind: journal.KindUndone, Step: "other"}}, made: "a"},
		"by a person":                      {entries: []journal.Entry{{Kind: journal.KindHandoff, Step: "s", Item: "h"}}, made: "h"},
		"by a person, and back":            {entries: []journal.Entry{{Kind: journal.KindHandoff, Step: "s", Item: "h"}, {Kind: journal.KindHandoff, Step: "s", Item: "u", TakesBack: []string{"h"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := pastOf(journal.Replay{Entries: c.entries})
			made := p.made.IDs()
			for i, id := range made {
				if p.made[id].InDoubt {
					made[i] += "?"
				}
			}
			doubts, taking := slices.Sorted(maps.Keys(p.doubts)), slices.Sorted(maps.Keys(p.undoing))
			if strings.Join(made, " ") != c.made || strings.Join(doubts, " ") != c.doubts || strings.Join(taking, " ") != c.taking {
				t.Errorf("made %v, doubts %v, taking back %v; want %q, %q, %q", made, doubts, taking, c.made, c.doubts, c.taking)
			}
		})
	}
}

// TestPastForgetsWithWhatWasTakenBack: what a person did, what was asked and the first values replaced.
func TestPastForgetsWithWhatWasTakenBack(t *testing.T) {
	entries := []journal.Entry{
		{Kind: journal.KindNote, Step: "s", Message: answered},
		{Kind: journal.KindHandoff, Step: "s", Item: "first-password", Facts: map[string]string{"identity.first_password": "done"}},
		{Kind: journal.KindBegin, Step: "s", Item: "length", Operation: "Update", Before: map[string]string{"Length": "4"}},
		{Kind: journal.KindOK, Step: "s", Item: "length"},
		{Kind: journal.KindBegin, Step: "s", Item: "length", Operation: "Update", Before: map[string]string{"Length": "8"}},
		{Kind: journal.KindOK, Step: "s", Item: "length"},
	}
	p := pastOf(journal.Replay{Entries: entries})
	if got := p.made["length"].Before["Length"]; got != "4" {
		t.Errorf("before the first change it was 4, not %q", got)
	}
	if !p.answered["s"] || p.facts["identity.first_password"] != "done" {
		t.Errorf("not remembered: %v, %v", p.answered, p.facts)
	}
	p = pastOf(journal.Replay{Entries: append(entries, journal.Entry{Kind: journal.KindUndone, Step: "s"})})
	if p.answered["s"] || len(p.facts) > 0 || len(p.made) > 0 {
		t.Errorf("after the way back there is still %v, %v, %v", p.answered, p.facts, p.made)
	}
}
