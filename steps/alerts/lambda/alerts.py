"""Tells a Slack channel when something rare and risky happens in any account of the organization.

S3 calls handler() for each file that CloudTrail (or the replication of its bucket) writes. The file is read event by
event; what a rule below matches becomes a line of a Slack message. Denied calls are counted by caller, one line each.

Needs nothing but Python and the boto3 of AWS's runtime. Settings come from environment variables:
  WEBHOOK_PARAMETER  name of the SSM parameter (SecureString) with the Slack webhook's address
  LOG_BUCKETS        the buckets of the trail, separated by commas: changes to them are told
  SETTINGS           JSON: {"also": [event names], "off": [rule names], "mute": [{"who": text, "until": time}]}; a rule's name is
                     what _matches yields, a "who" any part of the caller's ARN, and without "until" it is for good
"""

import codecs
import gzip
import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections import Counter
from datetime import datetime, timezone

log = logging.getLogger()
log.setLevel(logging.INFO)

# --- what is told ---------------------------------------------------------------------------------------------------

READS = ("Get", "List", "Describe", "Head", "Lookup", "View", "Search")

# Events by what they mean, for the rules that need no more than service and name: other services use the same names, e.g.
# IAM has a DeletePolicy and ElastiCache a CreateUser.
EVENTS = {
    "recorder": ("The recorder was changed", "cloudtrail", {"StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"}),
    "guardduty": ("Threat detection was changed", "guardduty", {
        "DeleteDetector", "UpdateDetector", "DisassociateMembers", "DisassociateFromAdministratorAccount", "StopMonitoringMembers"}),
    "organization": ("The organization lost a protection", "organizations account", {
        "LeaveOrganization", "RemoveAccountFromOrganization", "CloseAccount", "DetachPolicy", "DeletePolicy", "DisablePolicyType",
        "DisableAWSServiceAccess"}),
    "keys": ("A login or key that lasts was made", "iam", {"CreateUser", "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile"}),
    "second-factor": ("A second factor was switched off", "iam", {"DeactivateMFADevice", "DeleteVirtualMFADevice"}),
    "trust": ("Who may take a role was changed", "iam", {"UpdateAssumeRolePolicy", "CreateSAMLProvider", "CreateOpenIDConnectProvider"}),
    "access": ("Somebody was given access", "sso", {
        "CreateAccountAssignment", "CreatePermissionSet", "PutInlinePolicyToPermissionSet", "AttachManagedPolicyToPermissionSet"}),
    "encryption": ("An encryption key was switched off", "kms", {"ScheduleKeyDeletion", "DisableKey"}),
    "sharing": ("A disk or image was shared, or its protection was switched off", "ec2", {
        "ModifySnapshotAttribute", "ModifyImageAttribute", "DisableEbsEncryptionByDefault", "DisableSnapshotBlockPublicAccess",
        "DisableImageBlockPublicAccess"}),
    "public-access": ("The public access block of an account was changed", "s3 s3-control", {
        "PutAccountPublicAccessBlock", "DeleteAccountPublicAccessBlock"}),
}

BUCKET_EVENTS = {
    "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketVersioning", "PutBucketLifecycle", "PutBucketLifecycleConfiguration",
    "DeleteBucketLifecycle", "PutBucketReplication", "DeleteBucketReplication", "PutBucketNotification",
    "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketObjectLockConfiguration", "DeleteBucket",
}

GRANTS = {"AttachUserPolicy", "AttachRolePolicy", "AttachGroupPolicy", "PutUserPolicy", "PutRolePolicy", "PutGroupPolicy"}


def who(event):
    """The caller in words that fit a line, e.g. "root", "first@acme.example as ManagementAdministrator"."""
    identity = event.get("userIdentity") or {}
    kind = identity.get("type")
    if kind == "Root":
        return "root"
    if kind == "AWSService" or identity.get("invokedBy") and not identity.get("arn"):
        return identity.get("invokedBy", "an AWS service")
    arn = identity.get("arn") or identity.get("principalId") or identity.get("userName") or "somebody"
    if ":assumed-role/" in arn:
        role, _, session = arn.split(":assumed-role/", 1)[1].partition("/")
        if role.startswith("AWSReservedSSO_"):
            role = role[len("AWSReservedSSO_"):].rsplit("_", 1)[0]
        return f"{session} as {role}"
    return arn.rsplit("/", 1)[-1]


def denied(event):
    code = event.get("errorCode") or ""
    return code.startswith("AccessDenied") or code.endswith("UnauthorizedOperation")


def by_service(event):
    """Whether an AWS service acts on its own, e.g. through a service-linked role."""
    identity = event.get("userIdentity") or {}
    return identity.get("type") == "AWSService" or ":role/aws-service-role/" in json.dumps(identity) \
        or str(identity.get("invokedBy", "")).endswith(".amazonaws.com")


def grants_administration(event):
    asked = event.get("requestParameters") or {}
    text = json.dumps(asked)
    if "AdministratorAccess" in text or "IAMFullAccess" in text:
        return True
    try:
        statements = json.loads(asked.get("policyDocument") or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return False
    for s in statements if isinstance(statements, list) else [statements]:
        actions = s.get("Action", []) if isinstance(s, dict) else []
        actions = actions if isinstance(actions, list) else [actions]
        if s.get("Effect") == "Allow" and any(a in ("*", "*:*", "iam:*") for a in actions):
            return True
    return False


class Rules:
    """Which events are told. `off` are names of rules, `also` names of further events."""

    def __init__(self, settings, log_buckets, function, now, parameter=None):
        self.off = set(settings.get("off") or [])
        self.also = set(settings.get("also") or [])
        self.mutes = [m for m in settings.get("mute") or [] if not m.get("until") or parse_time(m["until"]) > now]
        self.log_buckets = set(log_buckets)
        self.function, self.parameter = function, parameter

    def muted(self, event):
        identity = json.dumps(event.get("userIdentity") or {})
        return any(m.get("who") and m["who"] in identity for m in self.mutes)

    def name(self, event):
        """(rule, what happened in words) of the first rule that matches, or None."""
        for rule, text in self._matches(event):
            if rule not in self.off:
                return rule, text
        return None

    def _matches(self, event):
        name = event.get("eventName") or ""
        source = event.get("eventSource") or ""
        identity = event.get("userIdentity") or {}
        asked = event.get("requestParameters") or {}
        if identity.get("type") == "Root" and not name.startswith(READS) and not by_service(event):
            yield "root", "The root user was used"
        if name == "ConsoleLogin" and not identity_center(identity):
            mfa = (event.get("additionalEventData") or {}).get("MFAUsed")
            if mfa != "Yes":
                yield "login", "Somebody signed in to the console without a second factor"
        if name in BUCKET_EVENTS and asked.get("bucketName") in self.log_buckets:
            yield "log-bucket", "The bucket with the records was changed"
        if name in GRANTS and grants_administration(event):
            yield "administrator", "Somebody was made an administrator"
        changes = name.startswith(("Update", "Delete", "Remove", "Put"))
        if source == "lambda.amazonaws.com" and self.function and changes \
                and str(asked.get("functionName", "")).split(":")[-1] == self.function:
            yield "alerts", "These alerts themselves were changed"
        if source == "ssm.amazonaws.com" and self.parameter and changes and self.parameter in (asked.get("name"), *(asked.get("names") or [])):
            yield "alerts", "The address these alerts are sent to was changed"
        if not by_service(event):
            for rule, (text, services, names) in EVENTS.items():
                if name in names and source.removesuffix(".amazonaws.com") in services.split():
                    yield rule, text
        if name in self.also:
            yield "also", "You asked to be told"


def identity_center(identity):
    return ":assumed-role/AWSReservedSSO_" in str(identity.get("arn", ""))


def parse_time(text):
    t = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return t if t.tzinfo else t.replace(tzinfo=timezone.utc)


# --- reading a file of the trail ------------------------------------------------------------------------------------


class Damaged(Exception):
    """The file is not what CloudTrail writes."""


def events(stream, chunk=1 << 20):
    """Yields the events of a gzipped CloudTrail file one by one: a file may hold thousands, 50 MB in all."""
    decoder = json.JSONDecoder()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    buffer, begun, ended = "", False, False
    with gzip.GzipFile(fileobj=stream) as plain:
        while not ended:
            try:
                data = plain.read(chunk)
                buffer += utf8.decode(data, final=not data)
            except (OSError, EOFError, zlib.error, UnicodeDecodeError) as err:
                raise Damaged(str(err)) from err
            if not begun:
                head, found, rest = buffer.partition("[")
                if found and '"Records"' in head:
                    buffer, begun = rest, True
                elif not data:
                    raise Damaged("it has no list of records")
            at = 0
            while begun:
                while at < len(buffer) and buffer[at] in " \r\n\t,":
                    at += 1
                if at < len(buffer) and buffer[at] == "]":
                    ended = True
                    break
                try:
                    event, at = decoder.raw_decode(buffer, at)
                except ValueError as err:
                    if not data:
                        raise Damaged("it ends in the middle of a record") from err
                    break
                if not isinstance(event, dict):
                    raise Damaged("a record is not an object")
                yield event
            buffer = buffer[at:]
            if not data and not ended:
                raise Damaged("its list of records does not end")


# --- Slack ----------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """Slack did not take a message. Raised, so that Lambda tries again and then keeps the event in its queue."""


def post(webhook, text, urlopen=None, sleep=time.sleep, tries=4):
    """Posts one message. Waits as Slack asks when it says "too many" (429)."""
    urlopen = urlopen or urllib.request.urlopen
    body = json.dumps({"text": text, "unfurl_links": False}).encode()
    for attempt in range(1, tries + 1):
        try:
            request = urllib.request.Request(webhook, data=body, headers={"Content-Type": "application/json"})
            with urlopen(request, timeout=10) as answer:
                if 200 <= answer.status < 300:
                    return
                raise Refused(f"Slack answered {answer.status}")
        except urllib.error.HTTPError as err:
            if err.code != 429 or attempt == tries:
                raise Refused(f"Slack answered {err.code} {err.read(200).decode(errors='replace')}".strip()) from None
            sleep(min(float(err.headers.get("Retry-After") or 1), 20))
        except (OSError, ValueError, http.client.HTTPException) as err:
            # The address of the webhook is a secret, and some of these errors repeat it: their kind is told, never their text.
            raise Refused(f"Slack was not reached: {type(getattr(err, 'reason', err)).__name__}") from None


def escape(text):
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


LONGEST = 2800  # characters of a message; Slack cuts at 3,000


def messages(lines):
    """Puts lines together to as few messages as fit: Slack takes one a second."""
    text = ""
    for line in lines:
        line = line[:LONGEST]
        if text and len(text) + 1 + len(line) > LONGEST:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def line(text, event):
    """One event as a line."""
    where = " · ".join(escape(p) for p in (
        event.get("recipientAccountId") or (event.get("userIdentity") or {}).get("accountId"), event.get("awsRegion"), event.get("eventTime")) if p)
    failed = f" (failed: {escape(event['errorCode'])})" if event.get("errorCode") else ""
    return f"*{escape(text)}*: `{escape(event.get('eventName'))}` by {escape(who(event))}{failed}\n    {where} · {escape(event.get('sourceIPAddress', ''))}"


# --- the function ---------------------------------------------------------------------------------------------------

TEST = {
    "eventID": "test", "eventName": "ConsoleLogin", "eventSource": "signin.amazonaws.com", "awsRegion": "us-east-1",
    "userIdentity": {"type": "Root"}, "recipientAccountId": "000000000000", "sourceIPAddress": "192.0.2.1",
}


class Alerts:
    """One set-up of the function; tests give it another S3, another Slack and another clock."""

    def __init__(self, rules, get_object, send, sleep=time.sleep):
        self.rules, self.get_object, self.send, self.sleep = rules, get_object, send, sleep

    def handle(self, event):
        if event.get("test"):
            lines = ["*This is a test.* The alerts of your AWS organization arrive here.", line("The root user was used", TEST)]
            return self._tell(lines)
        lines, counts, seen = [], Counter(), set()
        for record in event.get("Records") or []:
            bucket = record["s3"]["bucket"]["name"]
            key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
            if "/CloudTrail-Digest/" in key or not key.endswith(".json.gz"):
                continue
            try:
                for e in events(self.get_object(bucket, key)):
                    self._look(e, lines, counts, seen)
            except Damaged as err:
                # To try again would not help, and what was read before is told below.
                log.error("damaged file s3://%s/%s: %s", bucket, key, err)
                lines.append(f"*A file of the records could not be read*: `{escape(key)}` ({escape(err)})")
        for (caller, account), n in counts.most_common():
            lines.append(f"*Denied*: {escape(caller)} was refused {n} {'call' if n == 1 else 'calls'} in {escape(account)}")
        return self._tell(lines)

    def _look(self, e, lines, counts, seen):
        if e.get("eventID") in seen:
            return  # S3 and CloudTrail deliver at least once
        if e.get("eventID"):
            seen.add(e["eventID"])
        if self.rules.muted(e):
            return
        found = self.rules.name(e)
        if found:
            lines.append(line(found[1], e))
        elif denied(e) and "denied" not in self.rules.off and not by_service(e) \
                and (e.get("userIdentity") or {}).get("accountId") != "ANONYMOUS_PRINCIPAL":
            counts[who(e), e.get("recipientAccountId") or "?"] += 1

    def _tell(self, lines):
        sent = 0
        for text in messages(lines):
            if sent:
                self.sleep(1)
            self.send(text)
            sent += 1
        return {"lines": len(lines), "messages": sent}


def handler(event, context):
    """What Lambda calls."""
    import boto3  # part of the runtime; not needed by the tests

    webhook = boto3.client("ssm").get_parameter(Name=os.environ["WEBHOOK_PARAMETER"], WithDecryption=True)["Parameter"]["Value"]
    s3 = boto3.client("s3")
    rules = Rules(
        settings=json.loads(os.environ.get("SETTINGS") or "{}"), log_buckets=(os.environ.get("LOG_BUCKETS") or "").split(","),
        function=context.function_name, now=datetime.now(timezone.utc), parameter=os.environ["WEBHOOK_PARAMETER"])
    return Alerts(rules, lambda bucket, key: s3.get_object(Bucket=bucket, Key=key)["Body"], lambda text: post(webhook, text)).handle(event)
