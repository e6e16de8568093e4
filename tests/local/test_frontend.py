"""The exported interface: the file for each address, and how it is served."""

import asyncio
import base64
import gzip
import os
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from local.frontend import Frontend, find
from local.page_policy import inline_scripts, page_policy
from tests.local.test_gateway import served

EXPORT = {
    "index.html": "home",
    "index.txt": "home.txt",
    "__next._tree.txt": "home tree",
    "404.html": "<p>no such page",
    "favicon.ico": "\0icon",
    "sign-in.html": "sign in",
    "campaigns.html": "list",
    "campaigns.txt": "list.txt",
    "campaigns/new.html": "new",
    "campaigns/_.html": "one",
    "campaigns/_.txt": "one.txt",
    "campaigns/__next._tree.txt": "list tree",
    "campaigns/_/__next._tree.txt": "one tree",
    "campaigns/_/__next.campaigns.$d$id.__PAGE__.txt": "one page",
    "campaigns/_/live.html": "live",
    "campaigns/_/live.txt": "live.txt",
    "campaigns/_/leads/_.html": "lead",
    "campaigns/_/leads/_.txt": "lead.txt",
    "campaigns/starters/gallery.html": "gallery",
    "_next/static/chunks/a1b2.js": "let it = 1;" * 200,
    "_next/static/media/inter.woff2": "\0font" * 200,
    "_next/data.json": "{}",
}

Test = Callable[[httpx.AsyncClient], Awaitable[None]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    for name, text in EXPORT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "secret.html").write_text("a secret")
    (tmp_path / "secret.txt").write_text("a secret")
    return folder


async def rest(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind the interface."""
    await PlainTextResponse(f"behind: {scope['path']}")(scope, receive, send)


def write(path: Path, text: str, *, at: int) -> None:
    """With a distinct modification time, however coarse the file system's clock is."""
    path.write_text(text)
    os.utime(path, ns=(at, at))


def tried(folder: Path, test: Test) -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(Frontend(rest, folder))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            await test(client)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("/app", "home"),
        ("/app.txt?_rsc=1", "home.txt"),
        ("/app/__next._tree.txt", "home tree"),
        ("/app/favicon.ico", "\0icon"),
        ("/app/sign-in", "sign in"),
        ("/app/campaigns", "list"),
        ("/app/campaigns?status=draft", "list"),
        ("/app/campaigns.txt", "list.txt"),
        ("/app/campaigns/__next._tree.txt", "list tree"),
        ("/app/campaigns/new", "new"),
        ("/app/campaigns/x", "one"),
        ("/app/campaigns/a:b", "one"),
        ("/app/campaigns/gr%C3%BC%C3%9Fe", "one"),
        ("/app/campaigns/x.txt", "one.txt"),
        ("/app/campaigns/x/__next._tree.txt", "one tree"),
        ("/app/campaigns/x/__next.campaigns.$d$id.__PAGE__.txt", "one page"),
        ("/app/campaigns/x/live", "live"),
        ("/app/campaigns/new/live", "live"),
        ("/app/campaigns/starters/live", "live"),
        ("/app/campaigns/starters/gallery", "gallery"),
        ("/app/campaigns/x/live.txt", "live.txt"),
        ("/app/campaigns/x/leads/lead_x_1_2", "lead"),
        ("/app/campaigns/x/leads/lead_x_1_2.txt", "lead.txt"),
        ("/app/_next/data.json", "{}"),
    ],
)
def test_address_means_a_file(out: Path, address: str, text: str) -> None:
    """By its name, otherwise as a dynamic route, with pages and parts under `_`."""

    async def test(client: httpx.AsyncClient) -> None:
        answer = await client.get(address)
        assert (answer.status_code, answer.text) == (200, text)

    tried(out, test)


@pytest.mark.parametrize(
    "address",
    [
        *("/app/nowhere", "/app/nowhere.txt", "/app/sign-in/x", "/app/campaigns/x/nowhere"),
        *("/app/campaigns/x/live/more", "/app/campaigns/x/__next.other.txt", "/app/_next/x.js"),
        *("/app/campaigns/__next.other.txt", "/app/_next", "/app/_next/static"),
        *("/app/../secret", "/app/%2e%2e/secret", "/app/..%2fsecret.html", "/app/..%5csecret"),
        *("/app/campaigns/%2e%2e/%2e%2e/secret.txt", "/app//etc/passwd", "/app/%2fetc%2fpasswd"),
        *("/app/campaigns/..", "/app/campaigns/.", "/app/campaigns/.txt", "/app/x%00.html"),
        *("/app/campaigns/" + "x" * 201, "/app" + "/x" * 21, "/app/campaigns//live"),
        *("/app/campaigns/%0d%0aset-cookie:x", "/app/link", "/app/link/a"),
    ],
)
def test_missing_page_is_reported(out: Path, address: str) -> None:
    """With the export's own page for that; nothing outside the folder is ever shown."""
    (out / "link").symlink_to(out.parent)
    (out / "link.html").symlink_to(out.parent / "secret.html")

    async def test(client: httpx.AsyncClient) -> None:
        # Dots and slashes encoded, because the client would normalise them.
        hidden = address.replace("..", "%2e%2e").replace("/.", "/%2e")
        answer = await client.get(hidden)
        assert (answer.status_code, answer.text) == (404, "<p>no such page")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"

    tried(out, test)


def test_nothing_outside_is_found_however_it_is_named(out: Path) -> None:
    """Even for a path that no server would pass on."""
    for path in ("../secret.html", "..", ".", "a/../../secret.html", str(out.parent), "", "\ud800"):
        found = find(out.resolve(), path)
        assert found is None or found == out.resolve() / "index.html", path


def test_rest_is_for_others(out: Path) -> None:
    """Including paths with the same prefix; other methods get a message."""

    async def test(client: httpx.AsyncClient) -> None:
        for address in ("/", "/api/v1/campaigns", "/application", "/app.html", "/APP", "/x/app"):
            assert (await client.get(address)).text == f"behind: {address}"
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            answer = await client.request(method, "/app/campaigns")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")

    tried(out, test)


def test_browsers_are_sent_where_the_interface_is(out: Path) -> None:
    """From `/`; programs are not redirected. An address that ends in a slash is redirected to the
    one without.
    """

    async def test(client: httpx.AsyncClient) -> None:
        answer = await client.get("/", headers={"accept": "text/html,*/*;q=0.8"})
        assert (answer.status_code, answer.headers["location"]) == (307, "/app")
        for given, right in (
            ("/app/", "/app"),
            ("/app//", "/app"),
            ("/app/campaigns/?status=draft&q=a%20b", "/app/campaigns?status=draft&q=a%20b"),
            ("/app//evil.example/", "/app//evil.example"),
        ):
            answer = await client.get(given)
            assert (answer.status_code, answer.headers["location"]) == (308, right)

    tried(out, test)


def test_unchanged_page_is_not_sent_again(out: Path) -> None:
    """Until the export is built again."""

    async def test(client: httpx.AsyncClient) -> None:
        first = await client.get("/app/campaigns")
        assert first.headers["cache-control"] == "no-cache"
        tag = first.headers["etag"]
        for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
            again = await client.get("/app/campaigns", headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b""), known
            assert again.headers["etag"] == tag
            assert "default-src" in again.headers["content-security-policy"]
        write(out / "campaigns.html", "List", at=1)
        changed = await client.get("/app/campaigns", headers={"if-none-match": tag})
        assert (changed.status_code, changed.text) == (200, "List")
        missing = await client.get("/app/nowhere", headers={"if-none-match": "*"})
        assert missing.status_code == 404

    tried(out, test)


def test_files_named_by_their_contents_are_kept(out: Path) -> None:
    """For a year, and only those."""

    async def test(client: httpx.AsyncClient) -> None:
        for address in ("/app/_next/static/chunks/a1b2.js", "/app/_next/static/media/inter.woff2"):
            answer = await client.get(address)
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        for address in ("/app", "/app/_next/data.json", "/app/_next/static/chunks/gone.js"):
            assert (await client.get(address)).headers["cache-control"] == "no-cache"

    tried(out, test)


@pytest.mark.parametrize(
    ("takes", "is_zipped"),
    [
        ("gzip, deflate, br", True),
        ("br, gzip;q=0.5", True),
        ("identity", False),
        ("", False),
    ],
)
def test_text_is_compressed_for_clients_that_accept_it(
    out: Path, takes: str, is_zipped: bool
) -> None:
    """Pictures, fonts and tiny files are not."""
    script = "/app/_next/static/chunks/a1b2.js"

    async def test(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", script, headers={"accept-encoding": takes}) as answer:
            raw = b"".join([it async for it in answer.aiter_raw()])
        assert (answer.headers.get("content-encoding") == "gzip") is is_zipped
        plain = gzip.decompress(raw) if is_zipped else raw
        assert plain.decode() == EXPORT["_next/static/chunks/a1b2.js"]
        assert int(answer.headers["content-length"]) == len(raw)
        assert answer.headers["vary"].lower() == "accept-encoding"
        for address in ("/app/_next/static/media/inter.woff2", "/app/campaigns"):
            small = await client.get(address, headers={"accept-encoding": takes})
            assert "content-encoding" not in small.headers

    tried(out, test)


def test_head_is_answered_with_the_headers_alone(out: Path) -> None:
    """Next.js sends HEAD before it prefetches; a real server omits the body."""
    with served(Frontend(rest, out)) as client:
        client.headers["accept-encoding"] = "identity"
        for address in ("/app", "/app/campaigns/x", "/app/_next/static/chunks/a1b2.js", "/app/x"):
            got, head = client.get(address), client.head(address)
            assert head.content == b""
            assert head.status_code == got.status_code
            same = ("content-length", "etag", "content-type", "content-security-policy")
            assert [head.headers.get(it) for it in same] == [got.headers.get(it) for it in same]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("campaigns.txt", "text/plain; charset=utf-8"),
        ("_next/static/chunks/a1b2.js", "text/javascript; charset=utf-8"),
        ("_next/static/media/inter.woff2", "font/woff2"),
        ("x.bin", "application/octet-stream"),
    ],
)
def test_each_file_says_what_it_is(out: Path, name: str, kind: str) -> None:
    """Next.js accepts its data only as plain text; a browser must not guess."""
    (out / "x.bin").write_bytes(b"\0")

    async def test(client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/app/{name}")
        assert answer.headers["content-type"] == kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"

    tried(out, test)


PAGE = """<!DOCTYPE html><html><head><script src="/app/_next/static/chunks/a1b2.js" async="">
</script>
<script>(self.__next_f=self.__next_f||[]).push([0])</script></head><body><!--$--><p>&lt;script&gt;</p>
<!-- <script>not one</script> -->
<SCRIPT id="_R_">requestAnimationFrame(function(){$RT=performance.now()});\r
if (1 < 2 && "</p>") {}</SCRIPT><script>(self.__next_f=self.__next_f||[]).push([0])</script>
</body></html>"""
SCRIPTS = [
    "(self.__next_f=self.__next_f||[]).push([0])",
    'requestAnimationFrame(function(){$RT=performance.now()});\nif (1 < 2 && "</p>") {}',
]


def test_policy_names_the_scripts_that_stand_in_the_page(out: Path) -> None:
    """Each once, by its digest; neither those of another page nor injected ones."""
    assert inline_scripts(PAGE) == [*SCRIPTS, SCRIPTS[0]]
    (out / "campaigns.html").write_bytes(PAGE.encode())
    digests = [base64.b64encode(sha256(it.encode()).digest()).decode() for it in SCRIPTS]

    async def test(client: httpx.AsyncClient) -> None:
        policy = (await client.get("/app/campaigns")).headers["content-security-policy"]
        parts = dict(it.split(" ", 1) for it in policy.split("; "))
        named = " ".join(f"'sha256-{it}'" for it in digests)
        assert parts == {
            "default-src": "'self'",
            "img-src": "'self' data: https: http:",
            "style-src": "'self' 'unsafe-inline'",
            "script-src": f"'self' {named}",
            "frame-src": "'self' blob: data:",
            "connect-src": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'self'",
            "form-action": "'self'",
        }
        other = (await client.get("/app")).headers["content-security-policy"]
        assert "script-src 'self';" in other

    tried(out, test)
    assert "'unsafe-inline'" not in page_policy(SCRIPTS).split("script-src")[1]


def test_page_that_is_changed_gets_its_new_policy(out: Path) -> None:
    """Otherwise none of its scripts would run after `make frontend`."""

    async def test(client: httpx.AsyncClient) -> None:
        policies = []
        for number in range(3):
            write(out / "index.html", f"<script>let it = {number}</script>", at=number)
            policies.append((await client.get("/app")).headers["content-security-policy"])
        assert len(set(policies)) == 3

    tried(out, test)


def test_missing_export_is_explained_and_then_found(tmp_path: Path, out: Path) -> None:
    """A page says how to build it; once built, it is served without a restart."""
    folder = tmp_path / "later"

    async def test(client: httpx.AsyncClient) -> None:
        for address in ("/app", "/app/campaigns/x", "/app/_next/static/chunks/a1b2.js"):
            answer = await client.get(address)
            assert (answer.status_code, "make frontend" in answer.text) == (503, True)
            assert answer.headers["content-type"].startswith("text/html")
            assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert (await client.get("/api/v1")).text == "behind: /api/v1"
        await asyncio.to_thread(out.rename, folder)
        assert (await client.get("/app")).text == "home"

    tried(folder, test)
