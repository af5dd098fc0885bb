package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func (s *Sim) registerSTS() {
	on(s, getCallerIdentity)
	on(s, assumeRole)
	on(s, assumeRoot)
}

func getCallerIdentity(r *Request, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	p := r.Principal
	id := p.Account // root's UserId is the account id
	if name, ok := p.roleName(); ok {
		id = "AROASANDBOX"
		if role := r.World.role(p.Account, name); role != nil {
			id = role.ID
		}
		id += p.ARN[strings.LastIndex(p.ARN, "/"):]
		id = strings.Replace(id, "/", ":", 1)
	} else if user := r.World.iam(p.Account).Users[p.userName()]; user != nil {
		id = user.ID
	}
	return &sts.GetCallerIdentityOutput{Account: aws.String(p.Account), Arn: aws.String(p.ARN), UserId: aws.String(id)}, nil
}

func stsDenied(message string) error { return FailWith(http.StatusForbidden, "AccessDenied", message) }

func assumeRole(r *Request, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	w, arn := r.World, aws.ToString(in.RoleArn)
	if r.Principal.isRoot() {
		return nil, stsDenied("Roles may not be assumed by root accounts.")
	}
	_, rest, ok := strings.Cut(arn, "arn:aws:iam::")
	account, path, ok2 := strings.Cut(rest, ":role/")
	if !ok || !ok2 {
		return nil, Fail("ValidationError", arn+" is invalid")
	}
	denied := stsDenied(fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", r.Principal.ARN, arn))
	role := w.role(account, path[strings.LastIndex(path, "/")+1:])
	if role == nil || role.arn(account) != arn || !trusts(role.Trust, r.Principal) || w.isClosed(account) {
		return nil, denied
	}
	seconds := aws.ToInt32(in.DurationSeconds)
	most := max(role.MaxSeconds, 3600)
	_, chained := r.Principal.roleName()
	switch {
	case seconds == 0:
		seconds = 3600
	case seconds < 900:
		return nil, Fail("ValidationError", fmt.Sprintf("1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900", seconds))
	case chained && seconds > 3600:
		return nil, Fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case seconds > most:
		return nil, Fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	session := aws.ToString(in.RoleSessionName)
	expires := w.Clock.Add(time.Duration(seconds) * time.Second)
	p := Principal{Account: account, Expires: expires, ARN: fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", account, role.Name, session)}
	return &sts.AssumeRoleOutput{
		AssumedRoleUser: &types.AssumedRoleUser{Arn: aws.String(p.ARN), AssumedRoleId: aws.String(role.ID + ":" + session)},
		Credentials:     r.credentials(p),
	}, nil
}

func (r *Request) credentials(p Principal) *types.Credentials {
	key, secret, token := r.Session(p)
	return &types.Credentials{AccessKeyId: aws.String(key), SecretAccessKey: aws.String(secret), SessionToken: aws.String(token), Expiration: aws.Time(p.Expires)}
}

// isClosed reports whether the account is a closed one of the organization.
func (w *World) isClosed(account string) bool {
	m := w.Org.member(account)
	return m != nil && !m.open()
}

// assumeRoot gives a session as a member's root user, for one task (central root access).
func assumeRoot(r *Request, in *sts.AssumeRootInput) (*sts.AssumeRootOutput, error) {
	w, target := r.World, aws.ToString(in.TargetPrincipal)
	if r.Principal.isRoot() {
		return nil, stsDenied("You cannot use root user credentials to make this call")
	}
	tasks := []string{"IAMAuditRootUserCredentials", "IAMCreateRootUserPassword", "IAMDeleteRootUserCredentials", "S3UnlockBucketPolicy", "SQSUnlockQueuePolicy"}
	task := ""
	if in.TaskPolicyArn != nil {
		task = strings.TrimPrefix(aws.ToString(in.TaskPolicyArn.Arn), "arn:aws:iam::aws:policy/root-task/")
	}
	seconds := aws.ToInt32(in.DurationSeconds)
	if seconds == 0 {
		seconds = 900
	}
	if !slices.Contains(tasks, task) || seconds > 900 {
		return nil, Fail("ValidationError", "The task policy or the duration is not valid.")
	}
	allowed := r.Principal.Account == w.Org.Management || w.delegatedAdmin(r.Principal.Account, "iam.amazonaws.com")
	if !allowed || target == w.Org.Management || !w.orgMember(target) || !slices.Contains(w.IAM.RootFeatures, rootSessions) {
		return nil, stsDenied(fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::%s:root", r.Principal.ARN, target))
	}
	p := Principal{Account: target, Task: task, ARN: "arn:aws:sts::" + target + ":assumed-root", Expires: w.Clock.Add(time.Duration(seconds) * time.Second)}
	return &sts.AssumeRootOutput{Credentials: r.credentials(p)}, nil
}
