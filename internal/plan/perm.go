package plan

import "cmp"

// IAMAction is the permission an operation needs, e.g. "s3:PutEncryptionConfiguration" for S3 PutBucketEncryption.
// Service is the SDK's package name. Most operations are their own permission; the rest is from the Service
// Authorization Reference.
func IAMAction(service, operation string) string {
	action := cmp.Or(actions[service+":"+operation], operation)
	return cmp.Or(actionPrefixes[service], service) + ":" + action
}

// actionPrefixes are the services whose permissions do not begin with the SDK's package name.
var actionPrefixes = map[string]string{
	"accessanalyzer": "access-analyzer",
	"cloudwatchlogs": "logs",
	"configservice":  "config",
	"costexplorer":   "ce",
	"eventbridge":    "events",
	"s3control":      "s3",
	"ssoadmin":       "sso",
	"ssooidc":        "sso-oauth",
}

// actions are the operations whose permission has another name.
var actions = map[string]string{
	"budgets:CreateBudget":                       "ModifyBudget",
	"budgets:CreateNotification":                 "ModifyBudget",
	"budgets:CreateSubscriber":                   "ModifyBudget",
	"budgets:DeleteBudget":                       "ModifyBudget",
	"budgets:DeleteNotification":                 "ModifyBudget",
	"budgets:DeleteSubscriber":                   "ModifyBudget",
	"budgets:UpdateBudget":                       "ModifyBudget",
	"budgets:UpdateNotification":                 "ModifyBudget",
	"budgets:UpdateSubscriber":                   "ModifyBudget",
	"budgets:DescribeBudget":                     "ViewBudget",
	"budgets:DescribeBudgets":                    "ViewBudget",
	"budgets:DescribeNotificationsForBudget":     "ViewBudget",
	"budgets:DescribeSubscribersForNotification": "ViewBudget",

	"lambda:Invoke": "InvokeFunction",

	"s3:CopyObject":                         "PutObject",
	"s3:CreateMultipartUpload":              "PutObject",
	"s3:DeleteBucketEncryption":             "PutEncryptionConfiguration",
	"s3:DeleteBucketLifecycle":              "PutLifecycleConfiguration",
	"s3:DeleteBucketOwnershipControls":      "PutBucketOwnershipControls",
	"s3:DeleteBucketReplication":            "PutReplicationConfiguration",
	"s3:DeleteBucketTagging":                "PutBucketTagging",
	"s3:DeleteObjects":                      "DeleteObject",
	"s3:DeletePublicAccessBlock":            "PutBucketPublicAccessBlock",
	"s3:GetBucketEncryption":                "GetEncryptionConfiguration",
	"s3:GetBucketLifecycleConfiguration":    "GetLifecycleConfiguration",
	"s3:GetBucketNotificationConfiguration": "GetBucketNotification",
	"s3:GetBucketReplication":               "GetReplicationConfiguration",
	"s3:GetObjectLockConfiguration":         "GetBucketObjectLockConfiguration",
	"s3:GetPublicAccessBlock":               "GetBucketPublicAccessBlock",
	"s3:HeadBucket":                         "ListBucket",
	"s3:HeadObject":                         "GetObject",
	"s3:ListBuckets":                        "ListAllMyBuckets",
	"s3:ListObjectVersions":                 "ListBucketVersions",
	"s3:ListObjectsV2":                      "ListBucket",
	"s3:PutBucketEncryption":                "PutEncryptionConfiguration",
	"s3:PutBucketLifecycleConfiguration":    "PutLifecycleConfiguration",
	"s3:PutBucketNotificationConfiguration": "PutBucketNotification",
	"s3:PutBucketReplication":               "PutReplicationConfiguration",
	"s3:PutObjectLockConfiguration":         "PutBucketObjectLockConfiguration",
	"s3:PutPublicAccessBlock":               "PutBucketPublicAccessBlock",

	"s3control:DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
	"s3control:GetPublicAccessBlock":    "GetAccountPublicAccessBlock",
	"s3control:PutPublicAccessBlock":    "PutAccountPublicAccessBlock",
}

// DisplayService is a service's name as AWS writes it for people, e.g. "IAM Identity Center" for ssoadmin. A service
// not known here keeps its package name.
func DisplayService(service string) string { return cmp.Or(displayNames[service], service) }

var displayNames = map[string]string{
	"accessanalyzer": "IAM Access Analyzer",
	"account":        "AWS Account Management",
	"budgets":        "AWS Budgets",
	"cloudtrail":     "AWS CloudTrail",
	"cloudwatch":     "Amazon CloudWatch",
	"cloudwatchlogs": "Amazon CloudWatch Logs",
	"costexplorer":   "AWS Cost Management",
	"ec2":            "Amazon EC2",
	"eventbridge":    "Amazon EventBridge",
	"freetier":       "AWS Free Tier",
	"guardduty":      "Amazon GuardDuty",
	"iam":            "AWS IAM",
	"identitystore":  "IAM Identity Center directory",
	"kms":            "AWS KMS",
	"lambda":         "AWS Lambda",
	"organizations":  "AWS Organizations",
	"ram":            "AWS RAM",
	"s3":             "Amazon S3",
	"s3control":      "Amazon S3",
	"secretsmanager": "AWS Secrets Manager",
	"servicequotas":  "Service Quotas",
	"sns":            "Amazon SNS",
	"sqs":            "Amazon SQS",
	"ssm":            "AWS Systems Manager",
	"sso":            "IAM Identity Center sign-in",
	"ssoadmin":       "IAM Identity Center",
	"ssooidc":        "IAM Identity Center sign-in",
	"sts":            "AWS STS",
	"support":        "AWS Support",
}
