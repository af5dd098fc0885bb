package sandbox

import (
	"bytes"
	"cmp"
	"crypto/md5" // #nosec G501: entity tags of S3 are MD5 sums
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"awswizard/internal/order"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Object is one version of an object, or a delete marker.
type Object struct {
	Key, Version string
	Body         []byte    `json:",omitempty"`
	Modified     time.Time // when it was written
	Visible      time.Time `json:",omitzero"` // replicas are there from then on
	Marker       bool      `json:",omitempty"`
	Mode         string    `json:",omitempty"` // Object Lock: GOVERNANCE or COMPLIANCE
	Until        time.Time `json:",omitzero"`  // Object Lock: kept until then
	Replica      bool      `json:",omitempty"`
	Copied       time.Time `json:",omitzero"` // when its replication is through; zero: it is not replicated
	CopyFailed   bool      `json:",omitempty"`
}

func (o *Object) tag() *string {
	sum := md5.Sum(o.Body) // #nosec G401: see the import
	return aws.String(`"` + hex.EncodeToString(sum[:]) + `"`)
}

func (o *Object) replication(now time.Time) s3types.ReplicationStatus {
	switch {
	case o.Replica:
		return s3types.ReplicationStatusReplica
	case o.Copied.IsZero():
		return ""
	case now.Before(o.Copied):
		return s3types.ReplicationStatusPending
	case o.CopyFailed:
		return s3types.ReplicationStatusFailed
	}
	return s3types.ReplicationStatusCompleted
}

// retain gives an object the bucket's default retention.
func (b *Bucket) retain(o *Object) {
	if b.Lock == nil || b.Lock.Rule == nil || b.Lock.Rule.DefaultRetention == nil || !o.Until.IsZero() {
		return
	}
	keep := b.Lock.Rule.DefaultRetention
	o.Mode = string(keep.Mode)
	o.Until = o.Modified.AddDate(int(aws.ToInt32(keep.Years)), 0, int(aws.ToInt32(keep.Days)))
}

// versions are what can be seen by now, newest first within a key.
func (b *Bucket) versions(now time.Time, prefix string) []*Object {
	var out []*Object
	for _, o := range b.Objects {
		if !o.Visible.After(now) && strings.HasPrefix(o.Key, prefix) {
			out = append(out, o)
		}
	}
	slices.Reverse(out)
	order.By(out, func(x, y *Object) int { return cmp.Compare(x.Key, y.Key) })
	return out
}

// object finds a version, or the newest one. A delete marker hides what is below it.
func (r *Request) object(b *Bucket, key, version *string) (*Object, error) {
	for _, o := range b.versions(r.World.Now(), aws.ToString(key)) {
		if o.Key != aws.ToString(key) || version != nil && *version != o.Version {
			continue
		}
		if o.Marker {
			break
		}
		return o, nil
	}
	if strings.HasPrefix(r.Operation, "Head") {
		return nil, withStatus(http.StatusNotFound, &s3types.NotFound{})
	}
	return nil, withStatus(http.StatusNotFound, &s3types.NoSuchKey{Message: aws.String("The specified key does not exist.")})
}

func (b *Bucket) versionID(o *Object) *string {
	if b.Versioning == "" {
		return nil
	}
	return aws.String(o.Version)
}

// write adds a version. Without versioning, and when it is suspended, there is one version named null.
func (r *Request) write(b *Bucket, o *Object) {
	o.Modified = r.World.Now()
	if o.Version = "null"; b.Versioning == "Enabled" {
		o.Version = r.World.ID("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", 32)
	} else {
		b.Objects = slices.DeleteFunc(b.Objects, func(old *Object) bool { return old.Key == o.Key && old.Version == "null" })
	}
	b.Objects = append(b.Objects, o)
	r.World.Changed()
}

func (s *Sim) registerObjects() {
	onBucket(s, func(r *Request, b *Bucket, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
		o := &Object{Key: aws.ToString(in.Key), Mode: string(in.ObjectLockMode), Until: aws.ToTime(in.ObjectLockRetainUntilDate)}
		if in.Body != nil {
			if from, ok := in.Body.(io.Seeker); ok { // a retry sends the body again, from its start
				if _, err := from.Seek(0, io.SeekStart); err != nil {
					return nil, err
				}
			}
			body, err := io.ReadAll(in.Body)
			if err != nil {
				return nil, err
			}
			o.Body = body
		}
		if o.Mode != "" && b.Lock == nil {
			return nil, Fail("InvalidRequest", "Bucket is missing Object Lock Configuration")
		}
		r.write(b, o)
		b.retain(o)
		r.replicate(b, o)
		r.World.notify(b, o)
		return &s3.PutObjectOutput{ETag: o.tag(), VersionId: b.versionID(o), ServerSideEncryption: s3types.ServerSideEncryptionAes256}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
		o, err := r.object(b, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		return &s3.HeadObjectOutput{ETag: o.tag(), VersionId: b.versionID(o), ContentLength: aws.Int64(int64(len(o.Body))), LastModified: aws.Time(o.Modified),
			ReplicationStatus: o.replication(r.World.Now()), ObjectLockMode: s3types.ObjectLockMode(o.Mode), ObjectLockRetainUntilDate: until(o),
			ServerSideEncryption: s3types.ServerSideEncryptionAes256}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		o, err := r.object(b, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(o.Body)), ETag: o.tag(), VersionId: b.versionID(o), ContentLength: aws.Int64(int64(len(o.Body))),
			LastModified: aws.Time(o.Modified), ReplicationStatus: o.replication(r.World.Now()), ObjectLockMode: s3types.ObjectLockMode(o.Mode), ObjectLockRetainUntilDate: until(o)}, nil
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
		if delimiter := aws.ToString(in.Delimiter); delimiter != "" {
			return r.folders(b, in, delimiter), nil
		}
		var all []s3types.Object
		last := ""
		for _, o := range b.versions(r.World.Now(), aws.ToString(in.Prefix)) {
			newest := o.Key != last
			last = o.Key
			if newest && !o.Marker && o.Key > aws.ToString(in.StartAfter) {
				all = append(all, s3types.Object{Key: aws.String(o.Key), ETag: o.tag(), Size: aws.Int64(int64(len(o.Body))), LastModified: aws.Time(o.Modified), StorageClass: s3types.ObjectStorageClassStandard})
			}
		}
		out, next, err := pageOf(all, in.MaxKeys, in.ContinuationToken, 1000)
		return &s3.ListObjectsV2Output{Name: in.Bucket, Prefix: in.Prefix, Contents: out, KeyCount: aws.Int32(int32(len(out))), //nolint:gosec // at most 1000
			NextContinuationToken: next, IsTruncated: aws.Bool(next != nil)}, err
	})
	onBucket(s, func(r *Request, b *Bucket, in *s3.ListObjectVersionsInput) (*s3.ListObjectVersionsOutput, error) {
		page, next, err := pageOf(b.versions(r.World.Now(), aws.ToString(in.Prefix)), in.MaxKeys, in.KeyMarker, 1000)
		out, last := &s3.ListObjectVersionsOutput{Name: in.Bucket, Prefix: in.Prefix, NextKeyMarker: next, IsTruncated: aws.Bool(next != nil)}, ""
		for _, o := range page {
			newest := o.Key != last
			last = o.Key
			if o.Marker {
				out.DeleteMarkers = append(out.DeleteMarkers, s3types.DeleteMarkerEntry{Key: aws.String(o.Key), VersionId: aws.String(o.Version), IsLatest: aws.Bool(newest), LastModified: aws.Time(o.Modified)})
				continue
			}
			out.Versions = append(out.Versions, s3types.ObjectVersion{Key: aws.String(o.Key), VersionId: aws.String(o.Version), IsLatest: aws.Bool(newest), LastModified: aws.Time(o.Modified), ETag: o.tag(), Size: aws.Int64(int64(len(o.Body)))})
		}
		return out, err
	})
	onBucket(s, deleteObject)
}

// folders is ListObjectsV2 with a delimiter: the keys up to it, once each. All fit on one page.
func (r *Request) folders(b *Bucket, in *s3.ListObjectsV2Input, delimiter string) *s3.ListObjectsV2Output {
	out := &s3.ListObjectsV2Output{Name: in.Bucket, Prefix: in.Prefix, Delimiter: in.Delimiter, IsTruncated: aws.Bool(false)}
	last := ""
	for _, o := range b.versions(r.World.Now(), aws.ToString(in.Prefix)) {
		newest := o.Key != last
		last = o.Key
		if !newest || o.Marker {
			continue
		}
		folder, _, inside := strings.Cut(strings.TrimPrefix(o.Key, aws.ToString(in.Prefix)), delimiter)
		folder = aws.ToString(in.Prefix) + folder + delimiter
		switch n := len(out.CommonPrefixes); {
		case !inside:
			out.Contents = append(out.Contents, s3types.Object{Key: aws.String(o.Key), ETag: o.tag(), Size: aws.Int64(int64(len(o.Body))), LastModified: aws.Time(o.Modified)})
		case n == 0 || aws.ToString(out.CommonPrefixes[n-1].Prefix) != folder:
			out.CommonPrefixes = append(out.CommonPrefixes, s3types.CommonPrefix{Prefix: aws.String(folder)})
		}
	}
	out.KeyCount = aws.Int32(int32(len(out.Contents) + len(out.CommonPrefixes))) //nolint:gosec // the sandbox's buckets are small
	return out
}

func until(o *Object) *time.Time {
	if o.Until.IsZero() {
		return nil
	}
	return aws.Time(o.Until)
}

// deleteObject removes a version for good unless Object Lock keeps it; without a version it puts a delete marker.
func deleteObject(r *Request, b *Bucket, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if in.VersionId == nil && b.Versioning != "" {
		marker := &Object{Key: aws.ToString(in.Key), Marker: true}
		r.write(b, marker)
		return &s3.DeleteObjectOutput{DeleteMarker: aws.Bool(true), VersionId: aws.String(marker.Version)}, nil
	}
	out := &s3.DeleteObjectOutput{VersionId: in.VersionId}
	for at, o := range b.Objects {
		if o.Key != aws.ToString(in.Key) || in.VersionId != nil && o.Version != *in.VersionId {
			continue
		}
		bypass := o.Mode == string(s3types.ObjectLockModeGovernance) && aws.ToBool(in.BypassGovernanceRetention)
		if r.World.Now().Before(o.Until) && !bypass {
			return nil, FailWith(http.StatusForbidden, "AccessDenied", "Access Denied because object protected by object lock.")
		}
		if o.Marker {
			out.DeleteMarker = aws.Bool(true)
		}
		b.Objects = slices.Delete(b.Objects, at, at+1)
		r.World.Changed()
		return out, nil
	}
	return out, nil // deleting what is not there succeeds
}
