package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
)

// costDataTakes is how long after Cost Explorer was opened the first data shows.
const costDataTakes = 24 * time.Hour

// CostExplorerState is this service's part of the world.
type CostExplorerState struct {
	// Opened is when Cost Explorer was opened in the console, by account id. There is no API for it.
	Opened        map[string]time.Time                   `json:"opened,omitempty"`
	Monitors      map[string][]types.AnomalyMonitor      `json:"monitors,omitempty"`
	Subscriptions map[string][]types.AnomalySubscription `json:"subscriptions,omitempty"`
}

func (s *Sim) registerCostExplorer() {
	on(s, getAnomalyMonitors)
	on(s, createAnomalyMonitor)
	on(s, updateAnomalyMonitor)
	on(s, deleteAnomalyMonitor)
	on(s, getAnomalySubscriptions)
	on(s, createAnomalySubscription)
	on(s, updateAnomalySubscription)
	on(s, deleteAnomalySubscription)
	on(s, getCostAndUsage)
	s.acts["open-cost-explorer"] = func(w *World) error {
		account := w.managementAccount()
		if account == "" {
			account = w.Principals[w.Login()].Account
		}
		w.OpenCostExplorer(account)
		return nil
	}
}

// OpenCostExplorer is what pressing "Launch Cost Explorer" does: AWS then makes a monitor and a subscription itself.
func (w *World) OpenCostExplorer(account string) {
	c := &w.Costs
	if _, ok := c.Opened[account]; ok {
		return
	}
	if c.Opened == nil {
		c.Opened = map[string]time.Time{}
	}
	c.Opened[account] = w.Clock
	if c.serviceMonitor(account) == "" {
		monitor := w.addMonitor(account, types.AnomalyMonitor{MonitorName: aws.String("Default-Services-Monitor"),
			MonitorType: types.MonitorTypeDimensional, MonitorDimension: types.MonitorDimensionService})
		var mail string
		if a := w.Accounts[account]; a != nil {
			mail = a.Email
		}
		w.addSubscription(account, types.AnomalySubscription{
			SubscriptionName: aws.String("Default-Services-Subscription"), Frequency: types.AnomalySubscriptionFrequencyDaily,
			MonitorArnList: []string{monitor}, Subscribers: []types.Subscriber{{Address: aws.String(mail), Type: types.SubscriberTypeEmail}},
			ThresholdExpression: &types.Expression{And: []types.Expression{
				impact(types.DimensionAnomalyTotalImpactAbsolute, "100"), impact(types.DimensionAnomalyTotalImpactPercentage, "40")}},
		})
	}
	w.Changed()
}

func impact(key types.Dimension, value string) types.Expression {
	return types.Expression{Dimensions: &types.DimensionValues{Key: key, MatchOptions: []types.MatchOption{types.MatchOptionGreaterThanOrEqual}, Values: []string{value}}}
}

// serviceMonitor is the ARN of the account's monitor of all AWS services, "" when it has none.
func (c *CostExplorerState) serviceMonitor(account string) string {
	for _, m := range c.Monitors[account] {
		if m.MonitorType == types.MonitorTypeDimensional && m.MonitorDimension == types.MonitorDimensionService {
			return aws.ToString(m.MonitorArn)
		}
	}
	return ""
}

func (w *World) costARN(account, kind string) *string {
	const hex = "0123456789abcdef"
	return aws.String(fmt.Sprintf("arn:aws:ce::%s:%s/%s-%s-%s-%s-%s", account, kind, w.ID(hex, 8), w.ID(hex, 4), w.ID(hex, 4), w.ID(hex, 4), w.ID(hex, 12)))
}

func (w *World) addMonitor(account string, m types.AnomalyMonitor) string {
	m.MonitorArn = w.costARN(account, "anomalymonitor")
	m.CreationDate = aws.String(w.Clock.Format(time.RFC3339))
	m.LastUpdatedDate = m.CreationDate
	if w.Costs.Monitors == nil {
		w.Costs.Monitors = map[string][]types.AnomalyMonitor{}
	}
	w.Costs.Monitors[account] = append(w.Costs.Monitors[account], m)
	w.Changed()
	return *m.MonitorArn
}

func (w *World) addSubscription(account string, s types.AnomalySubscription) string {
	s.SubscriptionArn, s.AccountId = w.costARN(account, "anomalysubscription"), aws.String(account)
	if w.Costs.Subscriptions == nil {
		w.Costs.Subscriptions = map[string][]types.AnomalySubscription{}
	}
	w.Costs.Subscriptions[account] = append(w.Costs.Subscriptions[account], s)
	w.Changed()
	return *s.SubscriptionArn
}

// costs gives Cost Explorer's state to an account that has opened it.
func (r *Request) costs() (c *CostExplorerState, account string, err error) {
	c, account = &r.World.Costs, r.Principal.Account
	if _, ok := c.Opened[account]; !ok {
		return nil, "", Fail("AccessDeniedException", "User not enabled for cost explorer access")
	}
	return c, account, nil
}

func (c *CostExplorerState) monitor(account string, arn *string) (int, error) {
	i := slices.IndexFunc(c.Monitors[account], func(m types.AnomalyMonitor) bool { return aws.ToString(m.MonitorArn) == aws.ToString(arn) })
	if i < 0 {
		return -1, &types.UnknownMonitorException{Message: aws.String("The monitor " + aws.ToString(arn) + " doesn't exist.")}
	}
	return i, nil
}

func (c *CostExplorerState) subscription(account string, arn *string) (int, error) {
	i := slices.IndexFunc(c.Subscriptions[account], func(s types.AnomalySubscription) bool {
		return aws.ToString(s.SubscriptionArn) == aws.ToString(arn)
	})
	if i < 0 {
		return -1, &types.UnknownSubscriptionException{Message: aws.String("The subscription " + aws.ToString(arn) + " doesn't exist.")}
	}
	return i, nil
}

func getAnomalyMonitors(r *Request, in *costexplorer.GetAnomalyMonitorsInput) (*costexplorer.GetAnomalyMonitorsOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	found := slices.Clone(c.Monitors[account])
	if len(in.MonitorArnList) > 0 {
		found = slices.DeleteFunc(found, func(m types.AnomalyMonitor) bool { return !slices.Contains(in.MonitorArnList, *m.MonitorArn) })
	}
	page, next, err := costPage(found, in.NextPageToken, in.MaxResults)
	return &costexplorer.GetAnomalyMonitorsOutput{AnomalyMonitors: page, NextPageToken: next}, err
}

func createAnomalyMonitor(r *Request, in *costexplorer.CreateAnomalyMonitorInput) (*costexplorer.CreateAnomalyMonitorOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	m := *in.AnomalyMonitor
	if m.MonitorType == types.MonitorTypeDimensional && m.MonitorDimension == types.MonitorDimensionService && c.serviceMonitor(account) != "" {
		return nil, Fail("ValidationException", "Limit exceeded on dimensional spend monitor creation")
	}
	if (m.MonitorType == types.MonitorTypeCustom) != (m.MonitorSpecification != nil) {
		return nil, Fail("ValidationException", "A custom monitor needs a MonitorSpecification, a dimensional one takes none")
	}
	return &costexplorer.CreateAnomalyMonitorOutput{MonitorArn: aws.String(r.World.addMonitor(account, m))}, nil
}

func updateAnomalyMonitor(r *Request, in *costexplorer.UpdateAnomalyMonitorInput) (*costexplorer.UpdateAnomalyMonitorOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	i, err := c.monitor(account, in.MonitorArn)
	if err != nil {
		return nil, err
	}
	if in.MonitorName != nil {
		c.Monitors[account][i].MonitorName = in.MonitorName
		r.World.Changed()
	}
	return &costexplorer.UpdateAnomalyMonitorOutput{MonitorArn: in.MonitorArn}, nil
}

func deleteAnomalyMonitor(r *Request, in *costexplorer.DeleteAnomalyMonitorInput) (*costexplorer.DeleteAnomalyMonitorOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	i, err := c.monitor(account, in.MonitorArn)
	if err != nil {
		return nil, err
	}
	for _, s := range c.Subscriptions[account] {
		if slices.Contains(s.MonitorArnList, *in.MonitorArn) {
			return nil, Fail("ValidationException", "The monitor has subscriptions and cannot be deleted")
		}
	}
	c.Monitors[account] = slices.Delete(c.Monitors[account], i, i+1)
	r.World.Changed()
	return &costexplorer.DeleteAnomalyMonitorOutput{}, nil
}

func getAnomalySubscriptions(r *Request, in *costexplorer.GetAnomalySubscriptionsInput) (*costexplorer.GetAnomalySubscriptionsOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(c.Subscriptions[account]), func(s types.AnomalySubscription) bool {
		return (in.MonitorArn != nil && !slices.Contains(s.MonitorArnList, *in.MonitorArn)) ||
			(len(in.SubscriptionArnList) > 0 && !slices.Contains(in.SubscriptionArnList, *s.SubscriptionArn))
	})
	page, next, err := costPage(found, in.NextPageToken, in.MaxResults)
	return &costexplorer.GetAnomalySubscriptionsOutput{AnomalySubscriptions: page, NextPageToken: next}, err
}

// checkSubscription is what AWS validates of a subscription that is whole.
func (r *Request) checkSubscription(account string, s types.AnomalySubscription) error {
	c := &r.World.Costs
	for _, arn := range s.MonitorArnList {
		if _, err := c.monitor(account, &arn); err != nil {
			return err
		}
	}
	if len(s.MonitorArnList) == 0 {
		return Fail("ValidationException", "At least one monitor is needed")
	}
	if (s.Threshold == nil) == (s.ThresholdExpression == nil) {
		return Fail("ValidationException", "You can specify either Threshold or ThresholdExpression, but not both")
	}
	for _, to := range s.Subscribers {
		immediate := s.Frequency == types.AnomalySubscriptionFrequencyImmediate
		if immediate && to.Type != types.SubscriberTypeSns {
			return Fail("ValidationException", "Immediate frequency only supports SNS subscriptions")
		}
		if !immediate && to.Type != types.SubscriberTypeEmail {
			return Fail("ValidationException", "Daily or weekly frequencies only support Email subscriptions")
		}
		if immediate && !r.World.mayPublish("costalerts.amazonaws.com", account, aws.ToString(to.Address)) {
			return Fail("ValidationException", "Cost Anomaly Detection cannot publish to the SNS topic "+aws.ToString(to.Address))
		}
	}
	return nil
}

func createAnomalySubscription(r *Request, in *costexplorer.CreateAnomalySubscriptionInput) (*costexplorer.CreateAnomalySubscriptionOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	s := *in.AnomalySubscription
	if len(c.Subscriptions[account]) >= 100 {
		return nil, Fail("ValidationException", "Limit exceeded on anomaly subscription creation")
	}
	if err := r.checkSubscription(account, s); err != nil {
		return nil, err
	}
	return &costexplorer.CreateAnomalySubscriptionOutput{SubscriptionArn: aws.String(r.World.addSubscription(account, s))}, nil
}

func updateAnomalySubscription(r *Request, in *costexplorer.UpdateAnomalySubscriptionInput) (*costexplorer.UpdateAnomalySubscriptionOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	i, err := c.subscription(account, in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	s := c.Subscriptions[account][i]
	if in.Frequency != "" {
		s.Frequency = in.Frequency
	}
	if in.MonitorArnList != nil {
		s.MonitorArnList = in.MonitorArnList
	}
	if in.Subscribers != nil {
		s.Subscribers = in.Subscribers
	}
	if in.SubscriptionName != nil {
		s.SubscriptionName = in.SubscriptionName
	}
	switch {
	case in.Threshold != nil && in.ThresholdExpression != nil:
		return nil, Fail("ValidationException", "You can specify either Threshold or ThresholdExpression, but not both")
	case in.Threshold != nil || in.ThresholdExpression != nil:
		s.Threshold, s.ThresholdExpression = in.Threshold, in.ThresholdExpression
	}
	if err := r.checkSubscription(account, s); err != nil {
		return nil, err
	}
	c.Subscriptions[account][i] = s
	r.World.Changed()
	return &costexplorer.UpdateAnomalySubscriptionOutput{SubscriptionArn: in.SubscriptionArn}, nil
}

func deleteAnomalySubscription(r *Request, in *costexplorer.DeleteAnomalySubscriptionInput) (*costexplorer.DeleteAnomalySubscriptionOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	i, err := c.subscription(account, in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	c.Subscriptions[account] = slices.Delete(c.Subscriptions[account], i, i+1)
	r.World.Changed()
	return &costexplorer.DeleteAnomalySubscriptionOutput{}, nil
}

func getCostAndUsage(r *Request, in *costexplorer.GetCostAndUsageInput) (*costexplorer.GetCostAndUsageOutput, error) {
	c, account, err := r.costs()
	if err != nil {
		return nil, err
	}
	if r.World.Clock.Before(c.Opened[account].Add(r.World.Takes(costDataTakes))) {
		return nil, &types.DataUnavailableException{Message: aws.String("Data is not available. Please try to adjust the time period. If just enabled Cost Explorer, data might not be ingested yet")}
	}
	total := map[string]types.MetricValue{}
	for _, m := range in.Metrics {
		total[m] = types.MetricValue{Amount: aws.String("0"), Unit: aws.String("USD")}
	}
	return &costexplorer.GetCostAndUsageOutput{ResultsByTime: []types.ResultByTime{{TimePeriod: in.TimePeriod, Total: total, Estimated: true}}}, nil
}

// costPage cuts a page; tokens are offsets.
func costPage[T any](all []T, token *string, most *int32) ([]T, *string, error) {
	from := 0
	if token != nil {
		n, err := strconv.Atoi(*token)
		if err != nil || n < 0 || n > len(all) {
			return nil, nil, &types.InvalidNextTokenException{Message: aws.String("The pagination token is invalid.")}
		}
		from = n
	}
	to := len(all)
	if most != nil && *most > 0 {
		to = min(from+int(*most), len(all))
	}
	if to < len(all) {
		return all[from:to], aws.String(strconv.Itoa(to)), nil
	}
	return all[from:], nil, nil
}
