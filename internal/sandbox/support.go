package sandbox

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/support"
	"github.com/aws/aws-sdk-go-v2/service/support/types"
)

// registerSupport registers what an account with a support plan can see of Trusted Advisor. With Basic, there is no API.
func (s *Sim) registerSupport() {
	on(s, func(r *Request, _ *support.DescribeSeverityLevelsInput) (*support.DescribeSeverityLevelsOutput, error) {
		if err := r.supported(); err != nil {
			return nil, err
		}
		return &support.DescribeSeverityLevelsOutput{SeverityLevels: []types.SeverityLevel{
			{Code: aws.String("low"), Name: aws.String("General guidance")}, {Code: aws.String("urgent"), Name: aws.String("Production system down")}}}, nil
	})
	on(s, func(r *Request, _ *support.DescribeTrustedAdvisorChecksInput) (*support.DescribeTrustedAdvisorChecksOutput, error) {
		if err := r.supported(); err != nil {
			return nil, err
		}
		out := &support.DescribeTrustedAdvisorChecksOutput{}
		for _, c := range advisorChecks {
			out.Checks = append(out.Checks, types.TrustedAdvisorCheckDescription{Id: aws.String(c.id), Name: aws.String(c.name), Category: aws.String("security"),
				Description: aws.String(c.name), Metadata: []*string{}})
		}
		return out, nil
	})
	on(s, func(r *Request, in *support.DescribeTrustedAdvisorCheckSummariesInput) (*support.DescribeTrustedAdvisorCheckSummariesOutput, error) {
		if err := r.supported(); err != nil {
			return nil, err
		}
		out := &support.DescribeTrustedAdvisorCheckSummariesOutput{}
		for _, id := range in.CheckIds {
			status := "ok"
			if aws.ToString(id) == rootMFACheck && !r.World.Accounts[r.Principal.Account].RootMFA {
				status = "error"
			}
			out.Summaries = append(out.Summaries, types.TrustedAdvisorCheckSummary{CheckId: id, Status: aws.String(status), HasFlaggedResources: status == "error",
				Timestamp: aws.String(r.World.Clock.Format("2006-01-02T15:04:05Z")), ResourcesSummary: &types.TrustedAdvisorResourcesSummary{},
				CategorySpecificSummary: &types.TrustedAdvisorCategorySpecificSummary{}})
		}
		return out, nil
	})
}

const rootMFACheck = "7DAFEmoDos"

var advisorChecks = []struct{ id, name string }{{rootMFACheck, "MFA on Root Account"}, {"HCP4007jGY", "Security Groups - Specific Ports Unrestricted"}}

func (r *Request) supported() error {
	if r.World.Accounts[r.Principal.Account].SupportPlan != "" {
		return nil
	}
	return Fail("SubscriptionRequiredException", "Amazon Web Services Premium Support Subscription is required to use this service.")
}
