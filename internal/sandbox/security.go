package sandbox

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	analyzertypes "github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guardtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// SecurityState is what IAM Access Analyzer and GuardDuty have, by "account/region". Both begin with nothing.
type SecurityState struct {
	Analyzers map[string][]analyzer `json:"analyzers,omitempty"`
	Detectors map[string]detector   `json:"detectors,omitempty"`
}

type analyzer struct{ Name, Type string } // ACCOUNT or ORGANIZATION

type detector struct {
	ID string
	On bool
}

func (s *Sim) registerSecurity() {
	on(s, listAnalyzers)
	on(s, listDetectors)
	on(s, getDetector)
}

// elsewhere is the answer of services in a Region that the account does not use.
func (r *Request) elsewhere() error {
	if r.World.regionEnabled(r.Principal.Account, r.Region) {
		return nil
	}
	return FailWith(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
}

// SeedAnalyzer makes an analyzer of external access.
func (w *World) SeedAnalyzer(account, region, name, kind string) {
	if w.Security.Analyzers == nil {
		w.Security.Analyzers = map[string][]analyzer{}
	}
	at := account + "/" + region
	w.Security.Analyzers[at] = append(w.Security.Analyzers[at], analyzer{name, kind})
	w.Changed()
}

// listAnalyzers shows the account's own: an analyzer of the organization shows only where it was made.
func listAnalyzers(r *Request, in *accessanalyzer.ListAnalyzersInput) (*accessanalyzer.ListAnalyzersOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	var all []analyzertypes.AnalyzerSummary
	for _, a := range r.World.Security.Analyzers[r.place()] {
		if in.Type == "" || string(in.Type) == a.Type {
			all = append(all, analyzertypes.AnalyzerSummary{Name: aws.String(a.Name), Type: analyzertypes.Type(a.Type), Status: analyzertypes.AnalyzerStatusActive,
				Arn: aws.String("arn:aws:access-analyzer:" + r.Region + ":" + r.Principal.Account + ":analyzer/" + a.Name), CreatedAt: aws.Time(r.World.Clock)})
		}
	}
	page, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
	return &accessanalyzer.ListAnalyzersOutput{Analyzers: page, NextToken: next}, err
}

// SeedDetector turns GuardDuty on, or suspends it.
func (w *World) SeedDetector(account, region string, on bool) {
	if w.Security.Detectors == nil {
		w.Security.Detectors = map[string]detector{}
	}
	w.Security.Detectors[account+"/"+region] = detector{w.ID(hexDigits, 32), on}
	w.Changed()
}

// listDetectors: there is one detector at most in an account and Region.
func listDetectors(r *Request, _ *guardduty.ListDetectorsInput) (*guardduty.ListDetectorsOutput, error) {
	out := &guardduty.ListDetectorsOutput{DetectorIds: []string{}}
	if d, ok := r.World.Security.Detectors[r.place()]; ok {
		out.DetectorIds = append(out.DetectorIds, d.ID)
	}
	return out, r.elsewhere()
}

func getDetector(r *Request, in *guardduty.GetDetectorInput) (*guardduty.GetDetectorOutput, error) {
	d, ok := r.World.Security.Detectors[r.place()]
	if !ok || d.ID != aws.ToString(in.DetectorId) {
		return nil, Fail("BadRequestException", "The request is rejected because the input detectorId is not owned by the current account.")
	}
	status := guardtypes.DetectorStatusDisabled
	if d.On {
		status = guardtypes.DetectorStatusEnabled
	}
	return &guardduty.GetDetectorOutput{Status: status, FindingPublishingFrequency: guardtypes.FindingPublishingFrequencySixHours}, r.elsewhere()
}
