package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	"github.com/charmbracelet/x/exp/golden"

	"awswizard/internal/plan"
)

func TestExplain(t *testing.T) {
	const scp = "User: arn:aws:sts::444455556666:assumed-role/AWSReservedSSO_Admin_1/me is not authorized to perform: ec2:CreateVpc on resource: * with an explicit deny in a service control policy"
	known := plan.Facts{}
	for _, r := range []plan.Rule{
		{ID: "p-region1", Name: "wizard-region-guard", Does: "It refuses work outside your Regions.", Lift: "Add the Region to allowed_regions and start again."},
		{ID: "p-org1", Name: "wizard-org-guard", Does: "It forbids leaving.", Denies: []string{"organizations:leaveorganization", "iam:createaccess*"}},
		{ID: "p-theirs1", Name: "no-networks", Denies: []string{"ec2:*", "iam:createaccesskey"}},
		{ID: "p-identity1", Name: "wizard-identity-guard", Does: "It forbids IAM users.", Denies: []string{"iam:createuser"}, Lift: "Use roles instead."},
	} {
		known = known.With(r.Facts())
	}
	var b strings.Builder
	for _, tt := range []struct {
		name string
		err  error
	}{
		{"signed out", coded(403, "ExpiredTokenException", "The security token included in the request is expired")},
		{"no credentials", &smithy.OperationError{OperationName: "ListRoots", Err: credentialsError(errors.New("no EC2 IMDS role found"))}},
		{"bad keys", coded(403, "InvalidClientTokenId", "The security token included in the request is invalid.")},
		{"clock", coded(403, "RequestTimeTooSkewed", "")},
		{"denied", coded(403, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: organizations:CreateAccount on resource: *")},
		{"ec2 denied", coded(403, "UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: abcdefghijklmnopqrstuvwxyz")},
		{"root", coded(403, "AccessDenied", "Roles may not be assumed by root accounts.")},
		{"root, known before", fmt.Errorf("x: %w", &EntryError{Account: member, Err: plan.ErrNoEntry})},
		{"no entry", &EntryError{Account: member, Err: coded(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")}},
		{"policy", coded(403, "UnauthorizedOperation", scp)},
		{"policy by name", coded(403, "AccessDenied", scp+": arn:aws:organizations::111122223333:policy/o-exampleorg1/service_control_policy/p-examplepol1")},
		{"guardrail of ours", coded(403, "AccessDenied", scp+": arn:aws:organizations::111122223333:policy/o-exampleorg1/service_control_policy/p-region1")},
		{"guardrail of ours that can only be detached", coded(400, "AccessDeniedException", "User: x is not authorized to perform: organizations:LeaveOrganization on resource: * with an explicit deny in a service control policy: arn:aws:organizations::111122223333:policy/o-exampleorg1/service_control_policy/p-org1")},
		{"policy of the founder's", coded(403, "AccessDenied", scp+": arn:aws:organizations::111122223333:policy/o-exampleorg1/service_control_policy/p-theirs1")},
		{"guardrail by its action", coded(403, "AccessDenied", "User: x is not authorized to perform: iam:CreateUser on resource: * with an explicit deny in a service control policy")},
		{"action of two rules", coded(403, "AccessDenied", "User: x is not authorized to perform: iam:CreateAccessKey on resource: * with an explicit deny in a service control policy")},
		{"resource policy of the organization", coded(403, "AccessDenied", "User: x is not authorized to perform: s3:GetObject with an explicit deny in a resource control policy")},
		{"own policy", coded(403, "AccessDenied", "User: x is not authorized to perform: s3:GetObject with an explicit deny in an identity-based policy")},
		{"boundary", coded(403, "AccessDenied", "User: x is not authorized to perform: s3:GetObject with an explicit deny in a permissions boundary")},
		{"declarative", coded(403, "OperationNotPermitted", "This action is denied due to an organizational policy in effect")},
		{"member account", coded(400, "AccessDeniedException", "You don't have permissions to access this resource.")},
		{"cost explorer off", coded(400, "AccessDeniedException", "User not enabled for cost explorer access")},
		{"trusted access", coded(403, "AccessDeniedException", "You must first enable trusted access")},
		{"throttled", coded(400, "TooManyRequestsException", "")},
		{"not activated", coded(403, "OptInRequired", "The AWS Access Key Id needs a subscription for the service")},
		{"not activated (reason)", answered(400, &orgtypes.ConstraintViolationException{Reason: orgtypes.ConstraintViolationExceptionReasonAccountCreationNotComplete})},
		{"card", answered(400, &orgtypes.ConstraintViolationException{Reason: "MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED"})},
		{"too many accounts", answered(400, &orgtypes.ConstraintViolationException{Reason: orgtypes.ConstraintViolationExceptionReasonAccountNumberLimitExceeded})},
		{"too many accounts (later)", &plan.Unsettled{Operation: "CreateAccount", Reason: "ACCOUNT_LIMIT_EXCEEDED"}},
		{"e-mail taken", &plan.Unsettled{Operation: "CreateAccount", Reason: "EMAIL_ALREADY_EXISTS"}},
		{"unknown reason", &plan.Unsettled{Operation: "CreateAccount", Reason: "SOMETHING_NEW"}},
		{"handshake", answered(400, &orgtypes.HandshakeConstraintViolationException{Reason: "ALREADY_IN_AN_ORGANIZATION", Message: ptr("The account is a member already")})},
		{"finalizing", coded(400, "FinalizingOrganizationException", "")},
		{"no organization", coded(400, "AWSOrganizationsNotInUseException", "")},
		{"in another organization", coded(400, "AlreadyInOrganizationException", "")},
		{"duplicate", coded(400, "DuplicateOrganizationalUnitException", "")},
		{"conflict", answered(409, &idtypes.ConflictException{Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"})},
		{"missing", coded(400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist")},
		{"missing entity", coded(404, "NoSuchEntity", "")},
		{"missing setting", coded(404, "NoSuchPublicAccessBlockConfiguration", "")},
		{"in use", coded(400, "DependencyViolation", "The vpc 'vpc-1' has dependencies and cannot be deleted.")},
		{"trail policy", coded(400, "InsufficientS3BucketPolicyException", "Incorrect S3 bucket policy is detected for bucket: b")},
		{"sign-in denied", &smithy.OperationError{ServiceID: "SSO OIDC", OperationName: "RegisterClient", Err: coded(403, "AccessDeniedException", "")}},
		{"bucket taken", coded(409, "BucketAlreadyExists", "")},
		{"quota", coded(400, "ServiceQuotaExceededException", "You have 5 of 5.")},
		{"simulator", coded(400, "SandboxNotImplemented", "")},
		{"gate", &smithy.OperationError{OperationName: "CreateAccount", Err: &GateError{Service: "organizations", Operation: "CreateAccount", Reason: "its approval was used already"}}},
		{"in doubt", coded(500, "ServiceException", "")},
		{"a read that failed", &smithy.OperationError{OperationName: "ListRoots", Err: errors.Unwrap(coded(500, "ServiceException", ""))}},
		{"a read that got lost", &smithy.OperationError{OperationName: "ListRoots", Err: context.DeadlineExceeded}},
		{"stopped", &smithy.OperationError{OperationName: "ListRoots", Err: context.Canceled}},
		{"proxy's certificate", &smithy.OperationError{OperationName: "ListRoots", Err: &unsentError{x509.UnknownAuthorityError{}}}},
		{"something new", coded(400, "BrandNewException", "the flux is low")},
		{"our own", errors.New("a placeholder is left")},
	} {
		e := ExplainKnowing(known, tt.err)
		fmt.Fprintf(&b, "%s\n  kind  %s\n  code  %s\n  id    %s\n  what  %s\n  why   %s\n  next  %s\n\n", tt.name, e.Kind, e.Code, e.RequestID, e.What, e.Why, e.Next)
		if e.What == "" || e.Why == "" || e.Next == "" {
			t.Errorf("%s: a part is missing", tt.name)
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	golden.RequireEqual(t, strings.Join(lines, "\n"))
	if (Explain(nil) != Explained{}) {
		t.Error("no error has an explanation")
	}
}

// TestCodesOfOurCallsHaveWords: what AWS answers to the calls the wizard makes is told in words, not by its code. They are the
// codes of the service models and documentation that are no mistakes in the form of a request.
func TestCodesOfOurCallsHaveWords(t *testing.T) {
	for _, code := range []string{
		// Organizations
		"AccessDeniedForDependencyException", "MASTER_ACCOUNT_MISSING_CONTACT_INFO", "MISSING_BUSINESS_VALIDATION", "FAILED_BUSINESS_VALIDATION",
		"PENDING_BUSINESS_VALIDATION", "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION", "UNKNOWN_BUSINESS_VALIDATION", "OrganizationNotEmptyException",
		"OrganizationalUnitNotEmptyException", "SERVICE_ACCESS_NOT_ENABLED", "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE", "UNRECOGNIZED_SERVICE_PRINCIPAL",
		"DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
		"CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
		// S3, and the wizard's own reasons for its test file
		"Forbidden", "IllegalLocationConstraintException", "InvalidLocationConstraint", "InvalidNamespaceHeader", "MalformedPolicy", "COPY_FAILED", "COPY_NOT_BEGUN",
		// costs and quotas
		"DependencyAccessDeniedException", "UnknownMonitorException", "UnknownSubscriptionException",
	} {
		if _, ok := causeOf(coded(400, code, "")); !ok {
			t.Errorf("%s has no words", code)
		}
	}
	for code, message := range map[string]string{
		"BadRequestException":            "The request failed because another account is already enabled as GuardDuty delegated administrator for the organization.",
		"InvalidParameterValueException": "The role defined for the function cannot be assumed by Lambda.",
	} {
		if _, ok := causeOf(coded(400, code, message)); !ok {
			t.Errorf("%s has no words: %s", code, message)
		}
	}
}

func TestReasonsOfTheTableExist(t *testing.T) {
	// What steps say of their own test message (steps/alerts) and test file (steps/trail), in the place of a reason of AWS's.
	known := map[string]bool{"COPY_FAILED": true, "COPY_NOT_BEGUN": true, "SLACK_REFUSED": true, "SLACK_BUSY": true, "SLACK_NOT_REACHED": true, "ALERTS_DENIED": true, "ALERTS_FAILED": true, "FUNCTION_NOT_READY": true}
	for _, r := range orgtypes.ConstraintViolationExceptionReason("").Values() {
		known[string(r)] = true
	}
	for _, r := range orgtypes.InvalidInputExceptionReason("").Values() {
		known[string(r)] = true
	}
	for _, r := range orgtypes.CreateAccountFailureReason("").Values() {
		known[string(r)] = true
	}
	for _, r := range orgtypes.HandshakeConstraintViolationExceptionReason("").Values() {
		known[string(r)] = true
	}
	for key := range causes {
		if strings.ToUpper(key) == key && !known[key] {
			t.Errorf("organizations has no reason %s", key)
		}
	}
}

func TestCode(t *testing.T) {
	for want, err := range map[string]error{
		"": errors.New("x"),
		"ConstraintViolationException/ACCOUNT_NUMBER_LIMIT_EXCEEDED":       answered(400, &orgtypes.ConstraintViolationException{Reason: "ACCOUNT_NUMBER_LIMIT_EXCEEDED"}),
		"ConstraintViolationException":                                     answered(400, &orgtypes.ConstraintViolationException{}),
		"HandshakeConstraintViolationException/ALREADY_IN_AN_ORGANIZATION": answered(400, &orgtypes.HandshakeConstraintViolationException{Reason: "ALREADY_IN_AN_ORGANIZATION"}),
		"InvalidInputException/INVALID_ENUM":                               answered(400, &orgtypes.InvalidInputException{Reason: "INVALID_ENUM"}),
		"ConflictException":                                                answered(400, &idtypes.ConflictException{Reason: "UNIQUENESS_CONSTRAINT_VIOLATION"}),
		"NoSuchEntity":                                                     coded(404, "NoSuchEntity", ""),
		"EMAIL_ALREADY_EXISTS":                                             fmt.Errorf("x: %w", &plan.Unsettled{Reason: "EMAIL_ALREADY_EXISTS"}),
	} {
		if got := Code(err); got != want {
			t.Errorf("Code(%v) = %q, want %q", err, got, want)
		}
	}
}

func ptr[T any](v T) *T { return &v }
