package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func (s *Sim) registerRoles() {
	on(s, getRole)
	on(s, listRoles)
	on(s, createRole)
	on(s, deleteRole)
	on(s, tagRole)
	on(s, updateAssumeRolePolicy)
	on(s, putRolePolicy)
	on(s, getRolePolicy)
	on(s, deleteRolePolicy)
	on(s, listRolePolicies)
	on(s, attachRolePolicy)
	on(s, detachRolePolicy)
	on(s, listAttachedRolePolicies)
	on(s, createServiceLinkedRole)
}

// IAM's codes on the wire differ from the names of the SDK's types: NoSuchEntity, not NoSuchEntityException.

func noSuchEntity(what string) error {
	return FailWith(http.StatusNotFound, "NoSuchEntity", what+" cannot be found.")
}

func entityExists(what string) error {
	return FailWith(http.StatusConflict, "EntityAlreadyExists", what+" already exists.")
}

func deleteConflict(message string) error {
	return FailWith(http.StatusConflict, "DeleteConflict", message)
}

// namedRole gives a role of the caller's account.
func (r *Request) namedRole(name *string) (*iamRole, error) {
	if role := r.World.role(r.Principal.Account, aws.ToString(name)); role != nil {
		return role, nil
	}
	return nil, noSuchEntity("The role with name " + aws.ToString(name))
}

// changeableRole is namedRole for a change: what a service-linked role or Identity Center's roles are, only their service changes.
func (r *Request) changeableRole(name *string) (*iamRole, error) {
	role, err := r.namedRole(name)
	if err == nil && (strings.HasPrefix(role.Path, "/aws-service-role/") || strings.HasPrefix(role.Path, "/aws-reserved/")) {
		return nil, FailWith(http.StatusBadRequest, "UnmodifiableEntity",
			fmt.Sprintf("Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", role.Name))
	}
	return role, err
}

// describedRole gives the trust policy URL-encoded, as IAM does.
func describedRole(account string, r *iamRole) *types.Role {
	return &types.Role{RoleName: aws.String(r.Name), Path: aws.String(r.Path), Arn: aws.String(r.arn(account)), RoleId: aws.String(r.ID),
		CreateDate: aws.Time(r.Created), AssumeRolePolicyDocument: aws.String(url.QueryEscape(r.Trust)), Description: aws.String(r.Description),
		MaxSessionDuration: aws.Int32(max(r.MaxSeconds, 3600)), Tags: iamTags(r.Tags)}
}

func iamTags(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return out
}

func getRole(r *Request, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	role, err := r.namedRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iam.GetRoleOutput{Role: describedRole(r.Principal.Account, role)}, nil
}

func listRoles(r *Request, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	var all []types.Role
	for _, role := range r.World.roles(r.Principal.Account) {
		if strings.HasPrefix(role.Path, aws.ToString(in.PathPrefix)) {
			all = append(all, *describedRole(r.Principal.Account, role))
		}
	}
	order.By(all, func(a, b types.Role) int { return cmp.Compare(*a.RoleName, *b.RoleName) })
	page, marker, err := marked(all, in.Marker, in.MaxItems)
	return &iam.ListRolesOutput{Roles: page, Marker: marker, IsTruncated: marker != nil}, err
}

// marked cuts IAM's pages: 100 items unless asked for fewer.
func marked[T any](all []T, marker *string, most *int32) ([]T, *string, error) {
	size, from := 100, 0
	if most != nil {
		size = int(*most)
	}
	if marker != nil {
		var err error
		if from, err = strconv.Atoi(*marker); err != nil || from < 0 || from > len(all) {
			return nil, nil, Fail("ValidationError", "Invalid Marker.")
		}
	}
	to := min(from+size, len(all))
	if to < len(all) {
		return all[from:to], aws.String(strconv.Itoa(to)), nil
	}
	return all[from:to], nil, nil
}

func malformedPolicy() error {
	return Fail("MalformedPolicyDocument", "This policy contains invalid Json")
}

func createRole(r *Request, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	w, account, name := r.World, r.Principal.Account, aws.ToString(in.RoleName)
	path := aws.ToString(in.Path)
	switch {
	case w.iam(account).Roles[name] != nil:
		return nil, entityExists("Role with name " + name)
	case !roleForm().MatchString(name):
		return nil, Fail("ValidationError", "The specified value for roleName is invalid.")
	case !isJSON(in.AssumeRolePolicyDocument):
		return nil, malformedPolicy()
	case strings.HasPrefix(path, "/aws-reserved/") || strings.HasPrefix(path, "/aws-service-role/"):
		return nil, Fail("ValidationError", "The specified path is reserved for AWS.")
	case in.MaxSessionDuration != nil && (*in.MaxSessionDuration < 3600 || *in.MaxSessionDuration > 43200):
		return nil, Fail("ValidationError", "MaxSessionDuration must be between 3600 and 43200 seconds.")
	}
	role := &iamRole{Name: name, Path: path, Trust: aws.ToString(in.AssumeRolePolicyDocument), Description: aws.ToString(in.Description),
		MaxSeconds: aws.ToInt32(in.MaxSessionDuration), Created: w.Clock, Tags: map[string]string{}}
	for _, t := range in.Tags {
		role.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	w.putRole(account, role)
	return &iam.CreateRoleOutput{Role: describedRole(account, role)}, nil
}

func deleteRole(r *Request, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	switch {
	case err != nil:
		return nil, err
	case len(role.Managed) > 0:
		return nil, deleteConflict("Cannot delete entity, must detach all policies first.")
	case len(role.Inline) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete policies first.")
	}
	r.World.removeRole(r.Principal.Account, role.Name)
	return &iam.DeleteRoleOutput{}, nil
}

func tagRole(r *Request, in *iam.TagRoleInput) (*iam.TagRoleOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	if role.Tags == nil {
		role.Tags = map[string]string{}
	}
	for _, t := range in.Tags {
		role.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	r.World.Changed()
	return &iam.TagRoleOutput{}, nil
}

func updateAssumeRolePolicy(r *Request, in *iam.UpdateAssumeRolePolicyInput) (*iam.UpdateAssumeRolePolicyOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	if !isJSON(in.PolicyDocument) {
		return nil, malformedPolicy()
	}
	role.Trust = aws.ToString(in.PolicyDocument)
	r.World.Changed()
	return &iam.UpdateAssumeRolePolicyOutput{}, nil
}

func putRolePolicy(r *Request, in *iam.PutRolePolicyInput) (*iam.PutRolePolicyOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	if !isJSON(in.PolicyDocument) {
		return nil, malformedPolicy()
	}
	if role.Inline == nil {
		role.Inline = map[string]string{}
	}
	role.Inline[aws.ToString(in.PolicyName)] = aws.ToString(in.PolicyDocument)
	r.World.Changed()
	return &iam.PutRolePolicyOutput{}, nil
}

func noRolePolicy(name *string) error {
	return noSuchEntity("The role policy with name " + aws.ToString(name))
}

func getRolePolicy(r *Request, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	role, err := r.namedRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	content, ok := role.Inline[aws.ToString(in.PolicyName)]
	if !ok {
		return nil, noRolePolicy(in.PolicyName)
	}
	return &iam.GetRolePolicyOutput{RoleName: in.RoleName, PolicyName: in.PolicyName, PolicyDocument: aws.String(url.QueryEscape(content))}, nil
}

func deleteRolePolicy(r *Request, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, ok := role.Inline[aws.ToString(in.PolicyName)]; !ok {
		return nil, noRolePolicy(in.PolicyName)
	}
	delete(role.Inline, aws.ToString(in.PolicyName))
	r.World.Changed()
	return &iam.DeleteRolePolicyOutput{}, nil
}

func listRolePolicies(r *Request, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	role, err := r.namedRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	page, marker, err := marked(slices.Sorted(maps.Keys(role.Inline)), in.Marker, in.MaxItems)
	return &iam.ListRolePoliciesOutput{PolicyNames: page, Marker: marker, IsTruncated: marker != nil}, err
}

func attachRolePolicy(r *Request, in *iam.AttachRolePolicyInput) (*iam.AttachRolePolicyOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	if arn := aws.ToString(in.PolicyArn); !strings.HasPrefix(arn, "arn:aws:iam::aws:policy/") {
		return nil, FailWith(http.StatusNotFound, "NoSuchEntity", "Policy "+arn+" does not exist or is not attachable.")
	} else if !slices.Contains(role.Managed, arn) {
		role.Managed = append(role.Managed, arn)
		r.World.Changed()
	}
	return &iam.AttachRolePolicyOutput{}, nil
}

func detachRolePolicy(r *Request, in *iam.DetachRolePolicyInput) (*iam.DetachRolePolicyOutput, error) {
	role, err := r.changeableRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	i := slices.Index(role.Managed, aws.ToString(in.PolicyArn))
	if i < 0 {
		return nil, FailWith(http.StatusNotFound, "NoSuchEntity", "Policy "+aws.ToString(in.PolicyArn)+" was not found.")
	}
	role.Managed = slices.Delete(role.Managed, i, i+1)
	r.World.Changed()
	return &iam.DetachRolePolicyOutput{}, nil
}

func listAttachedRolePolicies(r *Request, in *iam.ListAttachedRolePoliciesInput) (*iam.ListAttachedRolePoliciesOutput, error) {
	role, err := r.namedRole(in.RoleName)
	if err != nil {
		return nil, err
	}
	var all []types.AttachedPolicy
	for _, arn := range role.Managed {
		all = append(all, types.AttachedPolicy{PolicyArn: aws.String(arn), PolicyName: aws.String(arn[strings.LastIndex(arn, "/")+1:])})
	}
	page, marker, err := marked(all, in.Marker, in.MaxItems)
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: page, Marker: marker, IsTruncated: marker != nil}, err
}

// serviceRoleNames are the names of the service-linked roles whose names do not follow from the service.
var serviceRoleNames = map[string]string{
	"organizations.amazonaws.com":                "AWSServiceRoleForOrganizations",
	"sso.amazonaws.com":                          "AWSServiceRoleForSSO",
	"cloudtrail.amazonaws.com":                   "AWSServiceRoleForCloudTrail",
	"guardduty.amazonaws.com":                    "AWSServiceRoleForAmazonGuardDuty",
	"access-analyzer.amazonaws.com":              "AWSServiceRoleForAccessAnalyzer",
	"malware-protection.guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
}

func createServiceLinkedRole(r *Request, in *iam.CreateServiceLinkedRoleInput) (*iam.CreateServiceLinkedRoleOutput, error) {
	service := aws.ToString(in.AWSServiceName)
	name, ok := serviceRoleNames[service]
	if !ok {
		return nil, Fail("InvalidInput", "Service role name is not known for "+service)
	}
	if r.World.roleExists(r.Principal.Account, name) {
		return nil, Fail("InvalidInput", "Service role name "+name+" has been taken in this account, please try a different suffix.")
	}
	r.World.serviceRole(r.Principal.Account, service, name)
	return &iam.CreateServiceLinkedRoleOutput{Role: describedRole(r.Principal.Account, r.World.role(r.Principal.Account, name))}, nil
}
