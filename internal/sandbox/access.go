package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// IAMState is the part of the world that says who may come in: IAM of each account, and what the services account,
// freetier and servicequotas remember.
type IAMState struct {
	Accounts map[string]*iamAccount `json:"accounts,omitempty"` // by account id
	// RootFeatures are the central root access features of the organization (iam ListOrganizationsFeatures).
	RootFeatures []string `json:"root_features,omitempty"`
}

type iamAccount struct {
	Roles    map[string]*iamRole `json:",omitempty"` // by name
	Users    map[string]*iamUser `json:",omitempty"`
	Password *passwordPolicy     `json:",omitempty"`
	Alias    string              `json:",omitempty"`
	Report   time.Time           `json:",omitzero"` // when the credential report is there
	// Contacts by type: BILLING, OPERATIONS, SECURITY.
	Contacts map[string]contact `json:",omitempty"`
}

type iamRole struct {
	Name, Path, Trust string
	ID                string
	Description       string            `json:",omitempty"`
	Created           time.Time         // it can be found and assumed from then on
	MaxSeconds        int32             `json:",omitempty"`
	Inline            map[string]string `json:",omitempty"`
	Managed           []string          `json:",omitempty"` // policy ARNs
	Tags              map[string]string `json:",omitempty"`
}

type iamUser struct {
	Name    string
	ID      string
	Created time.Time
	Keys    []accessKey `json:",omitempty"`
	MFA     bool        `json:",omitempty"`
	Login   bool        `json:",omitempty"` // has a console password
	// SignedIn is when that was used last; zero is never.
	SignedIn time.Time `json:",omitzero"`
	Managed  []string  `json:",omitempty"`
}

type accessKey struct {
	ID      string
	Created time.Time
	Active  bool
}

type passwordPolicy struct {
	MinimumLength                  int32
	Symbols, Numbers, Upper, Lower bool
	Change, HardExpiry             bool
	MaxAge, Reuse                  int32
}

type contact struct{ Name, Title, Email, Phone string }

const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"

func (s *Sim) registerAccess() {
	s.registerSTS()
	s.registerRoles()
	s.registerIAM()
	s.registerAccount()
	s.registerBilling()
	s.acts["root-mfa"] = func(w *World) error { w.caller().RootMFA = true; return nil }
	s.acts["delete-root-keys"] = func(w *World) error {
		a := w.caller()
		a.RootKeys = 0
		if a.RootKeyInUse {
			w.loseRootKey(a)
		}
		return nil
	}
}

// caller is the account of the scenario's caller: the one a person sits in front of.
func (w *World) caller() *Account { return w.Accounts[w.Principals[w.Login()].Account] }

// iam gives an account's IAM. It does not add it to the world: reading must change nothing.
func (w *World) iam(account string) *iamAccount {
	if a := w.IAM.Accounts[account]; a != nil {
		return a
	}
	return &iamAccount{}
}

// writeIAM gives an account's IAM for changing it.
func (w *World) writeIAM(account string) *iamAccount {
	if w.IAM.Accounts == nil {
		w.IAM.Accounts = map[string]*iamAccount{}
	}
	a := w.IAM.Accounts[account]
	if a == nil {
		a = &iamAccount{}
		w.IAM.Accounts[account] = a
	}
	if a.Roles == nil {
		a.Roles = map[string]*iamRole{}
	}
	if a.Users == nil {
		a.Users = map[string]*iamUser{}
	}
	if a.Contacts == nil {
		a.Contacts = map[string]contact{}
	}
	w.Changed()
	return a
}

const upperAlnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// putRole adds or replaces a role of an account.
func (w *World) putRole(account string, r *iamRole) {
	if r.Path == "" {
		r.Path = "/"
	}
	if r.ID == "" {
		r.ID = "AROA" + w.ID(upperAlnum, 17)
	}
	w.writeIAM(account).Roles[r.Name] = r
}

// removeRole removes a role of an account.
func (w *World) removeRole(account, name string) { delete(w.writeIAM(account).Roles, name) }

// role gives a role that is there by now, nil when there is none.
func (w *World) role(account, name string) *iamRole { return w.roles(account)[name] }

// reservedPath is where the roles are that Identity Center makes from permission sets.
const reservedPath = "/aws-reserved/sso.amazonaws.com/"

// roles are the roles that are in an account by now, by name; those Identity Center makes follow from its assignments.
func (w *World) roles(account string) map[string]*iamRole {
	out := map[string]*iamRole{}
	for name, r := range w.iam(account).Roles {
		if !r.Created.After(w.Clock) {
			out[name] = r
		}
	}
	for _, name := range w.reservedRoles(account) {
		out[name] = &iamRole{Name: name, Path: reservedPath, ID: "AROASANDBOXSSO", Created: w.Clock,
			Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::%s:saml-provider/AWSSSO_DO_NOT_DELETE"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"]}]}`, account)}
	}
	return out
}

// roleExists reports whether the account has a role of that name, by now.
func (w *World) roleExists(account, name string) bool { return w.role(account, name) != nil }

func (r *iamRole) arn(account string) string {
	return "arn:aws:iam::" + account + ":role" + r.Path + r.Name
}

// serviceRole adds a service-linked role, unless it is there.
func (w *World) serviceRole(account, service, name string) {
	if !w.roleExists(account, name) {
		w.putRole(account, &iamRole{Name: name, Path: "/aws-service-role/" + service + "/", Created: w.Clock,
			Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole"}]}`, service)})
	}
}

// SeedServiceRole gives an account the role of a service's own, which stays there once the service was used.
func (w *World) SeedServiceRole(account, service, name string) {
	w.serviceRole(account, service, name)
	w.Changed()
}

// trustAccount is the trust policy that lets in whom another account allows.
func trustAccount(account string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"sts:AssumeRole"}]}`, account)
}

// trusts reports whether a trust policy lets a principal assume the role. Conditions are not looked at.
func trusts(document string, p Principal) bool {
	var doc struct {
		Statement statements[struct {
			Effect    string
			Principal json.RawMessage
		}]
	}
	if json.Unmarshal([]byte(document), &doc) != nil {
		return false
	}
	for _, st := range doc.Statement {
		var named struct{ AWS words }
		if st.Effect != "Allow" || json.Unmarshal(st.Principal, &named) != nil {
			continue
		}
		if slices.ContainsFunc(named.AWS, func(who string) bool {
			return who == "*" || who == p.Account || who == "arn:aws:iam::"+p.Account+":root" || who == p.ARN || who == p.roleARN()
		}) {
			return true
		}
	}
	return false
}

// roleARN is the ARN of the role behind an assumed-role session, without its path; else the principal's own ARN.
func (p Principal) roleARN() string {
	if role, ok := p.roleName(); ok {
		return "arn:aws:iam::" + p.Account + ":role/" + role
	}
	return p.ARN
}

// roleName is the name of the role behind an assumed-role session.
func (p Principal) roleName() (string, bool) {
	_, rest, ok := strings.Cut(p.ARN, ":assumed-role/")
	name, _, _ := strings.Cut(rest, "/")
	return name, ok
}

// isRoot reports whether the principal is the root user of its account.
func (p Principal) isRoot() bool { return strings.HasSuffix(p.ARN, ":root") }

// userName is the name of an IAM user, "" for others.
func (p Principal) userName() string {
	_, name, _ := strings.Cut(p.ARN, ":user/")
	return name
}
