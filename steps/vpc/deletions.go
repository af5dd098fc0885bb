package vpc

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"awswizard/internal/plan"
)

// AWS needs a moment to see that what hung on a part is gone. What hangs on longer is there.
const dependencyLimit = 2 * time.Minute

func stillThere() map[string]time.Duration {
	return map[string]time.Duration{"DependencyViolation": dependencyLimit}
}

func deleteNAT(p Place, g NAT) plan.Call {
	return plan.Call{
		Title: "Delete the NAT gateway " + g.ID + " in " + p.Ref + ", " + p.Region, IAMAction: "ec2:DeleteNatGateway", Effect: plan.Deletes,
		Why: "It costs money by the hour. Private servers do not reach the internet without it.", Undo: "Ask for a way out again: it gets another public address.",
		Done: []string{"NatGatewayNotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteNatGateway, func(plan.Facts) *ec2.DeleteNatGatewayInput {
			return &ec2.DeleteNatGatewayInput{NatGatewayId: aws.String(g.ID)}
		}),
		Settle: natGone(g.ID), SettleEvery: natEvery, SettleLimit: natLimit,
	}
}

func release(p Place, allocation string) plan.Call {
	return plan.Call{
		Title: "Give the public address back in " + p.Ref + ", " + p.Region, IAMAction: "ec2:ReleaseAddress", Effect: plan.Deletes,
		Why: "An address costs money as long as it is reserved.", Undo: "Ask for a way out again: it gets another public address.",
		Done: []string{"InvalidAllocationID.NotFound"},
		// AWS says AuthFailure while a NAT gateway that is being deleted still has the address.
		Wait: map[string]time.Duration{"InvalidIPAddress.InUse": dependencyLimit, "AuthFailure": dependencyLimit},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).ReleaseAddress, func(plan.Facts) *ec2.ReleaseAddressInput {
			return &ec2.ReleaseAddressInput{AllocationId: aws.String(allocation)}
		}),
	}
}

func deleteSubnet(in, subnet string) plan.Call {
	return plan.Call{
		Title: "Delete the subnet " + subnet + in, IAMAction: "ec2:DeleteSubnet", Why: "It is empty.", Done: []string{"InvalidSubnetID.NotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteSubnet, func(plan.Facts) *ec2.DeleteSubnetInput {
			return &ec2.DeleteSubnetInput{SubnetId: aws.String(subnet)}
		}),
	}
}

func deleteTable(in, table string) plan.Call {
	return plan.Call{
		Title: "Delete the route table " + table + in, IAMAction: "ec2:DeleteRouteTable", Why: "No subnet has it any more.", Done: []string{"InvalidRouteTableID.NotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteRouteTable, func(plan.Facts) *ec2.DeleteRouteTableInput {
			return &ec2.DeleteRouteTableInput{RouteTableId: aws.String(table)}
		}),
	}
}

func deleteGateway(in, gateway string) plan.Call {
	return plan.Call{
		Title: "Delete the internet gateway " + gateway + in, IAMAction: "ec2:DeleteInternetGateway", Why: "Detached, it leads nowhere.",
		Done: []string{"InvalidInternetGatewayID.NotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteInternetGateway, func(plan.Facts) *ec2.DeleteInternetGatewayInput {
			return &ec2.DeleteInternetGatewayInput{InternetGatewayId: aws.String(gateway)}
		}),
	}
}

func deleteNetwork(in, vpc string) plan.Call {
	return plan.Call{
		Title: "Delete the private network " + vpc + in, IAMAction: "ec2:DeleteVpc", Why: "Nothing is left in it.", Done: []string{"InvalidVpcID.NotFound"},
		Request: plan.To(ec2.NewFromConfig, (*ec2.Client).DeleteVpc, func(plan.Facts) *ec2.DeleteVpcInput {
			return &ec2.DeleteVpcInput{VpcId: aws.String(vpc)}
		}),
	}
}
