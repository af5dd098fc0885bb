package identity

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
	"awswizard/steps"
)

// setUp is the state after a whole set-up from nothing, with what the journal then knows.
func setUp(t *testing.T) (State, plan.Facts, steps.Made) {
	t.Helper()
	before, f := enabledState(), known()
	items := planned(before, acme(), f)
	s, f := foresee(t, before, items, f)
	s.Caller, s.Memberships = plan.Caller{Kind: plan.Root, Account: "111111111111", ARN: "arn:aws:iam::111111111111:root"}, map[string]string{}
	for g, users := range s.Members {
		for user := range users {
			s.Memberships[membershipKey(s.Groups[g], user)] = "membership-" + g
		}
	}
	f = f.With(s.Facts())
	made := steps.Made{enableID: {Step: name}}
	for _, c := range plan.Calls(items) {
		input, err := plan.RequestJSON(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made[c.ID] = steps.MadeCall{Step: name, Service: c.Request.Service, Operation: c.Request.Operation, Account: "111111111111",
			Region: "eu-west-1", Input: json.RawMessage(input), Facts: s.Facts(), Before: c.Before}
	}
	return s, f, made
}

func TestUndo(t *testing.T) {
	session := func(s State) State {
		s.Caller = plan.Caller{Kind: plan.IdentityCenter, Account: "111111111111",
			ARN: "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_ManagementAdministrator_0123456789abcdef/" + founderEmail}
		return s
	}
	for name, change := range map[string]func(State, steps.Made) (State, steps.Made){
		"whole": func(s State, m steps.Made) (State, steps.Made) { return s, m },
		"signed-in-through-it": func(s State, m steps.Made) (State, steps.Made) {
			return session(s), m
		},
		"changed": func(s State, m steps.Made) (State, steps.Made) {
			ps := s.PermissionSets["ReadOnlyAccess"]
			ps.Session, ps.Policies = "PT1H", append([]string{"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}, ps.Policies...)
			s.PermissionSets["ReadOnlyAccess"] = ps
			s.Members["readers"] = map[string]bool{"somebody": true}
			s.Assignments[Assignment{"222222222222", "PowerUserAccess", "somebody"}] = true
			return s, m
		},
		"attributes": func(s State, _ steps.Made) (State, steps.Made) {
			s.Attributes = map[string]string{"department": "${path:enterprise.department}", "theirs": "${path:title}"}
			return s, steps.Made{attributesID: {Step: name, Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), Operation: "CreateInstanceAccessControlAttributeConfiguration",
				Input: json.RawMessage(`{"InstanceAccessControlAttributeConfiguration":{"AccessControlAttributes":[{"Key":"department","Value":{"Source":["${path:enterprise.department}"]}}]}}`)}}
		},
		"gone":         func(s State, m steps.Made) (State, steps.Made) { s.Instance = nil; return s, m },
		"nothing-ours": func(s State, _ steps.Made) (State, steps.Made) { return s, steps.Made{} },
		"unreadable": func(s State, m steps.Made) (State, steps.Made) {
			s.Unread = map[Part]Unread{partGroups: {Code: "AccessDeniedException", Message: "no"}}
			return s, m
		},
		"adopted": func(s State, _ steps.Made) (State, steps.Made) {
			arn := s.PermissionSets["AdministratorAccess"].ARN
			ps := s.PermissionSets["AdministratorAccess"]
			ps.Provisioned = true
			s.PermissionSets["AdministratorAccess"] = ps
			return s, steps.Made{
				"identity/permission-set-session/AdministratorAccess": {Step: "identity", Operation: "UpdatePermissionSet", Before: map[string]string{sessionBefore: "PT4H"},
					Input: json.RawMessage(fmt.Sprintf(`{"PermissionSetArn":%q,"SessionDuration":"PT8H"}`, arn))},
				"identity/member/administrators/" + founderEmail: {Step: "identity", Operation: "CreateGroupMembership",
					Input: json.RawMessage(fmt.Sprintf(`{"GroupId":%q,"MemberId":{"UserId":%q}}`, s.Groups["administrators"], s.Users[founderEmail]))},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, f, made := setUp(t)
			s, made = change(s, made)
			items := undone(s, acme(), f, made)
			if err := plan.Check(items); err != nil {
				t.Fatal(err)
			}
			taken := map[string]bool{}
			for _, c := range plan.Calls(items) {
				for _, id := range c.TakesBack {
					taken[id] = true
				}
			}
			if name == "whole" {
				for id, m := range made {
					if m.Operation != "" && !taken[id] {
						t.Errorf("%s is not taken back", id)
					}
				}
			}
			if name == "signed-in-through-it" {
				for _, c := range plan.Calls(items) {
					if strings.Contains(c.ID, managementAdministrator) || strings.Contains(c.ID, founderEmail) || strings.HasSuffix(c.ID, "group/administrators") {
						t.Errorf("%s ends the session it is made with", c.ID)
					}
				}
			}
			golden.RequireEqual(t, plan.Describe(items, f))
		})
	}
}

func TestSessionOf(t *testing.T) {
	for arn, want := range map[string][2]string{
		"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Management_Admin_0123456789abcdef/First@acme.example": {"Management_Admin", "first@acme.example"},
		"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Billing_0123456789abcdef/a/b":                         {"Billing", "a/b"},
	} {
		set, user, ok := sessionOf(plan.Caller{Kind: plan.IdentityCenter, ARN: arn})
		if !ok || set != want[0] || user != want[1] {
			t.Errorf("%s: %q %q %v", arn, set, user, ok)
		}
	}
	if _, _, ok := sessionOf(plan.Caller{Kind: plan.Role, ARN: "arn:aws:sts::111111111111:assumed-role/Admin/me"}); ok {
		t.Error("an ordinary role is no session through Identity Center")
	}
}
