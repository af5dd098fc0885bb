package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// IdentityState is what IAM Identity Center, its identity store and its access portal remember.
type IdentityState struct {
	Instances []*IdentityInstance `json:"instances,omitempty"`
	Clients   map[string]Client   `json:"clients,omitempty"` // by client id
	Devices   []*Device           `json:"devices,omitempty"` // sign-ins that were started
	Tokens    map[string]Token    `json:"tokens,omitempty"`  // by SHA-256 of the access or refresh token

	// FailEnabling makes the next enabling end in CREATE_FAILED, with this reason.
	FailEnabling string `json:"fail_enabling,omitempty"`
	// FailAssignments makes assignments in an account end in FAILED, with this reason.
	FailAssignments map[string]string `json:"fail_assignments,omitempty"`
}

// IdentityInstance is one instance of IAM Identity Center with everything in it.
type IdentityInstance struct {
	ARN, Store, Owner, Region, Name string
	Organization                    bool // false: an account instance, which knows no permission sets
	PermissionSetsEnabled           bool
	Created, Ready                  time.Time
	Failure                         string // not empty: creating it failed
	PermissionSets                  []*PermissionSet
	Operations                      []*IdentityOperation // in the order they were asked for
	Users                           []*IdentityUser
	Groups                          []*IdentityGroup
	Memberships                     []*Membership
	Attributes                      map[string]string            // attributes for access control; nil = not set up
	Tags                            map[string]map[string]string // by resource ARN
}

const (
	identityService = "sso.amazonaws.com"
	hexDigits       = "0123456789abcdef"

	// How long AWS's background work takes (typical values).
	enablingTakes     = 60 * time.Second
	assigningTakes    = 8 * time.Second
	provisioningTakes = 6 * time.Second
)

func (s *Sim) registerIdentity() {
	region := "us-east-1" // the Region last asked for; the stand-in opens the console there
	s.registerInstances(func(asked string) { region = asked })
	s.registerPermissionSets()
	s.registerPermissionSetPolicies()
	s.registerAssignments()
	s.registerAssignmentReads()
	s.registerUsers()
	s.registerGroups()
	s.registerMemberships()
	s.registerSignIn()
	s.registerPortal()
	s.acts["enable-identity-center"] = func(w *World) error { w.tick(); return w.EnableIdentityCenter(region) }
	s.acts["delete-identity-center"] = (*World).deleteIdentityCenter
	s.acts["first-password"] = (*World).firstPasswords
	s.acts["sign-in"] = func(w *World) error { w.tick(); return w.signIn() }
}

// EnableIdentityCenter does what the console's Enable button does in that Region of the management account: the
// organization instance comes up after a minute or so, with trusted access. Enabling again changes nothing.
func (w *World) EnableIdentityCenter(region string) error {
	management := w.managementAccount()
	if management == "" {
		return errors.New("sandbox: IAM Identity Center for an organization needs an organization")
	}
	for _, i := range w.Identity.Instances {
		if i.Organization && i.Failure == "" {
			return nil
		}
	}
	i := w.newInstance(management, region)
	i.Organization, i.PermissionSetsEnabled = true, true
	i.Ready = w.Now().Add(w.Takes(enablingTakes))
	i.Failure, w.Identity.FailEnabling = w.Identity.FailEnabling, ""
	w.Trust(identityService)
	w.serviceRole(management, identityService, "AWSServiceRoleForSSO")
	w.Changed()
	return nil
}

// deleteIdentityCenter does what the console's Delete button does: the organization's instance is gone with everything in
// it. The trusted access stays.
func (w *World) deleteIdentityCenter() error {
	w.Identity.Instances = slices.DeleteFunc(w.Identity.Instances, func(i *IdentityInstance) bool { return i.Organization })
	w.Changed()
	return nil
}

func (w *World) newInstance(owner, region string) *IdentityInstance {
	i := &IdentityInstance{
		ARN: "arn:aws:sso:::instance/ssoins-" + w.ID(hexDigits, 16), Store: "d-" + w.ID(hexDigits, 10),
		Owner: owner, Region: region, Created: w.Now(), Ready: w.Now(), Tags: map[string]map[string]string{},
	}
	w.Identity.Instances = append(w.Identity.Instances, i)
	w.Changed()
	return i
}

func (i *IdentityInstance) status(now time.Time) (admintypes.InstanceStatus, *string) {
	switch {
	case now.Before(i.Ready):
		return admintypes.InstanceStatusCreateInProgress, nil
	case i.Failure != "":
		return admintypes.InstanceStatusCreateFailed, aws.String(i.Failure)
	}
	return admintypes.InstanceStatusActive, nil
}

// startURL is the address of the access portal.
func (i *IdentityInstance) startURL() string { return "https://" + i.Store + ".awsapps.com/start" }

func (i *IdentityInstance) storeARN() string {
	return "arn:aws:identitystore::" + i.Owner + ":identitystore/" + i.Store
}

func (i *IdentityInstance) regions() []admintypes.RegionMetadata {
	return []admintypes.RegionMetadata{{RegionName: aws.String(i.Region), IsPrimaryRegion: true,
		Status: admintypes.RegionStatusActive, AddedDate: aws.Time(i.Created)}}
}

// visible reports whether an account sees the instance: its own, and the organization's from everywhere inside it.
func (i *IdentityInstance) visible(w *World, account string) bool {
	return i.Owner == account || i.Organization && w.orgMember(account)
}

// manages reports whether an account may manage the instance: the account that owns it, or a delegated administrator.
func (i *IdentityInstance) manages(w *World, account string) bool {
	return i.Owner == account || i.Organization && w.delegatedAdmin(account, identityService)
}

// instance finds the instance a call is about. AWS knows it in its own Region only, and lets only its
// owner and a delegated administrator in.
func (r *Request) instance(arn *string) (*IdentityInstance, error) {
	for _, i := range r.World.Identity.Instances {
		if i.ARN != aws.ToString(arn) || i.Region != r.Region {
			continue
		}
		if !i.manages(r.World, r.Principal.Account) {
			return nil, adminDenied("User: " + r.Principal.ARN + " is not authorized to perform: sso:" + r.Operation + " on resource: " + i.ARN)
		}
		return i, nil
	}
	return nil, adminMissing("Instance with ARN " + aws.ToString(arn) + " does not exist")
}

// readyInstance is instance for everything but looking: nothing works before it is ACTIVE, and account instances
// know neither permission sets nor assignments.
func (r *Request) readyInstance(arn *string) (*IdentityInstance, error) {
	i, err := r.instance(arn)
	if err != nil {
		return nil, err
	}
	if status, _ := i.status(r.World.Now()); status != admintypes.InstanceStatusActive {
		return nil, adminDenied("The instance is not ACTIVE")
	}
	if !i.Organization || !i.PermissionSetsEnabled {
		return nil, adminInvalid("The operation is not supported for this Identity Center instance")
	}
	return i, nil
}

func adminMissing(m string) error {
	return &admintypes.ResourceNotFoundException{Message: aws.String(m)}
}
func adminConflict(m string) error { return &admintypes.ConflictException{Message: aws.String(m)} }
func adminInvalid(m string) error  { return &admintypes.ValidationException{Message: aws.String(m)} }
func adminDenied(m string) error   { return &admintypes.AccessDeniedException{Message: aws.String(m)} }
func adminBusy(m string) error     { return &admintypes.ThrottlingException{Message: aws.String(m)} }

// modeled is an error type of the SDK together with the HTTP status AWS gives it.
type modeled struct {
	error
	status *Error
}

func (m *modeled) Unwrap() []error { return []error{m.error, m.status} }

func withStatus(status int, err error) error {
	return &modeled{error: err, status: &Error{Status: status}}
}

// pageOf cuts one page out of a list. The token is opaque to callers, as everywhere at AWS.
func pageOf[T any](all []T, most *int32, token *string, usual int) ([]T, *string, error) {
	from := 0
	if t := aws.ToString(token); t != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(t, "page-"))
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, adminInvalid("Invalid NextToken")
		}
		from = n
	}
	if m := int(aws.ToInt32(most)); m > 0 && m < usual {
		usual = m
	}
	to := min(from+usual, len(all))
	if to == len(all) {
		return all[from:to], nil, nil
	}
	return all[from:to], aws.String("page-" + strconv.Itoa(to)), nil
}

// digest is how secrets are kept: enough to recognise them, never to give them back.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func (s *Sim) registerInstances(asked func(region string)) {
	on(s, func(r *Request, in *ssoadmin.ListInstancesInput) (*ssoadmin.ListInstancesOutput, error) {
		asked(r.Region)
		var found []admintypes.InstanceMetadata
		for _, i := range r.World.Identity.Instances {
			if !i.visible(r.World, r.Principal.Account) || i.Region != r.Region && in.RegionScope != admintypes.RegionScopeAllRegions {
				continue
			}
			status, reason := i.status(r.World.Now())
			found = append(found, admintypes.InstanceMetadata{
				InstanceArn: aws.String(i.ARN), IdentityStoreId: aws.String(i.Store), IdentityStoreArn: aws.String(i.storeARN()),
				OwnerAccountId: aws.String(i.Owner), PrimaryRegion: aws.String(i.Region), Regions: i.regions(),
				Status: status, StatusReason: reason, CreatedDate: aws.Time(i.Created), Name: optional(i.Name)})
		}
		out, next, err := pageOf(found, in.MaxResults, in.NextToken, 10)
		return &ssoadmin.ListInstancesOutput{Instances: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *ssoadmin.DescribeInstanceInput) (*ssoadmin.DescribeInstanceOutput, error) {
		i, err := r.instance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		status, reason := i.status(r.World.Now())
		return &ssoadmin.DescribeInstanceOutput{
			InstanceArn: aws.String(i.ARN), IdentityStoreId: aws.String(i.Store), IdentityStoreArn: aws.String(i.storeARN()),
			OwnerAccountId: aws.String(i.Owner), PrimaryRegion: aws.String(i.Region), Regions: i.regions(),
			Status: status, StatusReason: reason, CreatedDate: aws.Time(i.Created), Name: optional(i.Name),
			PermissionSetsEnabled: aws.Bool(i.PermissionSetsEnabled)}, nil
	})
	// Creating by API makes an account instance, and only outside the management account: the organization's
	// instance comes from the console alone (CreateInstance API reference).
	on(s, func(r *Request, in *ssoadmin.CreateInstanceInput) (*ssoadmin.CreateInstanceOutput, error) {
		if r.Principal.Account == r.World.managementAccount() {
			return nil, adminInvalid("CreateInstance is not supported in the management account of an organization")
		}
		for _, i := range r.World.Identity.Instances {
			if i.Owner == r.Principal.Account {
				return nil, adminConflict("An instance of IAM Identity Center already exists in this account")
			}
		}
		i := r.World.newInstance(r.Principal.Account, r.Region)
		i.Name = aws.ToString(in.Name)
		return &ssoadmin.CreateInstanceOutput{InstanceArn: aws.String(i.ARN)}, nil
	})
	on(s, func(r *Request, in *ssoadmin.UpdateInstanceInput) (*ssoadmin.UpdateInstanceOutput, error) {
		i, err := r.instance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if in.PermissionSetsEnabled != nil && (!i.Organization || i.PermissionSetsEnabled && !*in.PermissionSetsEnabled) {
			return nil, adminInvalid("Permission sets cannot be switched off, nor on in an account instance")
		}
		i.PermissionSetsEnabled = i.PermissionSetsEnabled || aws.ToBool(in.PermissionSetsEnabled)
		if in.Name != nil {
			i.Name = *in.Name
		}
		r.World.Changed()
		return &ssoadmin.UpdateInstanceOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.CreateInstanceAccessControlAttributeConfigurationInput) (*ssoadmin.CreateInstanceAccessControlAttributeConfigurationOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if i.Attributes != nil {
			return nil, adminConflict("Attributes for access control are already enabled")
		}
		return &ssoadmin.CreateInstanceAccessControlAttributeConfigurationOutput{}, r.setAttributes(i, in.InstanceAccessControlAttributeConfiguration)
	})
	on(s, func(r *Request, in *ssoadmin.UpdateInstanceAccessControlAttributeConfigurationInput) (*ssoadmin.UpdateInstanceAccessControlAttributeConfigurationOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if i.Attributes == nil {
			return nil, adminMissing("Attributes for access control are not enabled")
		}
		return &ssoadmin.UpdateInstanceAccessControlAttributeConfigurationOutput{}, r.setAttributes(i, in.InstanceAccessControlAttributeConfiguration)
	})
	on(s, func(r *Request, in *ssoadmin.DeleteInstanceAccessControlAttributeConfigurationInput) (*ssoadmin.DeleteInstanceAccessControlAttributeConfigurationOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if i.Attributes == nil {
			return nil, adminMissing("Attributes for access control are not enabled")
		}
		i.Attributes = nil
		r.World.Changed()
		return &ssoadmin.DeleteInstanceAccessControlAttributeConfigurationOutput{}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput) (*ssoadmin.DescribeInstanceAccessControlAttributeConfigurationOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		if i.Attributes == nil {
			return nil, adminMissing("Attributes for access control are not enabled")
		}
		config := &admintypes.InstanceAccessControlAttributeConfiguration{}
		for _, key := range sortedKeys(i.Attributes) {
			config.AccessControlAttributes = append(config.AccessControlAttributes, admintypes.AccessControlAttribute{
				Key: aws.String(key), Value: &admintypes.AccessControlAttributeValue{Source: []string{i.Attributes[key]}}})
		}
		return &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationOutput{
			Status: admintypes.InstanceAccessControlAttributeConfigurationStatusEnabled,
			InstanceAccessControlAttributeConfiguration: config}, nil
	})
}

func (r *Request) setAttributes(i *IdentityInstance, config *admintypes.InstanceAccessControlAttributeConfiguration) error {
	attributes := map[string]string{}
	for _, a := range config.AccessControlAttributes {
		if a.Value == nil || len(a.Value.Source) != 1 {
			return adminInvalid(fmt.Sprintf("Attribute %s needs exactly one source", aws.ToString(a.Key)))
		}
		attributes[aws.ToString(a.Key)] = a.Value.Source[0]
	}
	if len(attributes) > 50 {
		return adminInvalid("At most 50 attributes for access control")
	}
	i.Attributes = attributes
	r.World.Changed()
	return nil
}

// optional is nil for the empty string, as absent members are in AWS's replies.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
