package plainwords

import (
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("one two three four five ", 5)
	for name, c := range map[string]struct {
		texts []string
		want  []string // the beginnings of what is found
	}{
		"good":                {[]string{"Sign in with multi-factor sign-in (MFA).", "MFA costs nothing."}, nil},
		"explained too late":  {[]string{"MFA costs nothing.", "Sign in with multi-factor sign-in (MFA)."}, []string{"MFA is not explained"}},
		"explained behind":    {[]string{"A VPC (a network of your own) is free. VPCs are everywhere."}, nil},
		"explained with more": {[]string{"a ready-made network (the default VPC)", "the VPC"}, nil},
		"names of AWS's":      {[]string{"Open IAM Identity Center: https://example.com/iam/IAM and arn:aws:iam::1:user/IAM."}, nil},
		"an operation":        {[]string{"Undo: iam:DeleteRole."}, nil},
		"as long as may be":   {[]string{long + "."}, nil},
		"too long":            {[]string{long + "six."}, []string{"a sentence of 26 words"}},
		"two sentences":       {[]string{long + ". " + long + "."}, nil},
		"a dot inside":        {[]string{"See wizard.yaml, e.g. " + long}, []string{"a sentence of 28 words"}},
		"selling":             {[]string{"This is a powerful tool."}, []string{`the word "powerful"`}},
		"belittling":          {[]string{"Just press Enter, it is easy."}, []string{`the word "Just"`, `the word "easy"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var r Reader
			var got []string
			for _, text := range c.texts {
				got = append(got, r.Read(text)...)
			}
			if !slices.EqualFunc(got, c.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
