"""The interface in the cloud: each address answered as the gateway answers it on one machine.

The functions of template.yaml run in Node.js, over the files in moto's bucket.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from moto.s3.models import s3_backends
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from functions.adapters.ids import new_token
from local.cloud.moto_aws import ACCOUNT_ID, MotoAws
from local.cloud.template import Template, translate
from local.frontend import Frontend
from local.put_up_interface import KEPT, put_up
from tests.template.site import Functions, Site
from tests.template.test_template import PARAMETERS, TEMPLATE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PAGES = TEMPLATE.parent / "frontend" / "src" / "app"
PAGE = "<!doctype html><script>start()</script><script src='/app/_next/static/a.js'></script>"
EXPORT = {
    "index.html": PAGE,
    "index.txt": "0:[]",
    "__next._tree.txt": "tree of the root",
    "404.html": "<!doctype html><script>missing()</script>",
    "campaigns.html": PAGE.replace("start", "list"),
    "campaigns/_.html": PAGE.replace("start", "open"),
    "campaigns/_.txt": "1:[]",
    "campaigns/_/__next._tree.txt": "tree of a campaign",
    "campaigns/_/leads/_.html": PAGE.replace("start", "lead"),
    "_next/static/a.js": "run()",
    "_next/static/a.css": "body {}",
    "icon.svg": "<svg/>",
}
ADDRESSES = (
    "/app",
    "/app.txt",
    "/app/index",
    "/app/__next._tree.txt",
    "/app/campaigns",
    "/app/campaigns/7",
    "/app/campaigns/7.5",
    "/app/campaigns/7.txt",
    "/app/campaigns/7/__next._tree.txt",
    "/app/campaigns/7/leads/8",
    "/app/campaigns/7/nowhere",
    "/app/nowhere",
    "/app/_next/static/a.js",
    "/app/_next/static/a.css",
    "/app/icon.svg",
)
HEADERS = (
    "content-type",
    "cache-control",
    "content-security-policy",
    "referrer-policy",
    "x-content-type-options",
)


@pytest.fixture(scope="module")
def template() -> Template:
    return translate(TEMPLATE, PARAMETERS, "eu-west-1")


@pytest.fixture(scope="module")
def functions(template: Template) -> Iterator[Functions]:
    with Functions(template["Resources"]) as running:
        yield running


def request(uri: str, query: str = "", accept: str = "text/html") -> dict[str, object]:
    headers = {"accept": {"value": accept}}
    return {"request": {"method": "GET", "uri": uri, "headers": headers}, "query": query}


@pytest.fixture
def s3() -> "S3Client":
    return MotoAws().session.client("s3")


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    name = f"interface-{new_token().lower()}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


@pytest.fixture
def export(tmp_path: Path) -> Path:
    for name, content in EXPORT.items():
        path = tmp_path / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "out"


@pytest.fixture
def site(template: Template, functions: Functions, s3: "S3Client", bucket: str) -> TestClient:
    """Without an API behind it."""
    nowhere = "http://127.0.0.1:9"
    app = Site(template, functions, s3=s3, bucket=bucket, api_url=nowhere, api_host="api.example")
    return TestClient(app)


def test_each_address_is_answered_as_on_one_machine(
    site: TestClient, s3: "S3Client", bucket: str, export: Path
) -> None:
    """Same file, same status, same headers."""
    assert put_up(export, bucket, s3) == len(EXPORT)
    gateway = TestClient(Frontend(PlainTextResponse("the API"), export))
    for address in ADDRESSES:
        found, wanted = site.get(address), gateway.get(address)
        assert (address, found.status_code) == (address, wanted.status_code)
        assert (address, found.content) == (address, wanted.content)
        for name in HEADERS:
            assert (address, name, found.headers[name]) == (address, name, wanted.headers[name])
        assert not any(name.startswith("x-amz-meta") for name in found.headers)


def test_pages_are_read_only(site: TestClient) -> None:
    assert site.post("/app/campaigns").status_code == 403


def test_other_addresses_are_left_to_the_api_or_redirected(functions: Functions) -> None:
    paths = ("/", "/app/", "/app/campaigns//", "/api/v1/campaigns", "/t/abc", "/apple")
    events = [*(request(it, "a=1") for it in paths), request("/", "", "*/*")]
    found = [functions.run("InterfacePaths", it) for it in events]
    assert [
        it.get("uri") or (it["statusCode"], it["headers"]["location"]["value"]) for it in found
    ] == [
        (307, "/app"),
        (308, "/app?a=1"),
        (308, "/app/campaigns?a=1"),
        "/api/v1/campaigns",
        "/t/abc",
        "/apple",
        "/",
    ]


def test_the_function_knows_every_page(template: Template) -> None:
    """A page that is added to the interface is added here as well."""
    found = set()
    for page in PAGES.rglob("page.tsx"):
        parts = [it for it in page.relative_to(PAGES).parts[:-1] if not it.startswith("(")]
        found.add("/".join("_" if it.startswith("[") else it for it in parts) or "index")
    code = template["Resources"]["InterfacePaths"]["Properties"]["FunctionCode"]
    program = f"{code}\nconsole.log(JSON.stringify(PAGES))"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == found


def test_old_files_stay_for_a_while(s3: "S3Client", bucket: str, export: Path) -> None:
    """A page that somebody has open may still ask for them."""
    put_up(export, bucket, s3)
    for name in ("old.js", "older.js"):
        s3.put_object(Bucket=bucket, Key=f"app/_next/static/{name}", Body=b"run()")
    s3.put_object(Bucket=bucket, Key="of-somebody-else", Body=b"")
    put_at(bucket, "app/_next/static/older.js", KEPT + timedelta(days=1))
    put_at(bucket, "app/index.html", KEPT + timedelta(days=1))
    put_up(export, bucket, s3)
    kept = {it["Key"] for it in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert kept == {*(f"app/{it}" for it in EXPORT), "app/_next/static/old.js", "of-somebody-else"}


def put_at(bucket: str, key: str, ago: timedelta) -> None:
    """Date an object back."""
    stored = s3_backends[ACCOUNT_ID]["aws"].buckets[bucket].keys[key]
    stored.last_modified -= ago


def test_only_the_site_reads_the_bucket_and_keeps_nothing_of_the_api(template: Template) -> None:
    """And pages are looked up each time, unless their files say otherwise."""
    made = template["Resources"]
    closed = made["InterfaceBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert len(closed) == 4
    assert all(closed.values())
    (statement,) = made["InterfaceBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "distribution/${Site}" in json.dumps(statement["Condition"])
    site = made["Site"]["Properties"]["DistributionConfig"]
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert site["DefaultCacheBehavior"]["TargetOriginId"] == "api"
    assert site["DefaultCacheBehavior"]["CachePolicyId"] == caching_disabled
    (pages,) = site["CacheBehaviors"]
    assert (pages["PathPattern"], pages["TargetOriginId"]) == ("/app*", "interface")
    cache = made["InterfaceCache"]["Properties"]["CachePolicyConfig"]
    assert (cache["MinTTL"], cache["DefaultTTL"]) == (0, 0)
