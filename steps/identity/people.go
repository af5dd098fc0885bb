package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// The groups. Access is given to groups, never to single people, so that a joiner is one membership.
const (
	administrators = answers.GroupAdministrators
	developers     = answers.GroupDevelopers
	readers        = answers.GroupReaders
	billing        = answers.GroupBilling
)

type group struct{ Name, Description string }

var groups = []group{
	{administrators, "May do everything in every account."},
	{developers, "Build in the workload accounts; look at production."},
	{readers, "Look at every member account, change nothing."},
	{billing, "See and manage bills and budgets."},
}

func groupNames() []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.Name
	}
	return names
}

func groupFact(n string) string      { return "identity.group." + n }
func userFact(address string) string { return "identity.user." + strings.ToLower(address) }
func groupID(n string) string        { return "identity/group/" + n }
func memberID(g, address string) string {
	return "identity/member/" + g + "/" + strings.ToLower(address)
}

// userPrefix begins the id of each person who is added.
const userPrefix = "identity/user/"

func userID(p answers.Person) string     { return userPrefix + strings.ToLower(p.Email) }
func (b *builder) storeUnreadable() bool { return b.unread(partGroups) || b.unread(partUsers) }

func (b *builder) unread(p Part) bool { _, failed := b.state.Unread[p]; return failed }

// external reports that people and groups come from an identity provider; what is written beside it may be
// overwritten by its next synchronisation.
func (b *builder) external() bool { return b.state.External }

// changing are the identity store's errors that pass. A ConflictException for a name that exists does not pass.
var changing = map[string]time.Duration{
	"ConflictException/CONCURRENT_MODIFICATION": time.Minute, "ThrottlingException": 2 * time.Minute,
}

func (b *builder) groups() {
	if b.blocked(partGroups, "Groups cannot be set up.") {
		return
	}
	for _, g := range groups {
		if _, exists := b.state.Groups[g.Name]; exists {
			continue
		}
		if b.external() {
			b.add(plan.Item{Blocked: &plan.Blocked{
				ID: groupID(g.Name), Step: name, What: "The group " + g.Name + " is missing.",
				Why:  "Your people and groups come from your identity provider, which would overwrite what is made here.",
				Next: "Make the group " + g.Name + " there and let it synchronise. Google Workspace sends people only; make groups in the AWS console then.",
			}})
			continue
		}
		b.call(plan.Call{
			ID: groupID(g.Name), Title: "Create the group " + g.Name, Effect: plan.Creates,
			Why:  g.Description + " Access is given to groups, so that a new person needs one membership only.",
			Undo: "Delete the group.", Wait: changing,
			Learn: plan.Learned(func(out *identitystore.CreateGroupOutput) map[string]string {
				return map[string]string{groupFact(g.Name): aws.ToString(out.GroupId)}
			}),
			Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).CreateGroup, func(f plan.Facts) *identitystore.CreateGroupInput {
				return &identitystore.CreateGroupInput{
					IdentityStoreId: aws.String(f.Get("identity.store")), DisplayName: aws.String(g.Name), Description: aws.String(g.Description),
				}
			}),
		})
	}
}

// userMissing reports that p is not in the identity store, by user name or e-mail address.
func (b *builder) userMissing(p answers.Person) bool {
	_, exists := b.state.Users[strings.ToLower(p.Email)]
	return !exists
}

func (b *builder) people() {
	if b.blocked(partUsers, "People cannot be added.") {
		return
	}
	for _, p := range b.a.People {
		if !b.userMissing(p) {
			continue
		}
		if b.external() {
			b.add(plan.Item{Blocked: &plan.Blocked{
				ID: userID(p), Step: name, What: p.Name + " <" + p.Email + "> is missing.",
				Why:  "Your people come from your identity provider, which would overwrite what is made here.",
				Next: "Add the person there and let it synchronise.",
			}})
			continue
		}
		given, family := splitName(p.Name)
		b.call(plan.Call{
			ID: userID(p), Title: fmt.Sprintf("Add %s <%s>", p.Name, p.Email), Effect: plan.Creates,
			Why:  "A login of their own: the user name is the e-mail address. AWS sends no mail yet; the first password comes later.",
			Undo: "Delete the person from IAM Identity Center.", Wait: changing,
			Learn: plan.Learned(func(out *identitystore.CreateUserOutput) map[string]string {
				return map[string]string{userFact(p.Email): aws.ToString(out.UserId)}
			}),
			Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).CreateUser, func(f plan.Facts) *identitystore.CreateUserInput {
				return &identitystore.CreateUserInput{
					IdentityStoreId: aws.String(f.Get("identity.store")), UserName: aws.String(p.Email), DisplayName: aws.String(p.Name),
					// Identity Center demands both names, though the API's reference calls them optional.
					Name:   &idtypes.Name{GivenName: aws.String(given), FamilyName: aws.String(family)},
					Emails: []idtypes.Email{{Value: aws.String(p.Email), Type: aws.String("work"), Primary: true}},
				}
			}),
		})
	}
}

// splitName takes the last word as the family name. A single word serves as both: AWS refuses an empty one.
func splitName(full string) (given, family string) {
	words := strings.Fields(full)
	switch len(words) {
	case 0:
		return full, full
	case 1:
		return words[0], words[0]
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

func (b *builder) memberships() {
	if b.storeUnreadable() || b.external() || b.blocked(partMembers, "Memberships cannot be set up.") {
		return
	}
	for _, p := range b.a.People {
		id := b.state.Users[strings.ToLower(p.Email)]
		for _, g := range p.Groups {
			if !slices.Contains(groupNames(), g) || id != "" && b.state.Members[g][id] {
				continue
			}
			b.call(plan.Call{
				ID: memberID(g, p.Email), Title: fmt.Sprintf("Put %s in the group %s", p.Name, g),
				Why: "Being in the group gives the access of the group.", Effect: plan.Creates, Undo: "Take the person out of the group.",
				After: []string{groupID(g), userID(p)},
				Done:  []string{"ConflictException/UNIQUENESS_CONSTRAINT_VIOLATION"}, Wait: changing,
				Request: plan.To(identitystore.NewFromConfig, (*identitystore.Client).CreateGroupMembership, func(f plan.Facts) *identitystore.CreateGroupMembershipInput {
					return &identitystore.CreateGroupMembershipInput{
						IdentityStoreId: aws.String(f.Get("identity.store")), GroupId: aws.String(f.Get(groupFact(g))),
						MemberId: &idtypes.MemberIdMemberUserId{Value: f.Get(userFact(p.Email))},
					}
				}),
			})
		}
	}
}
