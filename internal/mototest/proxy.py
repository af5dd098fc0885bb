"""Runs moto's TLS proxy and notes every request in a file. Arguments: the file, then the proxy's own."""
import json, ssl, sys, types, urllib.parse

# The proxy imports this module for browsers' file uploads only, and moto's own list of requirements lacks it.
try:
    import multipart
except ImportError:
    stub = types.ModuleType("multipart")
    stub.__getattr__ = lambda name: None
    sys.modules["multipart"] = stub

from moto.moto_proxy import proxy3
from moto.proxy import main

notes = open(sys.argv[1], "a", buffering=1)
parse = proxy3.MotoRequestHandler.parse_request


def noted(self, method, host, path, headers, body, form_data):
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body or ""
    target = headers.get("X-Amz-Target", "").split(".")[-1]
    # The parameters are sorted, and Action is not always the first of them: AccessKeyId is before it.
    form = headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    action = urllib.parse.parse_qs(text).get("Action", [""])[0] if form else ""
    where = urllib.parse.urlparse(host).netloc
    # Account Management reads by POST, too; its paths are the operations' names.
    named = path.strip("/")[:1].upper() + path.strip("/")[1:] if where.startswith("account.") else ""
    # CloudWatch's protocol has the operation at the end of the path.
    if "/operation/" in path:
        named = path.rstrip("/").split("/")[-1]
    notes.write(json.dumps({"Host": where, "Method": method, "Operation": target or action or named,
                            "Agent": headers.get("User-Agent", "")}) + "\n")
    return parse(self, method, host, path, headers, body, form_data)


def refused(self, code, *args):
    # What moto does not implement is a 502 here, which AWS's SDKs take for a passing trouble and try five times, with waits
    # of up to 20 seconds. As 501 a gap shows at once.
    send_error(self, 501 if code == 502 else code, *args)


def ended(self):
    # The proxy ends each connection after one answer without saying so; a write sent at that moment would be lost.
    if isinstance(self.connection, ssl.SSLSocket):
        self.send_header("Connection", "close")
    end_headers(self)


end_headers = proxy3.ProxyRequestHandler.end_headers
send_error = proxy3.ProxyRequestHandler.send_error
proxy3.MotoRequestHandler.parse_request = noted
proxy3.ProxyRequestHandler.send_error = refused
proxy3.ProxyRequestHandler.end_headers = ended
main(sys.argv[2:])
