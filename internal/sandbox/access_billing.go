package sandbox

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/freetier"
	freetypes "github.com/aws/aws-sdk-go-v2/service/freetier/types"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas/types"
)

const (
	quotaService = "organizations"
	// accountsQuotaCode is the code that is hard-coded in public tools; AWS documents none. The name tells what it is.
	accountsQuotaCode = "L-29A0C5DF"
	accountsQuotaName = "Default maximum number of accounts"
	accountsQuotaAWS  = 10
	freePlanLasts     = 6 // months
	raiseTakes        = 20 * time.Hour
)

// quotaRaise is a request to raise the number of accounts the organization may hold.
type quotaRaise struct {
	ID             string
	Desired        float64
	Requester      string
	Asked, Decided time.Time // approved when Decided has come
}

// accountQuota is how many accounts the organization may hold now.
func (w *World) accountQuota() int {
	n := w.Org.Quota
	if n == 0 {
		n = accountsQuotaAWS
	}
	for _, q := range w.Org.Raises {
		if !q.Decided.After(w.Clock) {
			n = max(n, int(q.Desired))
		}
	}
	return n
}

func (s *Sim) registerBilling() {
	on(s, getAccountPlanState)
	on(s, upgradeAccountPlan)
	on(s, getServiceQuota)
	on(s, getAWSDefaultServiceQuota)
	on(s, listServiceQuotas)
	on(s, requestServiceQuotaIncrease)
	on(s, getRequestedServiceQuotaChange)
	on(s, listRequestedQuotaChanges)
	on(s, listRequestedQuotaChangesByQuota)
}

// getAccountPlanState knows no plan for accounts older than the plans (July 2025); here, for members.
func getAccountPlanState(r *Request, _ *freetier.GetAccountPlanStateInput) (*freetier.GetAccountPlanStateOutput, error) {
	a := r.World.Accounts[r.Principal.Account]
	if m := r.World.Org.member(a.ID); m != nil && m.Account != r.World.Org.Management && !m.Invited {
		return nil, &freetypes.ResourceNotFoundException{Message: aws.String("The requested resource was not found.")}
	}
	out := &freetier.GetAccountPlanStateOutput{AccountId: aws.String(a.ID), AccountPlanType: freetypes.AccountPlanType(a.Plan),
		AccountPlanStatus:           freetypes.AccountPlanStatusActive,
		AccountPlanRemainingCredits: &freetypes.MonetaryAmount{Amount: a.Credits, Unit: freetypes.CurrencyCodeUsd}}
	if out.AccountPlanType == freetypes.AccountPlanTypeFree {
		out.AccountPlanExpirationDate = aws.Time(a.Created.AddDate(0, freePlanLasts, 0))
	}
	return out, nil
}

// upgradeAccountPlan keeps the credits: only an organization ends them.
func upgradeAccountPlan(r *Request, in *freetier.UpgradeAccountPlanInput) (*freetier.UpgradeAccountPlanOutput, error) {
	a := r.World.Accounts[r.Principal.Account]
	if in.AccountPlanType != freetypes.AccountPlanTypePaid || a.Plan == string(freetypes.AccountPlanTypePaid) {
		return nil, &freetypes.ValidationException{Message: aws.String("The account plan can only be upgraded from FREE to PAID.")}
	}
	a.Plan = string(in.AccountPlanType)
	r.World.Changed()
	return &freetier.UpgradeAccountPlanOutput{AccountId: aws.String(a.ID), AccountPlanType: in.AccountPlanType, AccountPlanStatus: freetypes.AccountPlanStatusActive}, nil
}

func noQuota() error {
	return &types.NoSuchResourceException{Message: aws.String("The specified resource does not exist.")}
}

// checkQuota looks whether the request names the one quota the sandbox has. Organizations has its quotas in us-east-1.
func (r *Request) checkQuota(service, code *string) error {
	if aws.ToString(service) != quotaService || aws.ToString(code) != accountsQuotaCode || r.Region != "us-east-1" {
		return noQuota()
	}
	return nil
}

func quotaARN(account string) *string {
	return aws.String("arn:aws:servicequotas::" + account + ":" + quotaService + "/" + accountsQuotaCode)
}

func (r *Request) serviceQuota(value int) *types.ServiceQuota {
	return &types.ServiceQuota{Adjustable: true, GlobalQuota: true, QuotaArn: quotaARN(r.Principal.Account), QuotaCode: aws.String(accountsQuotaCode),
		QuotaName: aws.String(accountsQuotaName), ServiceCode: aws.String(quotaService), ServiceName: aws.String("AWS Organizations"),
		Unit: aws.String("None"), Value: aws.Float64(float64(value))}
}

func getServiceQuota(r *Request, in *servicequotas.GetServiceQuotaInput) (*servicequotas.GetServiceQuotaOutput, error) {
	if err := r.checkQuota(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	return &servicequotas.GetServiceQuotaOutput{Quota: r.serviceQuota(r.World.accountQuota())}, nil
}

func getAWSDefaultServiceQuota(r *Request, in *servicequotas.GetAWSDefaultServiceQuotaInput) (*servicequotas.GetAWSDefaultServiceQuotaOutput, error) {
	if err := r.checkQuota(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	return &servicequotas.GetAWSDefaultServiceQuotaOutput{Quota: r.serviceQuota(accountsQuotaAWS)}, nil
}

func listServiceQuotas(r *Request, in *servicequotas.ListServiceQuotasInput) (*servicequotas.ListServiceQuotasOutput, error) {
	if err := r.checkQuota(in.ServiceCode, aws.String(accountsQuotaCode)); err != nil {
		return nil, err
	}
	return &servicequotas.ListServiceQuotasOutput{Quotas: []types.ServiceQuota{*r.serviceQuota(r.World.accountQuota())}}, nil
}

func (r *Request) describedRaise(q quotaRaise) types.RequestedServiceQuotaChange {
	out := types.RequestedServiceQuotaChange{Id: aws.String(q.ID), DesiredValue: aws.Float64(q.Desired), Created: aws.Time(q.Asked),
		LastUpdated: aws.Time(q.Asked), Status: types.RequestStatusCaseOpened, GlobalQuota: true, QuotaArn: quotaARN(r.Principal.Account),
		QuotaCode: aws.String(accountsQuotaCode), QuotaName: aws.String(accountsQuotaName), ServiceCode: aws.String(quotaService),
		ServiceName: aws.String("AWS Organizations"), Requester: aws.String(q.Requester), Unit: aws.String("None")}
	if !q.Decided.After(r.World.Clock) {
		out.Status, out.LastUpdated = types.RequestStatusApproved, aws.Time(q.Decided)
	}
	return out
}

func requestServiceQuotaIncrease(r *Request, in *servicequotas.RequestServiceQuotaIncreaseInput) (*servicequotas.RequestServiceQuotaIncreaseOutput, error) {
	w := r.World
	if err := r.checkQuota(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	if w.Org.ID != "" && r.Principal.Account != w.Org.Management {
		return nil, &types.AccessDeniedException{Message: aws.String("Only the management account can request an increase of this quota.")}
	}
	if desired := aws.ToFloat64(in.DesiredValue); int(desired) <= w.accountQuota() {
		return nil, &types.IllegalArgumentException{Message: aws.String(fmt.Sprintf("The desired value %v must be greater than the current quota value %d.", desired, w.accountQuota()))}
	}
	for _, q := range w.Org.Raises {
		if q.Decided.After(w.Clock) {
			return nil, &types.ResourceAlreadyExistsException{Message: aws.String("Only one open service quota increase request is allowed per quota.")}
		}
	}
	q := quotaRaise{ID: w.ID("0123456789abcdef", 32), Desired: *in.DesiredValue, Requester: r.Principal.ARN, Asked: w.Clock, Decided: w.Clock.Add(w.Takes(raiseTakes))}
	w.Org.Raises = append(w.Org.Raises, q)
	w.Changed()
	asked := r.describedRaise(q)
	asked.Status = types.RequestStatusPending
	return &servicequotas.RequestServiceQuotaIncreaseOutput{RequestedQuota: &asked}, nil
}

func getRequestedServiceQuotaChange(r *Request, in *servicequotas.GetRequestedServiceQuotaChangeInput) (*servicequotas.GetRequestedServiceQuotaChangeOutput, error) {
	for _, q := range r.World.Org.Raises {
		if q.ID == aws.ToString(in.RequestId) {
			c := r.describedRaise(q)
			return &servicequotas.GetRequestedServiceQuotaChangeOutput{RequestedQuota: &c}, nil
		}
	}
	return nil, noQuota()
}

func (r *Request) raises(status types.RequestStatus) []types.RequestedServiceQuotaChange {
	var all []types.RequestedServiceQuotaChange
	for _, q := range r.World.Org.Raises {
		if c := r.describedRaise(q); status == "" || c.Status == status {
			all = append(all, c)
		}
	}
	return all
}

func listRequestedQuotaChanges(r *Request, in *servicequotas.ListRequestedServiceQuotaChangeHistoryInput) (*servicequotas.ListRequestedServiceQuotaChangeHistoryOutput, error) {
	if s := aws.ToString(in.ServiceCode); s != "" && s != quotaService {
		return &servicequotas.ListRequestedServiceQuotaChangeHistoryOutput{}, nil
	}
	return &servicequotas.ListRequestedServiceQuotaChangeHistoryOutput{RequestedQuotas: r.raises(in.Status)}, nil
}

func listRequestedQuotaChangesByQuota(r *Request, in *servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaInput) (*servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaOutput, error) {
	if err := r.checkQuota(in.ServiceCode, in.QuotaCode); err != nil {
		return nil, err
	}
	return &servicequotas.ListRequestedServiceQuotaChangeHistoryByQuotaOutput{RequestedQuotas: r.raises(in.Status)}, nil
}
