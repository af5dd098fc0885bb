package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Scenario names a world to begin in.
type Scenario string

// The scenarios there are.
const (
	Fresh   Scenario = "fresh"   // root of a new account on the free plan; no organization
	Admin   Scenario = "admin"   // an IAM user with administrator rights; no organization
	Half    Scenario = "half"    // a set-up stopped half-way
	Messy   Scenario = "messy"   // root keys, a public bucket, an instance in a default VPC, an old trail, a budget with our name
	Adopted Scenario = "adopted" // organization, Identity Center and trail made by hand
	Project Scenario = "project" // a new sign-up: an account inside an organization that AWS runs
	Quota   Scenario = "quota"   // the organization may hold only two accounts more
	// ControlTower is an organization that AWS Control Tower made.
	ControlTower Scenario = "controltower"
)

// Scenarios lists the scenarios; the first is the default.
func Scenarios() []Scenario {
	return []Scenario{Fresh, Admin, Half, Messy, Adopted, Project, Quota, ControlTower}
}

// scenarioHome is the Region where the scenarios' things are.
const scenarioHome = "eu-west-1"

// scenarioDomain is where the mail of the scenarios' company goes.
const scenarioDomain = "acme-robotics.example"

// messyBudget is the name of the wizard's own budget, which somebody has taken already.
const messyBudget = "wizard-monthly"

// loginKey is the access key id of the scenario's caller, nextLoginKey the one after the first is lost.
const (
	loginKey     = "AKIASANDBOXCALLER000"
	nextLoginKey = "ASIASANDBOXCALLER001"
)

// NewWorld makes the world a scenario begins in; the same seed makes the same world.
func NewWorld(sc Scenario, seed uint64) (*World, error) {
	w := &World{Seed: seed, Clock: time.Now().UTC(), Founder: "first@" + scenarioDomain,
		Accounts: map[string]*Account{}, Principals: map[string]Principal{}}
	w.Org.Quota = 10
	w.Org.Taken = []string{"taken@" + scenarioDomain}
	a := w.NewAccount("Acme Robotics", "aws@"+scenarioDomain)
	a.RootMFA = true
	begin := map[Scenario]func(*World, *Account) error{
		Fresh: fresh, Admin: admin, Half: half, Messy: messy, Adopted: adopted, Project: project, Quota: quota, ControlTower: controlTower,
	}[sc]
	if begin == nil {
		return nil, fmt.Errorf("sandbox: no scenario %q; there are %v", sc, Scenarios())
	}
	if err := begin(w, a); err != nil {
		return nil, fmt.Errorf("sandbox: scenario %s: %w", sc, err)
	}
	w.dirty = false
	return w, nil
}

// Login is the access key id of the scenario's caller; its secret may be any text.
func (w *World) Login() (accessKeyID string) {
	if w.RootKeyLost {
		return nextLoginKey
	}
	return loginKey
}

// loseRootKey is the end of the root access key the caller came with. The next start signs in as root with `aws login`.
func (w *World) loseRootKey(a *Account) {
	a.RootKeyInUse, w.RootKeyLost = false, true
	w.Principals[nextLoginKey] = w.Principals[loginKey]
	delete(w.Principals, loginKey)
}

// login makes the principal with this ARN the scenario's caller.
func (w *World) login(account, arn string) {
	w.Principals[loginKey] = Principal{Account: account, ARN: arn}
}

func (w *World) loginAsRoot(a *Account) { w.login(a.ID, "arn:aws:iam::"+a.ID+":root") }

// Credentials are those of the scenario's caller as they are now.
func (s *Sim) Credentials() aws.CredentialsProvider {
	s.mu.Lock()
	key := s.world.Login()
	s.mu.Unlock()
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key, SecretAccessKey: "sandbox-secret", Source: "sandbox"}, nil
	})
}

func fresh(w *World, a *Account) error {
	a.Plan, a.Credits = "FREE", 120
	a.RootMFA = false
	w.loginAsRoot(a)
	return nil
}

// admin is a founder who already works as an IAM user, on the paid plan.
func admin(w *World, a *Account) error {
	u := w.putUser(a.ID, "admin")
	u.Managed, u.MFA, u.Login, u.SignedIn = []string{administratorAccess}, true, true, w.Clock
	u.Keys = append(u.Keys, accessKey{ID: loginKey, Created: w.Clock, Active: true})
	w.login(a.ID, "arn:aws:iam::"+a.ID+":user/admin")
	return nil
}

// quota is an administrator with room for two members: "new organizations may get less" than ten.
func quota(w *World, a *Account) error {
	w.Org.Quota = 3
	return admin(w, a)
}
