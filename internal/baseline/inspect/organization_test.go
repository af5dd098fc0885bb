package inspect

import "testing"

func TestDeniesRegions(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     bool
	}{
		"all but global services": {`{"Statement":[{"Effect":"Deny","NotAction":["iam:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}}]}`, true},
		"everything, in one":      {`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotLike":{"AWS:requestedregion":"eu-*"}}}}`, true},
		"for some Regions":        {`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["me-south-1"]}}}]}`, false},
		"for one service":         {`{"Statement":[{"Effect":"Deny","Action":["ec2:RunInstances"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}}]}`, false},
		"an allow":                {`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}}]}`, false},
		"a word in a label":       {`{"Statement":[{"Sid":"aws:RequestedRegion","Effect":"Deny","Action":"*","Resource":"*"}]}`, false},
		"no policy":               {`hello`, false},
	} {
		if got := deniesRegions(c.document); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
