package cloud

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/freetier"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/support"
)

// linked are the clients of the services in go.mod.
var linked = []any{(*account.Client)(nil), (*budgets.Client)(nil), (*cloudtrail.Client)(nil), (*costexplorer.Client)(nil), (*ec2.Client)(nil),
	(*freetier.Client)(nil), (*iam.Client)(nil), (*identitystore.Client)(nil), (*organizations.Client)(nil), (*s3.Client)(nil), (*s3control.Client)(nil),
	(*servicequotas.Client)(nil), (*sso.Client)(nil), (*ssoadmin.Client)(nil), (*ssooidc.Client)(nil), (*sts.Client)(nil), (*accessanalyzer.Client)(nil),
	(*guardduty.Client)(nil), (*lambda.Client)(nil), (*support.Client)(nil),
	(*cloudwatchlogs.Client)(nil), (*sqs.Client)(nil), (*ssm.Client)(nil),
	(*cloudwatch.Client)(nil), (*sns.Client)(nil)}

// TestEveryLinkedServiceIsListed reads go.mod: a service that comes in has to come into the list above, and so into the
// golden of its operations, and not by another version of the SDK unseen.
func TestEveryLinkedServiceIsListed(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"signin": true} // the SDK's own, for `aws login`: nothing here makes its client
	for _, c := range linked {
		path := reflect.TypeOf(c).Elem().PkgPath()
		listed[path[strings.LastIndex(path, "/")+1:]] = true
	}
	required := map[string]bool{}
	for _, m := range regexp.MustCompile(`aws-sdk-go-v2/service/(\w+) v`).FindAllStringSubmatch(string(text), -1) {
		required[m[1]] = true
	}
	if !maps.Equal(listed, required) {
		t.Errorf("listed: %v\nin go.mod: %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(required)))
	}
}

// TestReadsGiveOutNoSecrets looks through the fields of every read's answer.
func TestReadsGiveOutNoSecrets(t *testing.T) {
	harmless := []string{
		"iam.GetSAMLProvider: PrivateKeyList", // ids and times of the keys, never the keys
	}
	secret := regexp.MustCompile(`Secret|^Password$|PasswordData|PreSharedKey$|PrivateKey|KeyMaterial$|SessionToken|AccessToken|RefreshToken|IdToken|SecretKey|^Credentials$`)
	looked := 0
	for _, c := range linked {
		client := reflect.TypeOf(c)
		service := client.Elem().PkgPath()
		service = service[strings.LastIndex(service, "/")+1:]
		for m := range client.Methods() {
			if m.Type.NumIn() != 4 || Classify(service, m.Name) != Read {
				continue
			}
			looked++
			for field := range fields(m.Type.Out(0), map[reflect.Type]bool{}) {
				name := service + "." + m.Name + ": " + field
				if secret.MatchString(field) && !slices.Contains(harmless, name) {
					t.Error(name)
				}
			}
		}
	}
	if looked < 400 {
		t.Errorf("only %d reads were looked at", looked)
	}
}

// fields are the names of all fields of a type and of what it is made of.
func fields(t reflect.Type, seen map[reflect.Type]bool) map[string]bool {
	out := map[string]bool{}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return fields(t.Elem(), seen)
	case reflect.Struct:
		if seen[t] {
			return out
		}
		seen[t] = true
		for f := range t.Fields() {
			out[f.Name] = true
			maps.Copy(out, fields(f.Type, seen))
		}
	}
	return out
}

// TestLookingCostsNothing: what AWS bills by the request is no read.
func TestLookingCostsNothing(t *testing.T) {
	for operation := range operations() {
		service, name, _ := strings.Cut(operation, ".")
		if service == "costexplorer" && Classify(service, name) == Read && strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "GetAnomal") {
			t.Errorf("%s is US$ 0.01 for each request", operation)
		}
	}
}

// operations of the linked clients, as service.operation.
func operations() map[string]bool {
	out := map[string]bool{}
	for _, c := range linked {
		t := reflect.TypeOf(c)
		service := t.Elem().PkgPath()
		service = service[strings.LastIndex(service, "/")+1:]
		for m := range t.Methods() {
			if m.Type.NumIn() == 4 { // receiver, context, input, options
				out[service+"."+m.Name] = true
			}
		}
	}
	return out
}

func TestEveryReadHasAReadLikeName(t *testing.T) {
	// Reads by another name, each looked up in its documentation.
	others := []string{"iam.SimulateCustomPolicy", "iam.SimulatePrincipalPolicy", "identitystore.IsMemberInGroups", "sts.DecodeAuthorizationMessage"}
	known := operations()
	if len(known) < 1000 {
		t.Fatalf("only %d operations found", len(known))
	}
	for operation := range known {
		service, name, _ := strings.Cut(operation, ".")
		if Classify(service, name) != Read || slices.Contains(others, operation) {
			continue
		}
		if !slices.ContainsFunc([]string{"Get", "List", "Describe", "Head", "Lookup", "Search"}, func(p string) bool { return strings.HasPrefix(name, p) }) {
			t.Errorf("%s is classed as a read", operation)
		}
	}
}

func TestEveryReadExists(t *testing.T) {
	known := operations()
	for name, class := range classes {
		if class == Read && !known[name] {
			t.Errorf("%s is not an operation of a linked client", name)
		}
	}
}

func TestClassify(t *testing.T) {
	for name, want := range map[string]Class{
		"organizations.DescribeOrganization": Read, "organizations.CreateAccount": Write, "organizations.Describe": Write,
		"iam.GetAccountSummary": Read, "iam.GenerateCredentialReport": Write, "iam.DeleteAccessKey": Write,
		"ssoadmin.ListInstances": Read, "ssoadmin.CreateInstance": Write, "ssoadmin.UpdateInstance": Write,
		"sts.GetCallerIdentity": Read, "sts.AssumeRole": Auth, "sts.AssumeRoot": Auth, "sts.GetSessionToken": Write, "sts.GetFederationToken": Write,
		"sso.GetRoleCredentials": Auth, "sso.Logout": Write, "ssooidc.CreateToken": Auth, "ssooidc.CreateTokenWithIAM": Write,
		"s3.HeadBucket": Read, "s3.CreateSession": Write, "s3.PutBucketPolicy": Write, "s3control.GetDataAccess": Write, "s3control.GetPublicAccessBlock": Read,
		"ec2.DescribeVpcs": Read, "ec2.GetPasswordData": Write, "ec2.GetFlowLogsIntegrationTemplate": Write, "ec2.DeleteVpc": Write,
		"costexplorer.GetAnomalyMonitors": Read, "cloudtrail.LookupEvents": Read, "cloudtrail.StartQuery": Write,
		"lambda.ListFunctions": Read, "lambda.GetFunction": Write, "guardduty.CreateDetector": Write, "support.CreateCase": Write,
		"signin.CreateOAuth2Token": Auth, "ec2.ListRoots": Write, ".": Write, "unknown.GetThing": Write,
	} {
		service, operation, _ := strings.Cut(name, ".")
		if got := Classify(service, operation); got != want {
			t.Errorf("%s is a %v, want %v", name, got, want)
		}
	}
}
