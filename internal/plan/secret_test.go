package plan

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

func TestSecretStaysOutOfWhatIsShown(t *testing.T) {
	const value = "canary-secret-91b7"
	c := &Call{Where: Place{Account: Management, Region: "eu-west-1"}, Request: To(ssm.NewFromConfig, (*ssm.Client).PutParameter, func(Facts) *ssm.PutParameterInput {
		return &ssm.PutParameterInput{Name: aws.String("/a"), Value: aws.String("url: " + Secret("hook")), Type: types.ParameterTypeSecureString}
	})}
	in := c.Request.Build(Facts{})
	if name, found := SecretIn(in); name != "hook" || !found {
		t.Errorf("the input waits for %q, %v", name, found)
	}
	if key, unknown := UnknownIn(in); unknown {
		t.Errorf("a secret counts as the unknown fact %q", key)
	}
	filled, err := Revealed(in, func(name string) (string, bool) { return value, name == "hook" })
	if err != nil || aws.ToString(filled.(*ssm.PutParameterInput).Value) != "url: "+value {
		t.Errorf("filled in: %v, %v", filled, err)
	}
	text, err := RequestJSON(c, Facts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(text), CommandLine(c, Facts{}), aws.ToString(in.(*ssm.PutParameterInput).Value)} {
		if strings.Contains(shown, value) || !strings.Contains(shown, "(secret hook") {
			t.Errorf("shown: %s", shown)
		}
	}
	if _, err := Revealed(in, func(string) (string, bool) { return "", false }); err == nil {
		t.Error("a secret that was not given is filled in")
	}
	// Where a secret cannot be filled in, nothing is sent.
	deep := &ssm.PutParameterInput{Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String(Secret("hook"))}}}
	if _, err := Revealed(deep, func(string) (string, bool) { return value, true }); err == nil {
		t.Error("a placeholder would have been sent")
	}
	if a, b := SecretCheck("hook", value), SecretCheck("hook", value+"x"); a == b || len(a) != 8 || strings.Contains(value, a) {
		t.Errorf("checks %q and %q", a, b)
	}
}
