package sandbox

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"awswizard/internal/pattern"
)

// LambdaState is what AWS Lambda remembers.
type LambdaState struct {
	Functions []*Function `json:"functions,omitempty"`
	// Answers are what the program outside, such as Slack, answers to the next invocations: an HTTP status each; none left
	// is 200. Nothing is ever sent to it.
	Answers []int `json:"answers,omitempty"`
}

// Function is a function. Its code does not run here: an invocation is recorded, and does what its role lets it.
type Function struct {
	Name, Account, Region            string
	Role, Runtime, Handler, Describe string
	CodeSha                          string
	CodeSize                         int64
	Timeout, Memory                  int32
	Architectures                    []types.Architecture
	Environment                      map[string]string
	Created                          time.Time
	Active                           time.Time // Pending until then
	Updated                          time.Time // an update is in progress until then
	Statements                       []functionStatement
	Invoke                           *functionInvoke
	Invocations                      []Invocation
	VPC                              string `json:",omitempty"` // the network it is in
}

// Invocation is one recorded run of a function.
type Invocation struct {
	Time    time.Time
	Payload string
	Event   bool // S3 asked, not a person
}

type functionStatement struct{ ID, Action, Principal, SourceArn, SourceAccount string }

type functionInvoke struct {
	Retries, Age int32
	Failures     string // ARN
	Changed      time.Time
}

const (
	// A new role is known to Lambda some seconds later, and a function is ready a few after it was made.
	roleKnownTakes = 8 * time.Second
	functionTakes  = 6 * time.Second
	updateTakes    = 3 * time.Second
)

var functionName = pattern.Of(`^[A-Za-z0-9_-]{1,64}$`)

func (f *Function) arn() string {
	return "arn:aws:lambda:" + f.Region + ":" + f.Account + ":function:" + f.Name
}

// SeedFunction puts a function with its environment variables into the world.
func (w *World) SeedFunction(account, region, name string, variables map[string]string) {
	w.Lambda.Functions = append(w.Lambda.Functions, &Function{Name: name, Account: account, Region: region, Runtime: string(types.RuntimeNodejs22x), Environment: variables, Created: w.Now()})
	w.Changed()
}

// SeedFunctionInVPC puts a function into a network, which nobody called for so long that AWS took its interfaces away.
func (w *World) SeedFunctionInVPC(account, region, name, vpc string) {
	w.SeedFunction(account, region, name, nil)
	w.Lambda.Functions[len(w.Lambda.Functions)-1].VPC = vpc
	w.putRole(account, &iamRole{Name: name + "-role", Path: "/service-role/", Created: w.Clock,
		Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
}

func listFunctions(r *Request, in *lambda.ListFunctionsInput) (*lambda.ListFunctionsOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	var all []types.FunctionConfiguration
	for _, f := range r.World.Lambda.Functions {
		if f.Account != r.Principal.Account || f.Region != r.Region {
			continue
		}
		c := types.FunctionConfiguration{FunctionName: aws.String(f.Name), Runtime: types.Runtime(f.Runtime), FunctionArn: aws.String(f.arn())}
		if len(f.Environment) > 0 {
			c.Environment = &types.EnvironmentResponse{Variables: f.Environment}
		}
		if f.VPC != "" {
			c.VpcConfig = &types.VpcConfigResponse{VpcId: aws.String(f.VPC)}
		}
		all = append(all, c)
	}
	page, next, err := pageOf(all, in.MaxItems, in.Marker, 50)
	return &lambda.ListFunctionsOutput{Functions: page, NextMarker: next}, err
}

func (w *World) function(account, region, nameOrARN string) *Function {
	for _, f := range w.Lambda.Functions {
		if f.arn() == nameOrARN || f.Account == account && f.Region == region && f.Name == nameOrARN {
			return f
		}
	}
	return nil
}

func (r *Request) function(name *string) (*Function, error) {
	if f := r.World.function(r.Principal.Account, r.Region, aws.ToString(name)); f != nil && f.Account == r.Principal.Account && f.Region == r.Region {
		return f, nil
	}
	return nil, withStatus(http.StatusNotFound, &types.ResourceNotFoundException{
		Message: aws.String("Function not found: arn:aws:lambda:" + r.Region + ":" + r.Principal.Account + ":function:" + aws.ToString(name))})
}

// changeableFunction is function for an update: one at a time.
func (r *Request) changeableFunction(name *string) (*Function, error) {
	f, err := r.function(name)
	if err != nil {
		return nil, err
	}
	if now := r.World.Now(); now.Before(f.Active) || now.Before(f.Updated) {
		return nil, withStatus(http.StatusConflict, &types.ResourceConflictException{
			Message: aws.String("The operation cannot be performed at this time. An update is in progress for resource: " + f.arn())})
	}
	return f, nil
}

func invalidParameter(message string) error {
	return &types.InvalidParameterValueException{Message: aws.String(message)}
}

// checkRole is what Lambda looks at of a role: that it can take it, which it notices some seconds after it was made.
func (w *World) checkRole(account, arn string) error {
	role := w.role(account, policyName(arn))
	if role == nil || role.arn(account) != arn || !strings.Contains(role.Trust, "lambda.amazonaws.com") || w.Now().Before(role.Created.Add(w.Takes(roleKnownTakes))) {
		return invalidParameter("The role defined for the function cannot be assumed by Lambda.")
	}
	return nil
}

// takeCode checks a package and keeps its hash.
func (f *Function) takeCode(code []byte, handler string) error {
	files, err := zip.NewReader(bytes.NewReader(code), int64(len(code)))
	if err != nil {
		return invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	module, _, _ := strings.Cut(handler, ".")
	if !slices.ContainsFunc(files.File, func(file *zip.File) bool { return file.Name == module+".py" && file.Mode().Perm()&0o004 != 0 }) {
		return invalidParameter("the sandbox finds no readable " + module + ".py in the package")
	}
	sum := sha256.Sum256(code)
	f.CodeSha, f.CodeSize = base64.StdEncoding.EncodeToString(sum[:]), int64(len(code))
	return nil
}

func (s *Sim) registerLambda() {
	on(s, listFunctions)
	on(s, createFunction)
	on(s, updateFunctionCode)
	on(s, updateFunctionConfiguration)
	on(s, func(r *Request, in *lambda.GetFunctionConfigurationInput) (*lambda.GetFunctionConfigurationOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		out := &lambda.GetFunctionConfigurationOutput{FunctionName: aws.String(f.Name), FunctionArn: aws.String(f.arn()), Role: aws.String(f.Role), Runtime: types.Runtime(f.Runtime),
			Handler: aws.String(f.Handler), Description: aws.String(f.Describe), CodeSha256: aws.String(f.CodeSha), CodeSize: f.CodeSize, Timeout: aws.Int32(f.Timeout), MemorySize: aws.Int32(f.Memory),
			Architectures: f.Architectures, Environment: &types.EnvironmentResponse{Variables: f.Environment}, State: types.StateActive, LastUpdateStatus: types.LastUpdateStatusSuccessful}
		if r.World.Now().Before(f.Active) {
			out.State = types.StatePending
		}
		if r.World.Now().Before(f.Updated) {
			out.LastUpdateStatus = types.LastUpdateStatusInProgress
		}
		return out, nil
	})
	on(s, func(r *Request, in *lambda.DeleteFunctionInput) (*lambda.DeleteFunctionOutput, error) {
		f, err := r.function(in.FunctionName)
		if err != nil {
			return nil, err
		}
		r.World.Lambda.Functions = slices.DeleteFunc(r.World.Lambda.Functions, func(o *Function) bool { return o == f })
		r.World.Changed()
		return &lambda.DeleteFunctionOutput{}, nil
	})
	s.registerFunctionAccess()
	on(s, invoke)
}

func createFunction(r *Request, in *lambda.CreateFunctionInput) (*lambda.CreateFunctionOutput, error) {
	w, name := r.World, aws.ToString(in.FunctionName)
	f := &Function{Name: name, Account: r.Principal.Account, Region: r.Region, Role: aws.ToString(in.Role), Runtime: string(in.Runtime), Handler: aws.ToString(in.Handler),
		Describe: aws.ToString(in.Description), Timeout: 3, Memory: 128, Architectures: in.Architectures, Created: w.Now()}
	switch {
	case !functionName().MatchString(name):
		return nil, Fail("ValidationException", "1 validation error detected: Value '"+name+"' at 'functionName' failed to satisfy constraint")
	case w.function(f.Account, f.Region, name) != nil:
		return nil, withStatus(http.StatusConflict, &types.ResourceConflictException{Message: aws.String("Function already exist: " + name)})
	case in.Code == nil:
		return nil, invalidParameter("Please provide a source for function code.")
	}
	if err := w.checkRole(f.Account, f.Role); err != nil {
		return nil, err
	}
	if err := f.takeCode(in.Code.ZipFile, f.Handler); err != nil {
		return nil, err
	}
	if in.Timeout != nil {
		f.Timeout = *in.Timeout
	}
	if in.MemorySize != nil {
		f.Memory = *in.MemorySize
	}
	if in.Environment != nil {
		f.Environment = in.Environment.Variables
	}
	f.Active = w.Now().Add(w.Takes(functionTakes))
	w.Lambda.Functions = append(w.Lambda.Functions, f)
	w.Changed()
	return &lambda.CreateFunctionOutput{FunctionName: in.FunctionName, FunctionArn: aws.String(f.arn()), State: types.StatePending, CodeSha256: aws.String(f.CodeSha)}, nil
}

func updateFunctionCode(r *Request, in *lambda.UpdateFunctionCodeInput) (*lambda.UpdateFunctionCodeOutput, error) {
	f, err := r.changeableFunction(in.FunctionName)
	if err != nil {
		return nil, err
	}
	if err := f.takeCode(in.ZipFile, f.Handler); err != nil {
		return nil, err
	}
	f.Updated = r.World.Now().Add(r.World.Takes(updateTakes))
	r.World.Changed()
	return &lambda.UpdateFunctionCodeOutput{FunctionArn: aws.String(f.arn()), CodeSha256: aws.String(f.CodeSha), LastUpdateStatus: types.LastUpdateStatusInProgress}, nil
}

func updateFunctionConfiguration(r *Request, in *lambda.UpdateFunctionConfigurationInput) (*lambda.UpdateFunctionConfigurationOutput, error) {
	f, err := r.changeableFunction(in.FunctionName)
	if err != nil {
		return nil, err
	}
	if in.Role != nil {
		if err := r.World.checkRole(f.Account, *in.Role); err != nil {
			return nil, err
		}
		f.Role = *in.Role
	}
	if in.Environment != nil { // it replaces all variables
		f.Environment = in.Environment.Variables
	}
	if in.Timeout != nil {
		f.Timeout = *in.Timeout
	}
	if in.MemorySize != nil {
		f.Memory = *in.MemorySize
	}
	if in.Runtime != "" {
		f.Runtime = string(in.Runtime)
	}
	if in.Handler != nil {
		f.Handler = *in.Handler
	}
	f.Updated = r.World.Now().Add(r.World.Takes(updateTakes))
	r.World.Changed()
	return &lambda.UpdateFunctionConfigurationOutput{FunctionArn: aws.String(f.arn()), LastUpdateStatus: types.LastUpdateStatusInProgress}, nil
}

// invoke records an invocation. A function that posts to the outside fails as the outside answers; one whose parameter it
// may not read, or that is not there, fails before.
func invoke(r *Request, in *lambda.InvokeInput) (*lambda.InvokeOutput, error) {
	w := r.World
	f, err := r.function(in.FunctionName)
	if err != nil {
		return nil, err
	}
	if w.Now().Before(f.Active) {
		return nil, withStatus(http.StatusConflict, &types.ResourceConflictException{Message: aws.String("The operation cannot be performed at this time. The function is currently in the following state: Pending")})
	}
	failed, answer := w.invocation(f, string(in.Payload), false)
	out := &lambda.InvokeOutput{StatusCode: http.StatusOK, ExecutedVersion: aws.String("$LATEST"), Payload: answer}
	if failed {
		out.FunctionError = aws.String("Unhandled")
	}
	return out, nil
}

// invocation is one run of a function.
func (w *World) invocation(f *Function, payload string, event bool) (failed bool, answer []byte) {
	f.Invocations = append(f.Invocations, Invocation{Time: w.Now(), Payload: payload, Event: event})
	w.Changed()
	problem := func(kind, message string) (bool, []byte) {
		b, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
		if err != nil {
			panic(err) // two strings always encode
		}
		return true, b
	}
	if name := f.Environment["WEBHOOK_PARAMETER"]; name != "" {
		role := w.role(f.Account, policyName(f.Role))
		arn := "arn:aws:ssm:" + f.Region + ":" + f.Account + ":parameter" + name
		if role == nil || !role.allows(inquiry{Account: f.Account, ARN: f.Role, Action: "ssm:GetParameter", Resource: arn}) {
			return problem("ClientError", "An error occurred (AccessDeniedException) when calling the GetParameter operation")
		}
		if w.SSM.Parameters[parameterKey(f.Account, f.Region, name)] == nil {
			return problem("ParameterNotFound", "An error occurred (ParameterNotFound) when calling the GetParameter operation: ")
		}
	}
	if len(w.Lambda.Answers) > 0 {
		status := w.Lambda.Answers[0]
		w.Lambda.Answers = w.Lambda.Answers[1:]
		if status != http.StatusOK {
			return problem("Refused", "Slack answered "+strconv.Itoa(status)+" no_service")
		}
	}
	return false, []byte(`{"lines": 2, "messages": 1}`)
}
