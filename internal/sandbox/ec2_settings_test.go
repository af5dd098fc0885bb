package sandbox

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// TestADeclarativePolicyHoldsInEC2: it shows in the settings of each account and Region, the management account's too, and
// goes with the policy.
func TestADeclarativePolicyHoldsInEC2(t *testing.T) {
	s, w, _ := world(t, Admin)
	w.NewOrganization(w.caller().ID)
	machines := ec2.NewFromConfig(config(s, s.Credentials()))
	look := func() (types.InstanceMetadataDefaultsResponse, ec2.GetSnapshotBlockPublicAccessStateOutput) {
		t.Helper()
		metadata, err := machines.GetInstanceMetadataDefaults(t.Context(), &ec2.GetInstanceMetadataDefaultsInput{})
		if err != nil {
			t.Fatal(err)
		}
		snapshots, err := machines.GetSnapshotBlockPublicAccessState(t.Context(), &ec2.GetSnapshotBlockPublicAccessStateInput{})
		if err != nil {
			t.Fatal(err)
		}
		return *metadata.AccountLevel, *snapshots
	}
	own := func(when string) {
		t.Helper()
		if m, c := look(); m.HttpTokens != "" || m.ManagedBy != types.ManagedByAccount || c.State != types.SnapshotBlockPublicAccessStateUnblocked || c.ManagedBy != types.ManagedByAccount {
			t.Errorf("%s: %+v %+v", when, m, c)
		}
	}
	own("at first")
	policy := w.NewPolicy(orgtypes.PolicyTypeDeclarativePolicyEc2, "machines", "", `{"ec2_attributes": {
		"instance_metadata_defaults": {"http_tokens": {"@@assign": "required"}, "http_put_response_hop_limit": { "@@assign" : "2" }},
		"snapshot_block_public_access": {"state": {"@@assign": "block_all_sharing"}}}}`)
	w.Attach(policy, w.Org.Root)
	if m, c := look(); m.HttpTokens != types.HttpTokensStateRequired || aws.ToInt32(m.HttpPutResponseHopLimit) != 2 || m.ManagedBy != types.ManagedByDeclarativePolicy ||
		c.State != types.SnapshotBlockPublicAccessStateBlockAllSharing || c.ManagedBy != types.ManagedByDeclarativePolicy {
		t.Errorf("under the policy: %+v %+v", m, c)
	}
	org := organizations.NewFromConfig(config(s, s.Credentials()))
	effective, err := org.DescribeEffectivePolicy(t.Context(), &organizations.DescribeEffectivePolicyInput{PolicyType: orgtypes.EffectivePolicyTypeDeclarativePolicyEc2})
	if err != nil {
		t.Fatal(err)
	}
	var plain struct {
		EC2 struct {
			Snapshots map[string]string `json:"snapshot_block_public_access"`
		} `json:"ec2_attributes"`
	}
	if err := json.Unmarshal([]byte(aws.ToString(effective.EffectivePolicy.PolicyContent)), &plain); err != nil || plain.EC2.Snapshots["state"] != "block_all_sharing" {
		t.Errorf("the effective policy: %s, %v", aws.ToString(effective.EffectivePolicy.PolicyContent), err)
	}
	if _, err := org.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{PolicyId: &policy, TargetId: &w.Org.Root}); err != nil {
		t.Fatal(err)
	}
	own("when it is gone")
}
