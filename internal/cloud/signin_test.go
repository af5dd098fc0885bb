package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"awswizard/internal/plan"
)

const (
	startURL = "https://d-1234567890.awsapps.com/start"
	ssoARN   = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ManagementAdministrator_0123456789abcdef/ada"
)

// canaries are secrets that must turn up in no log and no error.
var canaries = []string{"CLIENTSECRET-canary", "DEVICECODE-canary", "ACCESSTOKEN-canary", "REFRESHTOKEN-canary", "SECRETKEY-canary", "SESSIONTOKEN-canary"}

// portal answers as IAM Identity Center does. Each CreateToken gives the next of polls; then a token.
func portal(polls ...string) *fake {
	f := &fake{arn: ssoARN}
	f.answer = func(op string, n int) (int, string, error) {
		switch op {
		case "POST /client/register":
			return 200, fmt.Sprintf(`{"clientId":"client","clientSecret":%q,"clientSecretExpiresAt":4000000000}`, canaries[0]), nil
		case "POST /device_authorization":
			return 200, fmt.Sprintf(`{"deviceCode":%q,"userCode":"ABCD-EFGH","verificationUri":"https://device.sso.eu-west-1.amazonaws.com/","verificationUriComplete":"https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH","expiresIn":600,"interval":1}`, canaries[1]), nil
		case "POST /token":
			if n <= len(polls) {
				return 400, fmt.Sprintf(`{"__type":%q,"error":"x","error_description":"y"}`, polls[n-1]), nil
			}
			return 200, fmt.Sprintf(`{"accessToken":%q,"refreshToken":%q,"expiresIn":28800,"tokenType":"Bearer"}`, canaries[2], canaries[3]), nil
		case "GET /federation/credentials":
			return 200, fmt.Sprintf(`{"roleCredentials":{"accessKeyId":"ASIAPORTAL","secretAccessKey":%q,"sessionToken":%q,"expiration":4000000000000}}`, canaries[4], canaries[5]), nil
		}
		return 0, "", nil
	}
	return f
}

func TestSignIn(t *testing.T) {
	f := portal("AuthorizationPendingException", "SlowDownException", "AuthorizationPendingException")
	dir := filepath.Join(t.TempDir(), "sso", "cache")
	var logged bytes.Buffer
	c := open(t, f, func(o *Options) {
		o.TokenDir = dir
		o.Logger = slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	ctx := context.Background()
	if ok, err := c.SignedIn(ctx, "eu-west-1", startURL, "acme", management, "ManagementAdministrator"); ok || err != nil {
		t.Fatalf("signed in before: %v, %v", ok, err)
	}
	s, err := c.StartSignIn(ctx, "eu-west-1", startURL, "acme")
	if err != nil {
		t.Fatal(err)
	}
	if s.Code != "ABCD-EFGH" || !strings.HasSuffix(s.CompleteURL, "user_code=ABCD-EFGH") || s.URL == "" || s.Every != time.Second {
		t.Errorf("sign-in %+v", *s)
	}
	if left := time.Until(s.Expires); left < 9*time.Minute || left > 10*time.Minute {
		t.Errorf("the code expires in %v", left)
	}
	for i, every := range []time.Duration{time.Second, time.Second + slowDown, time.Second + slowDown} {
		if done, err := s.Poll(ctx); done || err != nil || s.Every != every {
			t.Fatalf("poll %d: %v, %v, every %v", i, done, err, s.Every)
		}
	}
	if done, err := s.Poll(ctx); !done || err != nil {
		t.Fatalf("last poll: %v, %v", done, err)
	}
	checkTokenFile(t, dir)

	if ok, err := c.SignedIn(ctx, "eu-west-1", startURL, "acme", management, "ManagementAdministrator"); !ok || err != nil {
		t.Fatalf("signed in: %v, %v", ok, err)
	}
	who, err := c.WhoAmI(ctx)
	if want := (plan.Caller{Account: management, ARN: ssoARN, Kind: plan.IdentityCenter}); err != nil || who != want {
		t.Errorf("WhoAmI() = %+v, %v", who, err)
	}
	if err := listRoots(read(t, c, management)); err != nil {
		t.Fatal(err)
	}
	if auth := f.last("ListRoots").Header.Get("Authorization"); !strings.Contains(auth, "Credential=ASIAPORTAL/") {
		t.Errorf("signed by %s", auth)
	}
	r := f.last("GET /federation/credentials")
	if q := r.URL.Query(); q.Get("account_id") != management || q.Get("role_name") != "ManagementAdministrator" {
		t.Errorf("asked for %s", r.URL.RawQuery)
	}

	if !strings.Contains(logged.String(), `"operation":"CreateToken"`) {
		t.Error("the log misses requests")
	}
	for _, text := range []string{logged.String(), fmt.Sprintf("%v %+v %#v", s, s, s)} {
		noCanary(t, text)
	}
}

func checkTokenFile(t *testing.T, dir string) {
	t.Helper()
	// sha1 of the session's name, as the AWS CLI names it.
	path := filepath.Join(dir, "293abb6b76d7791c0732cc517d38c4b5c734b87f.json")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("the cache holds %v, %v", entries, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if d, err := os.Stat(dir); err != nil || d.Mode().Perm() != 0o700 {
		t.Errorf("folder %v, %v", d.Mode(), err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"startUrl": startURL, "region": "eu-west-1", "accessToken": canaries[2], "refreshToken": canaries[3],
		"clientId": "client", "clientSecret": canaries[0], "registrationExpiresAt": "2096-10-02T07:06:40Z"} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	if at, err := time.Parse(time.RFC3339, got["expiresAt"]); err != nil || time.Until(at) < 7*time.Hour {
		t.Errorf("expiresAt is %q", got["expiresAt"])
	}
}

func TestSignInEnds(t *testing.T) {
	for code, kind := range map[string]CredentialsKind{"ExpiredTokenException": SignInExpired, "AccessDeniedException": SignInRefused} {
		f := portal(code)
		c := open(t, f, func(o *Options) { o.TokenDir = t.TempDir() })
		s, err := c.StartSignIn(context.Background(), "eu-west-1", startURL, "acme")
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.Poll(context.Background())
		var ended *CredentialsError
		if done || !errors.As(err, &ended) || ended.Kind != kind {
			t.Errorf("%s: %v, %v", code, done, err)
		}
		noCanary(t, err.Error())
	}
}

func TestStaleSignIns(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Now().Add(d).UTC() }
	for _, tt := range []struct {
		name   string
		token  token
		status int
		reply  string
	}{
		{"expired", token{AccessToken: "x", ExpiresAt: at(-time.Hour)}, 0, ""},
		{"expired and not renewable any more", token{AccessToken: "x", ExpiresAt: at(-time.Hour), RefreshToken: "r", ClientID: "c", ClientSecret: "s"}, 400, `{"__type":"InvalidGrantException"}`},
		{"revoked", token{AccessToken: "x", ExpiresAt: at(time.Hour)}, 401, `{"__type":"UnauthorizedException","message":"Session token not found or invalid"}`},
		{"empty", token{ExpiresAt: at(time.Hour)}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{answer: func(string, int) (int, string, error) { return tt.status, tt.reply, nil }}
			dir := t.TempDir()
			c := open(t, f, func(o *Options) { o.TokenDir = dir })
			if err := writeToken(tokenPath(dir, "acme"), tt.token); err != nil {
				t.Fatal(err)
			}
			if ok, err := c.SignedIn(context.Background(), "eu-west-1", startURL, "acme", management, "Admin"); ok || err != nil {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
}

func TestSignedInButWithoutTheRole(t *testing.T) {
	f := &fake{answer: func(op string, _ int) (int, string, error) {
		if op == "GET /federation/credentials" {
			return 403, `{"__type":"ForbiddenException","message":"No access"}`, nil
		}
		return 0, "", nil
	}}
	dir := t.TempDir()
	c := open(t, f, func(o *Options) { o.TokenDir = dir })
	if err := writeToken(tokenPath(dir, "acme"), token{AccessToken: "x", ExpiresAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	ok, err := c.SignedIn(context.Background(), "eu-west-1", startURL, "acme", management, "Admin")
	if ok || Code(err) != "ForbiddenException" || Explain(err).Kind != Denied {
		t.Errorf("%v, %v", ok, err)
	}
	if who, err := c.WhoAmI(context.Background()); err != nil || who.ARN != adminARN {
		t.Errorf("a failed sign-in changed the caller: %+v, %v", who, err)
	}
}

func noCanary(t *testing.T, text string) {
	t.Helper()
	for _, secret := range canaries {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in: %s", secret, text)
		}
	}
}
