package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/smithy-go"
)

// World is everything the simulated AWS remembers. It is plain data, so that it can be kept in a file as JSON.
// Each service's part is a struct in that service's file.
type World struct {
	Seed       uint64               `json:"seed"`
	Draws      uint64               `json:"draws"` // random numbers drawn so far; with Seed the whole state of chance
	Clock      time.Time            `json:"clock"` // virtual time of the last request
	Pace       float64              `json:"pace"`  // how long AWS's background work takes, as a share of the real thing; 0 = at once
	Founder    string               `json:"founder"`
	Regions    []string             `json:"regions,omitempty"` // the Regions this AWS has; empty means all of them
	Accounts   map[string]*Account  `json:"accounts"`          // by id
	Principals map[string]Principal `json:"principals"`        // by access key id
	// RootKeyLost: the root access key the caller came with is deleted.
	RootKeyLost bool               `json:"root_key_lost,omitempty"`
	Org         OrganizationsState `json:"organizations"`
	Identity    IdentityState      `json:"identity"`
	S3          S3State            `json:"s3"`
	Trails      CloudTrailState    `json:"cloudtrail"`
	Budgets     BudgetsState       `json:"budgets"`
	Costs       CostExplorerState  `json:"cost_explorer"`
	EC2         EC2State           `json:"ec2"`
	IAM         IAMState           `json:"iam"`
	Security    SecurityState      `json:"security"`
	Lambda      LambdaState        `json:"lambda"`
	SSM         SSMState           `json:"ssm"`
	SQS         SQSState           `json:"sqs"`
	Logs        LogsState          `json:"logs"`
	SNS         SNSState           `json:"sns"`
	CloudWatch  CloudWatchState    `json:"cloudwatch"`
	TellTwice   bool               `json:"tell_twice,omitempty"` // S3 sends each notification twice: it promises at least once

	dirty bool
	// documents are the policies that were read before, by their text: each request is judged by all that are in its way.
	documents map[string]*policyDocument
	// now is the clock; each request moves it on a little. Tests set their own.
	now func() time.Time
}

// Account is one AWS account of the simulated world.
type Account struct {
	ID, Name, Email string
	Created         time.Time
	Plan            string  // FREE or PAID
	Credits         float64 // USD left on the free plan
	RootMFA         bool
	RootKeys        int
	RootKeyInUse    bool   `json:",omitempty"` // the scenario's caller signs with the first of them
	SupportPlan     string `json:",omitempty"` // "" is Basic, which has no API
	// What root lost since: the ids of deleted access keys, and the password.
	RootKeysDeleted  []string          `json:",omitempty"`
	RootPasswordGone bool              `json:",omitempty"`
	RootCertificates []string          `json:",omitempty"` // ids of X.509 signing certificates, from before 2018
	Regions          map[string]string // opt-in status by Region where it differs from the default
}

// Principal is who signs a request.
type Principal struct {
	Account string // 12-digit id
	ARN     string // as GetCallerIdentity gives it
	Expires time.Time
	Task    string // of a root session (sts AssumeRoot): what it is limited to
}

// Error is an error reply with its HTTP status; zero means 400.
type Error struct {
	smithy.GenericAPIError
	Status int
}

// Fail makes an error reply with the code and message AWS uses.
func Fail(code, message string) error { return FailWith(0, code, message) }

// FailWith is Fail with an HTTP status.
func FailWith(status int, code, message string) error {
	return &Error{GenericAPIError: smithy.GenericAPIError{Code: code, Message: message}, Status: status}
}

// Now is the virtual time.
func (w *World) Now() time.Time { return w.Clock }

// Takes is how long background work takes here that takes d at AWS.
func (w *World) Takes(d time.Duration) time.Duration { return time.Duration(float64(d) * w.Pace) }

// Changed marks the world as changed: every handler that writes calls it.
func (w *World) Changed() { w.dirty = true }

// tick moves the virtual clock to the wall clock, never backwards.
func (w *World) tick() {
	now := time.Now
	if w.now != nil {
		now = w.now
	}
	if t := now().UTC(); t.After(w.Clock) {
		w.Clock = t
	}
}

// SetClock gives the world another clock, for tests on virtual time.
func (w *World) SetClock(now func() time.Time) { w.now = now }

// Rand draws a number below n: reproducible from Seed and Draws.
func (w *World) Rand(n int) int {
	w.Draws++
	return rand.New(rand.NewPCG(w.Seed, w.Draws)).IntN(n)
}

// ID makes an identifier of n characters of the alphabet, e.g. ID("abc012", 10).
func (w *World) ID(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[w.Rand(len(alphabet))]
	}
	return string(b)
}

// NewAccount adds an account with a fresh 12-digit id.
func (w *World) NewAccount(name, email string) *Account {
	id := fmt.Sprintf("%012d", 100000000000+uint64(w.Rand(899999999))*1000+uint64(w.Rand(1000)))
	a := &Account{ID: id, Name: name, Email: email, Created: w.Clock, Plan: "PAID", Regions: map[string]string{}}
	w.Accounts[id] = a
	w.Changed()
	return a
}
