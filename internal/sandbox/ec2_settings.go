package sandbox

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
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
