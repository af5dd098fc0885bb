package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// registerEC2Settings registers what EC2 keeps for an account and Region. EBS encryption by default is off in a new account;
// a change holds at once, for disks made from then on.
func (s *Sim) registerEC2Settings() {
	on(s, func(r *Request, in *ec2.GetEbsEncryptionByDefaultInput) (*ec2.GetEbsEncryptionByDefaultOutput, error) {
		return &ec2.GetEbsEncryptionByDefaultOutput{EbsEncryptionByDefault: aws.Bool(r.World.EC2.Encrypted[r.place()])}, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.EnableEbsEncryptionByDefaultInput) (*ec2.EnableEbsEncryptionByDefaultOutput, error) {
		if err := r.here(in.DryRun); err != nil {
			return nil, err
		}
		r.encrypt(true)
		return &ec2.EnableEbsEncryptionByDefaultOutput{EbsEncryptionByDefault: aws.Bool(true)}, nil
	})
	on(s, func(r *Request, in *ec2.DisableEbsEncryptionByDefaultInput) (*ec2.DisableEbsEncryptionByDefaultOutput, error) {
		if err := r.here(in.DryRun); err != nil {
			return nil, err
		}
		r.encrypt(false)
		return &ec2.DisableEbsEncryptionByDefaultOutput{EbsEncryptionByDefault: aws.Bool(false)}, nil
	})
	on(s, func(r *Request, in *ec2.GetSnapshotBlockPublicAccessStateInput) (*ec2.GetSnapshotBlockPublicAccessStateOutput, error) {
		out := &ec2.GetSnapshotBlockPublicAccessStateOutput{State: types.SnapshotBlockPublicAccessStateUnblocked, ManagedBy: types.ManagedByAccount}
		if state := r.World.declared(r.Principal.Account).Snapshots.State; state != "" {
			// The policy writes with underscores what the API says with hyphens.
			out.State, out.ManagedBy = types.SnapshotBlockPublicAccessState(strings.ReplaceAll(state, "_", "-")), types.ManagedByDeclarativePolicy
		}
		return out, r.here(in.DryRun)
	})
	on(s, func(r *Request, in *ec2.GetInstanceMetadataDefaultsInput) (*ec2.GetInstanceMetadataDefaultsOutput, error) {
		level := &types.InstanceMetadataDefaultsResponse{ManagedBy: types.ManagedByAccount}
		if set := r.World.declared(r.Principal.Account).Metadata; set.Tokens != "" {
			level.HttpTokens, level.ManagedBy = types.HttpTokensState(set.Tokens), types.ManagedByDeclarativePolicy
			if hops, err := strconv.ParseInt(set.Hops, 10, 32); err == nil {
				level.HttpPutResponseHopLimit = aws.Int32(int32(hops))
			}
		}
		return &ec2.GetInstanceMetadataDefaultsOutput{AccountLevel: level}, r.here(in.DryRun)
	})
}

// ec2Declared is what a declarative policy of the organization says about an account, the management account among them. It
// holds in all Regions, and is gone with the policy.
type ec2Declared struct {
	Metadata struct {
		Tokens string `json:"http_tokens"`
		Hops   string `json:"http_put_response_hop_limit"`
	} `json:"instance_metadata_defaults"`
	Snapshots struct {
		State string `json:"state"`
	} `json:"snapshot_block_public_access"`
}

func (w *World) declared(account string) ec2Declared {
	var policy struct {
		EC2 ec2Declared `json:"ec2_attributes"`
	}
	if w.orgMember(account) {
		// A policy that cannot be read says nothing; AWS takes none of that kind.
		_ = json.Unmarshal([]byte(unassigned(w.Org.effective(account, string(orgtypes.PolicyTypeDeclarativePolicyEc2)))), &policy)
	}
	return policy.EC2
}

// place names the account and the Region of a request, as the parts of the world are kept that are per account and Region.
func (r *Request) place() string { return r.Principal.Account + "/" + r.Region }

func (r *Request) encrypt(on bool) {
	if r.World.EC2.Encrypted == nil {
		r.World.EC2.Encrypted = map[string]bool{}
	}
	if r.World.EC2.Encrypted[r.place()] = on; !on {
		delete(r.World.EC2.Encrypted, r.place())
	}
	r.World.Changed()
}
