package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	const (
		secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" // AWS's own example
		session   = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ"
	)
	for in, want := range map[string]string{
		"key AKIAIOSFODNN7EXAMPLE is bad":                               "key AKIA[hidden] is bad",
		"key ASIAIOSFODNN7EXAMPLE, too":                                 "key ASIA[hidden], too",
		"the secret " + secretKey + " leaked":                           "the secret [hidden] leaked",
		"X-Amz-Security-Token=" + session + "&X-Amz-Expires=9":          "X-Amz-Security-Token=[hidden]&X-Amz-Expires=9",
		`{"accessToken": "short", "region": "eu-west-1"}`:               `{"accessToken": "[hidden]", "region": "eu-west-1"}`,
		"clientSecret='abc'":                                            "clientSecret='[hidden]'",
		"password=hunter2 next":                                         "password=[hidden] next",
		"Authorization: Bearer abc.def":                                 "Authorization: Bearer [hidden]",
		"ExpiredToken: The security token included is expired":          "ExpiredToken: The security token included is expired",
		"StatusCode: 400, RequestID: 0123456789abcdef-0123456789abcdef": "StatusCode: 400, RequestID: 0123456789abcdef-0123456789abcdef",
		"arn:aws:sts::1:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ada may not": "arn:aws:sts::1:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/ada may not",
	} {
		if got := redact(in); got != want {
			t.Errorf("redact(%q) =\n%q, want\n%q", in, got, want)
		}
	}
}

func TestLogNamesTheRequestAndNotItsContent(t *testing.T) {
	const canary = "CANARYwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE"
	f := &fake{}
	var logged bytes.Buffer
	c := open(t, f, func(o *Options) { o.Logger = slog.New(slog.NewJSONHandler(&logged, nil)) })
	f.answer = func(op string, n int) (int, string, error) {
		if op == "CreateAccount" {
			return 400, fmt.Sprintf(`{"__type":"InvalidInputException","Message":"bad value %s for AKIAIOSFODNN7EXAMPLE"}`, canary), nil
		}
		return 0, "", nil
	}
	err := createAccount(write(t, c, "CreateAccount"))
	lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"level": "WARN", "service": "organizations", "operation": "CreateAccount", "account": management,
		"region": "eu-west-1", "write": true, "attempt": 1.0, "request_id": "id-2", "code": "InvalidInputException"} {
		if last[key] != want {
			t.Errorf("%s is %v, want %v", key, last[key], want)
		}
	}
	for _, text := range []string{logged.String(), Explain(err).Why} {
		for _, secret := range []string{canary, "IOSFODNN7", "aws+production@company.example", "Signature"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in: %s", secret, text)
			}
		}
	}
}
