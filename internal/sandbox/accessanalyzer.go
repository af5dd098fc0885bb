package sandbox

import (
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"
)

// analyzer is an analyzer of external access.
type analyzer struct {
	Name, Type string    // ACCOUNT or ORGANIZATION
	Made       time.Time `json:",omitzero"`
	Ready      time.Time `json:",omitzero"` // it is being made until then
}

const (
	analyzerService = "access-analyzer.amazonaws.com"
	analyzerTakes   = 10 * time.Second
)

func (s *Sim) registerAnalyzers() {
	on(s, listAnalyzers)
	on(s, getAnalyzer)
	on(s, createAnalyzer)
	on(s, deleteAnalyzer)
}

// SeedAnalyzer makes an analyzer of external access.
func (w *World) SeedAnalyzer(account, region, name, kind string) {
	w.addAnalyzer(account+"/"+region, analyzer{Name: name, Type: kind, Made: w.Clock})
}

func (w *World) addAnalyzer(place string, a analyzer) {
	if w.Security.Analyzers == nil {
		w.Security.Analyzers = map[string][]analyzer{}
	}
	w.Security.Analyzers[place] = append(w.Security.Analyzers[place], a)
	w.Changed()
}

// mayWatchAll reports whether the caller's account may have an analyzer of the organization: it manages it, or runs the
// service for it.
func (r *Request) mayWatchAll() bool {
	me := r.Principal.Account
	return r.World.Org.ID != "" && r.World.trusted(analyzerService) && (me == r.World.Org.Management || r.World.delegatedAdmin(me, analyzerService))
}

func (r *Request) summary(a analyzer) types.AnalyzerSummary {
	status := types.AnalyzerStatusActive
	switch {
	case a.Ready.After(r.World.Clock):
		status = types.AnalyzerStatusCreating
	case a.Type == string(types.TypeOrganization) && !r.mayWatchAll():
		status = types.AnalyzerStatusDisabled
	}
	return types.AnalyzerSummary{Name: aws.String(a.Name), Type: types.Type(a.Type), Status: status, CreatedAt: aws.Time(a.Made),
		Arn: aws.String("arn:aws:access-analyzer:" + r.Region + ":" + r.Principal.Account + ":analyzer/" + a.Name)}
}

// listAnalyzers shows the account's own: an analyzer of the organization shows only where it was made.
func listAnalyzers(r *Request, in *accessanalyzer.ListAnalyzersInput) (*accessanalyzer.ListAnalyzersOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	var all []types.AnalyzerSummary
	for _, a := range r.World.Security.Analyzers[r.place()] {
		if in.Type == "" || string(in.Type) == a.Type {
			all = append(all, r.summary(a))
		}
	}
	page, next, err := pageOf(all, in.MaxResults, in.NextToken, 100)
	return &accessanalyzer.ListAnalyzersOutput{Analyzers: page, NextToken: next}, err
}

func noAnalyzer(name *string) error {
	return FailWith(http.StatusNotFound, "ResourceNotFoundException", "Could not find analyzer "+aws.ToString(name))
}

func getAnalyzer(r *Request, in *accessanalyzer.GetAnalyzerInput) (*accessanalyzer.GetAnalyzerOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	for _, a := range r.World.Security.Analyzers[r.place()] {
		if a.Name == aws.ToString(in.AnalyzerName) {
			s := r.summary(a)
			return &accessanalyzer.GetAnalyzerOutput{Analyzer: &s}, nil
		}
	}
	return nil, noAnalyzer(in.AnalyzerName)
}

// createAnalyzer makes one of external access: one of each kind fits into an account and Region.
func createAnalyzer(r *Request, in *accessanalyzer.CreateAnalyzerInput) (*accessanalyzer.CreateAnalyzerOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	w, there := r.World, r.World.Security.Analyzers[r.place()]
	kind, named := string(in.Type), aws.ToString(in.AnalyzerName)
	switch {
	case in.Type != types.TypeAccount && in.Type != types.TypeOrganization || named == "":
		return nil, Fail("ValidationException", "1 validation error detected: a value failed to satisfy its constraint.")
	case in.Type == types.TypeOrganization && !r.mayWatchAll():
		return nil, Fail("ValidationException", "You must create an organization analyzer in the management account or in the account of a delegated administrator.")
	case slices.ContainsFunc(there, func(a analyzer) bool { return a.Name == named }):
		return nil, FailWith(http.StatusConflict, "ConflictException", "An analyzer with the name "+named+" already exists.")
	case slices.ContainsFunc(there, func(a analyzer) bool { return a.Type == kind }):
		return nil, FailWith(http.StatusPaymentRequired, "ServiceQuotaExceededException", "You have reached the maximum number of analyzers of the type "+kind+".")
	}
	w.addAnalyzer(r.place(), analyzer{Name: named, Type: kind, Made: w.Clock, Ready: w.Clock.Add(w.Takes(analyzerTakes))})
	watched := []string{r.Principal.Account}
	if in.Type == types.TypeOrganization {
		for _, m := range w.Org.Members {
			watched = append(watched, m.Account)
		}
	}
	for _, id := range watched {
		w.serviceRole(id, analyzerService, "AWSServiceRoleForAccessAnalyzer")
	}
	return &accessanalyzer.CreateAnalyzerOutput{Arn: aws.String("arn:aws:access-analyzer:" + r.Region + ":" + r.Principal.Account + ":analyzer/" + named)}, nil
}

func deleteAnalyzer(r *Request, in *accessanalyzer.DeleteAnalyzerInput) (*accessanalyzer.DeleteAnalyzerOutput, error) {
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	there := r.World.Security.Analyzers[r.place()]
	i := slices.IndexFunc(there, func(a analyzer) bool { return a.Name == aws.ToString(in.AnalyzerName) })
	if i < 0 {
		return nil, noAnalyzer(in.AnalyzerName)
	}
	if there = slices.Delete(there, i, i+1); len(there) == 0 {
		delete(r.World.Security.Analyzers, r.place())
	} else {
		r.World.Security.Analyzers[r.place()] = there
	}
	r.World.Changed()
	return &accessanalyzer.DeleteAnalyzerOutput{}, nil
}
