package run

import (
	"awswizard/internal/journal"
	"awswizard/steps"
)

// madeOf are the calls the journal knows as done by the wizard. A call that AWS answered with "it is so already" is not
// ours, and neither is one whose background work failed.
func madeOf(r journal.Replay) steps.Made {
	begun := map[string]journal.Entry{}
	made := steps.Made{}
	for _, entry := range r.Entries {
		switch entry.Kind {
		case journal.KindBegin:
			begun[entry.Item] = entry
		case journal.KindOK, journal.KindSettled:
			from, known := begun[entry.Item]
			if !known || entry.Code != "" {
				continue
			}
			call := steps.MadeCall{Time: entry.Time, Service: from.Service, Operation: from.Operation, Account: from.Account,
				Region: from.Region, Input: from.Input, Facts: map[string]string{}}
			for _, facts := range []map[string]string{made[entry.Item].Facts, entry.Facts} {
				for k, v := range facts {
					call.Facts[k] = v
				}
			}
			made[entry.Item] = call
		case journal.KindFail:
			if entry.Fingerprint == begun[entry.Item].Fingerprint && made[entry.Item].Time.After(begun[entry.Item].Time) {
				delete(made, entry.Item) // AWS had accepted it, and its work failed
			}
		}
	}
	return made
}
