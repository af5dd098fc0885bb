"""Lets moto say what it knows in AWS's way, as its server and as its proxy; gaps.go names both mends.

The protocol in which AWS's SDKs speak to CloudWatch is smithy-rpc-v2-cbor, and moto knows CloudWatch's JSON only. What moto does
and keeps is its own: a request is handed on as JSON, and the answer is packed as its shape in botocore says.
"""
import json

from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from moto.cloudtrail.models import Trail
from moto.cloudwatch import urls
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.request import normalize_request
from moto.core.utils import get_service_model
from werkzeug.wrappers import Request

TARGET = "GraniteServiceVersion20100801"


def as_json(request, full_url, headers):
    request = normalize_request(request)
    operation = full_url.rsplit("/", 1)[-1]
    parser = RpcV2CBORParser()
    asked = parser.parse_data_item(parser.get_peekable_stream_from_bytes(request.data)) if request.data else {}
    named = {k: v for k, v in headers.items() if k.lower() not in ("content-type", "content-length")}
    named.update({"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.{operation}"})
    plain = Request.from_values(method="POST", base_url=full_url.split("/service/")[0], path="/", data=json.dumps(asked), headers=named)
    status, headers, body = CloudWatchResponse.dispatch(plain, plain.url, plain.headers)
    headers = {k: v for k, v in headers.items() if k.lower() not in ("content-type", "content-length")}
    return status, {**headers, "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, packed(operation, status, json.loads(body or "{}"))


def packed(operation, status, answer):
    """An answer as CBOR: by its shape, and an error, or an answer without a shape, as a map of texts."""
    serializer, out = RpcV2CBORSerializer(), bytearray()
    shape = get_service_model("cloudwatch").operation_model(operation).output_shape
    if status < 300 and shape:
        serializer._serialize_data_item(out, answer, shape)
        return bytes(out)
    out.append(0xA0 | len(answer))  # a map of so many
    for key, value in answer.items():
        serializer._serialize_type_string(out, key, None, None)
        serializer._serialize_type_string(out, str(value), None, None)
    return bytes(out)


urls.url_paths["{0}/service/" + TARGET + "/operation/(?P<operation>[^/]+)$"] = as_json


def described(self, *args, **kwargs):
    # A trail whose events were chosen says so; moto says no for all.
    return {**description(self, *args, **kwargs), "HasCustomEventSelectors": bool(self.event_selectors or self.advanced_event_selectors)}


description = Trail.description
Trail.description = described
