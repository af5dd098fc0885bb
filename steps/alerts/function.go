package alerts

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed" // the program and its policies
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"awswizard/internal/answers"
	"awswizard/internal/plan"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

//go:embed lambda/alerts.py
var program []byte

// What the function runs on.
const (
	runtime        = types.RuntimePython313
	handler        = "alerts.handler"
	timeoutSeconds = 60
	memoryMB       = 256
)

// pack is the program as Lambda takes it. It is stored and not compressed, and its date is fixed: the same program has the
// same hash on every computer, whatever it was built with.
func pack() []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "alerts.py", Method: zip.Store, Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o644) // Lambda runs it as another user
	w, err := z.CreateHeader(header)
	if err == nil {
		_, err = w.Write(program)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // writing to memory does not fail
	}
	return out.Bytes()
}

// codeSha is the hash Lambda gives of the program.
func codeSha() string {
	sum := sha256.Sum256(pack())
	return base64.StdEncoding.EncodeToString(sum[:])
}

// FunctionName is the name of the function, and SecretVariable its variable with the name of the parameter that holds the secret.
const (
	FunctionName   = functionName
	SecretVariable = "WEBHOOK_PARAMETER"
)

// Variables are the names of all variables the wizard gives the function.
func Variables() []string { return []string{SecretVariable, "LOG_BUCKETS", "SETTINGS"} }

// Package is the program as it is installed, and the hash Lambda gives of it.
func Package() (zip []byte, hash string) { return pack(), codeSha() }

// Function is the function as far as it is compared.
type Function struct {
	ARN, Role, CodeSha string
	Runtime, Handler   string
	Timeout, Memory    int32
	Environment        map[string]string
	Failures           string // ARN of what takes what failed, "" for nothing
	Statements         []Statement
}

// Statement is one statement of the function's resource policy.
type Statement struct{ ID, Action, Principal, SourceARN, SourceAccount string }

// mute is one entry of the settings' mutes.
type mute struct {
	Who   string `json:"who"`
	Until string `json:"until,omitempty"`
	By    string `json:"by,omitempty"` // byWizard: not compared, it is over by itself
}

const byWizard = "wizard"

// settings are what the function reads from SETTINGS.
type settings struct {
	Also []string `json:"also,omitempty"`
	Off  []string `json:"off,omitempty"`
	Mute []mute   `json:"mute,omitempty"`
}

// wanted are the settings of the answers. What this run does itself is not told for the hour it takes: the founder sees it
// on the screen.
func wanted(a answers.Answers, f plan.Facts, caller string) settings {
	s := settings{Also: slices.Clone(a.Alerts.Also), Off: slices.Clone(a.Alerts.Off)}
	for _, who := range a.Alerts.Mute {
		s.Mute = append(s.Mute, mute{Who: who})
	}
	for _, who := range ownSessions(caller) {
		s.Mute = append(s.Mute, mute{Who: who, Until: f.Get(plan.QuietUntil), By: byWizard})
	}
	return s
}

// ownSessions are the callers the wizard works as: whoever started it, unless root, and its sessions in the members.
func ownSessions(caller string) []string {
	own := []string{"assumed-role/OrganizationAccountAccessRole/wizard"}
	for _, kind := range []string{":assumed-role/", ":user/"} {
		if i := strings.Index(caller, kind); i >= 0 {
			own = append(own, caller[i+1:])
		}
	}
	return own
}

func (s settings) text() string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // texts always encode
	}
	return strings.TrimSpace(out.String())
}

// stand reports whether the settings are those of a text, the wizard's own mutes left out.
func (s settings) stand(text string) bool {
	var have settings
	return json.Unmarshal([]byte(text), &have) == nil && reflect.DeepEqual(s.lasting(), have.lasting())
}

func (s settings) lasting() settings {
	s.Mute = slices.DeleteFunc(slices.Clone(s.Mute), func(m mute) bool { return m.By == byWizard })
	if len(s.Mute) == 0 {
		s.Mute = nil
	}
	return s
}

// environment are the function's variables. Only the name of the parameter with the webhook is among them.
func environment(f plan.Facts, s settings, bucket string) map[string]string {
	return map[string]string{"WEBHOOK_PARAMETER": parameterName, "LOG_BUCKETS": bucket + "," + f.Get("trail.bucket"), "SETTINGS": s.text()}
}

// isSet reports whether the function runs as wanted; what is not ours in its environment stays.
func (fn *Function) isSet(want map[string]string, s settings, role string) bool {
	return fn.Environment["WEBHOOK_PARAMETER"] == want["WEBHOOK_PARAMETER"] && fn.Environment["LOG_BUCKETS"] == want["LOG_BUCKETS"] && s.stand(fn.Environment["SETTINGS"]) &&
		fn.Runtime == string(runtime) && fn.Handler == handler && fn.Timeout == timeoutSeconds && fn.Memory == memoryMB && fn.Role == role
}

//go:embed policies/trust.json
var trustPolicy string

//go:embed policies/role.json
var rolePolicy string

// fill puts the values of a place into a policy and writes it as one line.
func fill(policy, account, region, bucket string) string {
	policy = strings.NewReplacer("{account}", account, "{region}", region, "{bucket}", bucket, "{parameter}", parameterName,
		"{log}", logGroup, "{queue}", queueName).Replace(policy)
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(policy)); err != nil {
		panic(fmt.Errorf("a policy of the program: %w", err))
	}
	return line.String()
}

// same compares two policies by what they say.
func same(is, want string) bool {
	var a, b any
	return json.Unmarshal([]byte(is), &a) == nil && json.Unmarshal([]byte(want), &b) == nil && reflect.DeepEqual(a, b)
}
