package sandbox

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"
)

// SecurityState is what IAM Access Analyzer and GuardDuty have, by "account/region". Both begin with nothing.
type SecurityState struct {
	Analyzers map[string][]analyzer `json:"analyzers,omitempty"`
	Detectors map[string]detector   `json:"detectors,omitempty"`
}

type detector struct {
	ID string
	On bool
}

func (s *Sim) registerSecurity() {
	s.registerAnalyzers()
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
	status := types.DetectorStatusDisabled
	if d.On {
		status = types.DetectorStatusEnabled
	}
	return &guardduty.GetDetectorOutput{Status: status, FindingPublishingFrequency: types.FindingPublishingFrequencySixHours}, r.elsewhere()
}
