package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// registerRootCredentials registers what a root session (sts AssumeRoot) does to the root user's own credentials.
func (s *Sim) registerRootCredentials() {
	on(s, deleteLoginProfile)
	on(s, deactivateMFADevice)
	on(s, listSigningCertificates)
	on(s, deleteSigningCertificate)
	on(s, getAccessKeyLastUsed)
	on(s, simulatePrincipalPolicy)
}

// taskActions are what the managed policies of the tasks allow.
var taskActions = map[string][]string{
	"IAMAuditRootUserCredentials": {"iam:GetUser", "iam:GetLoginProfile", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "iam:ListMFADevices",
		"iam:ListSigningCertificates", "iam:GetAccountSummary"},
	"IAMDeleteRootUserCredentials": {"iam:GetUser", "iam:GetLoginProfile", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "iam:ListMFADevices",
		"iam:ListSigningCertificates", "iam:DeleteLoginProfile", "iam:DeleteAccessKey", "iam:DeactivateMFADevice", "iam:DeleteSigningCertificate"},
	"IAMCreateRootUserPassword": {"iam:GetLoginProfile", "iam:CreateLoginProfile"},
	"S3UnlockBucketPolicy":      {"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:ListAllMyBuckets"},
	"SQSUnlockQueuePolicy":      {"sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"},
}

// deniedByTask refuses a root session what is not of its task.
func (w *World) deniedByTask(r *Request, in any) error {
	task := r.Principal.Task
	if q := w.asked(r, in); task != "" && r.Operation != "GetCallerIdentity" && !slices.Contains(taskActions[task], q.Action) {
		return r.unauthorized(q, "because no session policy allows the "+q.Action+" action")
	}
	return nil
}

func deleteLoginProfile(r *Request, in *iam.DeleteLoginProfileInput) (*iam.DeleteLoginProfileOutput, error) {
	if r.asRoot(in.UserName) {
		if !r.World.rootPassword(r.Principal.Account) {
			return nil, noSuchEntity("Login Profile for User root")
		}
		r.World.Accounts[r.Principal.Account].RootPasswordGone = true
		r.World.Changed()
		return &iam.DeleteLoginProfileOutput{}, nil
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	if !u.Login {
		return nil, noSuchEntity("Login Profile for User " + u.Name)
	}
	u.Login = false
	r.World.Changed()
	return &iam.DeleteLoginProfileOutput{}, nil
}

func deactivateMFADevice(r *Request, in *iam.DeactivateMFADeviceInput) (*iam.DeactivateMFADeviceOutput, error) {
	device := func(name string) bool { return strings.HasSuffix(aws.ToString(in.SerialNumber), ":mfa/"+name) }
	missing := noSuchEntity("MFA Device with serial number " + aws.ToString(in.SerialNumber))
	if r.asRoot(in.UserName) {
		a := r.World.Accounts[r.Principal.Account]
		if !a.RootMFA || !device("root-account-mfa-device") {
			return nil, missing
		}
		a.RootMFA = false
		r.World.Changed()
		return &iam.DeactivateMFADeviceOutput{}, nil
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	if !u.MFA || !device(u.Name) {
		return nil, missing
	}
	u.MFA = false
	r.World.Changed()
	return &iam.DeactivateMFADeviceOutput{}, nil
}

// Only root users of old accounts have signing certificates here.
func listSigningCertificates(r *Request, in *iam.ListSigningCertificatesInput) (*iam.ListSigningCertificatesOutput, error) {
	out := &iam.ListSigningCertificatesOutput{}
	if !r.asRoot(in.UserName) {
		_, err := r.namedUser(in.UserName)
		return out, err
	}
	for _, id := range r.World.Accounts[r.Principal.Account].RootCertificates {
		out.Certificates = append(out.Certificates, types.SigningCertificate{CertificateId: aws.String(id), Status: types.StatusTypeActive,
			UserName: aws.String("root"), CertificateBody: aws.String("-----BEGIN CERTIFICATE-----")})
	}
	return out, nil
}

func deleteSigningCertificate(r *Request, in *iam.DeleteSigningCertificateInput) (*iam.DeleteSigningCertificateOutput, error) {
	a := r.World.Accounts[r.Principal.Account]
	is := func(id string) bool { return id == aws.ToString(in.CertificateId) }
	if !r.asRoot(in.UserName) || !slices.ContainsFunc(a.RootCertificates, is) {
		return nil, noSuchEntity("The Certificate with id " + aws.ToString(in.CertificateId))
	}
	a.RootCertificates = slices.DeleteFunc(a.RootCertificates, is)
	r.World.Changed()
	return &iam.DeleteSigningCertificateOutput{}, nil
}

func getAccessKeyLastUsed(r *Request, in *iam.GetAccessKeyLastUsedInput) (*iam.GetAccessKeyLastUsedOutput, error) {
	id := aws.ToString(in.AccessKeyId)
	none := &types.AccessKeyLastUsed{Region: aws.String("N/A"), ServiceName: aws.String("N/A")}
	for _, k := range rootKeys(r.World.Accounts[r.Principal.Account]) {
		if k.ID == id {
			return &iam.GetAccessKeyLastUsedOutput{UserName: aws.String("root"), AccessKeyLastUsed: &types.AccessKeyLastUsed{
				LastUsedDate: aws.Time(k.Created.Add(time.Hour)), Region: aws.String("us-east-1"), ServiceName: aws.String("s3")}}, nil
		}
	}
	for _, u := range r.World.iam(r.Principal.Account).Users {
		if slices.ContainsFunc(u.Keys, func(k accessKey) bool { return k.ID == id }) {
			return &iam.GetAccessKeyLastUsedOutput{UserName: aws.String(u.Name), AccessKeyLastUsed: none}, nil
		}
	}
	return nil, noKey(in.AccessKeyId)
}

// SeedInvitedMember adds an account that was made elsewhere and joined the organization by invitation: its root user
// keeps its password, its device and its access keys, and there is no OrganizationAccountAccessRole.
func (w *World) SeedInvitedMember(name, email string, keys int) string {
	a := w.NewAccount(name, email)
	a.RootMFA, a.RootKeys, a.RootCertificates = true, keys, []string{"SANDBOXROOTCERTIFICATE1"}
	w.Org.Members = append(w.Org.Members, &member{Account: a.ID, Parent: w.Org.Root, Joined: w.Clock, Invited: true})
	w.attachDefaults(a.ID)
	w.Changed()
	return a.ID
}
