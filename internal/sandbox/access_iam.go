package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	rootCredentials = "RootCredentialsManagement"
	rootSessions    = "RootSessions"
	reportTakes     = 4 * time.Second
	reportKept      = 4 * time.Hour
)

func (s *Sim) registerIAM() {
	on(s, getAccountSummary)
	on(s, listUsers)
	on(s, getUser)
	on(s, createUser)
	on(s, deleteUser)
	on(s, listAccessKeys)
	on(s, createAccessKey)
	on(s, updateAccessKey)
	on(s, deleteAccessKey)
	on(s, listMFADevices)
	on(s, listVirtualMFADevices)
	on(s, getLoginProfile)
	on(s, listAccountAliases)
	s.registerIAMGrants()
	s.registerIAMAccount()
	s.registerRootCredentials()
}

// present says 1 for yes, as GetAccountSummary does.
func present(yes bool) int32 {
	if yes {
		return 1
	}
	return 0
}

// rootPassword reports whether the account's root user has a password: accounts made by an organization have none.
func (w *World) rootPassword(account string) bool {
	m := w.Org.member(account)
	return (m == nil || m.Invited) && !w.Accounts[account].RootPasswordGone
}

func getAccountSummary(r *Request, _ *iam.GetAccountSummaryInput) (*iam.GetAccountSummaryOutput, error) {
	a, i := r.World.Accounts[r.Principal.Account], r.World.iam(r.Principal.Account)
	mfa := present(a.RootMFA)
	for _, u := range i.Users {
		mfa += present(u.MFA)
	}
	return &iam.GetAccountSummaryOutput{SummaryMap: map[string]int32{
		"AccountMFAEnabled": present(a.RootMFA), "AccountAccessKeysPresent": present(a.RootKeys > 0),
		"AccountPasswordPresent": present(r.World.rootPassword(a.ID)), "AccountSigningCertificatesPresent": present(len(a.RootCertificates) > 0),
		"Users": int32(len(i.Users)), "UsersQuota": 5000, "Roles": int32(len(r.World.roles(a.ID))), "RolesQuota": 1000,
		"MFADevices": mfa, "MFADevicesInUse": mfa, "Groups": 0, "GroupsQuota": 300, "Policies": 0, "PoliciesQuota": 1500,
		"AccessKeysPerUserQuota": 2, "Providers": 0,
	}}, nil
}

func (r *Request) namedUser(name *string) (*iamUser, error) {
	who := aws.ToString(name)
	if who == "" {
		who = r.Principal.userName() // "IAM determines the user name implicitly"
	}
	if u := r.World.iam(r.Principal.Account).Users[who]; u != nil {
		return u, nil
	}
	return nil, noSuchEntity("The user with name " + who)
}

func (r *Request) describedUser(u *iamUser) *types.User {
	out := &types.User{UserName: aws.String(u.Name), UserId: aws.String(u.ID), Path: aws.String("/"), CreateDate: aws.Time(u.Created),
		Arn: aws.String("arn:aws:iam::" + r.Principal.Account + ":user/" + u.Name)}
	if !u.SignedIn.IsZero() {
		out.PasswordLastUsed = aws.Time(u.SignedIn)
	}
	return out
}

func listUsers(r *Request, in *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
	var all []types.User
	for _, u := range r.World.iam(r.Principal.Account).Users {
		all = append(all, *r.describedUser(u))
	}
	order.By(all, func(a, b types.User) int { return cmp.Compare(*a.UserName, *b.UserName) })
	page, marker, err := marked(all, in.Marker, in.MaxItems)
	return &iam.ListUsersOutput{Users: page, Marker: marker, IsTruncated: marker != nil}, err
}

func getUser(r *Request, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	if r.asRoot(in.UserName) {
		a := r.World.Accounts[r.Principal.Account]
		return &iam.GetUserOutput{User: &types.User{UserId: aws.String(a.ID), Arn: aws.String(r.Principal.ARN), CreateDate: aws.Time(a.Created), Path: aws.String("/"), UserName: aws.String("root")}}, nil
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	return &iam.GetUserOutput{User: r.describedUser(u)}, nil
}

func createUser(r *Request, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	name := aws.ToString(in.UserName)
	if r.World.iam(r.Principal.Account).Users[name] != nil {
		return nil, entityExists("User with name " + name)
	}
	return &iam.CreateUserOutput{User: r.describedUser(r.World.putUser(r.Principal.Account, name))}, nil
}

// putUser adds an IAM user.
func (w *World) putUser(account, name string) *iamUser {
	u := &iamUser{Name: name, ID: "AIDA" + w.ID(upperAlnum, 17), Created: w.Clock}
	w.writeIAM(account).Users[name] = u
	return u
}

func deleteUser(r *Request, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	u, err := r.namedUser(in.UserName)
	switch {
	case err != nil:
		return nil, err
	case len(u.Keys) > 0:
		return nil, deleteConflict("Cannot delete entity, must delete access keys first.")
	case u.Login:
		return nil, deleteConflict("Cannot delete entity, must delete login profile first.")
	case len(u.Managed) > 0:
		return nil, deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	delete(r.World.writeIAM(r.Principal.Account).Users, u.Name)
	return &iam.DeleteUserOutput{}, nil
}

// asRoot reports whether a request about keys or devices that names no user is about root itself.
func (r *Request) asRoot(user *string) bool {
	return user == nil && (r.Principal.isRoot() || r.Principal.Task != "")
}

// rootKeys names root's access keys; only their number is kept, and which are gone.
func rootKeys(a *Account) []accessKey {
	var out []accessKey
	if a.RootKeyInUse {
		out = append(out, accessKey{ID: loginKey, Created: a.Created, Active: true})
	}
	for i := 1; len(out) < a.RootKeys; i++ {
		if id := fmt.Sprintf("AKIASANDBOXROOT%05d", i); !slices.Contains(a.RootKeysDeleted, id) {
			out = append(out, accessKey{ID: id, Created: a.Created, Active: true})
		}
	}
	return out
}

func listAccessKeys(r *Request, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	var keys []accessKey
	var name *string
	if r.asRoot(in.UserName) {
		keys = rootKeys(r.World.Accounts[r.Principal.Account])
	} else {
		u, err := r.namedUser(in.UserName)
		if err != nil {
			return nil, err
		}
		keys, name = u.Keys, aws.String(u.Name)
	}
	var all []types.AccessKeyMetadata
	for _, k := range keys {
		status := types.StatusTypeInactive
		if k.Active {
			status = types.StatusTypeActive
		}
		all = append(all, types.AccessKeyMetadata{AccessKeyId: aws.String(k.ID), CreateDate: aws.Time(k.Created), Status: status, UserName: name})
	}
	return &iam.ListAccessKeysOutput{AccessKeyMetadata: all}, nil
}

func createAccessKey(r *Request, in *iam.CreateAccessKeyInput) (*iam.CreateAccessKeyOutput, error) {
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	if len(u.Keys) >= 2 {
		return nil, FailWith(http.StatusConflict, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
	}
	id := r.World.putKey(r.Principal.Account, u)
	return &iam.CreateAccessKeyOutput{AccessKey: &types.AccessKey{AccessKeyId: aws.String(id), SecretAccessKey: aws.String("sandbox-secret"),
		Status: types.StatusTypeActive, UserName: aws.String(u.Name), CreateDate: aws.Time(r.World.Clock)}}, nil
}

// SeedUser adds an IAM user with an access key of some age, and with a password for the console if it is to have one: it was
// used last when half of that time was over.
func (w *World) SeedUser(account, name string, password bool, age time.Duration) {
	u := w.putUser(account, name)
	u.Login, u.Created = password, w.Clock.Add(-age)
	if password {
		u.SignedIn = w.Clock.Add(-age / 2)
	}
	w.putKey(account, u)
	u.Keys[0].Created = u.Created
}

// putKey gives an IAM user an access key.
func (w *World) putKey(account string, u *iamUser) string {
	id := "AKIA" + w.ID(upperAlnum, 16)
	u.Keys = append(u.Keys, accessKey{ID: id, Created: w.Clock, Active: true})
	w.Principals[id] = Principal{Account: account, ARN: "arn:aws:iam::" + account + ":user/" + u.Name}
	w.Changed()
	return id
}

func noKey(id *string) error { return noSuchEntity("The Access Key with id " + aws.ToString(id)) }

func updateAccessKey(r *Request, in *iam.UpdateAccessKeyInput) (*iam.UpdateAccessKeyOutput, error) {
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(u.Keys, func(k accessKey) bool { return k.ID == aws.ToString(in.AccessKeyId) })
	if i < 0 {
		return nil, noKey(in.AccessKeyId)
	}
	u.Keys[i].Active = in.Status == types.StatusTypeActive
	if u.Keys[i].Active {
		r.World.Principals[u.Keys[i].ID] = Principal{Account: r.Principal.Account, ARN: "arn:aws:iam::" + r.Principal.Account + ":user/" + u.Name}
	} else {
		delete(r.World.Principals, u.Keys[i].ID)
	}
	r.World.Changed()
	return &iam.UpdateAccessKeyOutput{}, nil
}

func deleteAccessKey(r *Request, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	is := func(k accessKey) bool { return k.ID == aws.ToString(in.AccessKeyId) }
	if r.asRoot(in.UserName) {
		a := r.World.Accounts[r.Principal.Account]
		if !slices.ContainsFunc(rootKeys(a), is) {
			return nil, noKey(in.AccessKeyId)
		}
		a.RootKeys--
		a.RootKeysDeleted = append(a.RootKeysDeleted, aws.ToString(in.AccessKeyId))
		if aws.ToString(in.AccessKeyId) == loginKey {
			r.World.loseRootKey(a)
		}
		r.World.Changed()
		return &iam.DeleteAccessKeyOutput{}, nil
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(u.Keys, is) {
		return nil, noKey(in.AccessKeyId)
	}
	u.Keys = slices.DeleteFunc(u.Keys, is)
	delete(r.World.Principals, aws.ToString(in.AccessKeyId))
	r.World.Changed()
	return &iam.DeleteAccessKeyOutput{}, nil
}

func listMFADevices(r *Request, in *iam.ListMFADevicesInput) (*iam.ListMFADevicesOutput, error) {
	a := r.World.Accounts[r.Principal.Account]
	device := func(name string, on bool) []types.MFADevice {
		if !on {
			return nil
		}
		return []types.MFADevice{{UserName: aws.String(name), SerialNumber: aws.String("arn:aws:iam::" + a.ID + ":mfa/" + name), EnableDate: aws.Time(a.Created)}}
	}
	if r.asRoot(in.UserName) {
		return &iam.ListMFADevicesOutput{MFADevices: device("root-account-mfa-device", a.RootMFA)}, nil
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	return &iam.ListMFADevicesOutput{MFADevices: device(u.Name, u.MFA)}, nil
}

func listVirtualMFADevices(r *Request, _ *iam.ListVirtualMFADevicesInput) (*iam.ListVirtualMFADevicesOutput, error) {
	a := r.World.Accounts[r.Principal.Account]
	if !a.RootMFA {
		return &iam.ListVirtualMFADevicesOutput{}, nil
	}
	return &iam.ListVirtualMFADevicesOutput{VirtualMFADevices: []types.VirtualMFADevice{{
		SerialNumber: aws.String("arn:aws:iam::" + a.ID + ":mfa/root-account-mfa-device"), EnableDate: aws.Time(a.Created),
		User: &types.User{Arn: aws.String("arn:aws:iam::" + a.ID + ":root"), UserId: aws.String(a.ID)}}}}, nil
}

func getLoginProfile(r *Request, in *iam.GetLoginProfileInput) (*iam.GetLoginProfileOutput, error) {
	if r.asRoot(in.UserName) {
		if r.World.rootPassword(r.Principal.Account) {
			return &iam.GetLoginProfileOutput{LoginProfile: &types.LoginProfile{UserName: aws.String("root"), CreateDate: aws.Time(r.World.Clock)}}, nil
		}
		return nil, noSuchEntity("Login Profile for User root")
	}
	u, err := r.namedUser(in.UserName)
	if err != nil {
		return nil, err
	}
	if !u.Login {
		return nil, noSuchEntity("Login Profile for User " + u.Name)
	}
	return &iam.GetLoginProfileOutput{LoginProfile: &types.LoginProfile{UserName: aws.String(u.Name), CreateDate: aws.Time(u.Created)}}, nil
}

func listAccountAliases(r *Request, _ *iam.ListAccountAliasesInput) (*iam.ListAccountAliasesOutput, error) {
	if a := r.World.iam(r.Principal.Account).Alias; a != "" {
		return &iam.ListAccountAliasesOutput{AccountAliases: []string{a}}, nil
	}
	return &iam.ListAccountAliasesOutput{}, nil
}

// isJSON reports whether a policy document can be read at all.
func isJSON(document *string) bool { return json.Valid([]byte(aws.ToString(document))) }
