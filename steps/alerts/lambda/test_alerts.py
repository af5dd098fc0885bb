"""Tests of alerts.py: files as CloudTrail writes them, and a Slack on loopback that answers 200, 404 and 429.

Run: python3 -m unittest discover steps/alerts/lambda
"""

import gzip
import io
import json
import logging
import threading
import unittest
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

import alerts

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)
BUCKET = "org-trail-archive-222233334444-eu-west-1-an"
KEY = "AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/11/25/111122223333_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz"

SSO = {"type": "AssumedRole", "accountId": "111122223333",
       "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ManagementAdministrator_0123456789abcdef/first@acme.example"}
USER = {"type": "IAMUser", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:user/ci"}
ROOT = {"type": "Root", "accountId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}
SERVICE = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
ROLE_OF_SERVICE = {"type": "AssumedRole", "accountId": "111122223333", "invokedBy": "guardduty.amazonaws.com",
                   "arn": "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForAmazonGuardDuty/x"}

counter = iter(range(1_000_000))


# Whose events these are; the rest of the names here are IAM's.
SOURCES = {
    "StopLogging": "cloudtrail", "DeleteTrail": "cloudtrail", "PutEventSelectors": "cloudtrail", "DeleteDetector": "guardduty",
    "UpdateDetector": "guardduty", "LeaveOrganization": "organizations", "DetachPolicy": "organizations",
    "CreateAccountAssignment": "sso", "ScheduleKeyDeletion": "kms", "ModifySnapshotAttribute": "ec2", "RunInstances": "ec2",
    "PutAccountPublicAccessBlock": "s3", "PutBucketPolicy": "s3", "ConsoleLogin": "signin",
}


def event(name, identity=USER, source=None, **more):
    source = source or SOURCES.get(name, "iam") + ".amazonaws.com"
    return {"eventVersion": "1.11", "eventID": f"id-{next(counter)}", "eventTime": "2026-11-25T12:00:00Z", "eventName": name,
            "eventSource": source, "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userIdentity": identity,
            "recipientAccountId": "111122223333", **more}


def file(*records, text=None):
    return gzip.compress((text if text is not None else json.dumps({"Records": list(records)})).encode())


def notification(*keys):
    return {"Records": [{"s3": {"bucket": {"name": BUCKET}, "object": {"key": k}}} for k in keys]}


def run(files, settings=None, keys=None, function="org-alerts"):
    """Handles files by key and gives the messages that were sent."""
    sent = []
    rules = alerts.Rules(settings or {}, [BUCKET, "org-trail"], function, NOW, "/wizard/slack-webhook")
    a = alerts.Alerts(rules, lambda bucket, key: io.BytesIO(files[key]), sent.append, sleep=lambda s: None)
    result = a.handle(notification(*(keys or files)))
    return sent, result


def told(*records, **how):
    sent, _ = run({KEY: file(*records)}, **how)
    return "\n".join(sent)


class TestRules(unittest.TestCase):
    def test_case_table(self):
        admin = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "userName": "ci"}
        star = {"policyDocument": json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})}
        table = [
            ("root at work", event("RunInstances", ROOT), "The root user was used"),
            ("root signs in", event("ConsoleLogin", ROOT, additionalEventData={"MFAUsed": "Yes"}), "The root user was used"),
            ("root only reads", event("DescribeInstances", ROOT), None),
            ("user signs in without a second factor", event("ConsoleLogin", USER, additionalEventData={"MFAUsed": "No"}), "without a second factor"),
            ("a sign-in that failed counts, too", event("ConsoleLogin", USER, errorMessage="Failed authentication"), "without a second factor"),
            ("user signs in with one", event("ConsoleLogin", USER, additionalEventData={"MFAUsed": "Yes"}), None),
            ("Identity Center has its own second factor", event("ConsoleLogin", SSO, additionalEventData={"MFAUsed": "No"}), None),
            ("recorder off", event("StopLogging", SSO), "The recorder was changed"),
            ("recorder hears less", event("PutEventSelectors", SSO), "The recorder was changed"),
            ("bucket of the records", event("PutBucketPolicy", SSO, requestParameters={"bucketName": BUCKET}), "bucket with the records"),
            ("another bucket", event("PutBucketPolicy", SSO, requestParameters={"bucketName": "site"}), None),
            ("detector off", event("DeleteDetector", SSO), "Threat detection"),
            ("account leaves", event("LeaveOrganization", SSO), "The organization lost a protection"),
            ("an account closes itself", event("CloseAccount", SSO, "account.amazonaws.com"), "The organization lost a protection"),
            ("a guardrail comes off", event("DetachPolicy", SSO), "The organization lost a protection"),
            ("a policy of IAM is deleted", event("DeletePolicy", SSO, "iam.amazonaws.com"), None),
            ("a user of a database", event("CreateUser", SSO, "elasticache.amazonaws.com"), None),
            ("access key", event("CreateAccessKey", SSO), "A login or key that lasts"),
            ("second factor off", event("DeactivateMFADevice", SSO), "second factor was switched off"),
            ("administrator by name", event("AttachUserPolicy", SSO, requestParameters=admin), "made an administrator"),
            ("administrator by document", event("PutRolePolicy", SSO, requestParameters=star), "made an administrator"),
            ("a small policy", event("PutRolePolicy", SSO, requestParameters={"policyDocument": '{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'}), None),
            ("a policy that is no JSON", event("PutRolePolicy", SSO, requestParameters={"policyDocument": "oops"}), None),
            ("trust", event("UpdateAssumeRolePolicy", SSO), "Who may take a role"),
            ("assignment", event("CreateAccountAssignment", SSO), "given access"),
            ("key goes", event("ScheduleKeyDeletion", SSO), "encryption key"),
            ("disk shared", event("ModifySnapshotAttribute", SSO), "shared"),
            ("public access", event("PutAccountPublicAccessBlock", SSO), "public access block"),
            ("the alerts", event("UpdateFunctionConfiguration20150331v2", SSO, "lambda.amazonaws.com", requestParameters={"functionName": "arn:aws:lambda:eu-west-1:222233334444:function:org-alerts"}), "These alerts"),
            ("another function", event("UpdateFunctionCode20150331v2", SSO, "lambda.amazonaws.com", requestParameters={"functionName": "shop"}), None),
            ("who may call the alerts", event("RemovePermission20150331v2", SSO, "lambda.amazonaws.com", requestParameters={"functionName": "org-alerts"}), "These alerts"),
            ("where the alerts go", event("PutParameter", SSO, "ssm.amazonaws.com", requestParameters={"name": "/wizard/slack-webhook"}), "address these alerts"),
            ("the address goes", event("DeleteParameters", SSO, "ssm.amazonaws.com", requestParameters={"names": ["/wizard/slack-webhook"]}), "address these alerts"),
            ("another parameter", event("PutParameter", SSO, "ssm.amazonaws.com", requestParameters={"name": "/shop/key"}), None),
            ("a service at its work", event("CreateAccessKey", SERVICE), None),
            ("a role of a service", event("UpdateDetector", ROLE_OF_SERVICE), None),
            ("everyday work", event("RunInstances", SSO), None),
        ]
        for name, e, want in table:
            with self.subTest(name):
                got = told(e)
                if want is None:
                    self.assertEqual(got, "")
                else:
                    self.assertIn(want, got)

    def test_off_also_and_mute(self):
        self.assertEqual(told(event("CreateAccessKey"), settings={"off": ["keys"]}), "")
        self.assertIn("You asked", told(event("CreateVpc"), settings={"also": ["CreateVpc"]}))
        later, before = (NOW + timedelta(hours=1)).isoformat(), (NOW - timedelta(hours=1)).isoformat()
        self.assertEqual(told(event("StopLogging", SSO), settings={"mute": [{"who": "first@acme.example", "until": later}]}), "")
        self.assertIn("recorder", told(event("StopLogging", SSO), settings={"mute": [{"who": "first@acme.example", "until": before}]}))

    def test_a_rule_that_is_off_does_not_hide_another(self):
        e = event("CreateAccessKey", ROOT)
        self.assertIn("The root user", told(e))
        self.assertIn("A login or key", told(e, settings={"off": ["root"]}))

    def test_denied_calls_are_counted_by_caller(self):
        many = [event("GetObject", USER, errorCode="AccessDenied") for _ in range(40)] + [event("RunInstances", SSO, errorCode="Client.UnauthorizedOperation")]
        text = told(*many)
        self.assertIn("ci was refused 40 calls in 111122223333", text)
        self.assertIn("first@acme.example as ManagementAdministrator was refused 1 call in", text)
        self.assertEqual(text.count("\n"), 1)

    def test_scanners_and_services_are_not_counted(self):
        anonymous = {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}
        self.assertEqual(told(event("GetObject", anonymous, errorCode="AccessDenied"), event("GetObject", ROLE_OF_SERVICE, errorCode="AccessDenied")), "")

    def test_a_refused_attempt_says_so(self):
        self.assertIn("(failed: AccessDenied)", told(event("StopLogging", errorCode="AccessDenied")))

    def test_text_of_others_is_not_markup(self):
        text = told(event("CreateUser", {"type": "IAMUser", "arn": "arn:aws:iam::1:user/<!channel>"}))
        self.assertNotIn("<!channel>", text)


class TestFiles(unittest.TestCase):
    def test_thousands_of_records(self):
        records = [event("DescribeInstances", padding="x" * 300) for _ in range(20_000)]
        records[10_000] = event("StopLogging")
        sent, result = run({KEY: file(*records)})
        self.assertEqual(result, {"lines": 1, "messages": 1})

    def test_records_across_the_edges_of_chunks(self):
        records = [event("CreateUser", requestParameters={"userName": "ü]}\"\\" * 5}) for _ in range(30)]
        data = file(*records)
        for chunk in (1, 7, 64, 4096):
            self.assertEqual(list(alerts.events(io.BytesIO(data), chunk)), records)

    def test_digests_and_other_objects_are_not_read(self):
        digest = KEY.replace("/CloudTrail/", "/CloudTrail-Digest/")
        sent, _ = run({digest: b"not read", KEY: file(event("StopLogging")), "replication-check/canary": b""})
        self.assertEqual(len(sent), 1)

    def test_keys_are_decoded(self):
        strange = "AWSLogs/o-abc/1/CloudTrail/a b.json.gz"
        sent, _ = run({strange: file(event("StopLogging"))}, keys=["AWSLogs/o-abc/1/CloudTrail/a+b.json.gz"])
        self.assertEqual(len(sent), 1)

    def test_what_is_delivered_twice_is_told_once(self):
        e = event("StopLogging")
        _, result = run({KEY: file(e, e), KEY.replace("_x", "_y"): file(e)})
        self.assertEqual(result["lines"], 1)

    def test_damaged_files_are_told_and_the_rest_is_read(self):
        whole = file(event("StopLogging"), *[event("DescribeInstances", n=n) for n in range(500)])
        damaged = {
            "cut": whole[: len(whole) // 2], "no gzip": b"plain", "no records": file(text='{"hello": 1}'), "empty": b"",
            "cut JSON": file(text='{"Records":[{"eventName":"StopLogging","eventID":"z"},{"eventNa'),
            "no end": file(text='{"Records":[{"eventName":"X"}'), "not objects": file(text='{"Records":[1,2]}'),
        }
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        for name, data in damaged.items():
            with self.subTest(name):
                sent, _ = run({KEY: data, KEY.replace("_x", "_y"): file(event("DeleteTrail"))})
                self.assertIn("could not be read", sent[0])
                self.assertIn("DeleteTrail", sent[0])

    def test_a_file_that_cannot_be_fetched_is_tried_again(self):
        def refused(bucket, key):
            raise RuntimeError("SlowDown")

        a = alerts.Alerts(alerts.Rules({}, [], "f", NOW), refused, self.fail)
        with self.assertRaises(RuntimeError):
            a.handle(notification(KEY))

    def test_nothing_to_tell_sends_nothing(self):
        self.assertEqual(run({KEY: file(event("DescribeInstances"))}), ([], {"lines": 0, "messages": 0}))


class Slack:
    """A Slack on loopback that answers from a list."""

    def __init__(self, *answers):
        self.answers, self.bodies, outer = list(answers), [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, headers, text = outer.answers.pop(0)
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/secret-part"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


OK, GONE, BUSY = (200, {}, "ok"), (404, {}, "no_service"), (429, {"Retry-After": "7"}, "")


class TestSlack(unittest.TestCase):
    def slack(self, *answers):
        s = Slack(*answers)
        self.addCleanup(s.close)
        return s

    def test_taken(self):
        s = self.slack(OK)
        alerts.post(s.url, "hello")
        self.assertEqual(s.bodies, [{"text": "hello", "unfurl_links": False}])

    def test_refused_raises_so_that_lambda_tries_again(self):
        s = self.slack(GONE)
        with self.assertRaises(alerts.Refused) as caught:
            alerts.post(s.url, "hello")
        self.assertIn("404 no_service", str(caught.exception))
        self.assertNotIn("secret-part", str(caught.exception))

    def test_waits_as_long_as_slack_asks(self):
        s, waited = self.slack(BUSY, BUSY, OK), []
        alerts.post(s.url, "hello", sleep=waited.append)
        self.assertEqual((waited, len(s.bodies)), ([7.0, 7.0], 3))

    def test_too_busy_for_too_long_raises(self):
        s = self.slack(BUSY, BUSY)
        with self.assertRaises(alerts.Refused):
            alerts.post(s.url, "hello", sleep=lambda _: None, tries=2)

    def test_not_reached_raises_without_the_address(self):
        s = Slack()
        s.close()
        with self.assertRaises(alerts.Refused) as caught:
            alerts.post(s.url, "hello")
        self.assertNotIn("secret-part", str(caught.exception))

    def test_an_address_that_is_none_is_not_told(self):
        for address in ("not-a-url-secret-part", "https://hooks.example/secret-part with a space", "http://[secret-part/"):
            with self.assertRaises(alerts.Refused) as caught:
                alerts.post(address, "hello")
            self.assertNotIn("secret-part", str(caught.exception))

    def test_the_handler_raises_when_slack_refuses(self):
        s = self.slack(GONE)
        a = alerts.Alerts(alerts.Rules({}, [], "f", NOW), lambda b, k: io.BytesIO(file(event("StopLogging"))), lambda text: alerts.post(s.url, text))
        with self.assertRaises(alerts.Refused):
            a.handle(notification(KEY))

    def test_many_lines_make_few_messages(self):
        waits, sent = [], []
        a = alerts.Alerts(alerts.Rules({}, [], "f", NOW), lambda b, k: io.BytesIO(file(*[event("CreateUser") for _ in range(100)])), sent.append, sleep=waits.append)
        a.handle(notification(KEY))
        self.assertTrue(all(len(m) <= alerts.LONGEST for m in sent))
        self.assertEqual(sum(m.count("CreateUser") for m in sent), 100)
        self.assertEqual(waits, [1] * (len(sent) - 1))
        self.assertLess(len(sent), 10)

    def test_the_test_message(self):
        sent = []
        a = alerts.Alerts(alerts.Rules({}, [], "f", NOW), self.fail, sent.append)
        self.assertEqual(a.handle({"test": True})["messages"], 1)
        self.assertIn("This is a test", sent[0])


if __name__ == "__main__":
    unittest.main()
