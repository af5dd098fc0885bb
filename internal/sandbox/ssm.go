package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// SSMState is what the Parameter Store of AWS Systems Manager remembers.
type SSMState struct {
	Parameters map[string]*Parameter `json:"parameters,omitempty"` // by account, Region and name; see parameterKey
}

// Parameter is a parameter. The value of a SecureString is in memory only: the sandbox's file holds a hash of it.
type Parameter struct {
	Name, Type, Describe, Tier string
	Value                      string // a SecureString's is its hash
	Version                    int64
	Changed                    time.Time

	secret string
}

func parameterKey(account, region, name string) string { return account + "/" + region + "|" + name }

const encrypted = "encrypted:"

func (s *Sim) registerSSM() {
	on(s, putParameter)
	on(s, func(r *Request, in *ssm.GetParameterInput) (*ssm.GetParameterOutput, error) {
		p, err := r.parameter(in.Name)
		if err != nil {
			return nil, err
		}
		value := p.Value
		if p.Type == string(types.ParameterTypeSecureString) && aws.ToBool(in.WithDecryption) {
			if value = p.secret; value == "" {
				return nil, Fail("InternalServerError", "the sandbox keeps no secret from one run to the next")
			}
		}
		return &ssm.GetParameterOutput{Parameter: &types.Parameter{Name: in.Name, Type: types.ParameterType(p.Type), Value: aws.String(value), Version: p.Version,
			ARN: aws.String(r.parameterARN(p)), LastModifiedDate: aws.Time(p.Changed)}}, nil
	})
	on(s, func(r *Request, in *ssm.DescribeParametersInput) (*ssm.DescribeParametersOutput, error) {
		var all []types.ParameterMetadata
		for _, key := range sortedKeys(r.World.SSM.Parameters) {
			p := r.World.SSM.Parameters[key]
			if key != parameterKey(r.Principal.Account, r.Region, p.Name) || !parameterFits(p, in.ParameterFilters) {
				continue
			}
			all = append(all, types.ParameterMetadata{Name: aws.String(p.Name), Type: types.ParameterType(p.Type), Description: optional(p.Describe), Version: p.Version,
				Tier: types.ParameterTier(p.Tier), LastModifiedDate: aws.Time(p.Changed), ARN: aws.String(r.parameterARN(p))})
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 50)
		return &ssm.DescribeParametersOutput{Parameters: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssm.DeleteParameterInput) (*ssm.DeleteParameterOutput, error) {
		p, err := r.parameter(in.Name)
		if err != nil {
			return nil, err
		}
		delete(r.World.SSM.Parameters, parameterKey(r.Principal.Account, r.Region, p.Name))
		r.World.Changed()
		return &ssm.DeleteParameterOutput{}, nil
	})
}

func (r *Request) parameterARN(p *Parameter) string {
	return "arn:aws:ssm:" + r.Region + ":" + r.Principal.Account + ":parameter" + p.Name
}

func (r *Request) parameter(name *string) (*Parameter, error) {
	if p := r.World.SSM.Parameters[parameterKey(r.Principal.Account, r.Region, aws.ToString(name))]; p != nil {
		return p, nil
	}
	return nil, &types.ParameterNotFound{}
}

func parameterFits(p *Parameter, filters []types.ParameterStringFilter) bool {
	return !slices.ContainsFunc(filters, func(f types.ParameterStringFilter) bool {
		return aws.ToString(f.Key) == "Name" && !slices.Contains(f.Values, p.Name)
	})
}

func putParameter(r *Request, in *ssm.PutParameterInput) (*ssm.PutParameterOutput, error) {
	w, name, value := r.World, aws.ToString(in.Name), aws.ToString(in.Value)
	key := parameterKey(r.Principal.Account, r.Region, name)
	before := w.SSM.Parameters[key]
	invalid := func(m string) error { return Fail("ValidationException", m) }
	switch lower := strings.TrimPrefix(strings.ToLower(name), "/"); {
	case strings.HasPrefix(lower, "aws") || strings.HasPrefix(lower, "ssm"):
		return nil, invalid("Parameter name: can't be prefixed with \"ssm\" (case-insensitive) or \"aws\".")
	case value == "":
		return nil, invalid("Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.")
	case len(value) > 4096 && in.Tier != types.ParameterTierAdvanced:
		return nil, invalid("Standard tier parameters support a maximum parameter value of 4096 characters.")
	case before == nil && in.Type == "":
		return nil, invalid("A parameter type is required when you create a parameter.")
	case before != nil && !aws.ToBool(in.Overwrite):
		return nil, &types.ParameterAlreadyExists{Message: aws.String("The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")}
	case aws.ToBool(in.Overwrite) && len(in.Tags) > 0:
		return nil, invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.")
	}
	p := &Parameter{Name: name, Type: string(in.Type), Describe: aws.ToString(in.Description), Tier: "Standard", Value: value, Version: 1, Changed: w.Now()}
	if before != nil {
		p.Version = before.Version + 1
		if p.Type == "" {
			p.Type = before.Type
		}
	}
	if p.Type == string(types.ParameterTypeSecureString) {
		p.Value, p.secret = encrypted+digest(key + value)[:16], value
	}
	if w.SSM.Parameters == nil {
		w.SSM.Parameters = map[string]*Parameter{}
	}
	w.SSM.Parameters[key] = p
	w.Changed()
	return &ssm.PutParameterOutput{Version: p.Version, Tier: types.ParameterTierStandard}, nil
}
