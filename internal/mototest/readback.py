"""Reads back, with AWS's own Python SDK, what the wizard made, and prints it with names in place of ids."""
import ipaddress, json, re, sys
import boto3
from botocore.exceptions import ClientError

account, home = sys.argv[1:]


def client(service, region=home, session=boto3):
    return session.client(service, region_name=region)


def member(id):
    if id == account:
        return boto3
    c = client("sts").assume_role(RoleArn=f"arn:aws:iam::{id}:role/OrganizationAccountAccessRole", RoleSessionName="readback")["Credentials"]
    return boto3.Session(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])


def every(client, operation, key, **kwargs):
    return [x for page in client.get_paginator(operation).paginate(**kwargs) for x in page[key]]


def asked(request, key):
    """A part of an answer, or the code of the error."""
    try:
        return request()[key]
    except ClientError as e:
        return e.response["Error"]["Code"]


names = {}  # id -> name, replaced in all that is printed
org = client("organizations")
organization = org.describe_organization()["Organization"]
names[organization["Id"]] = "<organization>"
root = org.list_roots()["Roots"][0]
names[root["Id"]] = "<root>"
units = {u["Id"]: u["Name"] for u in every(org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=root["Id"])}
accounts = {a["Id"]: a for a in every(org, "list_accounts", "Accounts")}
for id, a in accounts.items():
    names[id] = "<management>" if id == account else f"<{a['Name']}>"
out = {
    "organization": {"features": organization["FeatureSet"], "management": organization["MasterAccountId"],
                     "policy types": root["PolicyTypes"], "units": sorted(units.values()),
                     "trusted access": sorted(s["ServicePrincipal"] for s in every(org, "list_aws_service_access_for_organization", "EnabledServicePrincipals"))},
    "accounts": {names[id]: {"email": a["Email"], "status": a["Status"],
                             "parent": units.get(p := org.list_parents(ChildId=id)["Parents"][0]["Id"], names.get(p))} for id, a in accounts.items() if id != account},
    "management is in": names.get(org.list_parents(ChildId=account)["Parents"][0]["Id"]),
}

policies = {}
for p in every(org, "list_policies", "Policies", Filter="SERVICE_CONTROL_POLICY"):
    if not p["AwsManaged"]:
        policies[p["Name"]] = {"attached to": sorted(t["Name"] for t in every(org, "list_targets_for_policy", "Targets", PolicyId=p["Id"])),
                               "content": json.loads(org.describe_policy(PolicyId=p["Id"])["Policy"]["Content"])}
out["service control policies"] = policies

sso, store = client("sso-admin"), client("identitystore")
instance = sso.list_instances()["Instances"][0]
arn, store_id = instance["InstanceArn"], instance["IdentityStoreId"]
groups = {g["GroupId"]: g["DisplayName"] for g in every(store, "list_groups", "Groups", IdentityStoreId=store_id)}
users = {u["UserId"]: u for u in every(store, "list_users", "Users", IdentityStoreId=store_id)}
out["users"] = [{"user": u["UserName"], "name": u["DisplayName"], "emails": [e["Value"] for e in u["Emails"]]} for u in users.values()]
out["groups"] = {name: sorted(users[m["MemberId"]["UserId"]]["UserName"] for m in every(store, "list_group_memberships", "GroupMemberships", IdentityStoreId=store_id, GroupId=id))
                 for id, name in groups.items()}
sets, assigned = {}, []
for p in every(sso, "list_permission_sets", "PermissionSets", InstanceArn=arn):
    d = sso.describe_permission_set(InstanceArn=arn, PermissionSetArn=p)["PermissionSet"]
    sets[d["Name"]] = {"session": d["SessionDuration"], "policies": sorted(
        m["Arn"] for m in every(sso, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", InstanceArn=arn, PermissionSetArn=p))}
    for id in accounts:
        for a in every(sso, "list_account_assignments", "AccountAssignments", InstanceArn=arn, AccountId=id, PermissionSetArn=p):
            assigned.append(f"{a['PrincipalType']} {groups.get(a['PrincipalId'])} has {d['Name']} in {id}")
out["permission sets"], out["assignments"] = sets, assigned

functions = {}
for id in accounts:
    fn, logs, s3 = (client(x, session=member(id)) for x in ("lambda", "logs", "s3"))
    for f in every(fn, "list_functions", "Functions"):
        name = f["FunctionName"]
        functions[f"{name} in {names[id]}"] = {
            "runs": [f["Runtime"], f["Handler"], f["Timeout"], f["MemorySize"]], "buckets": f["Environment"]["Variables"]["LOG_BUCKETS"],
            "may be called by": [[s["Principal"], s["Condition"]] for s in json.loads(fn.get_policy(FunctionName=name)["Policy"])["Statement"]],
            "failures go to": fn.get_function_event_invoke_config(FunctionName=name)["DestinationConfig"]["OnFailure"]["Destination"],
            "logs": [[g["logGroupName"], g.get("retentionInDays")] for g in logs.describe_log_groups()["logGroups"]],
            "webhook": [[p["Name"], p["Type"]] for p in client("ssm", session=member(id)).describe_parameters()["Parameters"]],
            "hears of": [c["Events"] + [r["Value"] for r in c["Filter"]["Key"]["FilterRules"]] for b in s3.list_buckets()["Buckets"]
                         for c in s3.get_bucket_notification_configuration(Bucket=b["Name"]).get("LambdaFunctionConfigurations", [])]}
out["functions"] = functions

alarms, topics = {}, {}
for id in accounts:
    watch, sns = (client(x, session=member(id)) for x in ("cloudwatch", "sns"))
    for a in every(watch, "describe_alarms", "MetricAlarms"):
        alarms[f"{a['AlarmName']} in {names[id]}"] = {
            "of": [a["Namespace"], a["MetricName"], a["Statistic"]] + [f"{d['Name']} {d['Value']}" for d in a["Dimensions"]],
            "when": [a["ComparisonOperator"], a["Threshold"], f"{a['DatapointsToAlarm']} of {a['EvaluationPeriods']} times {a['Period']} seconds", a["TreatMissingData"]],
            "tells": a["AlarmActions"], "tells the end to": a["OKActions"], "is on": a["ActionsEnabled"]}
    for t in every(sns, "list_topics", "Topics"):
        at = t["TopicArn"]
        topics[f"{at.split(':')[-1]} in {names[id]}"] = {
            "who may send": json.loads(sns.get_topic_attributes(TopicArn=at)["Attributes"]["Policy"])["Statement"],
            "hear of it": sorted(f"{s['Protocol']} {s['Endpoint']}" for s in every(sns, "list_subscriptions_by_topic", "Subscriptions", TopicArn=at))}
out["alarms"], out["topics"] = alarms, topics

buckets = {}
for id in accounts:
    s3 = client("s3", session=member(id))
    for b in s3.list_buckets()["Buckets"]:
        def get(operation, key=None):
            try:
                r = getattr(s3, operation)(Bucket=b["Name"])
            except s3.exceptions.ClientError as e:
                return e.response["Error"]["Code"]
            r.pop("ResponseMetadata")
            return r[key] if key else r
        location = get("get_bucket_location", "LocationConstraint")
        policy = get("get_bucket_policy", "Policy")
        buckets[b["Name"]] = {
            "account": id, "Region": location, "public access": get("get_public_access_block", "PublicAccessBlockConfiguration"),
            "versioning": get("get_bucket_versioning"), "encryption": get("get_bucket_encryption", "ServerSideEncryptionConfiguration"),
            "lifecycle": get("get_bucket_lifecycle_configuration", "Rules"), "lock": get("get_object_lock_configuration"),
            "replication": get("get_bucket_replication"), "policy": json.loads(policy) if policy.startswith("{") else policy}
out["buckets"] = buckets

trails = client("cloudtrail")
out["trails"] = []
for t in trails.describe_trails()["trailList"]:
    t["is logging"] = trails.get_trail_status(Name=t["Name"])["IsLogging"]
    t["records"] = trails.get_event_selectors(TrailName=t["Name"])["AdvancedEventSelectors"]
    out["trails"].append(t)

iam = client("iam")
out["roles"] = {r["RoleName"]: {"trust": r["AssumeRolePolicyDocument"], "policies": {
    n: iam.get_role_policy(RoleName=r["RoleName"], PolicyName=n)["PolicyDocument"] for n in iam.list_role_policies(RoleName=r["RoleName"])["PolicyNames"]}}
    for r in iam.list_roles()["Roles"] if not r["Path"].startswith("/aws-service-role/")}

out["passwords"] = asked(iam.get_account_password_policy, "PasswordPolicy")

budgets = client("budgets", "us-east-1")
out["budgets"] = []
for b in budgets.describe_budgets(AccountId=account)["Budgets"]:
    out["budgets"].append({"name": b["BudgetName"], "limit": b["BudgetLimit"], "unit": b["TimeUnit"], "type": b["BudgetType"], "notifications": sorted(
        (f"{n['NotificationType']} {n['ComparisonOperator']} {n['Threshold']:g} {n.get('ThresholdType', 'PERCENTAGE')}"
         for n in budgets.describe_notifications_for_budget(AccountId=account, BudgetName=b["BudgetName"])["Notifications"]))})


def label(thing):
    return next((t["Value"] for t in thing.get("Tags", []) if t["Key"] == "Name"), "main")


def network(ec2, vpc):
    """What is in a network, with the names of the parts for their ids."""
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    gateways = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"]
    nats = ec2.describe_nat_gateways(Filters=inside)["NatGateways"]
    tables = ec2.describe_route_tables(Filters=inside)["RouteTables"]
    subnets = ec2.describe_subnets(Filters=inside)["Subnets"]
    endpoints = ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    shown = {"local": "the network"}
    for things, key in ((gateways, "InternetGatewayId"), (nats, "NatGatewayId"), (tables, "RouteTableId"), (subnets, "SubnetId"), (endpoints, "VpcEndpointId")):
        shown.update({x[key]: label(x) for x in things})
    group = ec2.describe_security_groups(Filters=inside + [{"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]
    on = {a: ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=a[0].lower() + a[1:])[a]["Value"] for a in ("EnableDnsSupport", "EnableDnsHostnames")}
    return {
        "addresses": vpc["CidrBlock"], "tags": sorted(t["Key"] + "=" + t["Value"] for t in vpc["Tags"]), "names": on,
        "rules of the default group": len(group["IpPermissions"] + group["IpPermissionsEgress"]), "gateways": [label(g) for g in gateways],
        "subnets": {label(s): [s["CidrBlock"], s["AvailabilityZoneId"], "public addresses" if s["MapPublicIpOnLaunch"] else "no public addresses"] for s in subnets},
        "tables": {label(t): {"of": sorted(shown[a["SubnetId"]] for a in t["Associations"] if a.get("SubnetId")),
                              "lead": sorted(f"{r.get('DestinationCidrBlock', 'a service')} to {shown[r.get('NatGatewayId') or r['GatewayId']]}" for r in t["Routes"])} for t in tables},
        "endpoints": {e["ServiceName"]: sorted(shown[t] for t in e["RouteTableIds"]) for e in endpoints},
        "ways out": {label(g): [g["State"], shown[g["SubnetId"]]] for g in nats},
        "reserved addresses": sorted(label(a) for a in ec2.describe_addresses()["Addresses"])}


looked, left, plain, private = 0, [], [], {}
for id in accounts:
    session = member(id)
    for r in client("ec2", session=session).describe_regions()["Regions"]:
        # moto lists the Regions of the other partitions too.
        if r["OptInStatus"] != "opt-in-not-required" or r["RegionName"].startswith(("cn-", "us-gov-")):
            continue
        looked += 1
        if not client("ec2", r["RegionName"], session).get_ebs_encryption_by_default()["EbsEncryptionByDefault"]:
            plain.append(f"{id} {r['RegionName']}")
        for v in client("ec2", r["RegionName"], session).describe_vpcs()["Vpcs"]:
            if v["IsDefault"]:
                left.append(f"{id} {r['RegionName']} default")
            else:
                private.setdefault(f"{id} {r['RegionName']}", []).append(network(client("ec2", r["RegionName"], session), v))
blocks = [ipaddress.ip_network(n["addresses"]) for all in private.values() for n in all]
out["networks"] = {"accounts and Regions looked at": looked, "left": left, "private": private,
                   "overlaps": [f"{a} {b}" for i, a in enumerate(blocks) for b in blocks[:i] if a.overlaps(b)]}
out["new disks are not encrypted in"] = plain

contacts = client("account")
out["contacts"] = {kind: asked(lambda: contacts.get_alternate_contact(AlternateContactType=kind), "AlternateContact") for kind in ("SECURITY", "BILLING", "OPERATIONS")}

text = json.dumps(out, indent=1, sort_keys=True, default=str)
# Ids change from run to run; what is printed must not.
for id, name in sorted(names.items(), key=lambda x: -len(x[0])):
    text = text.replace(id, name)
text = re.sub(r"(ou-)[a-z0-9-]+", r"\1<id>", text)
tree = json.loads(text)
for key in ("assignments", "users", "trails"):
    tree[key].sort(key=str)
print(json.dumps(tree, indent=1, sort_keys=True))
