package baseline

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
)

func TestUndo(t *testing.T) {
	a, f := founder(), facts()
	made := madeBy(t, plan.Calls(planned(State{Caller: management, Phone: signUp, Accounts: []Account{plain(management), plain(production), settled(security)},
		Organization: Organization{Exists: true, Management: management}, Watches: watches()}, a, f)), f)
	hand := Contact{Name: "Ada", Title: "CTO", Email: "ada@acme.example", Phone: "+1 555 0199"}
	byHand := settled(management)
	byHand.Contacts[types.AlternateContactTypeSecurity] = hand
	mine := a
	mine.Contacts.Security.Email = "security@acme.example"
	changed := madeBy(t, plan.Calls(planned(State{Caller: management, Accounts: []Account{byHand}, Organization: watched(), Watches: watches(active(security))}, mine, f)), f)
	replaced := settled(management)
	replaced.Contacts[types.AlternateContactTypeSecurity] = mine.Contacts.Security.Over(hand)
	refused := settled(production)
	refused.ContactsRefused = scpRefusal()
	refused.Regions[1] = Region{Code: "us-east-1", Refused: scpRefusal()}
	weak := Policy{Length: 8, MaxAge: 90, Lower: true}
	before := settled(production)
	before.Users, before.Policy = []User{{Name: "ada", Password: true, Keys: []Key{{ID: "AKIAOLD", Active: true, Idle: 100}}}}, &weak
	ofUsers := madeBy(t, plan.Calls(planned(State{Caller: management, Accounts: []Account{before}, Organization: watched(), Watches: watches(active(security))}, a, f)), f)
	strict, stricter, unread := before, before, settled(production)
	asked, more := strong(&weak), Policy{Length: 20}
	strict.Users, strict.Policy = []User{{Name: "ada", Password: true, Keys: []Key{{ID: "AKIAOLD", Idle: 100}}}}, &asked
	stricter.Policy, unread.UsersRefused = &more, scpRefusal()
	alarm := a
	alarm.GuardDuty = "used-regions"
	three := []Account{settled(management), settled(security), settled(production)}
	alarmed := madeBy(t, plan.Calls(planned(State{Caller: management, Accounts: three, Organization: watched(), Watches: watches(active(security)),
		Guards: []Guard{{Region: "eu-west-1", Detectors: map[string]string{production: "d3"}}}}, alarm, f)), f)
	guarded := Guard{Region: "eu-west-1", Admin: security, Auto: "ALL", Detectors: map[string]string{management: "d1", security: "d2", production: "d3", unnamed: "d4"}}
	halfway := guarded
	halfway.Admin, halfway.Auto = "", ""
	ours := Analyzer{Account: security, Name: analyzerName, Status: "ACTIVE", All: true}
	for name, tc := range map[string]struct {
		accounts []Account
		changed  bool
		watches  []Watch
		users    bool
		guards   []Guard
	}{
		"all":                            {accounts: []Account{settled(management), settled(production)}},
		"all, the analyzers too":         {accounts: []Account{settled(management), settled(production), settled(security)}, watches: watches(ours)},
		"analyzers unseen":               {accounts: []Account{settled(security)}, watches: []Watch{{Region: "eu-west-1", NoEntry: true}, {Region: "us-east-1", Refused: scpRefusal()}}},
		"a Region not used any more":     {accounts: []Account{settled(security)}, watches: watches(active(security))[:1]},
		"passwords and a key":            {accounts: []Account{strict}, users: true},
		"passwords and a key, as before": {accounts: []Account{before}, users: true},
		"passwords changed since":        {accounts: []Account{stricter}, users: true},
		"users unread":                   {accounts: []Account{unread}, users: true},
		"users behind a closed door":     {accounts: []Account{{ID: production, NoEntry: true}}, users: true},
		"GuardDuty":                      {accounts: three, guards: []Guard{guarded}},
		"GuardDuty, stopped half-way":    {accounts: three, guards: []Guard{halfway}},
		"GuardDuty, off already":         {accounts: three, guards: []Guard{{Region: "eu-west-1"}}},
		"GuardDuty, cannot be seen":      {accounts: three, guards: []Guard{{Region: "eu-west-1", Refused: scpRefusal()}}},
		"GuardDuty, cannot enter":        {accounts: three, guards: []Guard{{Region: "eu-west-1", NoEntry: []string{production}}}},
		"GuardDuty, not looked at":       {accounts: three, guards: []Guard{{Region: "us-east-1"}}},
		"nothing is as it was made":      {accounts: []Account{plain(management), plain(production)}},
		"a contact changed by somebody":  {accounts: []Account{byHand}},
		"refused":                        {accounts: []Account{refused}},
		"cannot enter":                   {accounts: []Account{{ID: production, NoEntry: true, Contacts: settled(production).Contacts}}},
		"account refused":                {accounts: []Account{{ID: production, Refused: scpRefusal(), Contacts: settled(production).Contacts}}},
		"a replaced contact":             {accounts: []Account{replaced}, changed: true},
		"a replaced contact, put back":   {accounts: []Account{byHand}, changed: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, made := State{Caller: management, Accounts: tc.accounts, Organization: watched(), Watches: tc.watches}, made
			if tc.changed {
				made = changed
			}
			if tc.users {
				made = ofUsers
			}
			if tc.guards != nil {
				made, s.Guards, s.Organization.Trusted = alarmed, tc.guards, append(s.Organization.Trusted, guardPrincipal)
			}
			items := undone(s, a, f, made)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if plan.Hash(items, f) != plan.Hash(undone(s, a, f, made), f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}
