package sandbox

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// LambdaState holds the functions of all accounts by "account/region".
type LambdaState struct {
	Functions map[string][]function `json:"functions,omitempty"`
}

type function struct {
	Name      string
	Variables map[string]string `json:",omitempty"`
}

func (s *Sim) registerLambda() { on(s, listFunctions) }

// SeedFunction adds a function with its environment variables.
func (w *World) SeedFunction(account, region, name string, variables map[string]string) {
	if w.Lambda.Functions == nil {
		w.Lambda.Functions = map[string][]function{}
	}
	at := account + "/" + region
	w.Lambda.Functions[at] = append(w.Lambda.Functions[at], function{name, variables})
	w.Changed()
}

func listFunctions(r *Request, in *lambda.ListFunctionsInput) (*lambda.ListFunctionsOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	var all []types.FunctionConfiguration
	for _, f := range r.World.Lambda.Functions[r.place()] {
		c := types.FunctionConfiguration{FunctionName: aws.String(f.Name), Runtime: types.RuntimeNodejs22x,
			FunctionArn: aws.String("arn:aws:lambda:" + r.Region + ":" + r.Principal.Account + ":function:" + f.Name)}
		if len(f.Variables) > 0 {
			c.Environment = &types.EnvironmentResponse{Variables: f.Variables}
		}
		all = append(all, c)
	}
	page, next, err := pageOf(all, in.MaxItems, in.Marker, 50)
	return &lambda.ListFunctionsOutput{Functions: page, NextMarker: next}, err
}
