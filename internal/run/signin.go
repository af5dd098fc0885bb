package run

import (
	"context"
	"fmt"

	"awswizard/internal/cloud"
	"awswizard/internal/plan"
)

// Facts that lead back to the access portal after a restart; they are kept with the sign-in's hand-off entry.
const (
	startURLFact   = "identity.start_url"
	portalRegion   = "identity.region"
	managementFact = "organization.management"
	signInRole     = "identity.sign_in_role"
	signInSession  = "identity.sign_in_session"
)

// startSignIn begins the device flow and returns the poll that completes it, and the hand-off with the address to open
// and the code to compare. From then on the person's own session makes the requests, and root is not used.
func (e *Engine) startSignIn(ctx context.Context, h *plan.HandOff) (poll, *plan.HandOff, error) {
	facts := e.Facts()
	startURL, region := facts.Get(h.SignIn.StartURLFact), facts.Get(h.SignIn.RegionFact)
	if key, unknown := plan.Unknown(startURL + region); unknown {
		return nil, nil, fmt.Errorf("signing in needs %s, which is not known yet", key)
	}
	session := h.SignIn.Session
	if session == "" {
		session, _ = facts.Lookup(signInSession) // that of an earlier sign-in
	}
	in, err := e.o.Cloud.StartSignIn(ctx, region, startURL, session)
	if err != nil {
		return nil, nil, fmt.Errorf("starting the sign-in: %w", err)
	}
	shown := *h
	shown.URL, shown.Every = in.CompleteURL, in.Every
	shown.Clicks = append([]string{"Open the address. Check that it shows this code: " + in.Code + "."}, h.Clicks...)
	begun := *h.SignIn
	begun.Page, begun.Code, begun.Expires = in.URL, in.Code, in.Expires
	shown.SignIn = &begun
	account := facts.AccountID(plan.Management)
	redeemed := false // the code is good for one token; what follows may have to be tried more than once
	look := func(ctx context.Context, _ plan.Reader, _ plan.Facts) (bool, map[string]string, error) {
		if !redeemed {
			done, err := in.Poll(ctx)
			if err != nil || !done {
				return false, nil, err
			}
			redeemed = true
		}
		if err := e.become(ctx, region, startURL, session, account, h.SignIn.PermissionSet); err != nil {
			return false, nil, err
		}
		return true, map[string]string{startURLFact: startURL, portalRegion: region, managementFact: account,
			signInRole: h.SignIn.PermissionSet, signInSession: session}, nil
	}
	return look, &shown, nil
}

func (e *Engine) become(ctx context.Context, region, startURL, session, account, role string) error {
	ok, err := e.o.Cloud.SignedIn(ctx, region, startURL, session, account, role)
	if err != nil {
		return fmt.Errorf("signing in with %s: %w", role, err)
	}
	if !ok {
		return &cloud.CredentialsError{Kind: cloud.SignInExpired, What: "The sign-in is not valid any more",
			Why: "The portal does not know it.", Next: "Sign in again; nothing is lost."}
	}
	caller, err := e.o.Cloud.WhoAmI(ctx)
	if err != nil {
		return err
	}
	e.setCaller(caller)
	e.mu.Lock()
	e.signIns++
	e.own = true
	e.mu.Unlock()
	return nil
}

// signInAgain uses the token of an earlier sign-in, while it is valid.
func (e *Engine) signInAgain(ctx context.Context) error {
	facts := e.Facts()
	startURL, ok := facts.Lookup(startURLFact)
	role, known := facts.Lookup(signInRole)
	if !ok || !known {
		return nil
	}
	session, _ := facts.Lookup(signInSession)
	return e.become(ctx, facts.Get(portalRegion), startURL, session, facts.Get(managementFact), role)
}
