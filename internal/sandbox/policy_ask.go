package sandbox

import (
	"fmt"
	"strings"
)

// Ask is a request put to policies by hand, for tests of what a document forbids.
type Ask struct {
	Principal        string // aws:PrincipalArn: of a role its own ARN, of a root user arn:aws:iam::ID:root
	Action, Resource string // "" = "*"
	Region           string // aws:RequestedRegion
	AssumedRoot      bool   // a session of sts AssumeRoot
}

// Denies evaluates a service control policy as the sandbox does for a member's requests. It gives the Sid of the
// statement that denies the request, "" when none does.
func Denies(document string, a Ask) (sid string, err error) {
	d, err := parseDocument(document)
	if err != nil {
		return "", fmt.Errorf("sandbox: %w", err)
	}
	q := asked{Action: a.Action, Resource: a.Resource, Keys: map[string][]string{"aws:principalarn": {a.Principal}, "aws:requestedregion": {a.Region}}}
	if q.Resource == "" {
		q.Resource = "*"
	}
	if a.AssumedRoot {
		q.Keys["aws:assumedroot"] = []string{"true"}
	}
	for _, st := range d.Statement {
		if strings.EqualFold(st.Effect, "Deny") && st.applies(q) {
			return st.Sid, nil
		}
	}
	return "", nil
}
