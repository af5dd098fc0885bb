package sandbox

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// ec2Tags are the tags of a thing, by key.
type ec2Tags map[string]string

// tagged reads what a create request gives the new thing.
func tagged(specs []types.TagSpecification, kind types.ResourceType) (ec2Tags, error) {
	var tags ec2Tags
	for _, s := range specs {
		if s.ResourceType != kind {
			return nil, Fail("InvalidParameterValue", "'"+string(s.ResourceType)+"' is not a valid taggable resource type for this operation.")
		}
		for _, t := range s.Tags {
			if tags == nil {
				tags = ec2Tags{}
			}
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return tags, nil
}

func (t ec2Tags) shown() []types.Tag {
	var out []types.Tag
	for _, key := range slices.Sorted(maps.Keys(t)) {
		out = append(out, types.Tag{Key: aws.String(key), Value: aws.String(t[key])})
	}
	return out
}

// with adds the tags to the values a thing is filtered by.
func (f fields) with(t ec2Tags) fields {
	f["tag-key"] = slices.Collect(maps.Keys(t))
	for key, value := range t {
		f["tag:"+key] = []string{value}
	}
	return f
}
