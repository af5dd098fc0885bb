package network

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
	"awswizard/steps"
)

const (
	management = "111122223333"
	production = "222233334444"
	unnamed    = "333344445555"
)

func given() (answers.Answers, plan.Facts) {
	a := answers.Answers{Company: "Acme", Email: "aws@acme.example"}.WithDefaults()
	return a, plan.NewFacts(map[string]string{
		"account.management.id": management, "account.production.id": production, "account.security.id": "444455556666",
		"account.development.id": "555566667777"})
}

func untouched(region string) Place {
	return Place{Region: region, VPC: "vpc-0aa", Subnets: []string{"subnet-0a", "subnet-0b"}, Gateway: "igw-0aa", Attached: true}
}

// openGroup is a default security group as AWS makes it.
func openGroup() *Group {
	return &Group{ID: "sg-0aa", Rules: []types.SecurityGroupRule{
		{SecurityGroupRuleId: aws.String("sgr-0in"), IsEgress: aws.Bool(false), IpProtocol: aws.String("-1"), FromPort: aws.Int32(-1), ToPort: aws.Int32(-1),
			ReferencedGroupInfo: &types.ReferencedSecurityGroup{GroupId: aws.String("sg-0aa"), UserId: aws.String(production)}},
		{SecurityGroupRuleId: aws.String("sgr-0out"), IsEgress: aws.Bool(true), IpProtocol: aws.String("-1"), FromPort: aws.Int32(-1), ToPort: aws.Int32(-1), CidrIpv4: aws.String("0.0.0.0/0")},
	}}
}

func TestPlan(t *testing.T) {
	denied := func(region string) *steps.Refusal {
		return &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform: ec2:DescribeVpcs in " + region + " with an explicit deny in a service control policy. Encoded authorization failure message: c29tZXRoaW5n"}
	}
	for name, tc := range map[string]struct {
		state  State
		forget string // a fact not known
	}{
		"untouched": {state: State{Accounts: []Account{{ID: management, Places: []Place{untouched("eu-west-1")}}, {ID: production, Places: []Place{untouched("us-east-1")}}, {ID: unnamed}}}},
		"stopped half-way": {state: State{Accounts: []Account{{ID: production, Places: []Place{
			{Region: "eu-west-1", VPC: "vpc-0aa", Subnets: []string{"subnet-0b"}, Gateway: "igw-0aa", Attached: true},
			{Region: "eu-west-2", VPC: "vpc-0bb", Gateway: "igw-0bb"},
			{Region: "eu-west-3", VPC: "vpc-0cc"},
		}}}}},
		"in use": {state: State{Accounts: []Account{{ID: management, Places: []Place{
			{Region: "eu-west-1", VPC: "vpc-0aa", Subnets: []string{"subnet-0a"}, Uses: []string{"network interface eni-0a", "instance i-0a"}},
			{Region: "eu-west-2", VPC: "vpc-0bb", Uses: []string{"a", "b", "c", "d", "e", "f", "g"}},
		}}}}},
		"in use, default group unused": {state: State{Accounts: []Account{{ID: production, Places: []Place{
			{Region: "eu-west-1", VPC: "vpc-0aa", Uses: []string{"instance i-0a"}, Group: openGroup()},
			{Region: "eu-west-2", VPC: "vpc-0bb", Uses: []string{"instance i-0b"}, Group: &Group{ID: "sg-0bb", Rules: openGroup().Rules, Used: true}},
			{Region: "eu-west-3", VPC: "vpc-0cc", Uses: []string{"instance i-0c"}, Group: &Group{ID: "sg-0cc"}},
			{Region: "us-east-1", VPC: "vpc-0dd", Uses: []string{"instance i-0d"}, GroupRefused: &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation."}},
		}}}}},
		"refused": {state: State{Accounts: []Account{
			{ID: management, Refused: &steps.Refusal{Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation."}},
			{ID: production, Places: []Place{{Region: "eu-west-1", Refused: denied("eu-west-1")}, {Region: "eu-west-2", Refused: denied("eu-west-2")}, {Region: "eu-west-3", Refused: &steps.Refusal{Code: "AuthFailure"}}}},
		}}},
		"cannot enter":     {state: State{Accounts: []Account{{ID: management}, {ID: production, NoEntry: true}}}},
		"not made yet":     {state: State{Accounts: []Account{{ID: management}}}, forget: "account.security.id"},
		"not finished yet": {state: State{Accounts: []Account{{ID: production, Refused: &steps.Refusal{Code: "OptInRequired"}}, {ID: unnamed, Places: []Place{{Region: "eu-west-1", Refused: &steps.Refusal{Code: "PendingVerification"}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			a, f := given()
			if tc.forget != "" {
				known := f.Map()
				delete(known, tc.forget)
				f = plan.NewFacts(known)
			}
			items := planned(tc.state, a, f)
			if err := plan.Check(items); err != nil {
				t.Error(err)
			}
			if again := planned(tc.state, a, f); plan.Hash(items, f) != plan.Hash(again, f) {
				t.Error("planning twice gives two plans")
			}
			golden.RequireEqual(t, []byte(plan.Describe(items, f)))
		})
	}
}

// What a Later item names must hold what it becomes, or a saved plan could not approve it.
func TestLaterBounds(t *testing.T) {
	a, f := given()
	largest := Place{Region: "us-east-1", VPC: "vpc-0aa", Gateway: "igw-0aa", Attached: true,
		Subnets: []string{"subnet-0a", "subnet-0b", "subnet-0c", "subnet-0d", "subnet-0e", "subnet-0f"}}
	state := State{Accounts: []Account{{ID: production}}}
	for _, r := range answers.Regions() {
		p := largest
		p.Region = r
		state.Accounts[0].Places = append(state.Accounts[0].Places, p)
	}
	calls := plan.Calls(planned(state, a, f))
	bounds := planned(State{Accounts: []Account{{ID: production, NoEntry: true}}}, a, f)[0].Later
	if len(calls) > bounds.MostCalls {
		t.Errorf("%d calls, the bound is %d", len(calls), bounds.MostCalls)
	}
	for _, c := range calls {
		if !slices.Contains(bounds.Operations, c.Request.Service+":"+c.Request.Operation) || !slices.Contains(bounds.Places, c.Where) {
			t.Errorf("%s in %v is outside the bounds", c.IAMAction, c.Where)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	a, f := given()
	if items := planned(State{Accounts: []Account{{ID: management}, {ID: production}}}, a, f); len(items) != 0 {
		t.Errorf("nothing was found, and still the plan has %d items", len(items))
	}
}
