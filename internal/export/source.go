package export

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"awswizard/internal/order"
	"awswizard/internal/plan"
)

// Source is where the export reads from.
type Source struct {
	// Config gives configurations that only read, by place.
	Config plan.Reader
	Home   string // home Region, that of the providers
	// Management is the management account's id; Accounts are all accounts by id, with the names the export gives them.
	Management string
	Accounts   map[string]string
	// Security is the id of the account that watches the others, "" when there is none; Used are the Regions that are worked in.
	Security string
	Used     []string
	Program  Program
	// AccessLogs tells that requests to sensitive buckets are written down by S3 itself.
	AccessLogs bool
	// Facts are what the steps know: Identity Center's instance and Region, the trail, its buckets.
	Facts plan.Facts
}

// Project is what was read.
type Project struct {
	Source    Source
	Resources []Resource
	Files     map[string][]byte // policies and other files, by path below the project's folder
	Unmanaged []Unmanaged
	names     labels
	refs      map[string]string // "<address>.id" by the id of the root, a unit, an account
	closed    map[string]bool   // accounts, by id, that this caller cannot enter
}

// Read reads everything the wizard manages. A service that refuses is named among what is not exported, and the others go
// on; only the end of ctx is an error.
func Read(ctx context.Context, s Source) (*Project, error) {
	p := &Project{Source: s, Files: map[string][]byte{}, names: labels{}, refs: map[string]string{}, closed: map[string]bool{}}
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	for _, r := range readers() {
		if err := p.unread(r.what, r.read(ctx, p)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// enter tries to enter each account, and names those it cannot, once.
func (p *Project) enter(ctx context.Context) error {
	for _, id := range p.members() {
		cfg, err := p.Source.Config(plan.Place{Account: id, Region: p.Source.Home})
		if err == nil {
			_, err = sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, plan.ErrNoEntry) {
			p.closed[id] = true
			p.leave("what is in the account "+p.called(id), "whoever is signed in now cannot enter it. Sign in as yourself, then export once more")
		}
	}
	return nil
}

// unread names what could not be read, so that the rest goes on. What it returns is the end of the context.
func (p *Project) unread(what string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	p.leave(what, "it could not be read: "+reason(err))
	return nil
}

type reader struct {
	what string
	read func(context.Context, *Project) error
}

// readers are the parts of the set-up in the order of its steps.
func readers() []reader {
	return []reader{
		{"the organization", organization},
		{"Identity Center", identity},
		{"the trail", trail},
		{"the alerts in Slack", alerts},
		{"the cost alerts", costs},
		{"the public access settings of S3", publicAccess},
		{"the contacts of the accounts", contacts},
		{"the analyzers", analyzers},
		{"GuardDuty", guards},
		{"the password policies", passwords},
		{"the encryption of new disks", disks},
		{"the private networks", networks},
	}
}

// tagsStay are the types whose tags are not read: the wizard gives them none. Terraform leaves alone what somebody gave
// them; without that its first plan would take those tags away.
var tagsStay = map[string]bool{"aws_ce_anomaly_monitor": true, "aws_ce_anomaly_subscription": true, "aws_cloudwatch_log_group": true,
	"aws_cloudwatch_metric_alarm": true, "aws_lambda_function": true, "aws_sns_topic": true, "aws_sqs_queue": true}

// add keeps a resource under a label nobody else has, and gives its address.
func (p *Project) add(r Resource) string {
	if tagsStay[r.Type] {
		r.IgnoreChanges = append(slices.Clone(r.IgnoreChanges), "tags")
	}
	r.Label = p.names.unique(r.Type, r.Label)
	p.Resources = append(p.Resources, r)
	return r.Address()
}

// leave names something that is not exported.
func (p *Project) leave(what, why string) { p.Unmanaged = append(p.Unmanaged, Unmanaged{what, why}) }

// policy keeps a document as a file, byte for byte, and gives the value that reads it.
func (p *Project) policy(name, text string) Value {
	path := "policies/" + name + ".json"
	for n := 2; p.Files[path] != nil; n++ {
		path = fmt.Sprintf("policies/%s_%d.json", name, n)
	}
	p.Files[path] = []byte(text)
	return File(path)
}

// ref is the id of an account, by its resource where that is exported.
func (p *Project) ref(account string) Value {
	if address, known := p.refs[account]; known {
		return Ref(address)
	}
	return Text(account)
}

// members are the ids of the accounts that have a provider of their own, in the order of their names.
func (p *Project) members() []string {
	var ids []string
	for id := range p.Source.Accounts {
		if id != p.Source.Management {
			ids = append(ids, id)
		}
	}
	order.By(ids, func(a, b string) int { return strings.Compare(p.Source.Accounts[a], p.Source.Accounts[b]) })
	return ids
}

// alias is the provider of an account; the management account is the default one.
func (p *Project) alias(account string) string {
	if account == p.Source.Management {
		return ""
	}
	return Label(p.Source.Accounts[account])
}

// sortedKeys are the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func reason(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return err.Error()
}

// paginator is what the SDK's paginators have in common.
type paginator[O, Opt any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Opt)) (*O, error)
}

// all goes through the pages of a list and gives what of finds in them.
func all[T, O, Opt any, P paginator[O, Opt]](ctx context.Context, pages P, of func(*O) []T) ([]T, error) {
	var out []T
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, of(page)...)
	}
	return out, nil
}

// called is the name an account goes by.
func (p *Project) called(id string) string {
	if id == p.Source.Management {
		return plan.Management
	}
	if name := p.Source.Accounts[id]; name != "" {
		return name
	}
	return id
}
