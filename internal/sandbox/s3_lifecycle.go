package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// expire does what the bucket's lifecycle rules have done by now. S3 looks once a day, at midnight UTC, and leaves alone
// what Object Lock keeps.
func (b *Bucket) expire(w *World) {
	for _, rule := range b.Lifecycle {
		if rule.Status != s3types.ExpirationStatusEnabled {
			continue
		}
		prefix := ""
		if rule.Filter != nil {
			prefix = aws.ToString(rule.Filter.Prefix)
		}
		keys := map[string]bool{}
		for _, o := range slices.Clone(b.Objects) {
			if strings.HasPrefix(o.Key, prefix) && !keys[o.Key] {
				keys[o.Key] = true
				b.expireKey(w, o.Key, rule)
			}
		}
	}
}

// midnightAfter is the first look of S3 once a version is that many days old.
func midnightAfter(t time.Time, days int32) time.Time {
	return t.UTC().AddDate(0, 0, int(days)).Truncate(24 * time.Hour).Add(24 * time.Hour)
}

// expireKey expires the versions of one key: a current one becomes an old one below a delete marker, old ones go, and so
// does a marker with nothing below it.
func (b *Bucket) expireKey(w *World, key string, rule s3types.LifecycleRule) {
	now := w.Now()
	remove := func(o *Object) {
		b.Objects = slices.DeleteFunc(b.Objects, func(x *Object) bool { return x == o })
		w.Changed()
	}
	current := func() (versions []*Object) {
		for _, o := range b.Objects {
			if o.Key == key && !o.Visible.After(now) {
				versions = append(versions, o)
			}
		}
		return versions
	}
	locked := func(o *Object, at time.Time) bool { return at.Before(o.Until) }
	versions := current()
	days := int32(0)
	if rule.Expiration != nil {
		days = aws.ToInt32(rule.Expiration.Days)
	}
	if newest := versions[max(0, len(versions)-1):]; days > 0 && len(newest) == 1 && !newest[0].Marker {
		due := midnightAfter(newest[0].Modified, days)
		switch {
		case now.Before(due):
		case b.Versioning == "" && !locked(newest[0], due):
			remove(newest[0])
		case b.Versioning != "":
			b.Objects = append(b.Objects, &Object{Key: key, Version: w.ID("abcdefghijklmnopqrstuvwxyz0123456789", 32), Marker: true, Modified: due})
			w.Changed()
		}
	}
	versions = current()
	if n := rule.NoncurrentVersionExpiration; n != nil {
		for i := 0; i+1 < len(versions); i++ { // old since the next one came
			if due := midnightAfter(versions[i+1].Modified, aws.ToInt32(n.NoncurrentDays)); !now.Before(due) && !locked(versions[i], now) {
				remove(versions[i])
			}
		}
	}
	if left := current(); days > 0 && len(left) == 1 && left[0].Marker && !now.Before(midnightAfter(left[0].Modified, days)) {
		remove(left[0])
	}
}
