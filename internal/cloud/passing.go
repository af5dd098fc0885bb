package cloud

import (
	"context"
	"errors"
	"sync"
)

// Passing reports whether a failed request may simply be made again after a while: too many requests, no connection, a
// problem inside AWS, a list that does not end. A write whose effect is in doubt is not among them; see InDoubt.
func Passing(err error) bool {
	var page *PageError
	var gateErr *GateError
	var creds *CredentialsError
	switch {
	case err == nil, errors.As(err, &gateErr), errors.Is(err, context.Canceled), notImplemented(err):
		return false
	case errors.As(err, &creds):
		return creds.Kind == Unreachable
	case errors.As(err, &page), throttled(err):
		return true
	}
	if status, answered := statusOf(err); answered {
		return status >= 500
	}
	return plainCode(err) == "" && (neverSent(err) || lost(err)) && !isNoEntry(err)
}

func isNoEntry(err error) bool {
	var entry *EntryError
	return errors.As(err, &entry) && !lost(err) && !neverSent(entry.Err)
}

// SignedOut reports whether the session of whoever is signed in is over: everything else would be refused as well.
func SignedOut(err error) bool {
	var creds *CredentialsError
	if errors.As(err, &creds) {
		return creds.Kind == Expired
	}
	c, known := causes[plainCode(err)]
	return known && c == signedOut
}

// Trouble is what went wrong for a while with the reads made under a context, although whoever made them went on without:
// the looks at AWS put up with refusals.
type Trouble struct {
	mu   sync.Mutex
	err  error
	over bool
}

type troubleKey struct{}

// Watched gives a context whose reads tell their passing failures to the Trouble.
func Watched(ctx context.Context) (context.Context, *Trouble) {
	t := &Trouble{}
	return context.WithValue(ctx, troubleKey{}, t), t
}

// Err is the failure that matters most: a session that is over, else the first passing one; nil when there was none.
func (t *Trouble) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

func noteTrouble(ctx context.Context, err error) {
	t, ok := ctx.Value(troubleKey{}).(*Trouble)
	if !ok || err == nil || ctx.Err() != nil {
		return
	}
	over := SignedOut(err)
	if !over && !Passing(err) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil || over && !t.over {
		t.err, t.over = err, over
	}
}
