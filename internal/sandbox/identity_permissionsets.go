package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"awswizard/internal/pattern"
)

// PermissionSet is a permission set as it is kept centrally. Accounts get a copy as a role when it is assigned or
// provisioned; Revision tells an old copy from a new one.
type PermissionSet struct {
	ARN, Name, Description, RelayState, SessionDuration string
	Created                                             time.Time
	Revision                                            int
	Managed                                             []string // policy ARNs
	Inline                                              string
}

var (
	permissionSetName = pattern.Of(`^[\w+=,.@-]{1,32}$`)
	sessionDuration   = pattern.Of(`^PT(\d+H)?(\d+M)?(\d+S)?$`)
	managedPolicyARN  = pattern.Of(`^arn:aws:iam::aws:policy/([\w+=,.@-]+/)*[\w+=,.@-]+$`)
)

// managedPaths are the managed policies that people give without, or with a wrong path. AWS has about 1,400
// managed policies; others are taken as they are.
var managedPaths = map[string]string{
	"AdministratorAccess": "", "PowerUserAccess": "", "ReadOnlyAccess": "", "SecurityAudit": "", "IAMFullAccess": "",
	"AWSBillingReadOnlyAccess": "", "Billing": "job-function/", "DatabaseAdministrator": "job-function/",
	"DataScientist": "job-function/", "NetworkAdministrator": "job-function/", "SupportUser": "job-function/",
	"SystemAdministrator": "job-function/", "ViewOnlyAccess": "job-function/",
}

// sessionLength reads the ISO 8601 durations permission sets use; ok is false outside one to twelve hours.
func sessionLength(iso string) (d time.Duration, ok bool) {
	if !sessionDuration().MatchString(iso) {
		return 0, false
	}
	d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(iso, "PT")))
	return d, err == nil && d >= time.Hour && d <= 12*time.Hour
}

func (i *IdentityInstance) permissionSet(arn *string) (*PermissionSet, error) {
	for _, p := range i.PermissionSets {
		if p.ARN == aws.ToString(arn) {
			return p, nil
		}
	}
	return nil, adminMissing("Could not find PermissionSet with id " + aws.ToString(arn)[strings.LastIndex(aws.ToString(arn), "/")+1:])
}

// permissionSet finds a permission set of a ready instance.
func (r *Request) permissionSet(instance, arn *string) (*IdentityInstance, *PermissionSet, error) {
	i, err := r.readyInstance(instance)
	if err != nil {
		return nil, nil, err
	}
	p, err := i.permissionSet(arn)
	return i, p, err
}

// touch marks a permission set as changed: the roles made from it are now old.
func (r *Request) touch(p *PermissionSet) {
	p.Revision++
	r.World.Changed()
}

func (s *Sim) registerPermissionSets() {
	on(s, func(r *Request, in *ssoadmin.CreatePermissionSetInput) (*ssoadmin.CreatePermissionSetOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		name, length := aws.ToString(in.Name), aws.ToString(in.SessionDuration)
		if length == "" {
			length = "PT1H"
		}
		if _, ok := sessionLength(length); !ok || !permissionSetName().MatchString(name) || len(aws.ToString(in.RelayState)) > 240 ||
			in.Description != nil && (len(*in.Description) == 0 || len(*in.Description) > 700) {
			return nil, adminInvalid("The name, description, relay state or session duration of the permission set is not valid")
		}
		if slices.ContainsFunc(i.PermissionSets, func(p *PermissionSet) bool { return p.Name == name }) {
			return nil, adminConflict("PermissionSet with name " + name + " already exists.")
		}
		p := &PermissionSet{
			ARN:  "arn:aws:sso:::permissionSet/" + strings.TrimPrefix(i.ARN, "arn:aws:sso:::instance/") + "/ps-" + r.World.ID(hexDigits, 16),
			Name: name, Description: aws.ToString(in.Description), RelayState: aws.ToString(in.RelayState),
			SessionDuration: length, Created: r.World.Now(), Revision: 1}
		i.PermissionSets = append(i.PermissionSets, p)
		i.tag(p.ARN, in.Tags)
		r.World.Changed()
		return &ssoadmin.CreatePermissionSetOutput{PermissionSet: p.shown()}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DescribePermissionSetInput) (*ssoadmin.DescribePermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.DescribePermissionSetOutput{PermissionSet: p.shown()}, nil
	})
	on(s, func(r *Request, in *ssoadmin.ListPermissionSetsInput) (*ssoadmin.ListPermissionSetsOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		var arns []string
		for _, p := range i.PermissionSets {
			arns = append(arns, p.ARN)
		}
		out, next, err := pageOf(arns, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListPermissionSetsOutput{PermissionSets: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.UpdatePermissionSetInput) (*ssoadmin.UpdatePermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		if in.SessionDuration != nil {
			if _, ok := sessionLength(*in.SessionDuration); !ok {
				return nil, adminInvalid("The session duration must be between PT1H and PT12H")
			}
			p.SessionDuration = *in.SessionDuration
		}
		if in.Description != nil {
			p.Description = *in.Description
		}
		if in.RelayState != nil {
			p.RelayState = *in.RelayState
		}
		r.touch(p)
		return &ssoadmin.UpdatePermissionSetOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DeletePermissionSetInput) (*ssoadmin.DeletePermissionSetOutput, error) {
		i, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		for _, a := range i.assignments(r.World.Now(), true) {
			if a.PermissionSet == p.ARN {
				return nil, adminConflict("PermissionSet is still assigned to accounts")
			}
		}
		i.PermissionSets = slices.DeleteFunc(i.PermissionSets, func(o *PermissionSet) bool { return o == p })
		delete(i.Tags, p.ARN)
		r.World.Changed()
		return &ssoadmin.DeletePermissionSetOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.TagResourceInput) (*ssoadmin.TagResourceOutput, error) {
		i, err := r.tagged(in.InstanceArn, in.ResourceArn)
		if err != nil {
			return nil, err
		}
		i.tag(aws.ToString(in.ResourceArn), in.Tags)
		r.World.Changed()
		return &ssoadmin.TagResourceOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.ListTagsForResourceInput) (*ssoadmin.ListTagsForResourceOutput, error) {
		i, err := r.tagged(in.InstanceArn, in.ResourceArn)
		if err != nil {
			return nil, err
		}
		out, tags := &ssoadmin.ListTagsForResourceOutput{}, i.Tags[aws.ToString(in.ResourceArn)]
		for _, key := range sortedKeys(tags) {
			out.Tags = append(out.Tags, admintypes.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
		}
		return out, nil
	})
}

func (p *PermissionSet) shown() *admintypes.PermissionSet {
	return &admintypes.PermissionSet{PermissionSetArn: aws.String(p.ARN), Name: aws.String(p.Name), Description: optional(p.Description),
		RelayState: optional(p.RelayState), SessionDuration: aws.String(p.SessionDuration), CreatedDate: aws.Time(p.Created)}
}

// tagged checks that a resource with tags exists: the instance itself or a permission set.
func (r *Request) tagged(instance, resource *string) (*IdentityInstance, error) {
	if instance == nil && strings.Contains(aws.ToString(resource), ":instance/") {
		instance = resource
	}
	i, err := r.instance(instance)
	if err != nil || i.ARN == aws.ToString(resource) {
		return i, err
	}
	_, err = i.permissionSet(resource)
	return i, err
}

func (i *IdentityInstance) tag(arn string, tags []admintypes.Tag) {
	for _, t := range tags {
		if i.Tags[arn] == nil {
			i.Tags[arn] = map[string]string{}
		}
		i.Tags[arn][aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}

func (s *Sim) registerPermissionSetPolicies() {
	on(s, func(r *Request, in *ssoadmin.AttachManagedPolicyToPermissionSetInput) (*ssoadmin.AttachManagedPolicyToPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		arn := aws.ToString(in.ManagedPolicyArn)
		if !managedPolicyARN().MatchString(arn) {
			return nil, adminInvalid("Only policies managed by AWS can be attached: " + arn)
		}
		path, known := managedPaths[policyName(arn)]
		if known && arn != "arn:aws:iam::aws:policy/"+path+policyName(arn) {
			return nil, adminMissing("Policy does not exist with ARN: " + arn)
		}
		if slices.Contains(p.Managed, arn) {
			return nil, adminConflict("Permission set already has a typed policy attachment with arn " + arn)
		}
		if len(p.Managed) >= 25 {
			return nil, &admintypes.ServiceQuotaExceededException{Message: aws.String("You have exceeded AWS SSO limits. Cannot attach more than 25 managed policies.")}
		}
		p.Managed = append(p.Managed, arn)
		r.touch(p)
		return &ssoadmin.AttachManagedPolicyToPermissionSetOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DetachManagedPolicyFromPermissionSetInput) (*ssoadmin.DetachManagedPolicyFromPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		at := slices.Index(p.Managed, aws.ToString(in.ManagedPolicyArn))
		if at < 0 {
			return nil, adminMissing("Could not find ManagedPolicy with arn " + aws.ToString(in.ManagedPolicyArn))
		}
		p.Managed = slices.Delete(p.Managed, at, at+1)
		r.touch(p)
		return &ssoadmin.DetachManagedPolicyFromPermissionSetOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.ListManagedPoliciesInPermissionSetInput) (*ssoadmin.ListManagedPoliciesInPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		var all []admintypes.AttachedManagedPolicy
		for _, arn := range p.Managed {
			all = append(all, admintypes.AttachedManagedPolicy{Arn: aws.String(arn), Name: aws.String(policyName(arn))})
		}
		out, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
		return &ssoadmin.ListManagedPoliciesInPermissionSetOutput{AttachedManagedPolicies: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.PutInlinePolicyToPermissionSetInput) (*ssoadmin.PutInlinePolicyToPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		document := aws.ToString(in.InlinePolicy)
		if !json.Valid([]byte(document)) || len(document) > 32768 || inked(document) > 10240 {
			return nil, adminInvalid("The inline policy is not valid JSON, or it is longer than 10,240 characters")
		}
		p.Inline = document
		r.touch(p)
		return &ssoadmin.PutInlinePolicyToPermissionSetOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.GetInlinePolicyForPermissionSetInput) (*ssoadmin.GetInlinePolicyForPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		// AWS answers with an empty string, not with an error, when there is none.
		return &ssoadmin.GetInlinePolicyForPermissionSetOutput{InlinePolicy: aws.String(p.Inline)}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DeleteInlinePolicyFromPermissionSetInput) (*ssoadmin.DeleteInlinePolicyFromPermissionSetOutput, error) {
		_, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		if p.Inline == "" {
			return nil, adminMissing("The permission set has no inline policy")
		}
		p.Inline = ""
		r.touch(p)
		return &ssoadmin.DeleteInlinePolicyFromPermissionSetOutput{}, nil
	})
}

func policyName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// inked counts the characters that are not white space: those AWS counts in a policy.
func inked(document string) (n int) {
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}
