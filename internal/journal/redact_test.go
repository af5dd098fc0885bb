package journal

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	// Made at run time, so that no scanner for secrets takes the test for a leak.
	key := "AKIA" + strings.Repeat("Z7", 8)
	session := "ASIA" + strings.Repeat("Q2", 8)
	secret := strings.Repeat("aB3/", 10)
	for _, c := range []struct{ name, in, want string }{
		{"key id", "key " + key + " is inactive", "key [hidden] is inactive"},
		{"session key id", "(" + session + ")", "([hidden])"},
		{"secret key", "got " + secret + ", refused", "got [hidden], refused"},
		{"padded token", "token was " + secret + secret + "==", "token was [hidden]"},
		{"session token", `{"sessionToken": "abc.def"}`, `{"sessionToken": "[hidden]"}`},
		{"token in an address", "GET /?X-Amz-Security-Token=abc%2F&x=1", "GET /?X-Amz-Security-Token=[hidden]&x=1"},
		{"access token", "access_token=abc", "access_token=[hidden]"},
		{"Slack", "Post \"https://hooks.slack.com/services/T1/B2/c3\": EOF", "Post \"[hidden]\": EOF"},
		{"Slack workflow", "https://hooks.slack.com/triggers/T1/2/3 failed", "[hidden] failed"},
		{"user code in an address", "open https://x.example/?user_code=ABCD-EFGH now", "open https://x.example/?user_code=[hidden] now"},
		{"user code in a sentence", "Your user code is ABCD-EFGH.", "Your user code is [hidden]."},
		{"device code", "deviceCode: q1w2e3", "deviceCode: [hidden]"},
		{"client secret", "clientSecret=abc", "clientSecret=[hidden]"},
		{"header", "Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"},

		{"plain words stay", "the device code expired; access denied", "the device code expired; access denied"},
		{"the caller stays", "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/first@acme.example is not authorized",
			"User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/first@acme.example is not authorized"},
		{"request ids stay", "request id: 0f1e2d3c-1111-2222-3333-444455556666", "request id: 0f1e2d3c-1111-2222-3333-444455556666"},
		{"digests stay", strings.Repeat("0a1b", 16), strings.Repeat("0a1b", 16)},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Redact(c.in); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if got := Redact(Redact(c.in)); got != c.want {
				t.Errorf("twice gives %s", got)
			}
		})
	}
}
