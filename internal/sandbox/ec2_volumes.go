package sandbox

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// registerEC2Volumes registers the look at disks. Each instance has one, encrypted when that was the default as it was started:
// a default that is changed later changes no disk.
func (s *Sim) registerEC2Volumes() {
	on(s, func(r *Request, in *ec2.DescribeVolumesInput) (*ec2.DescribeVolumesOutput, error) {
		n, err := r.readNetwork(in.DryRun)
		if err != nil {
			return nil, err
		}
		var disks []types.Volume
		for _, e := range n.Interfaces {
			if e.Instance != "" {
				disks = append(disks, types.Volume{VolumeId: aws.String(ec2ID("vol", e.Instance)), AvailabilityZone: aws.String(e.Zone), Encrypted: aws.Bool(e.Encrypted),
					State: types.VolumeStateInUse, Size: aws.Int32(8), Attachments: []types.VolumeAttachment{{InstanceId: aws.String(e.Instance)}}})
			}
		}
		found, next, err := pick(query{in.VolumeIds, "InvalidVolume.NotFound", in.Filters, in.NextToken, in.MaxResults}, disks,
			func(v types.Volume) string { return *v.VolumeId },
			func(v types.Volume) fields {
				return fields{"volume-id": {*v.VolumeId}, "encrypted": {strconv.FormatBool(*v.Encrypted)}, "status": {string(v.State)},
					"availability-zone": {*v.AvailabilityZone}, "attachment.instance-id": {*v.Attachments[0].InstanceId}}
			})
		return &ec2.DescribeVolumesOutput{Volumes: found, NextToken: next}, err
	})
}
