package sandbox

import (
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
)

// Assignment says that a person or a group gets a permission set in an account.
type Assignment struct {
	Account, PermissionSet, Principal string
	Type                              admintypes.PrincipalType
}

// IdentityOperation is one piece of background work: an assignment made or removed, or a permission set copied
// into accounts. What there is at a moment follows from the operations that are through by then, so that reading
// never changes the world.
type IdentityOperation struct {
	ID            string
	Kind          string // CREATE, DELETE or PROVISION
	Assignment           // of a PROVISION only the permission set
	Accounts      []string
	Revision      int // of the permission set, when asked for
	Created, Done time.Time
	Failure       string
}

const (
	creating     = "CREATE"
	deleting     = "DELETE"
	provisioning = "PROVISION"

	// policiesPerRole is the default quota of IAM; permission sets allow 25 and then fail in the account.
	policiesPerRole = 10
	// outstandingCalls is how many asynchronous calls Identity Center takes at a time.
	outstandingCalls = 15
)

func (o *IdentityOperation) status(now time.Time) (admintypes.StatusValues, *string) {
	switch {
	case now.Before(o.Done):
		return admintypes.StatusValuesInProgress, nil
	case o.Failure != "":
		return admintypes.StatusValuesFailed, aws.String(o.Failure)
	}
	return admintypes.StatusValuesSucceeded, nil
}

// assignments are those in force; with pending, also those under way.
func (i *IdentityInstance) assignments(now time.Time, pending bool) []Assignment {
	var out []Assignment
	for _, o := range i.Operations {
		status, _ := o.status(now)
		through := status == admintypes.StatusValuesSucceeded
		switch {
		case o.Kind == creating && (through || pending && status == admintypes.StatusValuesInProgress):
			if !slices.Contains(out, o.Assignment) {
				out = append(out, o.Assignment)
			}
		case o.Kind == deleting && through:
			out = slices.DeleteFunc(out, func(a Assignment) bool { return a == o.Assignment })
		}
	}
	return out
}

// provisioned gives, by account, the revision of the permission set that its role is a copy of.
func (i *IdentityInstance) provisioned(now time.Time, permissionSet string) map[string]int {
	out := map[string]int{}
	assigned := i.assignments(now, false)
	for _, o := range i.Operations {
		if status, _ := o.status(now); status != admintypes.StatusValuesSucceeded || o.Kind == deleting || o.PermissionSet != permissionSet {
			continue
		}
		for _, account := range o.Accounts {
			// The role goes with the last assignment of the permission set in the account.
			if slices.ContainsFunc(assigned, func(a Assignment) bool { return a.Account == account && a.PermissionSet == permissionSet }) {
				out[account] = max(out[account], o.Revision)
			}
		}
	}
	return out
}

// reservedRoles are the names of the roles Identity Center has made in an account by now.
func (w *World) reservedRoles(account string) []string {
	var names []string
	for _, i := range w.Identity.Instances {
		for _, p := range i.PermissionSets {
			if _, ok := i.provisioned(w.Now(), p.ARN)[account]; ok {
				names = append(names, p.roleName(account))
			}
		}
	}
	return names
}

// roleName is the name of the role made from a permission set in an account.
func (p *PermissionSet) roleName(account string) string {
	return "AWSReservedSSO_" + p.Name + "_" + digest(p.ARN + account)[:16]
}

// start takes on background work, within Identity Center's limits: 15 calls outstanding, and in each account one
// change of a role at a time.
func (r *Request) start(i *IdentityInstance, o *IdentityOperation, takes time.Duration) (*IdentityOperation, error) {
	now, outstanding := r.World.Now(), 0
	for _, other := range i.Operations {
		if status, _ := other.status(now); status != admintypes.StatusValuesInProgress {
			continue
		}
		outstanding++
		if slices.ContainsFunc(other.Accounts, func(a string) bool { return slices.Contains(o.Accounts, a) }) {
			return nil, adminConflict("There is already a request in progress for this account")
		}
	}
	if outstanding >= outstandingCalls {
		return nil, adminBusy("There are too many requests processing. Please try again later.")
	}
	for _, account := range o.Accounts {
		if reason := r.World.Identity.FailAssignments[account]; reason != "" {
			o.Failure = reason
		}
	}
	o.ID, o.Created, o.Done = r.World.uuid(), now, now.Add(r.World.Takes(takes))
	i.Operations = append(i.Operations, o)
	r.World.Changed()
	return o, nil
}

func (w *World) uuid() string {
	h := w.ID(hexDigits, 31)
	return h[:8] + "-" + h[8:12] + "-4" + h[12:15] + "-" + h[15:19] + "-" + h[19:]
}

// assignment checks the parts of an assignment.
func (r *Request) assignment(instance, permissionSet, account, principal *string, kind admintypes.PrincipalType) (*IdentityInstance, *PermissionSet, Assignment, error) {
	a := Assignment{Account: aws.ToString(account), PermissionSet: aws.ToString(permissionSet), Principal: aws.ToString(principal), Type: kind}
	i, p, err := r.permissionSet(instance, permissionSet)
	if err != nil {
		return nil, nil, a, err
	}
	if !r.World.orgMember(a.Account) {
		return nil, nil, a, adminMissing("Could not find account " + a.Account + " in the organization")
	}
	if err := r.mayAssign(i, a.Account); err != nil {
		return nil, nil, a, err
	}
	if !i.knows(kind, a.Principal) {
		return nil, nil, a, adminMissing("Could not find principal " + a.Principal + " of type " + string(kind))
	}
	return i, p, a, nil
}

// mayAssign keeps delegated administrators out of the management account: only that account assigns into itself.
func (r *Request) mayAssign(i *IdentityInstance, account string) error {
	if account == i.Owner && r.Principal.Account != i.Owner {
		return adminDenied("A delegated administrator cannot change access to the management account")
	}
	return nil
}

func (i *IdentityInstance) knows(kind admintypes.PrincipalType, id string) bool {
	if kind == admintypes.PrincipalTypeGroup {
		return slices.ContainsFunc(i.Groups, func(g *IdentityGroup) bool { return g.ID == id })
	}
	return slices.ContainsFunc(i.Users, func(u *IdentityUser) bool { return u.ID == id })
}

// operation finds background work by its request id.
func (r *Request) operation(instance, id *string, kind string) (*IdentityOperation, error) {
	i, err := r.readyInstance(instance)
	if err != nil {
		return nil, err
	}
	for _, o := range i.Operations {
		if o.ID == aws.ToString(id) && o.Kind == kind {
			return o, nil
		}
	}
	return nil, adminMissing("Could not find request with id " + aws.ToString(id))
}

func (o *IdentityOperation) assigning(now time.Time) *admintypes.AccountAssignmentOperationStatus {
	status, reason := o.status(now)
	return &admintypes.AccountAssignmentOperationStatus{RequestId: aws.String(o.ID), Status: status, FailureReason: reason,
		PermissionSetArn: aws.String(o.PermissionSet), PrincipalId: aws.String(o.Principal), PrincipalType: o.Type,
		TargetId: aws.String(o.Account), TargetType: admintypes.TargetTypeAwsAccount, CreatedDate: aws.Time(o.Created)}
}

func (o *IdentityOperation) copying(now time.Time) *admintypes.PermissionSetProvisioningStatus {
	status, reason := o.status(now)
	s := &admintypes.PermissionSetProvisioningStatus{RequestId: aws.String(o.ID), Status: status, FailureReason: reason,
		PermissionSetArn: aws.String(o.PermissionSet), CreatedDate: aws.Time(o.Created)}
	if o.Account != "" {
		s.AccountId = aws.String(o.Account)
	}
	return s
}

// tooManyPolicies is why copying a permission set into an account fails, if it does.
func (p *PermissionSet) tooManyPolicies() string {
	if len(p.Managed) > policiesPerRole {
		return "Cannot exceed quota for PoliciesPerRole: " + strconv.Itoa(policiesPerRole)
	}
	return ""
}

func (s *Sim) registerAssignments() {
	// Assigning what is assigned already succeeds, in the background like any other.
	on(s, func(r *Request, in *ssoadmin.CreateAccountAssignmentInput) (*ssoadmin.CreateAccountAssignmentOutput, error) {
		i, p, a, err := r.assignment(in.InstanceArn, in.PermissionSetArn, in.TargetId, in.PrincipalId, in.PrincipalType)
		if err != nil {
			return nil, err
		}
		o, err := r.start(i, &IdentityOperation{Kind: creating, Assignment: a, Accounts: []string{a.Account}, Revision: p.Revision, Failure: p.tooManyPolicies()}, assigningTakes)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.CreateAccountAssignmentOutput{AccountAssignmentCreationStatus: o.assigning(r.World.Now())}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DescribeAccountAssignmentCreationStatusInput) (*ssoadmin.DescribeAccountAssignmentCreationStatusOutput, error) {
		o, err := r.operation(in.InstanceArn, in.AccountAssignmentCreationRequestId, creating)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.DescribeAccountAssignmentCreationStatusOutput{AccountAssignmentCreationStatus: o.assigning(r.World.Now())}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DeleteAccountAssignmentInput) (*ssoadmin.DeleteAccountAssignmentOutput, error) {
		i, err := r.readyInstance(in.InstanceArn)
		if err != nil {
			return nil, err
		}
		a := Assignment{Account: aws.ToString(in.TargetId), PermissionSet: aws.ToString(in.PermissionSetArn), Principal: aws.ToString(in.PrincipalId), Type: in.PrincipalType}
		if err := r.mayAssign(i, a.Account); err != nil {
			return nil, err
		}
		if !slices.Contains(i.assignments(r.World.Now(), true), a) {
			return nil, adminMissing("Received a 404 status error: Assignment not found")
		}
		o, err := r.start(i, &IdentityOperation{Kind: deleting, Assignment: a, Accounts: []string{a.Account}}, assigningTakes)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.DeleteAccountAssignmentOutput{AccountAssignmentDeletionStatus: o.assigning(r.World.Now())}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DescribeAccountAssignmentDeletionStatusInput) (*ssoadmin.DescribeAccountAssignmentDeletionStatusOutput, error) {
		o, err := r.operation(in.InstanceArn, in.AccountAssignmentDeletionRequestId, deleting)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.DescribeAccountAssignmentDeletionStatusOutput{AccountAssignmentDeletionStatus: o.assigning(r.World.Now())}, nil
	})
	on(s, func(r *Request, in *ssoadmin.ProvisionPermissionSetInput) (*ssoadmin.ProvisionPermissionSetOutput, error) {
		i, p, err := r.permissionSet(in.InstanceArn, in.PermissionSetArn)
		if err != nil {
			return nil, err
		}
		account, held := aws.ToString(in.TargetId), i.provisioned(r.World.Now(), p.ARN)
		accounts := sortedKeys(held)
		if in.TargetType == admintypes.ProvisionTargetTypeAwsAccount {
			if _, ok := held[account]; !ok {
				return nil, adminMissing("PermissionSet is not provisioned in account " + account)
			}
			accounts = []string{account}
		} else if account != "" {
			return nil, adminInvalid("TargetId is not valid with ALL_PROVISIONED_ACCOUNTS")
		}
		o, err := r.start(i, &IdentityOperation{Kind: provisioning, Assignment: Assignment{Account: account, PermissionSet: p.ARN},
			Accounts: accounts, Revision: p.Revision, Failure: p.tooManyPolicies()}, provisioningTakes)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.ProvisionPermissionSetOutput{PermissionSetProvisioningStatus: o.copying(r.World.Now())}, nil
	})
	on(s, func(r *Request, in *ssoadmin.DescribePermissionSetProvisioningStatusInput) (*ssoadmin.DescribePermissionSetProvisioningStatusOutput, error) {
		o, err := r.operation(in.InstanceArn, in.ProvisionPermissionSetRequestId, provisioning)
		if err != nil {
			return nil, err
		}
		return &ssoadmin.DescribePermissionSetProvisioningStatusOutput{PermissionSetProvisioningStatus: o.copying(r.World.Now())}, nil
	})
}
