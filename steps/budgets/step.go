// Package budgets sets the monthly budget of the whole organization and Cost Anomaly Detection, both in the
// management account, which pays for all. A budget with our name is brought up to date, a monitor that exists is used.
package budgets

import (
	"strconv"

	"awswizard/internal/plan"
	"awswizard/steps"
	"awswizard/steps/mailtopic"
)

const (
	name = "budgets"
	// lane of all writes of this step: AWS Budgets takes few requests a second.
	lane = "budgets"
	// Budgets and Cost Explorer are global services with their one address in us-east-1.
	globalRegion = "us-east-1"
	// budgetName is the name the budget is found again by.
	budgetName = "wizard-monthly"
	// monitorFact is the ARN of the anomaly monitor of all AWS services.
	monitorFact = "budgets.monitor"
	// costExplorerID is the hand-off that opens Cost Explorer.
	costExplorerID = "budgets/open-cost-explorer"
)

// Step returns the budgets step.
func Step() steps.Step {
	return steps.WithUndo(steps.Define(steps.Step{
		Name:       name,
		Title:      "Budget and cost alarms",
		LooksAfter: []string{"organization"},
		Alone:      true,
		About: steps.About{
			Why:      "You get an e-mail at 50, 80 and 100 % of your monthly limit, and when the month is forecast to pass it. You get one, too, when a service suddenly costs more than it used to. AWS counts costs two or three times a day, so an alert can be half a day late. It warns; it stops nothing.",
			What:     "A monthly budget with e-mail alarms, and a watch for unusual costs. A budget or a watch that exists already is used.",
			Cost:     "Free. Your free credits are left out of the count on purpose: otherwise you would notice only when they are gone.",
			Undo:     "Can be undone: delete the budget and the subscription, at any time.",
			Controls: []string{"ACCT.10", "ACCT.16"},
		},
	}, questions, inspect, planned), undone)
}

// State is what was found in the management account.
type State struct {
	NoEntry       bool               // this caller cannot enter the management account
	Budget        *Budget            // the budget with our name; nil when there is none
	Others        map[string]*Budget // the other budgets whose names begin as ours do, by name
	BudgetRefused *steps.Refusal     // why the budgets could not be read

	CostExplorerClosed bool           // Cost Explorer was never opened; there is no API to open it
	AnomalyRefused     *steps.Refusal // why monitors or subscriptions could not be read
	Monitor            string         // ARN of the monitor of all AWS services; AWS allows one
	Subscriptions      []Subscription
	Topic              *mailtopic.State // of the immediate mails; nil when there is none
	TopicRefused       *steps.Refusal   // why it could not be read
}

// Budget is what is compared of a budget.
type Budget struct {
	USD            float64
	Unit           string // currency of the limit
	MonthlyCost    bool   // a budget of cost by the month, which is what we want
	Account        string // id of the one account it counts, "" when it counts all
	WithoutCredits bool   // credits and refunds are left out, and nothing else
	Notifications  []Notification
	Refused        *steps.Refusal // why the notifications could not be read
	Whole          string         // the budget as JSON, for the way back
}

// Notification is when the budget speaks up, and to whom.
type Notification struct {
	Kind    string  // ACTUAL or FORECASTED
	Percent float64 // of the limit; 0 for one in dollars
	USD     float64 // for one in dollars
	Emails  []string
	Refused *steps.Refusal // why the subscribers could not be read
}

// Subscription is an e-mail about anomalies.
type Subscription struct {
	ARN, Name, Frequency string
	Monitors             []string // ARNs
	Emails               []string
	Topics               []string // ARNs of SNS topics
	Threshold            string   // see leaves
	Whole                string   // the subscription as JSON, for the way back
}

// Facts implements steps.State.
func (s State) Facts() map[string]string { return map[string]string{monitorFact: s.Monitor} }

var here = plan.Place{Account: plan.Management, Region: globalRegion}

// dollars writes an amount as AWS and people read it: 100, 49.5.
func dollars(usd float64) string { return strconv.FormatFloat(usd, 'f', -1, 64) }
