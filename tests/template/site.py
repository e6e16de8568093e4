"""The site of template.yaml, which CloudFront serves in the cloud.

An ASGI application that reads behaviours, origins, functions and headers policy from the translated
template. Files come from a bucket; everything else is passed on to the HTTP API. It keeps nothing,
so what it does not emulate are the caches.

Source: Amazon CloudFront developer guide, "CloudFront Functions event structure" and "Cache
behavior settings".
"""

import json
import re
import subprocess
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from local.cloud.template import Template
from local.http_events import HOP_BY_HOP

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

API_SECONDS_MAX = 30.0
SITE_KEY = "key-of-the-site"

_PROGRAM = """
const lines = require('node:readline').createInterface({ input: process.stdin });
const handlers = {};
lines.on('line', (line) => {
  const { name, code, event } = JSON.parse(line);
  handlers[name] ??= new Function(`${code}; return handler;`)();
  if (event.request) event.request.rawQueryString = () => event.query;
  console.log(JSON.stringify(handlers[name](event)));
});
"""


class Functions:
    """The CloudFront functions of a template, in one process of Node.js."""

    def __init__(self, resources: Mapping[str, Any]) -> None:
        self._resources = resources

    def __enter__(self) -> Self:
        self._node = subprocess.Popen(
            ["node", "-e", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._node.communicate()

    def run(self, name: str, event: Mapping[str, object]) -> dict[str, Any]:
        """What the function makes of the event. Raises RuntimeError."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        code = self._resources[name]["Properties"]["FunctionCode"]
        self._node.stdin.write(json.dumps({"name": name, "code": code, "event": event}) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            raise RuntimeError(f"the function {name} failed")
        result: dict[str, Any] = json.loads(line)
        return result


class Site:
    """`api_url`: where the HTTP API answers. `api_host`: the name by which it is called."""

    def __init__(
        self,
        template: Template,
        functions: Functions,
        *,
        s3: "S3Client",
        bucket: str,
        api_url: str,
        api_host: str,
    ) -> None:
        self._resources = template["Resources"]
        self._site = self._resources["Site"]["Properties"]["DistributionConfig"]
        self._functions = functions
        self._s3 = s3
        self._bucket = bucket
        self._api_url = api_url
        self._api_host = api_host
        # A client would keep the cookies of one reader and send them with the requests of another.
        self._api = httpx.AsyncHTTPTransport()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        behaviour = self._behaviour(request.url.path)
        if request.method not in behaviour["AllowedMethods"]:
            return PlainTextResponse("This site does not take such requests here.", 403)
        associated = {
            it["EventType"]: it["FunctionARN"]["Fn::GetAtt"][0]
            for it in behaviour["FunctionAssociations"]
        }
        query = request.url.query
        headers = {name: {"value": value} for name, value in request.headers.items()}
        uri = request.scope["raw_path"].decode("ascii")
        asked = {"method": request.method, "uri": uri, "headers": headers}
        found = self._functions.run(
            associated["viewer-request"], {"request": asked, "query": query}
        )
        if "statusCode" in found:
            return _response(found, b"")
        origin = next(it for it in self._site["Origins"] if it["Id"] == behaviour["TargetOriginId"])
        if "S3OriginConfig" in origin:
            answer, body = self._from_bucket(found["uri"])
        else:
            return await self._from_api(origin, request, found["uri"])
        # Functions do not see what an origin refuses.
        if answer["statusCode"] < 400:
            answer["headers"] |= self._policy(behaviour)
            name = associated["viewer-response"]
            answer = self._functions.run(name, {"response": answer})
        return _response(answer, body)

    def _behaviour(self, path: str) -> Mapping[str, Any]:
        for it in self._site["CacheBehaviors"]:
            pattern = "".join(
                {"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in it["PathPattern"]
            )
            if re.fullmatch(pattern, path):
                found: Mapping[str, Any] = it
                return found
        default: Mapping[str, Any] = self._site["DefaultCacheBehavior"]
        return default

    def _from_bucket(self, uri: str) -> tuple[dict[str, Any], bytes]:
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=unquote(uri.removeprefix("/")))
        except self._s3.exceptions.NoSuchKey:
            headers = {"content-type": "application/xml"}
            return _answered(404, headers), b"<Error><Code>NoSuchKey</Code></Error>"
        metadata = {f"x-amz-meta-{name}": value for name, value in found["Metadata"].items()}
        headers = {
            "content-type": found["ContentType"],
            "cache-control": found["CacheControl"],
            **metadata,
        }
        return _answered(200, headers), found["Body"].read()

    async def _from_api(self, origin: Mapping[str, Any], request: Request, uri: str) -> Response:
        """Passes everything on but the host: the managed policies CachingDisabled and
        AllViewerExceptHostHeader."""
        kept = [
            (name, value)
            for name, value in request.headers.items()
            if name not in HOP_BY_HOP | {"host", "x-forwarded-for"}
        ]
        kept.append(("host", self._api_host))
        assert request.client is not None
        claimed = request.headers.get("x-forwarded-for")
        viewer = request.client.host
        kept.append(("x-forwarded-for", f"{claimed}, {viewer}" if claimed else viewer))
        kept.append(("x-forwarded-proto", "https"))
        kept += [(it["HeaderName"], SITE_KEY) for it in origin["OriginCustomHeaders"]]
        query = f"?{request.url.query}" if request.url.query else ""
        passed = httpx.Request(
            request.method,
            f"{self._api_url}{uri}{query}",
            headers=kept,
            content=await request.body(),
            extensions={"timeout": httpx.Timeout(API_SECONDS_MAX).as_dict()},
        )
        answer = await self._api.handle_async_request(passed)
        response = Response(await answer.aread(), answer.status_code)
        response.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.decode().lower() not in HOP_BY_HOP | {"server", "date"}
        ]
        return response

    def _policy(self, behaviour: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """The headers that the behaviour's policy adds."""
        name = behaviour["ResponseHeadersPolicyId"]["Ref"]
        policy = self._resources[name]["Properties"]["ResponseHeadersPolicyConfig"]
        safety = policy["SecurityHeadersConfig"]
        seconds = safety["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
        added = {
            "x-content-type-options": "nosniff" if "ContentTypeOptions" in safety else "",
            "referrer-policy": safety["ReferrerPolicy"]["ReferrerPolicy"],
            "strict-transport-security": f"max-age={seconds}",
        }
        return {name: {"value": value} for name, value in added.items() if value}


def _answered(status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    written = {name: {"value": value} for name, value in headers.items()}
    return {"statusCode": status, "headers": written}


def _response(answer: Mapping[str, Any], body: bytes) -> Response:
    headers = {name: it["value"] for name, it in answer["headers"].items()}
    return Response(body, answer["statusCode"], headers)
