package identity

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/internal/order"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// undone is the way back: first nobody can enter the accounts any more, then go memberships, people and groups, then the
// permission sets. Identity Center itself was switched on by a person, and only a person can delete it.
//
// When the requests are made as a session of a permission set that would go, what that session needs is kept and told:
// taking it away would end the session in the middle.
func undone(s State, a answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	b := &builder{state: s, a: a, facts: f.With(s.Facts()), ids: map[string]bool{}}
	ours := made.Of(name)
	// UpdateInstance, which allows permission sets, cannot be undone, and what it did goes with the instance.
	b.items = steps.NotTakenBack(name, title, made, "CreateAccountAssignment", "CreateGroupMembership", "CreateUser", "CreateGroup",
		"CreatePermissionSet", "AttachManagedPolicyToPermissionSet", "UpdatePermissionSet", "ProvisionPermissionSet", "UpdateInstance", plan.EditLines,
		"CreateInstanceAccessControlAttributeConfiguration", "UpdateInstanceAccessControlAttributeConfiguration")
	b.items = append(b.items, withoutProfiles(s, made)...)
	if len(ours) > 0 && b.blocked(partInstance, "The way back of people and their logins cannot be planned.") {
		return b.items
	}
	if s.Instance == nil || !s.Instance.Ready() {
		return b.items // it is gone with all that was in it
	}
	b.region = s.Instance.Region
	for _, part := range []Part{partPermissionSets, partGroups, partUsers, partMembers, partAssignments} {
		if len(ours) > 0 && b.blocked(part, "The way back of people and their logins cannot be planned.") {
			return b.items
		}
	}
	u := &undoer{builder: b, ours: ours, setNames: map[string]string{}, takes: map[string][]string{}}
	for n, ps := range s.PermissionSets {
		u.setNames[ps.ARN] = n
	}
	u.keepSession()
	u.assignments()
	u.people()
	u.groups()
	u.memberships()
	u.attributes()
	u.permissionSets()
	u.sessionKept()
	u.instance(made)
	return b.items
}

// undoer collects the items of one way back.
type undoer struct {
	*builder
	ours     steps.Made
	setNames map[string]string   // permission set names by ARN
	takes    map[string][]string // ids of the calls that take access away, by group id

	// What the caller's own session needs: a permission set, its groups, and the user. Empty when it needs nothing.
	keepSet    string
	keepGroups map[string]bool // ids
	keepUser   string          // id
	kept       []string        // what was kept because of it, for a person
}

// keepSession finds what the caller's own session needs.
func (u *undoer) keepSession() {
	set, user, ok := sessionOf(u.state.Caller)
	if !ok {
		return
	}
	u.keepSet, u.keepUser, u.keepGroups = set, u.state.Users[user], map[string]bool{}
	for a := range u.state.Assignments {
		if a.PermissionSet == set && a.Account == u.state.Caller.Account {
			u.keepGroups[a.Principal] = true
		}
	}
}

// keeps notes that something of ours stays for the caller's own session.
func (u *undoer) keeps(what string, needed bool) bool {
	if needed {
		u.kept = append(u.kept, what)
	}
	return needed
}

// ourAssignments are the assignments the wizard made that are still there, with the ids of the calls that made them.
func (u *undoer) ourAssignments() map[Assignment]string {
	out := map[Assignment]string{}
	for id, m := range u.ours.Does("CreateAccountAssignment") {
		a := Assignment{m.Sent("TargetId"), u.setNames[m.Sent("PermissionSetArn")], m.Sent("PrincipalId")}
		if u.state.Assignments[a] {
			out[a] = id
		}
	}
	return out
}

func (u *undoer) assignments() {
	ours := u.ourAssignments()
	for _, a := range sortedBy(ours) {
		group := u.groupNamed(a.Principal)
		if !u.keeps("the access of "+group+" to the management account", a.PermissionSet == u.keepSet && a.Account == u.state.Caller.Account) {
			u.unassign(ours[a], a, group)
			u.takes[a.Principal] = append(u.takes[a.Principal], undoID(ours[a]))
		}
	}
}

func sortedBy(ours map[Assignment]string) []Assignment {
	list := slices.Collect(maps.Keys(ours))
	order.By(list, func(a, b Assignment) int { return strings.Compare(ours[a], ours[b]) })
	return list
}

// people deletes those the wizard added. Their memberships go with them.
func (u *undoer) people() {
	users := u.ours.Does("CreateUser")
	for _, id := range users.IDs() {
		m := users[id]
		address := strings.ToLower(m.Sent("UserName"))
		user, there := u.state.Users[address]
		told := m.Facts[userFact(address)]
		if !there || told != "" && told != user || u.keeps("the login of "+address, user == u.keepUser) {
			continue
		}
		takes := []string{id, firstPasswordID}
		members := u.ours.Does("CreateGroupMembership")
		for _, member := range members.IDs() {
			if members[member].Sent("MemberId", "UserId") == user {
				takes = append(takes, member)
			}
		}
		u.deleteUser(id, takes, user, m.Sent("DisplayName"), address)
	}
}

// groups deletes those the wizard made. People or access that others gave to a group since are named.
func (u *undoer) groups() {
	groups := u.ours.Does("CreateGroup")
	for _, id := range groups.IDs() {
		m := groups[id]
		display := m.Sent("DisplayName")
		group, there := u.state.Groups[display]
		told := m.Facts[groupFact(display)]
		if !there || told != "" && told != group || u.keeps("the group "+display, u.keepGroups[group]) {
			continue
		}
		takes := []string{id}
		members := u.ours.Does("CreateGroupMembership")
		for _, member := range members.IDs() {
			if members[member].Sent("GroupId") == group {
				takes = append(takes, member)
			}
		}
		u.deleteGroup(id, takes, group, display, u.sinceIn(display, group))
	}
}

// sinceIn says what others did with a group since, "" for nothing.
func (u *undoer) sinceIn(display, group string) string {
	var changes []string
	strangers := 0
	for user := range u.state.Members[display] {
		if !anyOf(u.ours.Does("CreateGroupMembership"), func(m steps.MadeCall) bool {
			return m.Sent("GroupId") == group && m.Sent("MemberId", "UserId") == user
		}) {
			strangers++
		}
	}
	switch {
	case strangers == 1:
		changes = append(changes, "one more person was put into it")
	case strangers > 1:
		changes = append(changes, fmt.Sprintf("%d more people were put into it", strangers))
	}
	ours := u.ourAssignments()
	for a := range u.state.Assignments {
		if _, mine := ours[a]; a.Principal == group && !mine {
			changes = append(changes, "it was given access with "+a.PermissionSet+" to "+u.accountNamed(a.Account))
		}
	}
	slices.Sort(changes)
	return strings.Join(changes, "; ")
}

// memberships ends those the wizard made between people and groups that both stay.
func (u *undoer) memberships() {
	members := u.ours.Does("CreateGroupMembership")
	for _, id := range members.IDs() {
		m := members[id]
		group, user := m.Sent("GroupId"), m.Sent("MemberId", "UserId")
		membership, there := u.state.Memberships[membershipKey(group, user)]
		if !there || u.taken(id) || u.keeps("your membership in "+u.groupNamed(group), user == u.keepUser && u.keepGroups[group]) {
			continue
		}
		u.endMembership(id, membership, u.groupNamed(group))
	}
}

// taken reports whether a call of this plan takes the item back already.
func (u *undoer) taken(id string) bool {
	return slices.ContainsFunc(plan.Calls(u.items), func(c *plan.Call) bool { return slices.Contains(c.TakesBack, id) })
}

// permissionSets deletes those the wizard made, and gives those it found their earlier settings back.
func (u *undoer) permissionSets() {
	ours := u.ourAssignments()
	made := map[string]string{} // the creating call, by ARN
	for id, m := range u.ours.Does("CreatePermissionSet") {
		if have, there := u.state.PermissionSets[m.Sent("Name")]; there {
			if told := m.Facts[permissionSetFact(m.Sent("Name"))]; told == "" || told == have.ARN {
				made[have.ARN] = id
			}
		}
	}
	for _, set := range slices.Sorted(maps.Keys(u.state.PermissionSets)) {
		have := u.state.PermissionSets[set]
		id, mine := made[have.ARN]
		switch {
		case !mine:
			u.giveBack(set, have)
		case u.keeps("the permission set "+set, set == u.keepSet):
		default:
			var others, after []string
			for a := range u.state.Assignments {
				switch call, own := ours[a]; {
				case a.PermissionSet != set:
				case own:
					after = append(after, undoID(call))
				default:
					others = append(others, u.accountNamed(a.Account))
				}
			}
			if len(others) > 0 {
				slices.Sort(others)
				u.add(plan.Item{Blocked: &plan.Blocked{ID: undoID(id), Step: name, Kept: true,
					What: "The permission set " + set + " stays.",
					Why:  "Somebody gave access with it since, in: " + strings.Join(slices.Compact(others), ", ") + ". AWS deletes only what is given to nobody.",
					Next: "Take that access away at " + consoleURL(u.region) + " and start wizard undo again, or keep it; it is free."}})
				continue
			}
			slices.Sort(after)
			u.deletePermissionSet(id, set, have, u.since(set, have), after)
		}
	}
}

// of are the made calls of an operation on a permission set.
func (u *undoer) of(operation, arn string) steps.Made {
	out := u.ours.Does(operation)
	maps.DeleteFunc(out, func(_ string, m steps.MadeCall) bool { return m.Sent("PermissionSetArn") != arn })
	return out
}

// since says what others changed in a permission set of ours, "" for nothing.
func (u *undoer) since(set string, have PermissionSet) string {
	var changes []string
	want := ""
	var last steps.MadeCall
	for _, m := range u.ours.Does("CreatePermissionSet") {
		if m.Sent("Name") == set {
			want = m.Sent("SessionDuration")
		}
	}
	for _, m := range u.of("UpdatePermissionSet", have.ARN) {
		if m.Time.After(last.Time) {
			last, want = m, m.Sent("SessionDuration")
		}
	}
	if want != "" && !sameDuration(want, have.Session) {
		changes = append(changes, "its sessions are "+spoken(have.Session)+" long, not "+spoken(want))
	}
	attached := map[string]bool{}
	for _, m := range u.of("AttachManagedPolicyToPermissionSet", have.ARN) {
		attached[m.Sent("ManagedPolicyArn")] = true
	}
	for _, p := range have.Policies {
		if !attached[p] {
			changes = append(changes, "it was given the policy "+p)
		}
	}
	return strings.Join(changes, "; ")
}

// giveBack takes back what the wizard changed in a permission set that was there before, as far as it still is so.
func (u *undoer) giveBack(set string, have PermissionSet) {
	var changes []string
	attached := u.of("AttachManagedPolicyToPermissionSet", have.ARN)
	for _, id := range attached.IDs() {
		if policy := attached[id].Sent("ManagedPolicyArn"); slices.Contains(have.Policies, policy) {
			changes = append(changes, undoID(id))
			u.detachPolicy(id, set, policy)
		}
	}
	updates := u.of("UpdatePermissionSet", have.ARN)
	for _, id := range updates.IDs() {
		m := updates[id]
		before := m.Before[sessionBefore]
		if sameDuration(m.Sent("SessionDuration"), have.Session) && before != "" && !sameDuration(before, have.Session) {
			changes = append(changes, undoID(id))
			u.restoreSession(id, set, have, before)
		}
	}
	roles := u.of("ProvisionPermissionSet", have.ARN)
	if have.Provisioned && len(changes) > 0 || have.Outdated && len(roles) > 0 {
		u.provision(undoID(rolesID(set)), set, []string{rolesID(set)}, changes...)
	}
}

// sessionKept tells what stays because the requests are made with it.
func (u *undoer) sessionKept() {
	if len(u.kept) == 0 {
		return
	}
	slices.Sort(u.kept)
	u.add(plan.Item{Blocked: &plan.Blocked{ID: "identity/undo/session", Step: name,
		What: "Your own way in stays: " + strings.Join(slices.Compact(u.kept), ", ") + ".",
		Why:  "You are signed in through it now (" + u.state.Caller.ARN + "). Taking it away would end this session in the middle.",
		Next: "To take it away too, sign in to the management account in another way, such as root with aws login, and start wizard undo again."}})
}

// accountNamed is what an account is called in this set-up, or its id.
func (u *undoer) accountNamed(id string) string {
	for _, key := range u.facts.Keys() {
		if ref := strings.TrimSuffix(strings.TrimPrefix(key, "account."), ".id"); key == plan.AccountFact(ref) && u.facts.Get(key) == id {
			return ref
		}
	}
	return "the account " + id
}

func (u *undoer) groupNamed(id string) string {
	for n, have := range u.state.Groups {
		if have == id {
			return n
		}
	}
	return "a group or person made since"
}

// undoID is the id of the item that takes back what the item id made.
func undoID(id string) string { return name + "/undo/" + strings.TrimPrefix(id, name+"/") }
