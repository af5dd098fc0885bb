package guardrails

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"awswizard/internal/beside"
	"awswizard/internal/plan"
	"awswizard/steps"
)

// RootAccess is what is known of central root access: the management of members' root users from this account.
type RootAccess struct {
	Features []string       // RootCredentialsManagement, RootSessions
	Refused  *steps.Refusal // the features could not be read
	Audits   []Audit        // of each member, once both features are on
}

// Audit is what a member's root user has of its own. An account that the organization made has nothing.
type Audit struct {
	Account      string
	NoEntry      bool           // whoever is signed in cannot act as a member's root user
	Refused      *steps.Refusal // it could not be looked at
	Password     bool
	Keys         []Key
	Devices      []string // serial numbers of MFA devices
	Certificates []string // ids of X.509 signing certificates
}

// Key is an access key of a root user.
type Key struct {
	ID       string
	Active   bool
	LastUsed time.Time // zero: never, as far as AWS knows
}

func (r RootAccess) has(feature types.FeatureType) bool {
	return slices.Contains(r.Features, string(feature))
}

func (r RootAccess) on() bool {
	return r.has(types.FeatureTypeRootCredentialsManagement) && r.has(types.FeatureTypeRootSessions)
}

// lookAtRoots reads the features, and once they are on the credentials of each member's root user.
func lookAtRoots(ctx context.Context, env steps.Env, cfg aws.Config, members []string) RootAccess {
	r := RootAccess{}
	out, err := iam.NewFromConfig(cfg).ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{})
	switch {
	case steps.Code(err) == "ServiceAccessNotEnabledException":
		return r
	case err != nil:
		r.Refused = steps.RefusalOf(err)
		return r
	}
	for _, f := range out.EnabledFeatures {
		r.Features = append(r.Features, string(f))
	}
	if !r.on() {
		return r
	}
	r.Audits = make([]Audit, len(members))
	var wg beside.Group
	for i, id := range members {
		wg.Go(func() {
			r.Audits[i] = Audit{Account: id}
			err := r.Audits[i].look(ctx, env)
			if errors.Is(err, plan.ErrNoEntry) {
				r.Audits[i].NoEntry = true
			} else if err != nil {
				r.Audits[i].Refused = steps.RefusalOf(err)
			}
		})
	}
	wg.Wait()
	return r
}

// look reads, as the member's root user, what that user has. None of the requests names a user.
func (a *Audit) look(ctx context.Context, env steps.Env) error {
	cfg, err := env.Config(plan.Place{Account: a.Account, Region: globalRegion, Task: plan.AuditRoot})
	if err != nil {
		return fmt.Errorf("guardrails: %w", err)
	}
	client := iam.NewFromConfig(cfg)
	var profileErr, keysErr, devicesErr, certificatesErr error
	beside.All(
		func() {
			_, profileErr = client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{})
			a.Password = profileErr == nil
		},
		func() { keysErr = a.readKeys(ctx, client) },
		func() {
			devicesErr = steps.EachPage(ctx, iam.NewListMFADevicesPaginator(client, &iam.ListMFADevicesInput{}), func(page *iam.ListMFADevicesOutput) {
				for _, d := range page.MFADevices {
					a.Devices = append(a.Devices, aws.ToString(d.SerialNumber))
				}
			})
		},
		func() {
			certificatesErr = steps.EachPage(ctx, iam.NewListSigningCertificatesPaginator(client, &iam.ListSigningCertificatesInput{}), func(page *iam.ListSigningCertificatesOutput) {
				for _, c := range page.Certificates {
					a.Certificates = append(a.Certificates, aws.ToString(c.CertificateId))
				}
			})
		},
	)
	switch {
	case profileErr != nil && steps.Code(profileErr) != "NoSuchEntity":
		return fmt.Errorf("guardrails: looking for root's password: %w", profileErr)
	case keysErr != nil:
		return keysErr
	case devicesErr != nil:
		return fmt.Errorf("guardrails: listing root's MFA devices: %w", devicesErr)
	case certificatesErr != nil:
		return fmt.Errorf("guardrails: listing root's signing certificates: %w", certificatesErr)
	}
	return nil
}

func (a *Audit) readKeys(ctx context.Context, client *iam.Client) error {
	var keys []types.AccessKeyMetadata
	if err := steps.EachPage(ctx, iam.NewListAccessKeysPaginator(client, &iam.ListAccessKeysInput{}), func(page *iam.ListAccessKeysOutput) {
		keys = append(keys, page.AccessKeyMetadata...)
	}); err != nil {
		return fmt.Errorf("guardrails: listing root's access keys: %w", err)
	}
	for _, k := range keys {
		key := Key{ID: aws.ToString(k.AccessKeyId), Active: k.Status == types.StatusTypeActive}
		used, err := client.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: k.AccessKeyId})
		if err != nil {
			return fmt.Errorf("guardrails: asking when a key was used: %w", err)
		}
		if used.AccessKeyLastUsed != nil {
			key.LastUsed = aws.ToTime(used.AccessKeyLastUsed.LastUsedDate)
		}
		a.Keys = append(a.Keys, key)
	}
	return nil
}
