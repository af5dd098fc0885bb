package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"awswizard/internal/pattern"
)

// CloudTrailState is what AWS CloudTrail remembers.
type CloudTrailState struct {
	Trails []*Trail `json:"trails,omitempty"`
}

// Trail is a trail. Its shadows in other Regions, and an organization's in the members, follow from it.
type Trail struct {
	Name, Account, Region, Bucket, Prefix string
	Organization, MultiRegion             bool
	Global, Validation                    bool // events of global services; log file validation
	Created                               time.Time
	Logging                               bool
	Started, Stopped                      time.Time
	Selectors                             []types.EventSelector
	Advanced                              []types.AdvancedEventSelector
	Tags                                  map[string]string
}

const (
	trailService = "cloudtrail.amazonaws.com"

	// What AWS says, and people see: trusted access takes some seconds to be noticed, the first file about five
	// minutes, the first digest an hour.
	trustTakes      = 10 * time.Second
	deliveryTakes   = 5 * time.Minute
	digestTakes     = 65 * time.Minute
	trailsPerRegion = 5 // the quota cannot be raised
)

var (
	trailName      = pattern.Of(`^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$`)
	twoPunctuation = pattern.Of(`[._-]{2}`)
)

func (t *Trail) arn() string {
	return "arn:aws:cloudtrail:" + t.Region + ":" + t.Account + ":trail/" + t.Name
}

// SeedTrail puts a trail that is logging into the world.
func (w *World) SeedTrail(account, region, name, bucket string, organization, multiRegion bool) {
	w.Trails.Trails = append(w.Trails.Trails, &Trail{Name: name, Account: account, Region: region, Bucket: bucket, Organization: organization,
		MultiRegion: multiRegion, Global: true, Validation: true, Created: w.Now(), Logging: true, Started: w.Now()})
	if organization {
		w.Trust(trailService)
	}
	w.Changed()
}

// visible reports whether a trail shows in an account and Region: at home, as a shadow elsewhere, and an
// organization's also in the members.
func (t *Trail) visible(w *World, account, region string) bool {
	return (t.Account == account || t.Organization && w.orgMember(account)) && (t.Region == region || t.MultiRegion)
}

// trail finds a trail by name or ARN, as it is seen from here.
func (r *Request) trail(name *string) (*Trail, error) {
	wanted := aws.ToString(name)
	arn := strings.HasPrefix(wanted, "arn:")
	for _, t := range r.World.Trails.Trails {
		if (arn && t.arn() == wanted || !arn && t.Name == wanted) && t.visible(r.World, r.Principal.Account, r.Region) {
			return t, nil
		}
	}
	if arn && !strings.Contains(wanted, ":trail/") {
		return nil, &types.CloudTrailARNInvalidException{Message: aws.String("Trail ARN is not valid: " + wanted)}
	}
	return nil, &types.TrailNotFoundException{Message: aws.String("Unknown trail: " + wanted + " for the user: " + r.Principal.Account)}
}

// ownTrail is trail for changing it: in its home Region, and by the account that owns it.
func (r *Request) ownTrail(name *string) (*Trail, error) {
	t, err := r.trail(name)
	switch {
	case err != nil:
		return nil, err
	case t.Account != r.Principal.Account:
		return nil, &types.NotOrganizationMasterAccountException{Message: aws.String("You must be the management account of an organization to change an organization trail.")}
	case t.Region != r.Region:
		return nil, &types.InvalidHomeRegionException{Message: aws.String("The trail " + t.Name + " can only be changed in its home Region " + t.Region)}
	}
	return t, nil
}

// checkTrail is what CloudTrail looks at before it makes or changes a trail.
func (r *Request) checkTrail(t *Trail) error {
	if t.Organization {
		if err := r.checkTrailOrganization(); err != nil {
			return err
		}
	}
	if !bucketName().MatchString(t.Bucket) {
		return &types.InvalidS3BucketNameException{Message: aws.String("Bucket name is not valid: " + t.Bucket)}
	}
	if t.MultiRegion && !t.Global {
		return &types.InvalidParameterCombinationException{Message: aws.String("Multi-Region trail must include global service events.")}
	}
	b := r.World.S3.Buckets[t.Bucket]
	if b == nil {
		return &types.S3BucketDoesNotExistException{Message: aws.String("S3 bucket " + t.Bucket + " does not exist!")}
	}
	if !r.World.canDeliver(t, b) {
		return &types.InsufficientS3BucketPolicyException{Message: aws.String("Incorrect S3 bucket policy is detected for bucket: " + t.Bucket)}
	}
	return nil
}

// checkTrailOrganization is what an organization trail needs of the organization.
func (r *Request) checkTrailOrganization() error {
	w := r.World
	since, trusted := w.Org.Trusted[trailService]
	switch {
	case w.managementAccount() == "" || !w.orgMember(r.Principal.Account):
		return &types.OrganizationsNotInUseException{Message: aws.String("Your account is not a member of an organization.")}
	case r.Principal.Account != w.managementAccount():
		return &types.NotOrganizationMasterAccountException{Message: aws.String("You must be the management account of an organization to create an organization trail.")}
	case w.Org.Features != "ALL":
		return &types.OrganizationNotInAllFeaturesModeException{Message: aws.String("All features must be enabled in your organization to create an organization trail.")}
	case !trusted || w.Now().Before(since.Add(w.Takes(trustTakes))):
		return &types.CloudTrailAccessNotEnabledException{Message: aws.String("To create an organization trail, you must first enable trusted access for CloudTrail in Organizations.")}
	}
	return nil
}

// canDeliver evaluates the bucket's policy as CloudTrail does, which asks as itself, for the trail.
func (w *World) canDeliver(t *Trail, b *Bucket) bool {
	prefix := b.arn() + "/"
	if t.Prefix != "" {
		prefix += t.Prefix + "/"
	}
	owner := t.Account
	if t.Organization {
		owner = w.Org.ID
	}
	q := inquiry{Service: trailService, Context: map[string]string{"aws:SourceArn": t.arn(), "aws:SourceAccount": t.Account, "s3:x-amz-acl": "bucket-owner-full-control"}}
	for action, resource := range map[string]string{"s3:GetBucketAcl": b.arn(), "s3:PutObject": prefix + "AWSLogs/" + owner + "/x"} {
		q.Action, q.Resource = action, resource
		if allow, deny := decide(b.Policy, q); !allow || deny {
			return false
		}
	}
	return true
}

func (s *Sim) registerCloudTrail() {
	on(s, createTrail)
	on(s, updateTrail)
	on(s, func(r *Request, in *cloudtrail.DeleteTrailInput) (*cloudtrail.DeleteTrailOutput, error) {
		t, err := r.ownTrail(in.Name)
		if err != nil {
			return nil, err
		}
		r.World.Trails.Trails = slices.DeleteFunc(r.World.Trails.Trails, func(o *Trail) bool { return o == t })
		r.World.Changed()
		return &cloudtrail.DeleteTrailOutput{}, nil
	})
	on(s, func(r *Request, in *cloudtrail.StartLoggingInput) (*cloudtrail.StartLoggingOutput, error) {
		t, err := r.ownTrail(in.Name)
		if err != nil {
			return nil, err
		}
		if !t.Logging {
			t.Logging, t.Started = true, r.World.Now()
			r.World.Changed()
		}
		return &cloudtrail.StartLoggingOutput{}, nil
	})
	on(s, func(r *Request, in *cloudtrail.StopLoggingInput) (*cloudtrail.StopLoggingOutput, error) {
		t, err := r.ownTrail(in.Name)
		if err != nil {
			return nil, err
		}
		if t.Logging {
			t.Logging, t.Stopped = false, r.World.Now()
			r.World.Changed()
		}
		return &cloudtrail.StopLoggingOutput{}, nil
	})
	on(s, func(r *Request, in *cloudtrail.AddTagsInput) (*cloudtrail.AddTagsOutput, error) {
		t, err := r.ownTrail(in.ResourceId)
		if err != nil {
			return nil, err
		}
		t.tag(in.TagsList)
		r.World.Changed()
		return &cloudtrail.AddTagsOutput{}, nil
	})
	s.registerEventSelectors()
	s.registerTrailReads()
}

func (t *Trail) tag(tags []types.Tag) {
	if t.Tags == nil {
		t.Tags = map[string]string{}
	}
	for _, tag := range tags {
		t.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
}

func createTrail(r *Request, in *cloudtrail.CreateTrailInput) (*cloudtrail.CreateTrailOutput, error) {
	t := &Trail{Name: aws.ToString(in.Name), Account: r.Principal.Account, Region: r.Region, Bucket: aws.ToString(in.S3BucketName), Prefix: aws.ToString(in.S3KeyPrefix),
		Organization: aws.ToBool(in.IsOrganizationTrail), MultiRegion: aws.ToBool(in.IsMultiRegionTrail),
		Global: in.IncludeGlobalServiceEvents == nil || *in.IncludeGlobalServiceEvents, Validation: aws.ToBool(in.EnableLogFileValidation), Created: r.World.Now()}
	if !trailName().MatchString(t.Name) || twoPunctuation().MatchString(t.Name) || ipAddressName().MatchString(t.Name) {
		return nil, &types.InvalidTrailNameException{Message: aws.String("Trail name is not valid: " + t.Name)}
	}
	here := 0
	for _, o := range r.World.Trails.Trails {
		if o.Account == t.Account && o.Region == t.Region && o.Name == t.Name {
			return nil, &types.TrailAlreadyExistsException{Message: aws.String("Trail " + t.Name + " already exists for customer: " + t.Account)}
		}
		if o.visible(r.World, t.Account, t.Region) {
			here++
		}
	}
	if here >= trailsPerRegion {
		return nil, &types.MaximumNumberOfTrailsExceededException{Message: aws.String("User: " + t.Account + " already has " + strconv.Itoa(trailsPerRegion) + " trails in " + t.Region + ".")}
	}
	if err := r.checkTrail(t); err != nil {
		return nil, err
	}
	t.tag(in.TagsList)
	if t.Organization { // CloudTrail makes its role by itself
		r.World.serviceRole(t.Account, trailService, "AWSServiceRoleForCloudTrail")
	}
	r.World.Trails.Trails = append(r.World.Trails.Trails, t)
	r.World.Changed()
	return &cloudtrail.CreateTrailOutput{Name: aws.String(t.Name), TrailARN: aws.String(t.arn()), S3BucketName: aws.String(t.Bucket), S3KeyPrefix: optional(t.Prefix),
		IncludeGlobalServiceEvents: aws.Bool(t.Global), IsMultiRegionTrail: aws.Bool(t.MultiRegion), IsOrganizationTrail: aws.Bool(t.Organization), LogFileValidationEnabled: aws.Bool(t.Validation)}, nil
}

func updateTrail(r *Request, in *cloudtrail.UpdateTrailInput) (*cloudtrail.UpdateTrailOutput, error) {
	t, err := r.ownTrail(in.Name)
	if err != nil {
		return nil, err
	}
	changed := *t
	for _, change := range []struct{ from, to *bool }{{in.IsOrganizationTrail, &changed.Organization}, {in.IsMultiRegionTrail, &changed.MultiRegion},
		{in.IncludeGlobalServiceEvents, &changed.Global}, {in.EnableLogFileValidation, &changed.Validation}} {
		if change.from != nil {
			*change.to = *change.from
		}
	}
	if in.S3BucketName != nil {
		changed.Bucket = *in.S3BucketName
	}
	if in.S3KeyPrefix != nil {
		changed.Prefix = *in.S3KeyPrefix
	}
	if err := r.checkTrail(&changed); err != nil {
		return nil, err
	}
	*t = changed
	r.World.Changed()
	return &cloudtrail.UpdateTrailOutput{Name: aws.String(t.Name), TrailARN: aws.String(t.arn()), S3BucketName: aws.String(t.Bucket), S3KeyPrefix: optional(t.Prefix),
		IncludeGlobalServiceEvents: aws.Bool(t.Global), IsMultiRegionTrail: aws.Bool(t.MultiRegion), IsOrganizationTrail: aws.Bool(t.Organization), LogFileValidationEnabled: aws.Bool(t.Validation)}, nil
}
