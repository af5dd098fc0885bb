package cloud

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/freetier"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// linked are the clients of the services in go.mod.
var linked = []any{(*account.Client)(nil), (*budgets.Client)(nil), (*cloudtrail.Client)(nil), (*costexplorer.Client)(nil), (*ec2.Client)(nil),
	(*freetier.Client)(nil), (*iam.Client)(nil), (*identitystore.Client)(nil), (*organizations.Client)(nil), (*s3.Client)(nil), (*s3control.Client)(nil),
	(*servicequotas.Client)(nil), (*sso.Client)(nil), (*ssoadmin.Client)(nil), (*ssooidc.Client)(nil), (*sts.Client)(nil)}

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
		"signin.CreateOAuth2Token": Auth, "ec2.ListRoots": Write, ".": Write, "unknown.GetThing": Write,
	} {
		service, operation, _ := strings.Cut(name, ".")
		if got := Classify(service, operation); got != want {
			t.Errorf("%s is a %v, want %v", name, got, want)
		}
	}
}
