package steps

import "context"

// EachPage hands every page of a list to of. A list is never read by its first page alone: AWS "can occasionally return an
// empty set of results even when more results are available".
func EachPage[O, Opt any](ctx context.Context, pages interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Opt)) (*O, error)
}, of func(*O)) error {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err //nolint:wrapcheck // said by the caller
		}
		of(page)
	}
	return nil
}
