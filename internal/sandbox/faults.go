package sandbox

import (
	"errors"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cetypes "github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Cut is the error of a request that finds no network: nothing has left the machine.
func Cut() error {
	return &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: network is unreachable")}}
}

// throttles are what the services answer when they are asked too often, by SDK service id.
var throttles = map[string]string{
	"EC2": "RequestLimitExceeded", "S3": "SlowDown", "Organizations": "TooManyRequestsException", "Account": "TooManyRequestsException",
	"IAM": "Throttling", "STS": "Throttling", "SSO": "TooManyRequestsException",
	"Service Quotas": "TooManyRequestsException",
}

// Throttle is the answer of a service that is asked too often.
func Throttle(service string) error {
	if service == "Cost Explorer" { // where this code means too many calls
		return &cetypes.LimitExceededException{Message: aws.String("You made too many calls in a short period of time. Try again later.")}
	}
	code := throttles[service]
	if code == "" {
		code = "ThrottlingException"
	}
	if code == "SlowDown" || code == "RequestLimitExceeded" {
		return FailWith(503, code, "Request limit exceeded.")
	}
	return Fail(code, "Rate exceeded")
}

// Deny is the refusal of a request for want of a permission.
func Deny(r Request) error {
	action := iamAction(r.Service, r.Operation)
	return r.unauthorized(asked{Action: action, Resource: "*"}, "because no identity-based policy allows the "+action+" action")
}

// DenyByPolicy is the refusal of a request by the service control policy of that name; without such a policy, AWS's error
// for a policy that it does not name.
func DenyByPolicy(r Request, policy string) error {
	why := "with an explicit deny in a service control policy"
	for _, p := range r.World.Org.Policies {
		if p.Name == policy {
			why += ": " + aws.ToString(r.World.Org.summary(p).Arn)
		}
	}
	return r.unauthorized(asked{Action: iamAction(r.Service, r.Operation), Resource: "*"}, why)
}

// EndSessions ends every session that AWS has given out: roles taken, the access portal's own, and the caller's, who may
// begin another with Renew.
func (s *Sim) EndSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endSessions()
}

// endSessions is EndSessions for who holds the lock.
func (s *Sim) endSessions() {
	over := s.world.Clock.Add(-time.Second)
	for key, p := range s.sessions {
		p.Expires = over
		s.sessions[key] = p
	}
	p := s.world.Principals[s.world.Login()]
	p.Expires = over
	s.world.Principals[s.world.Login()] = p
	s.world.Identity.Tokens = nil
}

// Renew is the caller of the scenario signing in again.
func (s *Sim) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.world.Principals[s.world.Login()]
	p.Expires = time.Time{}
	s.world.Principals[s.world.Login()] = p
}

// EndSessionsAfter ends every session once so many more requests were served.
func (s *Sim) EndSessionsAfter(requests int) {
	s.Latency(func(Request) time.Duration {
		if requests--; requests == 0 {
			s.EndSessions()
		}
		return 0
	})
}
