package guardrails

import (
	"errors"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

func questions(s State, a answers.Answers) []steps.Question {
	if s.Refused != "" || (s.Exists && s.Management != s.Caller) {
		return nil
	}
	q := steps.Question{
		Key: "allowed_regions", Title: "Work only in certain Regions?",
		Why:     "Name the Regions your accounts may use, with commas between; your home and us-east-1 are always among them. Write all for no limit: you can add one any day.",
		Example: "eu-west-1, eu-central-1", Default: "all",
		Apply: func(a *answers.Answers, v string) { a.AllowedRegions = parseRegions(v, a.HomeRegion) },
	}
	if len(a.AllowedRegions) > 0 {
		q.Default = strings.Join(a.AllowedRegions, ", ")
	}
	q.Validate = func(v string) error {
		changed := a
		q.Apply(&changed, v)
		for _, p := range changed.Validate() {
			if strings.HasPrefix(p.Field, "allowed_regions") {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return []steps.Question{q}
}

// parseRegions reads the list; home is added, since a guard without it would stop the set-up's own work.
func parseRegions(v, home string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if part == "all" {
			return nil
		}
		if part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	if len(out) > 0 && home != "" && !slices.Contains(out, home) {
		out = append([]string{home}, out...)
	}
	return out
}
