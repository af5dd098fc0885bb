package plan_test

import (
	"io"
	"strings"
	"testing"

	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Promise 2: the preview's fingerprint is that of the request that is sent, and of no other.
func TestFingerprintOfPreviewAndOfSending(t *testing.T) {
	f := someFacts()
	seen := map[string]string{}
	for name, r := range requests() {
		c := callFor(name, r)
		preview := plan.Fingerprint(c, f)
		sent, err := plan.FingerprintOf(r.Service, r.Operation, plan.Place{Account: "111111111111", Region: "eu-west-1"}, r.Build(f))
		if err != nil || preview != sent || len(preview) != 64 {
			t.Errorf("%s: previewed %q, sent %q, error %v", name, preview, sent, err)
		}
		if other, taken := seen[preview]; taken {
			t.Errorf("%s and %s have one fingerprint", name, other)
		}
		seen[preview] = name
	}
}

func TestFingerprintTellsApart(t *testing.T) {
	put := func(body string) *s3.PutObjectInput {
		return &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: strings.NewReader(body)}
	}
	of := func(service, operation, account, region string, in any) string {
		sum, err := plan.FingerprintOf(service, operation, plan.Place{Account: account, Region: region}, in)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	base := of("s3", "PutObject", "111111111111", "eu-west-1", put("x"))
	for what, other := range map[string]string{
		"service":   of("s4", "PutObject", "111111111111", "eu-west-1", put("x")),
		"operation": of("s3", "PutOther", "111111111111", "eu-west-1", put("x")),
		"account":   of("s3", "PutObject", "222222222222", "eu-west-1", put("x")),
		"Region":    of("s3", "PutObject", "111111111111", "eu-west-2", put("x")),
		"body":      of("s3", "PutObject", "111111111111", "eu-west-1", put("y")),
		"long body": of("s3", "PutObject", "111111111111", "eu-west-1", put(strings.Repeat("x", 5000))),
	} {
		if other == base {
			t.Errorf("another %s has the same fingerprint", what)
		}
	}
	a, b := put(strings.Repeat("x", 5000)), put(strings.Repeat("x", 4999)+"y")
	if of("s3", "PutObject", "1", "r", a) == of("s3", "PutObject", "1", "r", b) {
		t.Error("bodies that differ only in what is not shown have one fingerprint")
	}
}

func TestFingerprintLeavesTheInputAsItWas(t *testing.T) {
	body := strings.NewReader("head and tail")
	if _, err := body.Seek(5, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	in := &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"), Body: body}
	if _, err := plan.FingerprintOf("s3", "PutObject", plan.Place{Account: "1", Region: "r"}, in); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(body); string(rest) != "and tail" {
		t.Errorf("the body reads %q afterwards", rest)
	}
}

// The SDK writes a random ClientToken into the caller's input before it sends it.
func TestFingerprintIgnoresTheSDKsToken(t *testing.T) {
	vpc := func(token *string) string {
		sum, err := plan.FingerprintOf("ec2", "CreateNatGateway", plan.Place{Account: "1", Region: "r"}, &ec2.CreateNatGatewayInput{SubnetId: aws.String("subnet-1"), ClientToken: token})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if vpc(nil) != vpc(aws.String("6d4c7f0a")) {
		t.Error("a filled-in token changes the fingerprint")
	}
}

func TestUnknownIn(t *testing.T) {
	wait := plan.Facts{}.Get("organization.root")
	for name, c := range map[string]struct {
		input any
		key   string
	}{
		"known":    {&organizations.MoveAccountInput{AccountId: aws.String("111111111111")}, ""},
		"nil":      {(*organizations.MoveAccountInput)(nil), ""},
		"member":   {&organizations.MoveAccountInput{SourceParentId: aws.String(wait)}, "organization.root"},
		"inside":   {&organizations.CreatePolicyInput{Content: aws.String(`{"Resource":"arn:aws:organizations::1:` + wait + `"}`)}, "organization.root"},
		"list":     {&ec2.CreateTagsInput{Resources: []string{"vpc-1", wait}}, "organization.root"},
		"union":    {&identitystore.CreateGroupMembershipInput{MemberId: &storetypes.MemberIdMemberUserId{Value: wait}}, "organization.root"},
		"body":     {&s3.PutObjectInput{Body: strings.NewReader("text " + wait)}, "organization.root"},
		"map":      {&s3.PutObjectInput{Metadata: map[string]string{"a": wait}}, "organization.root"},
		"map key":  {&s3.PutObjectInput{Metadata: map[string]string{wait: "a"}}, "organization.root"},
		"bytes":    {&struct{ Zip []byte }{[]byte(wait)}, "organization.root"},
		"document": {&struct{ D any }{document(`{"a":"` + wait + `"}`)}, "organization.root"},
	} {
		if key, found := plan.UnknownIn(c.input); key != c.key || found != (c.key != "") {
			t.Errorf("%s: got %q, %v, want %q", name, key, found, c.key)
		}
	}
}

// document stands for an SDK document: JSON that is not in its fields.
type document string

// MarshalSmithyDocument implements the smithy document marshaler.
func (d document) MarshalSmithyDocument() ([]byte, error) { return []byte(d), nil }

func TestFingerprintCountsDocuments(t *testing.T) {
	of := func(text string) string {
		sum, err := plan.FingerprintOf("identitystore", "CreateUser", plan.Place{Account: "1", Region: "r"}, &struct{ Extensions any }{document(text)})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if of(`{"a":1}`) == of(`{"a":2}`) {
		t.Error("a document does not count")
	}
}

func TestHashOfAPlan(t *testing.T) {
	base := func() []plan.Item { return onePlan() }
	f := someFacts()
	want := plan.Hash(base(), f)
	if !strings.HasPrefix(want, "sha256:") || want != plan.Hash(base(), f) {
		t.Fatalf("the hash %q is not stable", want)
	}
	for what, change := range map[string]func([]plan.Item) []plan.Item{
		"order":    func(i []plan.Item) []plan.Item { i[0], i[1] = i[1], i[0]; return i },
		"a call":   func(i []plan.Item) []plan.Item { return i[1:] },
		"request":  func(i []plan.Item) []plan.Item { i[0].Call.Request = requests()["create-account"]; return i },
		"place":    func(i []plan.Item) []plan.Item { i[0].Call.Where.Account = "security"; return i },
		"consent":  func(i []plan.Item) []plan.Item { i[0].Call.Consent = plan.Typed; return i },
		"clicks":   func(i []plan.Item) []plan.Item { i[2].HandOff.Clicks = nil; return i },
		"bound":    func(i []plan.Item) []plan.Item { i[3].Later.MostCalls++; return i },
		"Region":   func(i []plan.Item) []plan.Item { i[3].Later.Places[0].Region = "eu-north-1"; return i },
		"a remedy": func(i []plan.Item) []plan.Item { return i[:4] },
	} {
		if got := plan.Hash(change(base()), f); got == want {
			t.Errorf("another %s has the same hash", what)
		}
	}
	if plan.Hash(base(), f.With(map[string]string{"identity.instance": "arn:aws:sso:::instance/ssoins-1"})) == want {
		t.Error("a plan whose facts became known has the hash it had before")
	}
}
