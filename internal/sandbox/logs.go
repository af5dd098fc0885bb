package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogsState is what Amazon CloudWatch Logs remembers.
type LogsState struct {
	Groups []*LogGroup `json:"groups,omitempty"`
}

// LogGroup is a log group; its lines are of no interest here.
type LogGroup struct {
	Name, Account, Region string
	Days                  int32 // retention; 0 = for ever
	Created               time.Time
}

// retentions are the numbers of days CloudWatch Logs takes.
var retentions = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (g *LogGroup) arn() string {
	return "arn:aws:logs:" + g.Region + ":" + g.Account + ":log-group:" + g.Name
}

func (r *Request) logGroup(name *string) (*LogGroup, error) {
	for _, g := range r.World.Logs.Groups {
		if g.Account == r.Principal.Account && g.Region == r.Region && g.Name == aws.ToString(name) {
			return g, nil
		}
	}
	return nil, &types.ResourceNotFoundException{Message: aws.String("The specified log group does not exist.")}
}

func (s *Sim) registerLogs() {
	on(s, func(r *Request, in *cloudwatchlogs.CreateLogGroupInput) (*cloudwatchlogs.CreateLogGroupOutput, error) {
		if _, err := r.logGroup(in.LogGroupName); err == nil {
			return nil, &types.ResourceAlreadyExistsException{Message: aws.String("The specified log group already exists")}
		}
		r.World.Logs.Groups = append(r.World.Logs.Groups, &LogGroup{Name: aws.ToString(in.LogGroupName), Account: r.Principal.Account, Region: r.Region, Created: r.World.Now()})
		r.World.Changed()
		return &cloudwatchlogs.CreateLogGroupOutput{}, nil
	})
	on(s, func(r *Request, in *cloudwatchlogs.PutRetentionPolicyInput) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
		g, err := r.logGroup(in.LogGroupName)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(retentions, aws.ToInt32(in.RetentionInDays)) {
			return nil, &types.InvalidParameterException{Message: aws.String("1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint")}
		}
		g.Days = *in.RetentionInDays
		r.World.Changed()
		return &cloudwatchlogs.PutRetentionPolicyOutput{}, nil
	})
	on(s, func(r *Request, in *cloudwatchlogs.DescribeLogGroupsInput) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
		var all []types.LogGroup
		for _, g := range r.World.Logs.Groups {
			if g.Account != r.Principal.Account || g.Region != r.Region || !strings.HasPrefix(g.Name, aws.ToString(in.LogGroupNamePrefix)) {
				continue
			}
			shown := types.LogGroup{LogGroupName: aws.String(g.Name), LogGroupArn: aws.String(g.arn()), Arn: aws.String(g.arn() + ":*"), CreationTime: aws.Int64(g.Created.UnixMilli())}
			if g.Days > 0 {
				shown.RetentionInDays = aws.Int32(g.Days)
			}
			all = append(all, shown)
		}
		out, next, err := pageOf(all, in.Limit, in.NextToken, 50)
		return &cloudwatchlogs.DescribeLogGroupsOutput{LogGroups: out, NextToken: next}, err
	})
	on(s, func(r *Request, in *cloudwatchlogs.DeleteLogGroupInput) (*cloudwatchlogs.DeleteLogGroupOutput, error) {
		g, err := r.logGroup(in.LogGroupName)
		if err != nil {
			return nil, err
		}
		r.World.Logs.Groups = slices.DeleteFunc(r.World.Logs.Groups, func(o *LogGroup) bool { return o == g })
		r.World.Changed()
		return &cloudwatchlogs.DeleteLogGroupOutput{}, nil
	})
}
