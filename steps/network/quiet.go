package network

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"awswizard/internal/plan"
)

// Some things name a network without having an interface in it: a function nobody called for weeks, a stopped database, the
// list of subnets of a database, an Auto Scaling group of no machines. To ask four services in each Region of each account
// would be more than all the rest of the census. The roles of the account tell in one request whether it has such things:
// a function has a role that Lambda may take, and the others have a role of the service's own.
type signs struct {
	functions bool     // there may be functions
	services  []string // that were used in the account at some time, in words
}

// quietServices are the services with things that name a network and have no interface while nothing runs.
var quietServices = map[string]string{
	"rds.amazonaws.com": "databases (RDS)", "autoscaling.amazonaws.com": "groups of machines (Auto Scaling)", "ecs.amazonaws.com": "containers (ECS)",
	"elasticache.amazonaws.com": "caches (ElastiCache)", "redshift.amazonaws.com": "data warehouses (Redshift)",
}

// signs looks at the roles of an account, once, and only when somebody asks. Where they cannot be looked at, there may be
// functions.
func (c *census) signs(ctx context.Context, account string) func() signs {
	return sync.OnceValue(func() signs {
		cfg, err := c.env.Config(plan.Place{Account: account, Region: c.env.Home})
		if err != nil {
			return signs{functions: true}
		}
		var s signs
		pages := iam.NewListRolesPaginator(iam.NewFromConfig(cfg), &iam.ListRolesInput{MaxItems: aws.Int32(1000)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return signs{functions: true}
			}
			for _, r := range page.Roles {
				s.add(r)
			}
		}
		slices.Sort(s.services)
		s.services = slices.Compact(s.services)
		return s
	})
}

func (s *signs) add(r types.Role) {
	// The name of a service stands in the trust policy as it is, though the policy comes URL-encoded.
	s.functions = s.functions || strings.Contains(aws.ToString(r.AssumeRolePolicyDocument), "lambda.amazonaws.com")
	service, own := strings.CutPrefix(aws.ToString(r.Path), "/aws-service-role/")
	if word := quietServices[strings.TrimSuffix(service, "/")]; own && word != "" {
		s.services = append(s.services, word)
	}
}

// functionsIn finds the functions that name the VPC. AWS takes the interfaces of one away that nobody called for weeks.
func functionsIn(ctx context.Context, cfg aws.Config, p *Place) (uses []string, err error) {
	pages := lambda.NewListFunctionsPaginator(lambda.NewFromConfig(cfg), &lambda.ListFunctionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("looking for functions: %w", err)
		}
		for _, f := range page.Functions {
			if f.VpcConfig != nil && aws.ToString(f.VpcConfig.VpcId) == p.VPC {
				uses = append(uses, "function "+aws.ToString(f.FunctionName))
			}
		}
	}
	return uses, nil
}
