package organization

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// accountPrincipal is the service that sets contacts of other accounts.
const accountPrincipal = "account.amazonaws.com"

// trustedServices are the services that later steps use across all accounts, with what for. Identity Center's trusted
// access comes with enabling it, which AWS advises over making the setting by hand.
var trustedServices = []struct{ Principal, Name, Why string }{
	{"cloudtrail.amazonaws.com", "CloudTrail", "so that one trail records every account, also those made later"},
	{accountPrincipal, "Account Management", "so that contacts of all accounts can be set from here"},
}

// making is how long an account that AWS is making is awaited in one run; others give up after 10 minutes.
const making = 15 * time.Minute

// quotaPage is where a higher number of accounts is asked for, requestsPage where the answer is seen.
const (
	quotaPage    = "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/organizations/quotas"
	requestsPage = "https://us-east-1.console.aws.amazon.com/servicequotas/home/requests"
)

// quotaService is Organizations as Service Quotas calls it; usualAccounts is how many accounts AWS gives an organization
// as a rule, new ones often get fewer.
const (
	quotaService  = "organizations"
	usualAccounts = 10
)

// planned is the plan of the organization step.
func planned(s State, a answers.Answers, f plan.Facts) []plan.Item {
	if b := standsInTheWay(s, a, f); b != nil {
		return []plan.Item{{Blocked: b}}
	}
	p := planner{s: s, a: a}
	p.organization(f)
	p.policyType()
	p.trustedAccess()
	p.units()
	p.accounts()
	return p.items
}

// standsInTheWay is the reason nothing of this step can be done, nil when there is none.
func standsInTheWay(s State, a answers.Answers, f plan.Facts) *plan.Blocked {
	b := &plan.Blocked{ID: "organization/organization", Step: name, Code: s.Refused, Stops: plan.StopsOrganization}
	planType, _ := f.Lookup("plan.type")
	mayCreate, _ := f.Lookup("welcome.may_create")
	switch {
	case s.Refused != "":
		b.What = "The organization cannot be read."
		b.Why = "AWS refused organizations:DescribeOrganization for this login."
		b.Next = "Sign in as an administrator of the management account and start again."
	case !s.Exists && mayCreate == "false":
		b.What = "No organization can be made from this account."
		b.Why = "The first step, \"Where you stand\", says what stands in the way."
		b.Next = "Follow its advice, then start again."
	case !s.Exists && planType == "FREE" && !a.AcceptPaidPlan:
		b.What = "The organization is not made, because that would end your free plan."
		b.Why = creditsEnd(f) + " You have not agreed to that."
		b.Next = "To agree, answer yes to \"End the free plan?\", or write accept_paid_plan: true into wizard.yaml. Until then nothing is changed."
	case s.Exists && s.Management != s.Caller:
		b.What = "This account belongs to an organization that another account manages (" + s.Management + ")."
		b.Why = "Accounts, units and guardrails can be set up only from the management account."
		b.Next = "Sign in to account " + s.Management + " and start again."
	case s.Exists && !s.AllFeatures:
		b.What = "Your organization only shares the bill (consolidated billing); it cannot have guardrails or single sign-on."
		b.Why = "It was made without \"all features\". Turning them on cannot be undone, and accounts that were invited must agree first, so the wizard leaves it to you."
		b.Next = "Open https://console.aws.amazon.com/organizations/v2/home/settings, choose Begin process to enable all features (the API calls it EnableAllFeatures), accept the request in each invited account, finalize, then start again."
	default:
		return nil
	}
	return b
}

// creditsEnd is the money sentence of the free plan.
func creditsEnd(f plan.Facts) string {
	left := "your free credits"
	if credits, ok := f.Lookup("plan.credits"); ok {
		left = "your remaining free credits (" + credits + ")"
	}
	return "Creating an organization moves this account to pay-as-you-go, and " + left + " end at once; this cannot be taken back."
}

// planner collects the items of one plan. Calls are in the order in which AWS needs them: one lane runs them so.
type planner struct {
	s     State
	a     answers.Answers
	items []plan.Item
}

func (p *planner) add(c *plan.Call) { p.items = append(p.items, plan.Item{Call: c}) }

func (p *planner) block(b plan.Blocked) {
	b.Step = name
	p.items = append(p.items, plan.Item{Blocked: &b})
}

// after keeps those of ids that are calls of this plan.
func (p *planner) after(ids ...string) []string {
	var in []string
	for _, id := range ids {
		if slices.ContainsFunc(p.items, func(i plan.Item) bool { return i.Call != nil && i.Call.ID == id }) {
			in = append(in, id)
		}
	}
	return in
}

const organizationID = "organization/organization"

func (p *planner) organization(f plan.Facts) {
	if p.s.Exists {
		return
	}
	c := createOrganization()
	if planType, _ := f.Lookup("plan.type"); planType == "FREE" {
		c.Consent = plan.Typed
		c.ConsentAsk = creditsEnd(f)
		c.CostNote = "the organization is free, but it ends the free plan: from then on you pay for what you use"
		c.Undo = "The organization can be deleted as long as it has no other account; the free plan and its credits do not come back."
	}
	p.add(c)
}

func (p *planner) policyType() {
	// PENDING_ENABLE is on its way: attaching a policy waits for it.
	if p.s.PolicyTypes[scpType] == "" {
		p.add(enablePolicies(p.after(organizationID)))
	}
}

func (p *planner) trustedAccess() {
	if p.s.TrustedRefused != "" {
		p.block(plan.Blocked{ID: "organization/trusted-access", Code: p.s.TrustedRefused,
			What: "Whether AWS services may work across your accounts cannot be seen.",
			Why:  "AWS refused or failed organizations:ListAWSServiceAccessForOrganization.",
			Next: "Sign in as an administrator of the management account, or start again later. The rest of this step goes on."})
		return
	}
	for _, service := range trustedServices {
		if !slices.Contains(p.s.Trusted, service.Principal) {
			p.add(trustService(service.Principal, service.Name, service.Why, p.after(organizationID)))
		}
	}
}

func (p *planner) units() {
	for _, unit := range p.wantedUnits() {
		if _, ok := p.unit(unit); !ok {
			p.add(createUnit(unit, p.after(organizationID)))
		}
	}
}

// wantedUnits are the two standard ones, and any other that an account names.
func (p *planner) wantedUnits() []string {
	units := []string{answers.UnitSecurity, answers.UnitWorkloads}
	for _, acc := range p.a.Accounts {
		if acc.Unit != "" && !slices.ContainsFunc(units, func(u string) bool { return strings.EqualFold(u, acc.Unit) }) {
			units = append(units, acc.Unit)
		}
	}
	return units
}

// unit finds a unit by its name in any spelling of case; the one nearest the root comes first.
func (p *planner) unit(name string) (Unit, bool) {
	i := slices.IndexFunc(p.s.Units, func(u Unit) bool { return strings.EqualFold(u.Name, name) })
	if i < 0 {
		return Unit{}, false
	}
	return p.s.Units[i], true
}

// room is how many accounts can be made now.
func (p *planner) room() int {
	if p.s.AccountLimit <= 0 {
		return len(p.a.Accounts) // unknown quota: try, AWS says when it is full
	}
	// Closed accounts count until they are gone for good, 90 days later.
	// The management account counts too, also before there is an organization.
	return p.s.AccountLimit - max(1, len(p.s.Accounts)) - len(p.s.Making)
}

// short is how many accounts of the answers there is no room for.
func (p *planner) short() int {
	missing := 0
	for _, want := range p.a.Accounts {
		if _, how := p.find(want); how == absent {
			missing++
		}
	}
	return missing - max(0, p.room())
}

// more is how many accounts AWS is to be asked for, 0 when nothing is to be asked.
func (p *planner) more() int {
	short := p.short()
	if short <= 0 || p.s.LimitCode == "" || p.s.asked() {
		return 0
	}
	more := max(usualAccounts, p.s.AccountLimit+short)
	if p.s.Raise.To >= more { // AWS said no to that
		return 0
	}
	return more
}

// accounts plans each account of the answers: adopt, wait, make, or say why not.
func (p *planner) accounts() {
	room, more := p.room(), p.more()
	if more > 0 {
		p.add(raiseQuota(p.s.LimitCode, p.s.AccountLimit, more, p.after(organizationID)))
	}
	for _, want := range p.a.Accounts {
		switch have, how := p.find(want); how {
		case found:
			p.adopt(want, have)
		case burnt:
			p.block(burntAddress(want, have, p.s))
		case inFlight:
			p.items = append(p.items, plan.Item{Later: beingMade(want)})
		case absent:
			if room <= 0 {
				p.block(noRoom(want, p.s, more))
				continue
			}
			room--
			p.add(createAccount(want, p.after(organizationID)))
			p.add(moveNew(want, p.after(accountID(want), unitID(want.Unit))))
		}
	}
}

// standing is how a wanted account stands.
type standing int

const (
	absent   standing = iota
	found             // it exists and is usable
	burnt             // its address belongs to an account that is closed, suspended or the management account
	inFlight          // AWS is making it
)

// find tells how a wanted account stands.
func (p *planner) find(want answers.Account) (Account, standing) {
	if have, ok := p.s.account(want); ok {
		return have, found
	}
	for _, acc := range p.s.Accounts {
		if strings.EqualFold(acc.Email, want.Email) && want.Email != "" {
			return acc, burnt
		}
	}
	if p.s.Exists && want.Email != "" && strings.EqualFold(p.s.ManagementEmail, want.Email) {
		return Account{ID: p.s.Management, State: stateActive}, burnt
	}
	for _, r := range p.s.Making {
		if keyOf(r.Name) == want.Key() {
			return Account{Name: r.Name}, inFlight
		}
	}
	return Account{}, absent
}

// adopt puts an existing account where it belongs. It is moved out of the root and between the units of the answers;
// a unit made by hand may carry policies on purpose, so an account in one is left there and the founder is told.
func (p *planner) adopt(want answers.Account, have Account) {
	if have.Parent == "" || p.inside(have.Parent, want.Unit) {
		return
	}
	from, ours := "the root", have.Parent == p.s.Root
	for _, u := range p.s.Units {
		if u.ID == have.Parent {
			from = u.Name
			ours = slices.ContainsFunc(p.wantedUnits(), func(w string) bool { return strings.EqualFold(w, u.Name) })
		}
	}
	if !ours {
		p.block(plan.Blocked{ID: moveID(want), Kept: true,
			What: fmt.Sprintf("The account %q stays in the unit %s.", have.Name, from),
			Why:  fmt.Sprintf("That unit was made by hand and may carry policies of its own. The guardrails of the unit %s do not reach the account there.", want.Unit),
			Next: fmt.Sprintf("When it should follow the guardrails, move it to %s at https://console.aws.amazon.com/organizations/v2/home/accounts and start again.", want.Unit)})
		return
	}
	p.add(moveExisting(want, have, from, p.after(unitID(want.Unit))))
}

// inside reports whether a parent is the unit of that name or lies below it.
func (p *planner) inside(parent, unit string) bool {
	for range len(p.s.Units) + 1 {
		i := slices.IndexFunc(p.s.Units, func(u Unit) bool { return u.ID == parent })
		if i < 0 {
			return false
		}
		if strings.EqualFold(p.s.Units[i].Name, unit) {
			return true
		}
		parent = p.s.Units[i].Parent
	}
	return false
}

func beingMade(want answers.Account) *plan.Later {
	return &plan.Later{ID: accountID(want), Step: name, Await: making,
		Title:      fmt.Sprintf("The account %q is being made by AWS", want.Name),
		Why:        "It was asked for earlier and usually takes one or two minutes. It is not asked for twice; when it is there, it is put into the unit " + want.Unit + ".",
		Operations: []string{"organizations:MoveAccount"},
		Places:     []plan.Place{{Account: plan.Management, Region: globalRegion}},
		MostCalls:  1}
}

// burntAddress explains why an address cannot be used again.
func burntAddress(want answers.Account, have Account, s State) plan.Blocked {
	b := plan.Blocked{ID: accountID(want), Code: "EMAIL_ALREADY_EXISTS",
		Next: fmt.Sprintf("Give %q another address in wizard.yaml, such as the same with a 2 before the @. AWS takes any address that no account ever had.", want.Name)}
	if have.ID == s.Management {
		b.What = fmt.Sprintf("The account %q cannot be made with the address %s.", want.Name, want.Email)
		b.Why = "It is the address of your management account, and each account needs its own."
		return b
	}
	b.What = fmt.Sprintf("The account %q cannot be made: its address %s belongs to the account %s, which is %s.", want.Name, want.Email, have.ID, stateWords(have.State))
	b.Why = "An address stays with its account for ever, also after it is closed."
	if have.State == "SUSPENDED" {
		b.Why = "AWS itself has suspended the account, usually because of an unpaid bill or unusual use."
		b.Next = "Look for mail from AWS and write to AWS Support: https://console.aws.amazon.com/support/home. Or " + strings.ToLower(b.Next[:1]) + b.Next[1:]
		return b
	}
	b.Next = "Within 90 days AWS Support can open it again: https://console.aws.amazon.com/support/home. Or " + strings.ToLower(b.Next[:1]) + b.Next[1:]
	return b
}

func stateWords(state string) string {
	switch state {
	case "PENDING_CLOSURE":
		return "being closed"
	case "CLOSED":
		return "closed"
	}
	return strings.ToLower(state)
}

func noRoom(want answers.Account, s State, more int) plan.Blocked {
	b := plan.Blocked{ID: accountID(want), Code: "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
		What: fmt.Sprintf("There is no room for the account %q.", want.Name),
		Why:  fmt.Sprintf("Your organization may hold %d accounts, and that many exist or are planned. Closed accounts count for 90 days.", s.AccountLimit),
		Next: "Ask for more at " + quotaPage + ": choose the quota for the number of accounts, Request increase. It is free and takes AWS hours to days; then start again. The rest goes on."}
	switch {
	case more > 0:
		b.Next = "The wizard asks AWS for more. The answer takes hours to days; start again then. The rest goes on."
	case s.asked():
		b.Next = fmt.Sprintf("AWS was asked for %d accounts and has not given them yet: hours to days. See %s, and start again then. The rest goes on.", s.Raise.To, requestsPage)
	case s.Raise.To > s.AccountLimit:
		b.Next = fmt.Sprintf("AWS was asked for %d accounts and did not give them. Answer it, or ask again, at %s; then start again. The rest goes on.", s.Raise.To, requestsPage)
	}
	return b
}
