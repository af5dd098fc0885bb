package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"awswizard/internal/pattern"
)

// SQSState is what Amazon SQS remembers.
type SQSState struct {
	Queues  []*Queue             `json:"queues,omitempty"`
	Deleted map[string]time.Time `json:"deleted,omitempty"` // by URL; the name is free again after a minute
}

// Queue is a queue; what is sent to it is of no interest here.
type Queue struct {
	Name, Account, Region string
	Attributes            map[string]string
}

const queueNameFree = 60 * time.Second

var queueName = pattern.Of(`^[A-Za-z0-9_-]{1,80}$`)

func (q *Queue) url() string {
	return "https://sqs." + q.Region + ".amazonaws.com/" + q.Account + "/" + q.Name
}
func (q *Queue) arn() string { return "arn:aws:sqs:" + q.Region + ":" + q.Account + ":" + q.Name }

func noQueue() error {
	return &types.QueueDoesNotExist{Message: aws.String("The specified queue does not exist."), ErrorCodeOverride: aws.String("AWS.SimpleQueueService.NonExistentQueue")}
}

func (s *Sim) registerSQS() {
	on(s, createQueue)
	on(s, func(r *Request, in *sqs.GetQueueUrlInput) (*sqs.GetQueueUrlOutput, error) {
		for _, q := range r.World.SQS.Queues {
			if q.Account == r.Principal.Account && q.Region == r.Region && q.Name == aws.ToString(in.QueueName) {
				return &sqs.GetQueueUrlOutput{QueueUrl: aws.String(q.url())}, nil
			}
		}
		return nil, noQueue()
	})
	on(s, func(r *Request, in *sqs.GetQueueAttributesInput) (*sqs.GetQueueAttributesOutput, error) {
		for _, q := range r.World.SQS.Queues {
			if q.url() != aws.ToString(in.QueueUrl) || q.Account != r.Principal.Account {
				continue
			}
			out := map[string]string{"QueueArn": q.arn(), "ApproximateNumberOfMessages": "0", "SqsManagedSseEnabled": "true", "MessageRetentionPeriod": "345600",
				"DelaySeconds": "0", "MaximumMessageSize": "1048576", "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30"}
			for k, v := range q.Attributes {
				out[k] = v
			}
			return &sqs.GetQueueAttributesOutput{Attributes: out}, nil
		}
		return nil, noQueue()
	})
	on(s, func(r *Request, in *sqs.DeleteQueueInput) (*sqs.DeleteQueueOutput, error) {
		i := slices.IndexFunc(r.World.SQS.Queues, func(q *Queue) bool {
			return q.url() == aws.ToString(in.QueueUrl) && q.Account == r.Principal.Account
		})
		if i < 0 {
			return nil, noQueue()
		}
		if r.World.SQS.Deleted == nil {
			r.World.SQS.Deleted = map[string]time.Time{}
		}
		r.World.SQS.Deleted[aws.ToString(in.QueueUrl)] = r.World.Now()
		r.World.SQS.Queues = slices.Delete(r.World.SQS.Queues, i, i+1)
		r.World.Changed()
		return &sqs.DeleteQueueOutput{}, nil
	})
}

func createQueue(r *Request, in *sqs.CreateQueueInput) (*sqs.CreateQueueOutput, error) {
	w := r.World
	q := &Queue{Name: aws.ToString(in.QueueName), Account: r.Principal.Account, Region: r.Region, Attributes: in.Attributes}
	if !queueName().MatchString(strings.TrimSuffix(q.Name, ".fifo")) {
		return nil, Fail("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	if gone, ok := w.SQS.Deleted[q.url()]; ok && w.Now().Before(gone.Add(w.Takes(queueNameFree))) {
		return nil, withStatus(http.StatusBadRequest, &types.QueueDeletedRecently{Message: aws.String("You must wait 60 seconds after deleting a queue before you can create another with the same name."),
			ErrorCodeOverride: aws.String("AWS.SimpleQueueService.QueueDeletedRecently")})
	}
	for _, o := range w.SQS.Queues {
		if o.url() != q.url() {
			continue
		}
		for k, v := range q.Attributes { // the same queue again succeeds
			if o.Attributes[k] != v {
				return nil, &types.QueueNameExists{Message: aws.String("A queue already exists with the same name and a different value for attribute " + k), ErrorCodeOverride: aws.String("QueueAlreadyExists")}
			}
		}
		return &sqs.CreateQueueOutput{QueueUrl: aws.String(o.url())}, nil
	}
	w.SQS.Queues = append(w.SQS.Queues, q)
	w.Changed()
	return &sqs.CreateQueueOutput{QueueUrl: aws.String(q.url())}, nil
}
