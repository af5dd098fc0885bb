package trail

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"awswizard/internal/answers"
	"awswizard/steps"
)

// questions ask what is recorded beyond the usual; for the usual there is one good way, and it costs next to nothing.
func questions(s State, a answers.Answers) []steps.Question {
	files := filesQuestion(a)
	qs := []steps.Question{files}
	if files.Default != answers.DataEventsOff {
		qs = append(qs, bucketsQuestion(a))
	}
	return append(qs, namesQuestion(s, a), keysQuestion(a))
}

// filesQuestion asks how the files of sensitive buckets are watched. Buckets that are named are watched even when nobody
// said how.
func filesQuestion(a answers.Answers) steps.Question {
	standing := cmp.Or(a.Trail.DataEvents, answers.DataEventsOff)
	if a.Trail.DataEvents == "" && len(a.Trail.SensitiveBuckets) > 0 {
		standing = answers.DataEventsWrite
	}
	change := eventsAMonth / 100_000 * usdPer100k
	return steps.Question{
		Key: "trail.data_events", Label: "Files of buckets", Title: "Record who touches files in buckets that hold something sensitive?",
		Why:     "The trail tells who made a bucket, not who took a file from it. The prices are for one bucket with a million changes and nine million reads a month. It can be changed any day.",
		Default: standing,
		Choices: []steps.Choice{
			{Value: answers.DataEventsOff, Label: "No, not now"},
			{Value: answers.AccessLogs, Label: fmt.Sprintf("S3's own access logs, hours late and not always complete: about $%.2f a month", accessUSD)},
			{Value: answers.DataEventsWrite, Label: fmt.Sprintf("The trail records each change: about $%.0f a month", change)},
			{Value: answers.DataEventsAll, Label: fmt.Sprintf("The trail records each read and change: about $%.0f a month", change*(1+timesRead))},
		},
		Apply: func(a *answers.Answers, v string) { a.Trail.DataEvents = v },
	}
}

// nothing stands for no name.
const nothing = "none"

func bucketsQuestion(a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "trail.sensitive_buckets", Label: "Sensitive buckets", Title: "Which buckets hold something sensitive?",
		Why:     "Names with commas between. Buckets with the tag " + sensitiveTag + " are found in every account, so you can also write none and tag them any day.",
		Example: "customer-files, invoices", Default: cmp.Or(strings.Join(a.Trail.SensitiveBuckets, ", "), nothing),
		Apply: func(a *answers.Answers, v string) { a.Trail.SensitiveBuckets = bucketNames(v) },
	}
	q.Validate = func(v string) error {
		changed := a
		q.Apply(&changed, v)
		for _, p := range changed.Validate() {
			if strings.HasPrefix(p.Field, q.Key) {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return q
}

func bucketNames(v string) []string {
	var names []string
	for _, one := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(",; \t\n", r) }) {
		if one != nothing && !slices.Contains(names, one) {
			names = append(names, one)
		}
	}
	return names
}

func keysQuestion(a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "trail.exclude_kms", Label: "Use of keys", Title: "Leave the use of encryption keys out of the record?", Aside: true,
		Why:     "Programs that use keys of KMS write very many lines. The first trail is free all the same; only storage and searching grow. In production it helps to see who used a key.",
		Default: "no", Choices: []steps.Choice{{Value: "no", Label: "No, record it (advised)"}, {Value: "yes", Label: "Yes, in all accounts"}},
		Apply: func(a *answers.Answers, v string) { a.Trail.ExcludeKMS = v == "yes" },
	}
	if a.Trail.ExcludeKMS {
		q.Default = "yes"
	}
	return q
}

// namesQuestion is asked only when somebody else has the name of a bucket.
func namesQuestion(s State, a answers.Answers) steps.Question {
	q := steps.Question{
		Key: "trail.bucket_prefix", Label: "Names of log buckets", Title: "How shall the names of the log buckets begin?", Aside: s.Taken == "",
		Why:     "Bucket names are unique worldwide. A bucket that is there already keeps its name.",
		Example: "acme-trail", Default: a.Trail.Prefix(),
		Apply: func(a *answers.Answers, v string) { a.Trail.BucketPrefix = strings.TrimSpace(v) },
	}
	if s.Taken != "" {
		q.Why = "Bucket names are unique worldwide, and somebody else has " + s.Taken + "."
	}
	q.Validate = func(v string) error {
		changed := a
		q.Apply(&changed, v)
		if s.Taken != "" && changed.Trail.Prefix() == s.TakenPrefix {
			return errors.New(s.Taken + " is somebody else's bucket. Let the names begin in another way, like acme-trail")
		}
		for _, p := range changed.Validate() {
			if p.Field == q.Key {
				return errors.New(p.What + ". " + p.Next)
			}
		}
		return nil
	}
	return q
}
