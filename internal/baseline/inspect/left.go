package inspect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"awswizard/internal/baseline"
	"awswizard/internal/beside"
)

// Left looks in these accounts at what only their owner settles: the support plan, the variables of functions, and the
// sign-in of pipelines. They are the reads of the whole look, and nothing else of the accounts is filled in.
func Left(ctx context.Context, src Source, ids []string) []baseline.Account {
	l := &look{src: src, slots: make(chan struct{}, sideBySide)}
	found := make([]baseline.Account, len(ids))
	var wg beside.Group
	for i, id := range ids {
		a := &found[i]
		a.ID, a.Top = id, i == 0
		wg.Go(func() {
			if l.way(ctx, a) {
				l.left(ctx, a)
			}
		})
	}
	wg.Wait()
	return found
}

func (l *look) left(ctx context.Context, a *baseline.Account) {
	var wg beside.Group
	wg.Go(func() {
		if cfg, err := l.config(a.ID, l.src.Home); err == nil {
			a.Support = ask(ctx, l, "support:DescribeSeverityLevels", func() (baseline.Support, error) { return advice(ctx, cfg) })
		}
	})
	wg.Go(func() {
		if cfg, err := l.config(a.ID, "us-east-1"); err == nil {
			a.Providers = ask(ctx, l, "iam:ListOpenIDConnectProviders", func() ([]string, error) { return providers(ctx, iam.NewFromConfig(cfg)) })
		}
	})
	wg.Go(func() {
		l.each(ctx, a, func(r *baseline.Region) {
			if cfg, err := l.config(a.ID, r.Name); err == nil {
				r.Functions = ask(ctx, l, "lambda:ListFunctions", func() ([]baseline.Function, error) { return functions(ctx, lambda.NewFromConfig(cfg)) })
			}
		})
	})
	wg.Wait()
}
