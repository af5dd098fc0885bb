package sandbox

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	admintypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestWorldSurvivesAFile keeps what S3, CloudTrail and Identity Center remember in a file and reads it back.
func TestWorldSurvivesAFile(t *testing.T) {
	s, from, to, put, good := replicated(t)
	s.must(s.version(from, "acme-logs", s3types.BucketVersioningStatusEnabled))
	s.must(s.version(to, "acme-archive", s3types.BucketVersioningStatusEnabled))
	s.must(put(good))
	s.world.SeedTrail(s.management, "eu-west-1", "old", "acme-logs", true, true)
	s.must(s.world.EnableIdentityCenter("eu-west-1"))
	first, err := json.Marshal(s.world)
	s.must(err)
	var again World
	s.must(json.Unmarshal(first, &again))
	second, err := json.Marshal(&again)
	s.must(err)
	if string(first) != string(second) {
		t.Errorf("the world changes on its way through a file:\n%s\n%s", first, second)
	}
	if b := again.S3.Buckets["acme-logs"]; b == nil || b.Replication == nil || *b.Replication.Rules[0].Priority != 1 {
		t.Error("the replication rule is lost")
	}
}

// TestDelegatedAdministrator may manage Identity Center, but not who gets into the management account.
func TestDelegatedAdministrator(t *testing.T) {
	p := newPortal(t)
	arn := p.permissionSet("Administrator")
	user, err := p.user("founder")
	p.must(err)
	p.world.Delegate(p.member, identityService)
	p.admin = ssoadmin.NewFromConfig(p.as(p.member, "eu-west-1"))
	_, err = p.assign(p.management, arn, user, admintypes.PrincipalTypeUser)
	p.want("into the management account", err, "AccessDeniedException")
	_, err = p.assign(p.member, arn, user, admintypes.PrincipalTypeUser)
	p.want("into a member", err, "")
	p.pass(time.Minute)
	if got := p.world.Identity.Instances[0].assignments(p.now, false); len(got) != 1 || got[0].Account != p.member {
		t.Errorf("assignments %+v", got)
	}
}
