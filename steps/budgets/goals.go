package budgets

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"

	"awswizard/internal/answers"
	"awswizard/internal/plan"
)

// goal is one budget we want.
type goal struct {
	name    string
	usd     float64
	account string // key of the one account it counts; "" counts the whole organization
	what    string // for titles: "for the whole organization"
	why     string
	alarms  []alarm
}

// anySpendName is the budget that speaks up at the first cent.
const anySpendName = "wizard-any-spend"

// goals are the budgets we want, the one of the whole organization first. On the free plan nothing is billed, and what
// eats the credits shows only here: so there the first cent is told, too.
func goals(a answers.Answers, f plan.Facts) []goal {
	all := []goal{{name: budgetName, usd: a.Budget.MonthlyUSD, what: "for the whole organization", alarms: alarms(),
		why: "You get an e-mail at 50, 80 and 100 % of it, and when the month is forecast to pass it. AWS forecasts nothing before it has about five weeks of costs. It only warns. Credits and refunds are left out of the count, so that it also warns while credits pay."}}
	for _, key := range slices.Sorted(maps.Keys(a.Budget.PerAccount)) {
		all = append(all, goal{name: budgetName + "-" + key, usd: a.Budget.PerAccount[key], account: key, what: "for the account " + key + " alone", alarms: alarms(),
			why: "wizard.yaml asks for it (budget.per_account). You get the same e-mails as for the whole, for this account alone. It only warns."})
	}
	if kind, _ := f.Lookup("plan.type"); kind == "FREE" && !a.AcceptPaidPlan {
		all = append(all, goal{name: anySpendName, usd: 1, what: "to hear of the first cent", alarms: []alarm{{kind: types.NotificationTypeActual, usd: 0.01}},
			why: "You are on AWS's free plan, where credits pay. You get an e-mail as soon as anything uses them up. It only warns."})
	}
	return all
}

// id is the last part of the ids of the goal's notifications.
func (g goal) id(al alarm) string {
	if g.name == budgetName {
		return al.id()
	}
	return g.name + "/" + al.id()
}

// other is the name of a budget that is not the one of the whole organization.
func (g goal) other() string {
	if g.name == budgetName {
		return ""
	}
	return g.name
}

// wanted is the budget as it should be. FilterExpression and Metrics are the new way to say what is counted; AWS
// refuses them together with CostTypes.
func (g goal) wanted(f plan.Facts) *types.Budget {
	counted := &types.Expression{Not: &types.Expression{Dimensions: &types.ExpressionDimensionValues{
		Key: types.DimensionRecordType, Values: []string{"Credit", "Refund"}}}}
	if g.account != "" {
		counted = &types.Expression{And: []types.Expression{{Dimensions: &types.ExpressionDimensionValues{
			Key: types.DimensionLinkedAccount, Values: []string{f.AccountID(g.account)}}}, *counted}}
	}
	return &types.Budget{
		BudgetName: aws.String(g.name), BudgetType: types.BudgetTypeCost, TimeUnit: types.TimeUnitMonthly,
		BudgetLimit: &types.Spend{Amount: aws.String(dollars(g.usd)), Unit: aws.String("USD")},
		Metrics:     []types.Metric{types.MetricUnblendedCost}, FilterExpression: counted,
	}
}

// of is the budget of this name, nil when there is none.
func (s State) of(name string) *Budget {
	if name == budgetName {
		return s.Budget
	}
	return s.Others[name]
}
