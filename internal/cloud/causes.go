package cloud

// cause is a row of the table of known errors. An empty what names the operation, an empty why quotes AWS.
type cause struct {
	kind            Kind
	what, why, next string
}

var tooMany = cause{Throttled, "AWS asks us to slow down", "Too many requests came in a short time.",
	"The wizard waits and tries again by itself; if you see this, wait a minute and go on."}

const (
	again     = "Try again in a minute."
	automatic = "The wizard waits and tries again by itself."
	addCard   = "Add a valid card in the console (Billing → Payment preferences), then go on."
)

// phrases are sentences AWS uses under a general code (AccessDeniedException …) for something particular.
var phrases = []struct {
	phrase string
	cause
}{
	{"not enabled for cost explorer", cause{NotReady, "Cost Explorer is not switched on",
		"AWS has no call that switches it on; opening its page once does.",
		"Open https://console.aws.amazon.com/costmanagement/home#/cost-explorer, choose Launch Cost Explorer, and come back a day later."}},
	{"must first enable trusted access", cause{NotReady, "", "The organization does not allow this service to work across its accounts yet, or allowed it seconds ago.", again}},
	{"don't have permissions to access this resource", cause{Denied, "This login may not manage the organization",
		"Either it belongs to a member account, or it lacks the permission.", "Sign in to the management account as an administrator."}},
	{"too many requests processing", tooMany},
	{"contains a principal that is not valid", cause{NotReady, "", "A policy names a role or user that AWS does not know everywhere yet.", again}},
	{"bucket must have versioning enabled", cause{NotReady, "", "The bucket's versioning was switched on moments ago.", again}},
	{"Limit exceeded on dimensional spend", cause{Conflict, "There is a cost monitor for services already", "AWS allows one per account.", "The wizard can use the one that exists."}},
	{"another account is already enabled as GuardDuty delegated administrator", cause{Conflict, "Another account runs GuardDuty for your organization already",
		"AWS allows one, the same in all Regions.", "Keep that account, or take GuardDuty from it in its console (Settings → Accounts)."}},
	{"a detector already exists for the current account", exists},
	{"cannot be assumed by Lambda", cause{NotReady, "", "The role of the function was made seconds ago.", again}},
	{"organizational S3 Block Public Access policy", companySetting},
	{"dependencies and cannot be deleted", cause{Conflict, "", "Something still uses it.", "Keep it, or remove what uses it first."}},
	{"has some mapped public address", cause{Conflict, "", "Something with a public address still uses this network.", "Keep it, or remove what uses it first."}},
	{"AWS Access Key Id needs a subscription", notActivated},
}

var (
	companySetting = cause{Denied, "A company-wide setting forbids it", "It is set for all accounts in AWS Organizations (wizard-s3-block or wizard-ec2-defaults).",
		"Change it in the management account, if it must be changed."}
	notActivated = cause{NotReady, "AWS is still checking this account",
		"A new account can do little until AWS has checked its phone number and card: minutes, at most a day.",
		"Finish the sign-up at https://portal.aws.amazon.com/billing/signup#/account if something is open there, then go on."}
	accountLimit = cause{Quota, "Your organization may not have more accounts yet",
		"AWS lets a new organization hold only a few accounts.",
		"Wait an hour and try once more; then ask for more in the console (Service Quotas → AWS Organizations)."}
	finalizing = cause{NotReady, "AWS is still building your organization", "That takes minutes, at most an hour.", automatic}
	paymentDue = cause{NotReady, "AWS wants a valid card first", "The main account has no payment method that works.", addCard}
	emailTaken = cause{Conflict, "This e-mail address belongs to an AWS account already",
		"Each account needs an address of its own; those of closed accounts stay taken.",
		"Choose another one, for example name+prod2@company.example."}
	businessCheck = cause{NotReady, "AWS wants to check your company first", "In some countries it makes no account before it knows which company pays.",
		"Open https://console.aws.amazon.com/billing/home#/account and finish the check there, or ask AWS Support: https://console.aws.amazon.com/support/home."}
	badContact = cause{NotReady, "AWS does not accept the main account's address", "Its contact address is missing or not valid.",
		"Correct it in the console (Account → Contact information)."}
	emailBad     = cause{Other, "AWS does not accept this e-mail address", "It is not a valid address.", "Correct it in the answers, then go on."}
	internal     = cause{Other, "", "AWS had a problem of its own while it did this.", "Try again in a few minutes."}
	notAllowed   = cause{Denied, "", "Your login lacks the permission.", "Use an administrator of this account (permission AdministratorAccess)."}
	signInDenied = cause{Denied, "AWS refused the sign-in in the browser",
		"This request needs no login and no permission. The portal may have been made minutes ago, or be in another Region, or your network may stand in the way.",
		"Start the wizard again in some minutes; nothing is lost. If it stays, try another network, and look for the portal's Region in the console (IAM Identity Center → Settings)."}
	signedOut    = cause{Credentials, "Your sign-in has run out", "AWS ends each sign-in after some hours.", signInAgain}
	badKeys      = cause{Credentials, "AWS does not accept the credentials", "They are not valid any more, were made seconds ago, or the Region is switched off for this account.", signInAgain}
	badClock     = cause{Credentials, "This computer's clock is wrong", "AWS refuses requests whose time is more than 5 minutes off.", "Set the clock (or switch on automatic time), then go on."}
	busy         = cause{Conflict, "", "Another change is under way.", automatic}
	exists       = cause{Conflict, "", "There is one with this name already.", "The wizard compares it and can use it."}
	gone         = cause{Missing, "", "It does not exist, or is not visible everywhere yet.", "If it was made moments ago, try again in a minute."}
	quota        = cause{Quota, "", "", "Ask for more in the console (Service Quotas), or remove what is not needed."}
	noOrg        = cause{Missing, "This account is not in an organization", "There is none yet.", "The organization step makes one."}
	notManaging  = cause{Denied, "This account does not run the organization", "Only the management account may do that.", "Sign in to the management account."}
	otherRuns    = cause{Conflict, "", "Another account runs the service for your organization already.", "Keep that account, or take the service from it in the console (AWS Organizations → Services)."}
	wrongRegion  = cause{Other, "", "The bucket was asked for in one Region and sent to another.", "Start again; if it stays, please report it."}
	badPolicy    = cause{Other, "AWS does not accept the policy", "", "This is a mistake of the wizard or of a policy file: please report it."}
	notTrusted   = cause{NotReady, "", "The organization does not allow the service to work across its accounts yet, or allowed it seconds ago.", again}
	bucketPolicy = cause{NotReady, "CloudTrail may not write into the log bucket yet", "The bucket's policy is not in effect yet, or is wrong.", again}
)

// causes is the table, by error code, by "code/reason" or by reason.
var causes = map[string]cause{
	// Signing in.
	"ExpiredToken": signedOut, "ExpiredTokenException": signedOut, "TokenRefreshRequired": signedOut, "UnauthorizedException": signedOut,
	"InvalidClientTokenId": badKeys, "UnrecognizedClientException": badKeys, "InvalidAccessKeyId": badKeys, "AuthFailure": badKeys,
	"SignatureDoesNotMatch": badKeys, "InvalidSignatureException": badKeys, "IncompleteSignature": badKeys,
	"MissingAuthenticationToken": badKeys, "MissingAuthenticationTokenException": badKeys, "InvalidToken": badKeys,
	"RequestTimeTooSkewed": badClock, "RequestExpired": badClock, "RequestInTheFuture": badClock,
	"InvalidGrantException":         signedOut,
	"AuthorizationPendingException": {NotReady, "The sign-in is not confirmed yet", "The browser page waits for you.", "Confirm it there."},

	// Permissions.
	"AccessDenied": notAllowed, "AccessDeniedException": notAllowed, "UnauthorizedOperation": notAllowed,
	"ForbiddenException": notAllowed, "Forbidden": notAllowed, // S3's, where a reply has no body (HeadBucket)
	"AuthorizationError": notAllowed, // SNS's
	"InsufficientDependencyServiceAccessPermissionException": notAllowed,
	"AccessDeniedForDependencyException":                     {Denied, "", "Your login may not make the role that the service works with (iam:CreateServiceLinkedRole).", "Use an administrator of this account (permission AdministratorAccess)."},
	"DependencyAccessDeniedException":                        {Denied, "", "Your login may not let Service Quotas open a support case.", "Use an administrator of this account (permission AdministratorAccess)."},
	"NotOrganizationMasterAccountException":                  notManaging,

	// The account, its bill and its limits.
	"OptInRequired": notActivated, "SubscriptionRequiredException": notActivated, "PendingVerification": notActivated,
	"ACCOUNT_CREATION_NOT_COMPLETE": notActivated, "PENDING_BUSINESS_VALIDATION": notActivated,
	"MISSING_BUSINESS_VALIDATION": businessCheck, "FAILED_BUSINESS_VALIDATION": businessCheck,
	"INVALID_IDENTITY_FOR_BUSINESS_VALIDATION": businessCheck, "UNKNOWN_BUSINESS_VALIDATION": businessCheck,
	"MASTER_ACCOUNT_MISSING_CONTACT_INFO":        badContact,
	"AccountProblem":                             paymentDue,
	"MASTER_ACCOUNT_PAYMENT_INSTRUMENT_REQUIRED": paymentDue,
	"MISSING_PAYMENT_INSTRUMENT":                 paymentDue,
	"INVALID_PAYMENT_INSTRUMENT":                 paymentDue,
	"PAYMENT_INSTRUMENT_REQUIRED":                paymentDue,
	"ACCOUNT_NUMBER_LIMIT_EXCEEDED":              accountLimit,
	"ACCOUNT_LIMIT_EXCEEDED":                     accountLimit,
	"ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED":       {Throttled, "AWS makes only so many accounts at a time", "Several are under way.", automatic},
	"CLOSE_ACCOUNT_QUOTA_EXCEEDED":               {Quota, "AWS closes no more accounts this month", "Within 30 days it closes 250, or a fifth of your accounts if that is more.", "Try again next month."},
	"CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED":      tooMany,
	"WAIT_PERIOD_ACTIVE":                         {NotReady, "", "AWS wants some days to pass after the account was made.", "Try again later; the console shows the date."},
	"EMAIL_ALREADY_EXISTS":                       emailTaken,
	"INVALID_EMAIL":                              emailBad,
	"INVALID_EMAIL_ADDRESS_TARGET":               emailBad,
	"INVALID_ADDRESS":                            badContact,
	"EMAIL_VERIFICATION_CODE_EXPIRED":            {NotReady, "The main account's e-mail address is not confirmed", "The link in AWS's message has run out.", "Have it sent again in the console (AWS Organizations → Settings)."},
	"INTERNAL_FAILURE":                           internal,
	"CONCURRENT_ACCOUNT_MODIFICATION":            busy,

	// The organization.
	"AWSOrganizationsNotInUseException": noOrg, "OrganizationsNotInUseException": noOrg,
	"FinalizingOrganizationException":                finalizing,
	"ORGANIZATION_FROM_DIFFERENT_SELLER_OF_RECORD":   {Other, "", "The accounts are billed by different AWS companies.", "Ask AWS support; the accounts cannot be in one organization."},
	"AlreadyInOrganizationException":                 {Conflict, "This account is in an organization already", "AWS allows one organization per account.", "Start the wizard again: it shows whose organization it is."},
	"ConcurrentModificationException":                busy,
	"ConcurrentModification":                         busy,
	"EntityTemporarilyUnmodifiable":                  busy,
	"PolicyChangesInProgressException":               busy,
	"OperationAborted":                               busy,
	"ResourceConflictException":                      busy,
	"ConflictException":                              {Conflict, "", "There is one with this name already, or another change is under way.", automatic},
	"POLICY_NUMBER_LIMIT_EXCEEDED":                   quota,
	"MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED":      {Quota, "No more policies fit there", "AWS limits how many policies of a kind one place can have.", "Detach one that is not needed."},
	"MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED":      {Conflict, "The last policy cannot be detached", "AWS wants at least one policy of this kind to stay, such as FullAWSAccess.", "Leave it attached."},
	"POLICY_CONTENT_LIMIT_EXCEEDED":                  {Quota, "The policy is too long", "", "Make it shorter or split it."},
	"PolicyInUseException":                           {Conflict, "The policy is still attached somewhere", "A policy in use cannot be deleted.", "Detach it first."},
	"PolicyTypeNotEnabledException":                  {NotReady, "", "This kind of policy is not switched on yet, or was seconds ago.", again},
	"PolicyTypeNotAvailableForOrganizationException": {NotReady, "Your organization is in billing-only mode", "Policies need all features.", "Switch on all features in the console (AWS Organizations → Settings)."},
	"OrganizationNotInAllFeaturesModeException":      {NotReady, "Your organization is in billing-only mode", "This needs all features.", "Switch on all features in the console (AWS Organizations → Settings)."},
	"MalformedPolicyDocumentException":               badPolicy,
	"MalformedPolicyDocument":                        badPolicy,

	"OrganizationNotEmptyException":                                {Conflict, "The organization still has other accounts", "AWS deletes only one that holds no account but this. A closed account counts for 90 days.", "Start wizard undo again when they are gone."},
	"OrganizationalUnitNotEmptyException":                          {Conflict, "The unit is not empty", "AWS deletes only a unit without accounts and units in it.", "Move what is in it, then try again."},
	"SERVICE_ACCESS_NOT_ENABLED":                                   notTrusted,
	"POLICY_TYPE_ENABLED_FOR_THIS_SERVICE":                         {Conflict, "", "A kind of policy that needs the service is still switched on.", "Switch that kind of policy off first."},
	"UNRECOGNIZED_SERVICE_PRINCIPAL":                               {Unsupported, "", "AWS Organizations does not know the service here.", "Go on without it."},
	"DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE":              otherRuns,
	"MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED":      otherRuns,
	"CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR":            {Conflict, "", "AWS does not let the management account be given the service: it has it anyway.", "Name another account for security in wizard.yaml."},
	"CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR": {Conflict, "", "The account is suspended or closed.", "Name another account for security in wizard.yaml."},

	// Guardrails and central root access.
	"GuardrailRefusesTooMuch":                               {Conflict, "The guardrail refuses more than it should", "AWS's policy simulator says that daily work would be refused. Another policy may be the cause.", "It is taken off the account again. Look at that account's policies, then try again."},
	"ServiceAccessNotEnabledException":                      notTrusted,
	"CallerIsNotManagementAccountException":                 notManaging,
	"AccountNotManagementOrDelegatedAdministratorException": notManaging,

	// CloudTrail, S3, costs.
	"CloudTrailAccessNotEnabledException":    {NotReady, "Your organization has not yet allowed CloudTrail to work across accounts", "It was not switched on, or was seconds ago.", again},
	"InsufficientS3BucketPolicyException":    bucketPolicy,
	"S3BucketDoesNotExistException":          {NotReady, "CloudTrail does not see the log bucket yet", "It was made moments ago, or has another name.", again},
	"NoManagementAccountSLRExistsException":  {NotReady, "", "The role CloudTrail uses in the organization is missing.", again},
	"MaximumNumberOfTrailsExceededException": {Quota, "There are five trails in this Region already", "AWS allows five and cannot raise it.", "Delete one that is not needed (second trails cost money)."},
	"InvalidHomeRegionException":             {Other, "", "A trail can only be changed in the Region it was made in.", "Start again with that Region."},
	"KmsKeyNotFoundException":                {Missing, "The encryption key was not found", "The key does not exist in the bucket's Region.", "Use encryption without a key of your own."},
	"InsufficientEncryptionPolicyException":  {Denied, "The encryption key does not allow CloudTrail", "The key's policy does not name it.", "Use encryption without a key of your own."},
	"BucketAlreadyExists":                    {Conflict, "That bucket name is taken", "Bucket names are unique worldwide and somebody else has this one.", "Choose how the names begin, in wizard.yaml: trail: {bucket_prefix: acme-trail}. Then start again."},
	"BucketAlreadyOwnedByYou":                exists,
	"IllegalLocationConstraintException":     wrongRegion,
	"InvalidLocationConstraint":              wrongRegion,
	"InvalidNamespaceHeader":                 {Unsupported, "", "This Region does not have bucket names that belong to an account.", "Use another home Region."},
	"MalformedPolicy":                        badPolicy,
	"COPY_FAILED":                            {NotReady, "The test file did not arrive in the security account", "The role that copies may not write there, or was made seconds ago.", "Start the wizard again: it looks at the role and at both buckets, and tries once more."},
	"COPY_NOT_BEGUN":                         {NotReady, "The test file was not taken up for copying", "The rule that copies is seconds old, or somebody took it away.", again},
	"BucketNotEmpty":                         {Conflict, "The bucket is not empty", "Only empty buckets can be deleted.", "Empty it first, if nothing in it is needed."},
	"InvalidTargetBucketForLogging":          {NotReady, "S3 may not write its access logs into that bucket yet", "The policy of the bucket for access logs is seconds old, or was changed.", again},
	"CrossLocationLoggingProhibitted":        {Other, "S3 writes access logs into the same Region only", "The bucket for them is in another Region.", "Start again: the wizard makes one in the right Region."},
	"InvalidBucketState":                     {Conflict, "", "A replication rule needs the bucket as it is.", "Remove the rule first."},
	"DataUnavailableException":               {NotReady, "AWS has no cost data yet", "It takes about a day after Cost Explorer was switched on.", "Come back tomorrow."},
	"BillingViewHealthStatusException":       {NotReady, "AWS has no cost data yet", "The billing view is being prepared.", "Come back tomorrow."},
	"CreationLimitExceededException":         quota,
	"InvalidParameterException":              {Other, "", "", "Correct the value in the answers, then go on."},

	// The alerts; the codes in capitals are the wizard's own, for how the test message went.
	"SLACK_REFUSED":          {Other, "Slack does not accept this address", "The webhook was removed, its channel is archived, or it is not complete.", "Make a new one at https://api.slack.com/apps, start the wizard again and paste it."},
	"SLACK_BUSY":             {Throttled, "Slack takes no more messages at the moment", "Too many were sent to this channel.", again},
	"SLACK_NOT_REACHED":      {Network, "The test message did not reach Slack", "The function in your account could not reach the address.", "Look at the address of the webhook, start the wizard again and paste it."},
	"ALERTS_DENIED":          {NotReady, "The alerts may not read the address of your channel yet", "Their role is seconds old, or was changed.", again},
	"ALERTS_FAILED":          {Other, "The program of the alerts failed", "Its log /aws/lambda/org-alerts in the security account says why.", "Read the log, then start the wizard again."},
	"FUNCTION_NOT_READY":     {Other, "Lambda could not make the function ready", "The Lambda console of the security account says why.", again},
	"ParameterAlreadyExists": exists,
	"AWS.SimpleQueueService.QueueDeletedRecently": {NotReady, "The queue was deleted a moment ago", "AWS gives its name free again after a minute.", again},

	// Networks and the rest.
	"DependencyViolation":               {Conflict, "", "Something still uses it.", "Keep it, or remove what uses it first."},
	"VpcLimitExceeded":                  {Quota, "This Region holds as many networks as the account may have", "AWS allows five in a Region at first, default ones among them.", "Delete one that is not needed, or ask for more, which is free (Service Quotas → Amazon VPC)."},
	"InternetGatewayLimitExceeded":      {Quota, "This Region holds as many internet gateways as the account may have", "AWS allows as many as networks: five at first.", "Delete one that is not needed, or ask for more, which is free (Service Quotas → Amazon VPC)."},
	"AddressLimitExceeded":              {Quota, "The account may not reserve more public addresses here", "AWS allows five in a Region at first.", "Give back one that is not used (each costs $3.65 a month), or ask for more (Service Quotas → Amazon EC2)."},
	"NatGatewayLimitExceeded":           {Quota, "This zone holds as many NAT gateways as the account may have", "AWS allows five in a zone at first.", "Delete one that is not needed, or ask for more (Service Quotas → Amazon VPC)."},
	"NotAvailableInZone":                {Unsupported, "This zone does not offer it", "Old zones lack newer things.", "Ask for one way out in wizard.yaml (vpc: nat: one), which is in another zone."},
	"Gateway.NotAttached":               {Conflict, "", "The network has no internet gateway any more, or AWS does not know it everywhere yet.", again},
	"InsufficientFreeAddressesInSubnet": {Quota, "The subnet has no address left", "All of its addresses are in use.", "Delete what is not needed there."},
	"InvalidServiceName":                {Unsupported, "", "This Region does not offer the service in this way.", "Use another Region for the network."},
	"DeleteConflict":                    {Conflict, "", "Something still uses it.", "Remove what uses it first."},
	"CannotDelete":                      {Conflict, "", "AWS makes it and takes it away by itself.", "Leave it."},
	"EntityAlreadyExists":               exists,
	"DuplicateRecordException":          exists,
	"DefaultVpcAlreadyExists":           exists,
	"LimitExceededException":            quota,
	"LimitExceeded":                     quota,
	"LimitExceededFault":                quota, // CloudWatch\'s, for alarms
	"NoSuchEntity":                      gone,
	"NoSuchBucket":                      gone,
	"UnknownMonitorException":           gone,
	"UnknownSubscriptionException":      gone,
	"UnsupportedAPIEndpointException":   {Unsupported, "", "This call does not exist in this Region.", "Use Region us-east-1."},
	"RegionDisabledException":           {NotReady, "This Region is switched off", "The account has not opted in to it.", "Switch it on in the console (Account → AWS Regions), or use another."},
	"ReportNotPresent":                  {NotReady, "", "The report is being made.", again},
	"ReportInProgress":                  {NotReady, "", "The report is being made.", again},
}

// endings are how services name what is missing, there already, or too much (InvalidVpcID.NotFound,
// TrailAlreadyExistsException …).
var endings = []struct {
	ending string
	cause  cause
}{
	{"NotFound", gone}, {"NotFoundError", gone}, {"DoesNotExist", gone},
	{"AlreadyExists", exists}, {"Duplicate", exists}, {"AlreadyEnabled", exists}, {"AlreadyRegistered", exists}, {"InUse", exists},
	{"QuotaExceeded", quota}, {"LimitExceeded", quota},
}
