package sandbox

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// simulatePrincipalPolicy says what an account's role could do. Service control policies count with their conditions
// (since July 2026); of the role's own policies the sandbox takes only AdministratorAccess as known.
func simulatePrincipalPolicy(r *Request, in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	w, source := r.World, aws.ToString(in.PolicySourceArn)
	role := w.role(r.Principal.Account, source[strings.LastIndex(source, "/")+1:])
	if role == nil || role.arn(r.Principal.Account) != source {
		return nil, noSuchEntity("The role with ARN " + source)
	}
	keys := map[string][]string{"aws:principalarn": {source}, "aws:principalaccount": {r.Principal.Account}, "aws:requestedregion": {r.Region}}
	for _, e := range in.ContextEntries {
		keys[strings.ToLower(aws.ToString(e.ContextKeyName))] = e.ContextKeyValues
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	out := &iam.SimulatePrincipalPolicyOutput{}
	for _, action := range in.ActionNames {
		for _, resource := range resources {
			why, err := w.policiesAgainst(r.Principal.Account, asked{Action: action, Resource: resource, Keys: keys})
			if err != nil {
				return nil, err
			}
			decision := types.PolicyEvaluationDecisionTypeAllowed
			if why != "" {
				decision = types.PolicyEvaluationDecisionTypeExplicitDeny
			}
			out.EvaluationResults = append(out.EvaluationResults, types.EvaluationResult{EvalActionName: aws.String(action), EvalResourceName: aws.String(resource),
				EvalDecision: decision, OrganizationsDecisionDetail: &types.OrganizationsDecisionDetail{AllowedByOrganizations: why == ""}})
		}
	}
	return out, nil
}
