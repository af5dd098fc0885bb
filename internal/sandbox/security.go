package sandbox

import "net/http"

// SecurityState is what IAM Access Analyzer and GuardDuty have, by "account/region". Both begin with nothing.
type SecurityState struct {
	Analyzers map[string][]analyzer `json:"analyzers,omitempty"`
	Detectors map[string]detector   `json:"detectors,omitempty"`
	Guards    map[string]guard      `json:"guards,omitempty"` // by Region
}

func (s *Sim) registerSecurity() {
	s.registerAnalyzers()
	s.registerGuardDuty()
}

// elsewhere is the answer of services in a Region that the account does not use.
func (r *Request) elsewhere() error {
	if r.World.regionEnabled(r.Principal.Account, r.Region) {
		return nil
	}
	return FailWith(http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
}
