// Package identity is the step that gives every person a login of their own: IAM Identity Center, permission sets
// with sessions of 8 to 12 hours, groups, people, and who may enter which account. Switching Identity Center on is
// a hand-off, since AWS has no API for it; everything after it is calls.
package identity

import "awswizard/steps"

const (
	name  = "identity"
	title = "People and their logins"
)

// Step returns the identity step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      title,
		LooksAfter: []string{"organization"},
		// It takes away the sign-in that the rest of the way back runs with.
		UndoAsStarted: true,
		About: steps.About{
			Why: "Everybody signs in as themselves, on one page, with a second factor, for a working day at a time. " +
				"No shared passwords, no access keys, and the root login goes into the drawer.",
			What:     "IAM Identity Center: a sign-in page of your own, a login for each person, groups, and what each group may do in which account.",
			Cost:     "Free. IAM Identity Center has no charge.",
			Undo:     "Each assignment, permission set, group and person is deleted again; passwords and second factors go with the people. Identity Center itself was switched on by you, and only you can delete it; it may stay.",
			Controls: []string{"ACCT.02", "ACCT.03", "ACCT.04", "ACCT.13", "WKLD.02"},
		},
	}, questions, inspect, planned), undone)
}
