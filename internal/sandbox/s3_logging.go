package sandbox

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// putBucketLogging switches a bucket's access logs on or off. They go to a bucket of the same account and Region, which lets
// the logging service write and locks no files by default.
func putBucketLogging(r *Request, b *Bucket, in *s3.PutBucketLoggingInput) (*s3.PutBucketLoggingOutput, error) {
	if in.BucketLoggingStatus == nil {
		return nil, malformedXML()
	}
	want := in.BucketLoggingStatus.LoggingEnabled
	if want != nil {
		refused := func(why string) error { return Fail("InvalidTargetBucketForLogging", why) }
		to := r.World.S3.Buckets[aws.ToString(want.TargetBucket)]
		lets := false
		if to != nil {
			allow, deny := decide(to.Policy, inquiry{Service: "logging.s3.amazonaws.com", Action: "s3:PutObject", Resource: to.arn() + "/" + aws.ToString(want.TargetPrefix) + "x",
				Context: map[string]string{"aws:SourceAccount": b.Account, "aws:SourceArn": b.arn()}})
			lets = allow && !deny
		}
		switch {
		case to == nil:
			return nil, refused("The target bucket for logging does not exist")
		case to.Account != b.Account:
			return nil, refused("The owner for the bucket to be logged and the target bucket must be the same.")
		case to.Region != b.Region:
			return nil, Fail("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed.")
		case to.Lock != nil && to.Lock.Rule != nil:
			return nil, refused("The target bucket for logging must not have default retention.")
		case !lets:
			return nil, refused("You must either provide the necessary permissions to the logging service using a bucket policy or give the log-delivery group WRITE and READ_ACP permissions to the target bucket")
		}
	}
	b.Logging = want
	r.World.Changed()
	return &s3.PutBucketLoggingOutput{}, nil
}
