package main

import (
	"errors"
	"time"

	"awswizard/internal/sandbox"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
)

// matrix is every fault that is tried. It is also the document's table (docs/reliability.md).
func matrix() []fault {
	return []fault{
		{name: "throttled for two minutes", does: "Five tries by the SDK; then looks again, and calls are made again, for up to five minutes, with the time named.",
			set: during(2*time.Minute, func(r sandbox.Request) error { return sandbox.Throttle(r.Service) })},
		{name: "no connection for three minutes", services: []string{"", "Organizations", "SSO Admin", "identitystore", "CloudTrail", "S3", "Budgets", "Cost Explorer", "EC2", "SSO OIDC", "SSO"},
			does: "The same: up to five minutes, with the time named; nothing that was sent is sent twice.",
			set:  during(3*time.Minute, func(sandbox.Request) error { return sandbox.Cut() })},
		{name: "internal error, each operation once", does: "Reads are made again; a write is looked for before it is made again.",
			set: failing(1, func(sandbox.Request) error { return sandbox.FailWith(500, "InternalError", "internal error") })},
		{name: "reply lost, each write once", services: []string{"Organizations", "SSO Admin", "identitystore", "IAM", "CloudTrail", "S3", "Budgets", "Cost Explorer"},
			does: "The next look at AWS tells whether it happened; nothing is made twice.", set: losing},
		{name: "another change under way, three times", services: []string{"Organizations", "IAM", "S3", "CloudTrail"}, does: "The call is made again after a while.",
			set: failing(3, func(r sandbox.Request) error {
				if looks(r.Operation) {
					return nil
				}
				return sandbox.FailWith(409, changing[r.Service], "another change is under way")
			})},
		{name: "access denied", code: anyCode, does: "Named with the permission that lacks; everything that does not need it goes on.",
			set: failing(0, func(r sandbox.Request) error {
				if r.Operation == "GetCallerIdentity" {
					return nil // nobody can be denied it
				}
				return sandbox.Deny(r)
			})},
		{name: "forbidden by a guardrail of ours", services: []string{"EC2"}, code: exitLeft,
			does: "The guardrail is named, what it is for, and how to lift it.", set: forbidden("wizard-security-guard")},
		{name: "forbidden by a policy of the company's", services: []string{"S3"}, code: exitLeft, other: true,
			does: "The policy is named, and that it is not the wizard's; everything else goes on.",
			set: func(p *place, service string) {
				deny := forbidden("no-storage")
				p.sim.Pages(func(r sandbox.Request) sandbox.PageFault {
					if r.Operation == "ListRoots" && !p.policy {
						p.policy = true // there from the time there is an organization
						r.World.NewPolicy(types.PolicyTypeServiceControlPolicy, "no-storage", "", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`)
					}
					return sandbox.PagesAsTheyAre
				})
				deny(p, service)
			}},
		{name: "the computer's clock is wrong", services: []string{"", "Organizations", "S3"}, code: anyCode, does: "Said, with how to set it right; nothing is guessed.",
			set: failing(0, func(sandbox.Request) error {
				return sandbox.FailWith(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
			})},
		{name: "finalizing for 55 minutes", services: []string{"Organizations"}, does: "Waits, up to an hour, with the time named.",
			set: during(55*time.Minute, func(r sandbox.Request) error {
				if r.Operation != "CreateAccount" {
					return nil
				}
				return sandbox.Fail("FinalizingOrganizationException", "AWS Organizations is being finalized. Try again later.")
			})},
		{name: "no card", services: []string{"Organizations"}, code: exitFailed, does: "Refused, with where to add one; what needs no account goes on.",
			set: failing(0, func(r sandbox.Request) error {
				if r.Operation != "CreateAccount" {
					return nil
				}
				return sandbox.Fail("AccountProblem", "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED")
			})},
		{name: "a card that is refused", services: []string{"Organizations"}, code: exitFailed, does: "Known only after AWS has tried: said then, with where to add another; what needs no account goes on.",
			set: func(p *place, _ string) {
				p.world(func(w *sandbox.World) { w.Org.BadCard = true })
				p.mend = func() { p.world(func(w *sandbox.World) { w.Org.BadCard = false }) }
			}},
		{name: "e-mail address taken", services: []string{"Organizations"}, code: exitFailed, again: exitFailed, other: true, does: "Refused, with an address to use instead; the other accounts are made.",
			set: func(p *place, _ string) {
				p.world(func(w *sandbox.World) { w.Org.Taken = append(w.Org.Taken, "aws+development@acme-robotics.example") })
			}},
		{name: "room for one account", services: []string{"Organizations"}, code: exitLeft, again: exitLeft, other: true, does: "Said before an account is asked for. The wizard asks AWS for more room, which takes hours to days.",
			set: func(p *place, _ string) { p.world(func(w *sandbox.World) { w.Org.Quota = 2 }) }},
		{name: "session over", services: []string{"Organizations", "SSO Admin", "S3"}, code: exitCredentials, does: "Ends at once with 4 when nobody can be asked; a person signs in again inside the run. The next start goes on.",
			set: failing(0, func(r sandbox.Request) error {
				if looks(r.Operation) {
					return nil
				}
				return sandbox.Fail("ExpiredToken", "The security token included in the request is expired")
			})},
		{name: "account not activated", services: []string{"EC2"}, code: exitLeft, does: "Waits for another day; everything else goes on.",
			set: failing(0, func(sandbox.Request) error {
				return sandbox.FailWith(403, "OptInRequired", "You are not subscribed to this service")
			})},
		{name: "Identity Center switched on in another Region", services: []string{"SSO Admin"}, does: "Seen, and the plan is made again for that Region.",
			set: standsIn("enable-identity-center", func(p *place) error {
				var err error
				p.world(func(w *sandbox.World) { err = w.EnableIdentityCenter("us-east-1") })
				return err
			})},
		{name: "bucket name taken", services: []string{"S3"}, code: exitFailed, does: "Refused, with what it means; the trail waits.",
			set: failing(0, func(r sandbox.Request) error {
				if r.Operation != "CreateBucket" {
					return nil
				}
				return sandbox.FailWith(409, "BucketAlreadyExists", "The requested bucket name is not available.")
			})},
		{name: "default network in use", services: []string{"EC2"}, other: true, does: "Kept, with what uses it; the other networks are removed.",
			set: func(p *place, _ string) {
				p.world(func(w *sandbox.World) { w.SeedInstanceInDefaultVPC(w.Principals[w.Login()].Account, "eu-west-1") })
			}},
		{name: "Cost Explorer not opened", services: []string{"Cost Explorer"}, code: exitLeft, does: "Asked of the person; cost alarms wait, the budget is made.",
			set: standsIn("open-cost-explorer", func(*place) error { return errors.New("nobody is there") })},
		{name: "slow: 8 seconds a request", services: []string{""}, does: "Only takes longer.",
			set: func(p *place, _ string) {
				p.sim.Latency(func(sandbox.Request) time.Duration { return 8 * time.Second })
			}},
		{name: "every list 10 seconds behind", services: []string{""}, does: "Looks again for up to two minutes; nothing is made twice.",
			set: func(p *place, _ string) { p.sim.Lag(func(sandbox.Request) time.Duration { return 10 * time.Second }) }},
		{name: "an empty page before every list", services: []string{""}, network: true, does: "Not taken for the end of the list: the next page is asked for.",
			set: everyList(func(int) sandbox.PageFault { return sandbox.EmptyPageFirst })},
		{name: "the same page seven times, each list", services: []string{""}, network: true, does: "Not taken for the end of the list: asked for again for up to five minutes.",
			set: everyList(func(n int) sandbox.PageFault {
				if n < 7 {
					return sandbox.SamePageAgain
				}
				return sandbox.PagesAsTheyAre
			})},
		{name: "the same page for ever", code: anyCode, lists: true,
			does: "After five minutes the list counts as not read; what needs it waits, and half a list is never used.",
			set: func(p *place, service string) {
				p.sim.Pages(func(r sandbox.Request) sandbox.PageFault {
					if r.Service == service {
						return sandbox.SamePageAgain
					}
					return sandbox.PagesAsTheyAre
				})
			}},
	}
}
