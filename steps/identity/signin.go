package identity

import (
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// SignInForUndo is a step of its own before the way back: what was made in the member accounts can be taken back only
// from inside them, and root cannot enter them. It makes no calls.
func SignInForUndo() steps.Step {
	s := steps.Define(steps.Step{
		Name: "sign-in", Title: "Sign in as yourself",
		About: steps.About{
			Why:  "Some of what was made is in the other accounts, and AWS does not let root enter them.",
			Undo: "Nothing to undo: this only signs you in.",
		},
	}, nil, inspect, func(State, answers.Answers, plan.Facts) []plan.Item { return nil })
	return steps.WithUndo(s, signInForUndo)
}

func signInForUndo(s State, _ answers.Answers, f plan.Facts, made steps.Made) []plan.Item {
	own := management(f, s.Caller)
	elsewhere := func(m steps.MadeCall) bool { return m.Operation != "" && m.Account != own }
	_, can := s.PermissionSets[managementAdministrator]
	if s.Caller.Kind != plan.Root || !can || s.Instance == nil || !s.Instance.Ready() || !anyOf(made, elsewhere) {
		return nil
	}
	return []plan.Item{{HandOff: &plan.HandOff{
		ID: "identity/undo/sign-in", Step: "sign-in", Title: "Sign in as yourself",
		Why: "What was made in your other accounts can be taken back only from inside them. AWS does not let root enter them. " +
			"The way back ends as root again.",
		StandIn: "sign-in", Every: 5 * time.Second,
		SignIn: &plan.SignIn{StartURLFact: "identity.start_url", RegionFact: "identity.region", PermissionSet: managementAdministrator},
		Clicks: []string{
			"Your browser opens the login page.",
			"Sign in with your e-mail address, your password and your second factor.",
			"Check that the code is the same as shown here, then press Allow.",
		},
		Stuck: []string{"The page says the code has expired: try again for a new one."},
	}}}
}

func anyOf(made steps.Made, match func(steps.MadeCall) bool) bool {
	for _, m := range made {
		if match(m) {
			return true
		}
	}
	return false
}

// sessionOf is the permission set and the user name of a session through Identity Center, taken from its ARN:
// arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_NAME_0123456789abcdef/user@example.com.
func sessionOf(c plan.Caller) (permissionSet, user string, ok bool) {
	if c.Kind != plan.IdentityCenter {
		return "", "", false
	}
	parts := strings.Split(c.ARN, "/")
	if len(parts) < 3 {
		return "", "", false
	}
	name := strings.TrimPrefix(parts[1], "AWSReservedSSO_")
	cut := strings.LastIndex(name, "_")
	if cut < 0 {
		return "", "", false
	}
	return name[:cut], strings.ToLower(strings.Join(slices.Clone(parts[2:]), "/")), true
}
