package cloud

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"awswizard/internal/plan"
)

// answering is an AWS that takes what comes, or refuses it and repeats it, as AWS does.
type answering struct {
	bodies []string
	refuse bool
}

func (a *answering) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a.bodies = append(a.bodies, string(body))
	status, text := http.StatusOK, `{"Version":1}`
	if strings.Contains(r.Host+r.URL.Host, "sts.") {
		text = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn><Account>111122223333</Account><UserId>A</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`
	} else if a.refuse {
		status, text = http.StatusBadRequest, `{"__type":"ValidationException","message":"1 validation error detected: Value at 'value' failed: `+canarySecret+`"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

const canarySecret = "https://hooks.slack.com/services/T0/B0/short"

// A secret goes to AWS and nowhere else: the ticket approves the request with its name only, the caller's input keeps it,
// and what AWS says back of it is hidden from errors and the log.
func TestASecretGoesToAWSAndNowhereElse(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		var log bytes.Buffer
		server := &answering{refuse: refuse}
		c, err := Open(context.Background(), Options{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "x", ""), HTTPClient: server,
			Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err != nil {
			t.Fatal(err)
		}
		in := &ssm.PutParameterInput{Name: aws.String("/a"), Value: aws.String(plan.Secret("hook"))}
		send := func() error {
			cfg, err := c.Write(plan.Place{Account: "111122223333", Region: "eu-west-1"}, Ticket{Service: "ssm", Operation: "PutParameter", Match: func(input any) error {
				if got := aws.ToString(input.(*ssm.PutParameterInput).Value); got != plan.Secret("hook") {
					return errors.New("the gate sees " + got)
				}
				return nil
			}})
			if err != nil {
				return err
			}
			_, err = ssm.NewFromConfig(cfg).PutParameter(context.Background(), in)
			return err
		}
		before := len(server.bodies)
		var stopped *GateError
		if err := send(); !errors.As(err, &stopped) || len(server.bodies) > before+1 { // one asks who it is
			t.Errorf("a secret nobody gave: %v, %q", err, server.bodies)
		}
		c.Keep("hook", canarySecret)
		err = send()
		if refuse != (err != nil) {
			t.Fatal(err)
		}
		if sent := server.bodies[len(server.bodies)-1]; !strings.Contains(sent, canarySecret) {
			t.Errorf("sent: %s", sent)
		}
		if got := aws.ToString(in.Value); got != plan.Secret("hook") {
			t.Errorf("the input holds %s", got)
		}
		if refuse && (Code(err) != "ValidationException" || !strings.Contains(err.Error(), hidden) || InDoubt(err)) {
			t.Errorf("refused: %v", err)
		}
		told := log.String()
		if err != nil {
			told += err.Error() + Explain(err).Why
		}
		if strings.Contains(told, "B0/short") {
			t.Errorf("told: %s", told)
		}
	}
}
