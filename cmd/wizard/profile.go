package main

import (
	"cmp"
	"slices"

	"awswizard/internal/awsconfig"
	"awswizard/internal/cloud"
	"awswizard/ui/login"
)

// otherProfile ends the screens because the person wants to be signed in with another AWS profile; "" names none.
type otherProfile struct{ name string }

// Error implements error.
func (o *otherProfile) Error() string { return "another AWS profile was chosen: " + o.name }

// profiles are those a person can change to on the first screen. There are none in a trial run, and none where the only
// one is in use.
func profiles(sys system, f *flags) []login.Profile {
	if f.sandbox != "" {
		return nil
	}
	listed := awsconfig.List(awsconfig.Find(sys.getenv))
	keys := cloud.MaskingKeys(sys.getenv)
	used := cmp.Or(f.profile, sys.getenv("AWS_PROFILE"), sys.getenv("AWS_DEFAULT_PROFILE"))
	if used == "" && len(keys) == 0 && slices.ContainsFunc(listed, func(l awsconfig.Listed) bool { return l.Name == fallback }) {
		used = fallback
	}
	var out []login.Profile
	for _, l := range listed {
		out = append(out, login.Profile{Name: l.Name, What: l.What, Used: l.Name == used && (f.profile != "" || len(keys) == 0)})
	}
	using := slices.ContainsFunc(out, func(p login.Profile) bool { return p.Used })
	f.byItself = f.byItself || f.profile == "" && !using
	switch {
	case len(keys) > 0:
		out = append(out, login.Profile{What: "the access key in this terminal's environment", Used: !using})
	case f.byItself:
		out = append(out, login.Profile{What: "what this terminal signs in with by itself", Used: !using})
	}
	if len(out) == 1 && out[0].Used {
		return nil
	}
	return out
}

// fallback is the profile of whoever names none.
const fallback = "default"
