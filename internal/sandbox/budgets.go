package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"awswizard/internal/order"
	"awswizard/internal/pattern"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/budgets"
	"github.com/aws/aws-sdk-go-v2/service/budgets/types"
)

// What AWS Budgets allows, and when it knows what was spent.
const (
	mostNotifications  = 5  // per budget
	mostBudgetMails    = 10 // e-mail subscribers per notification
	mostBudgetTopics   = 1  // SNS subscribers per notification
	spendKnownAfter    = 10 * time.Hour
	budgetsDefaultPage = 100
)

// BudgetsState is this service's part of the world.
type BudgetsState struct {
	// Budgets by account id, in the order they were made.
	Budgets map[string][]*budget `json:"budgets,omitempty"`
}

type budget struct {
	Budget        types.Budget
	Made          time.Time
	Notifications []types.NotificationWithSubscribers
	Tags          map[string]string `json:",omitempty"`
}

func (s *Sim) registerBudgets() {
	on(s, describeBudgets)
	on(s, describeBudget)
	on(s, createBudget)
	on(s, updateBudget)
	on(s, deleteBudget)
	on(s, listBudgetTags)
	on(s, tagBudget)
	s.registerBudgetNotifications()
}

// SeedBudget gives the account a monthly cost budget as somebody makes one by hand: without notifications, and with
// credits counted in, which is what AWS takes when nothing is said.
func (w *World) SeedBudget(account, name string, usd float64) {
	w.addBudget(account, &budget{Made: w.Clock, Budget: types.Budget{
		BudgetName: aws.String(name), BudgetType: types.BudgetTypeCost, TimeUnit: types.TimeUnitMonthly,
		BudgetLimit: &types.Spend{Amount: aws.String(strconv.FormatFloat(usd, 'f', -1, 64)), Unit: aws.String("USD")},
	}})
}

func (w *World) addBudget(account string, b *budget) {
	if w.Budgets.Budgets == nil {
		w.Budgets.Budgets = map[string][]*budget{}
	}
	if b.Budget.TimePeriod == nil {
		y, m, _ := w.Clock.Date()
		b.Budget.TimePeriod = &types.TimePeriod{
			Start: aws.Time(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)),
			End:   aws.Time(time.Date(2087, time.June, 15, 0, 0, 0, 0, time.UTC)),
		}
	}
	if b.Budget.CostTypes == nil && b.Budget.FilterExpression == nil && len(b.Budget.Metrics) == 0 {
		b.Budget.CostTypes = &types.CostTypes{IncludeCredit: aws.Bool(true), IncludeRefund: aws.Bool(true), IncludeTax: aws.Bool(true),
			IncludeSubscription: aws.Bool(true), IncludeUpfront: aws.Bool(true), IncludeRecurring: aws.Bool(true),
			IncludeOtherSubscription: aws.Bool(true), IncludeSupport: aws.Bool(true), IncludeDiscount: aws.Bool(true)}
	}
	b.Budget.CalculatedSpend = nil
	b.Budget.LastUpdatedTime = aws.Time(w.Clock)
	w.Budgets.Budgets[account] = append(w.Budgets.Budgets[account], b)
	w.Changed()
}

// ownBudgets refuses a request for another account than the caller's.
func (r *Request) ownBudgets(account *string) error {
	if aws.ToString(account) != r.Principal.Account {
		return &types.AccessDeniedException{Message: aws.String("Account " + r.Principal.Account + " is not authorized to access the budgets of account " + aws.ToString(account) + ".")}
	}
	return nil
}

func (r *Request) budget(account, name *string) (*budget, error) {
	if err := r.ownBudgets(account); err != nil {
		return nil, err
	}
	for _, b := range r.World.Budgets.Budgets[*account] {
		if aws.ToString(b.Budget.BudgetName) == aws.ToString(name) {
			return b, nil
		}
	}
	return nil, &types.NotFoundException{Message: aws.String("Unable to get budget: " + aws.ToString(name) + " - the budget doesn't exist.")}
}

// shown is the budget as AWS replies: the spend so far is known only half a day after the budget was made.
func (r *Request) shown(b *budget) types.Budget {
	out := b.Budget
	if r.World.Clock.Sub(b.Made) >= r.World.Takes(spendKnownAfter) {
		out.CalculatedSpend = &types.CalculatedSpend{ActualSpend: &types.Spend{Amount: aws.String("0.0"), Unit: aws.String("USD")}}
	}
	return out
}

func describeBudgets(r *Request, in *budgets.DescribeBudgetsInput) (*budgets.DescribeBudgetsOutput, error) {
	if err := r.ownBudgets(in.AccountId); err != nil {
		return nil, err
	}
	page, next, err := budgetsPage(r.World.Budgets.Budgets[*in.AccountId], in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &budgets.DescribeBudgetsOutput{NextToken: next}
	for _, b := range page {
		shown := r.shown(b)
		if !aws.ToBool(in.ShowFilterExpression) {
			shown.FilterExpression = nil
		}
		out.Budgets = append(out.Budgets, shown)
	}
	return out, nil
}

func describeBudget(r *Request, in *budgets.DescribeBudgetInput) (*budgets.DescribeBudgetOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	shown := r.shown(b)
	if !aws.ToBool(in.ShowFilterExpression) {
		shown.FilterExpression = nil
	}
	return &budgets.DescribeBudgetOutput{Budget: &shown}, nil
}

func createBudget(r *Request, in *budgets.CreateBudgetInput) (*budgets.CreateBudgetOutput, error) {
	if err := r.ownBudgets(in.AccountId); err != nil {
		return nil, err
	}
	if err := checkBudget(in.Budget); err != nil {
		return nil, err
	}
	if err := r.checkCounted(in.Budget.FilterExpression); err != nil {
		return nil, err
	}
	if _, err := r.budget(in.AccountId, in.Budget.BudgetName); err == nil {
		return nil, &types.DuplicateRecordException{Message: aws.String("Error creating budget: " + *in.Budget.BudgetName + " - the budget already exists.")}
	}
	if len(in.NotificationsWithSubscribers) > mostNotifications {
		return nil, tooManyNotifications()
	}
	b := &budget{Budget: *in.Budget, Made: r.World.Clock}
	for _, n := range in.NotificationsWithSubscribers {
		if err := b.addNotification(n.Notification, n.Subscribers); err != nil {
			return nil, err
		}
	}
	for _, t := range in.ResourceTags {
		b.tag(t)
	}
	r.World.addBudget(*in.AccountId, b)
	return &budgets.CreateBudgetOutput{}, nil
}

func updateBudget(r *Request, in *budgets.UpdateBudgetInput) (*budgets.UpdateBudgetOutput, error) {
	if err := checkBudget(in.NewBudget); err != nil {
		return nil, err
	}
	if err := r.checkCounted(in.NewBudget.FilterExpression); err != nil {
		return nil, err
	}
	b, err := r.budget(in.AccountId, in.NewBudget.BudgetName)
	if err != nil {
		return nil, err
	}
	period := b.Budget.TimePeriod
	b.Budget = *in.NewBudget
	if b.Budget.TimePeriod == nil {
		b.Budget.TimePeriod = period
	}
	// "When you modify a budget, the calculatedSpend drops to zero until AWS has new usage data" (UpdateBudget).
	b.Made = r.World.Clock
	b.Budget.LastUpdatedTime = aws.Time(r.World.Clock)
	r.World.Changed()
	return &budgets.UpdateBudgetOutput{}, nil
}

func deleteBudget(r *Request, in *budgets.DeleteBudgetInput) (*budgets.DeleteBudgetOutput, error) {
	b, err := r.budget(in.AccountId, in.BudgetName)
	if err != nil {
		return nil, err
	}
	all := r.World.Budgets.Budgets
	all[*in.AccountId] = slices.DeleteFunc(all[*in.AccountId], func(o *budget) bool { return o == b })
	r.World.Changed()
	return &budgets.DeleteBudgetOutput{}, nil
}

func badBudget(message string) error {
	return &types.InvalidParameterException{Message: aws.String(message)}
}

// checkBudget is what AWS Budgets validates of a budget.
func checkBudget(b *types.Budget) error {
	name := aws.ToString(b.BudgetName)
	switch {
	case name == "" || len(name) > 100 || strings.ContainsAny(name, `:\`) || strings.Contains(name, "/action/"):
		return badBudget(`The budget name must have 1 to 100 characters and no ":", "\" or "/action/".`)
	case b.BudgetType == types.BudgetTypeCost && b.BudgetLimit == nil && b.PlannedBudgetLimits == nil && b.AutoAdjustData == nil:
		return badBudget("Budget limit is required.")
	case (b.FilterExpression != nil || len(b.Metrics) > 0) && (b.CostFilters != nil || b.CostTypes != nil):
		return badBudget("You can specify either CostFilters and CostTypes or FilterExpression and Metrics, not both.")
	case len(b.Metrics) > 1:
		return badBudget("Only one metric is supported.")
	}
	if b.BudgetLimit == nil {
		return nil
	}
	if usd, err := strconv.ParseFloat(aws.ToString(b.BudgetLimit.Amount), 64); err != nil || usd <= 0 {
		return badBudget("Budget limit must be a number greater than zero.")
	}
	if aws.ToString(b.BudgetLimit.Unit) == "" {
		return badBudget("Budget limit needs a unit.")
	}
	return nil
}

// checkCounted refuses a filter that names an account which the caller does not pay for.
func (r *Request) checkCounted(e *types.Expression) error {
	if e == nil {
		return nil
	}
	if d := e.Dimensions; d != nil && d.Key == types.DimensionLinkedAccount {
		for _, id := range d.Values {
			if id != r.Principal.Account && (r.Principal.Account != r.World.managementAccount() || !r.World.orgMember(id)) {
				return badBudget("The account " + id + " in the filter is not one of yours.")
			}
		}
	}
	for _, sub := range slices.Concat(e.And, e.Or) {
		if err := r.checkCounted(&sub); err != nil {
			return err
		}
	}
	return r.checkCounted(e.Not)
}

var budgetARN = pattern.Of(`^arn:aws:budgets::(\d{12}):budget/(.+)$`)

func (r *Request) budgetByARN(arn *string) (*budget, error) {
	m := budgetARN().FindStringSubmatch(aws.ToString(arn))
	if m == nil {
		return nil, badBudget("The ARN is not one of a budget.")
	}
	return r.budget(&m[1], &m[2])
}

func (b *budget) tag(t types.ResourceTag) {
	if b.Tags == nil {
		b.Tags = map[string]string{}
	}
	b.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
}

func listBudgetTags(r *Request, in *budgets.ListTagsForResourceInput) (*budgets.ListTagsForResourceOutput, error) {
	b, err := r.budgetByARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &budgets.ListTagsForResourceOutput{}
	for k, v := range b.Tags {
		out.ResourceTags = append(out.ResourceTags, types.ResourceTag{Key: aws.String(k), Value: aws.String(v)})
	}
	order.By(out.ResourceTags, func(a, b types.ResourceTag) int { return cmp.Compare(*a.Key, *b.Key) })
	return out, nil
}

func tagBudget(r *Request, in *budgets.TagResourceInput) (*budgets.TagResourceOutput, error) {
	b, err := r.budgetByARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	for _, t := range in.ResourceTags {
		b.tag(t)
	}
	r.World.Changed()
	return &budgets.TagResourceOutput{}, nil
}

// budgetsPage cuts a page; tokens are offsets.
func budgetsPage[T any](all []T, token *string, most *int32) ([]T, *string, error) {
	from := 0
	if token != nil {
		n, err := strconv.Atoi(*token)
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, &types.InvalidNextTokenException{Message: aws.String("The token is invalid.")}
		}
		from = n
	}
	size := budgetsDefaultPage
	if most != nil {
		if *most < 1 || *most > 1000 {
			return nil, nil, badBudget(fmt.Sprintf("MaxResults %d is not between 1 and 1000.", *most))
		}
		size = int(*most)
	}
	to := min(from+size, len(all))
	var next *string
	if to < len(all) {
		next = aws.String(strconv.Itoa(to))
	}
	return all[from:to], next, nil
}
