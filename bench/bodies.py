"""What hostile bodies cost, beside ordinary ones of the same size: `python -m bench.bodies`.

Three tables. JSON: how much memory reading takes, as a multiple of the largest body; a smaller and
denser one may take more times its own size. Uploads that are refused or have little in them: the
processor time of a whole request, as a multiple of that of an ordinary list of addresses of the
same size. Rows: that of as many contacts in other files, because a contact costs the same however
few bytes it has; per megabyte, the shortest addresses cost some four times as much as ordinary
ones, and those with something to note on each row twice that. Ratios come from one run, so that
they hold on a busy machine too. Exits with 1 if one is too large.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from time import process_time

from functions.api.http.request_limits import RequestLimits
from functions.api.http.strict_json import VALUES_MAX, parse_json
from functions.service.errors import CallerError
from harness.fakes.client import api_world

MEGABYTE = 1_000_000
JSON_BYTES = RequestLimits().json_bytes_max
MEMORY_RATIO_MAX = 10.0
UPLOAD_BYTES = 4 * MEGABYTE
COST_RATIO_MAX = 1.5
CONTACTS = 100_000
ROW_COST_RATIO_MAX = 2.5
"""Of a file with as many contacts."""
ROUNDS = 3

_OF_TWO = VALUES_MAX // 2 - 10
_OF_THREE = VALUES_MAX // 3 - 10
JSON: dict[str, Callable[[], bytes]] = {
    "contacts": lambda: _listed(
        b'{"email":"ann%06d@example.com","first_name":"Ann","plan":"pro"}' % it
        for it in range(VALUES_MAX // 7 - 10)
    ),
    "empty lists, refused": lambda: _listed([b"[]"] * 1_700_000),
    "numbers, refused": lambda: _listed([b"0"] * 2_600_000),
    "empty lists": lambda: _listed([b"[]"] * _OF_TWO),
    "empty objects": lambda: _listed([b"{}"] * _OF_TWO),
    "nested lists": lambda: _listed([b"[" * 20 + b"]" * 20] * (VALUES_MAX // 21 - 10)),
    "short texts": lambda: _listed(b'"%05x"' % it for it in range(VALUES_MAX - 10)),
    "names, all different": lambda: _listed(
        b'{"%06x":"%06x"}' % (it, it + 1_000_000) for it in range(_OF_THREE)
    ),
    "one object": lambda: (
        b'{"layout":{' + b",".join(b'"%06x":"%06x"' % (it, it) for it in range(_OF_TWO)) + b"}}"
    ),
    "wide characters": lambda: b'{"name":"\xf0\x9f\x98\x80' + b"x" * (JSON_BYTES - 20) + b'"}',
}


def _listed(values: Iterator[bytes] | list[bytes]) -> bytes:
    return b'{"nodes":[' + b",".join(values) + b"]}"


def _rows(row: bytes, header: bytes = b"email\n") -> bytes:
    return header + row * (UPLOAD_BYTES // len(row))


def _form(content: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nemail\n'
    return head + content + b"\r\n--x--\r\n"


def _addresses() -> bytes:
    count = UPLOAD_BYTES // 26
    return b"email\n" + b"".join(b"person%06d@example.com\r\n" % it for it in range(count))


CSV, FORM = "text/csv", "multipart/form-data; boundary=x"
UPLOADS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "addresses": (CSV, _addresses),
    "addresses in a form": (FORM, lambda: _form(_addresses())),
    "half boundaries": (FORM, lambda: _form(b"\r\n--" * (UPLOAD_BYTES // 4))),
    "almost boundaries": (FORM, lambda: _form(b"\r\n--xA" * (UPLOAD_BYTES // 6))),
    "parts": (FORM, lambda: _form(b"\r\n--x\r\n\r\n" * (UPLOAD_BYTES // 9))),
    "padded boundary": (FORM, lambda: _form(b"\r\n--x" + b" " * UPLOAD_BYTES + b"\r\n\r\n")),
    "short rows": (CSV, lambda: _rows(b"a\n")),
    "blank rows": (CSV, lambda: _rows(b"\n")),
    "empty cells": (CSV, lambda: _rows(b",,\n", b"email,a,b\n")),
    "open quotes": (CSV, lambda: _rows(b'"a\n')),
    "one quote": (CSV, lambda: b'email\n"' + b"a\n" * (UPLOAD_BYTES // 2)),
    "quoted line ends": (CSV, lambda: _rows(b'"\n')),
    "blanks after quotes": (CSV, lambda: _rows(b'"a" ,\n')),
    "one line": (CSV, lambda: b"email\n" + b"a" * UPLOAD_BYTES),
    "commas": (CSV, lambda: b"email\n" + b"," * UPLOAD_BYTES),
}

ROWS: dict[str, Callable[[], bytes]] = {
    "addresses": lambda: _contacts(b"person%06d@example.com"),
    "short addresses": lambda: _contacts(b"%x@b.co"),
    "three cells": lambda: _contacts(b"%x@b.co,1,2", b"email,a,b\n"),
    "dates": lambda: _contacts(b"%x@b.co,1/2/24", b"email,a\n"),
    "empty cells": lambda: _contacts(b"%x@b.co,,,,,,,,", b"email,a,b,c,d,e,f,g,h\n"),
    "something to note": lambda: _contacts(b"%x@B.co."),
}


def _contacts(row: bytes, header: bytes = b"email\n") -> bytes:
    return header + b"\n".join(row % it for it in range(CONTACTS))


def main() -> int:
    if sys.argv[1:]:
        return _read_one(sys.argv[1])
    sys.stdout.write(f"{'JSON':24}{'body':>9}{'memory':>10}{'of the largest body':>21}\n")
    worst_memory = max([_memory_ratio(name) for name in JSON])
    worst_cost = asyncio.run(_costs(f"upload of {UPLOAD_BYTES // MEGABYTE} MB", UPLOADS))
    contacts = {name: (CSV, make) for name, make in ROWS.items()}
    worst_row_cost = asyncio.run(_costs(f"{CONTACTS:,} contacts", contacts))
    is_fine = (
        worst_memory <= MEMORY_RATIO_MAX
        and worst_cost <= COST_RATIO_MAX
        and worst_row_cost <= ROW_COST_RATIO_MAX
    )
    sys.stdout.write(
        f"\nMemory at most {worst_memory:.1f} times the largest body ({MEMORY_RATIO_MAX:g}), cost "
        f"at most {worst_cost:.2f} times that of addresses ({COST_RATIO_MAX:g}), and of as many "
        f"contacts {worst_row_cost:.2f} times ({ROW_COST_RATIO_MAX:g}).\n"
    )
    return 0 if is_fine else 1


def _memory_ratio(name: str) -> float:
    """In a process of its own, whose peak is not that of another body."""
    command = [sys.executable, "-m", "bench.bodies", name]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    body_bytes, grown_bytes = map(int, told.split())
    ratio = grown_bytes / JSON_BYTES
    shown = f"{body_bytes / MEGABYTE:.1f} MB", f"{grown_bytes / MEGABYTE:.1f} MB"
    sys.stdout.write(f"{name:24}{shown[0]:>9}{shown[1]:>10}{ratio:>21.1f}\n")
    return ratio


def _read_one(name: str) -> int:
    body = JSON[name]()
    # The highest memory so far was that of making the body; the kernel forgets it (proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_bytes()
    try:
        document = parse_json(body)
    except CallerError:
        document = None
    sys.stdout.write(f"{len(body)} {_peak_bytes() - before}\n")
    del document
    return 0


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    (line,) = [it for it in status.splitlines() if it.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


async def _costs(heading: str, uploads: Mapping[str, tuple[str, Callable[[], bytes]]]) -> float:
    """Prints a table, and returns the largest cost as a multiple of that of the first upload."""
    sys.stdout.write(f"\n{heading:24}{'status':>9}{'seconds':>10}{'of addresses':>21}\n")
    ordinary = 0.0
    worst = 0.0
    for name, (kind, make) in uploads.items():
        body = make()
        costs = [await _cost(kind, body) for _ in range(ROUNDS)]
        status, seconds = min(costs, key=lambda it: it[1])
        ordinary = ordinary or seconds
        worst = max(worst, seconds / ordinary)
        sys.stdout.write(f"{name:24}{status:>9}{seconds:>10.3f}{seconds / ordinary:>21.2f}\n")
    return worst


async def _cost(kind: str, body: bytes) -> tuple[int, float]:
    """The status, and the processor time of a request; the job it starts is not run."""
    async with api_world() as (client, _):
        await client.post("/campaigns", json={"campaign_id": "x", "name": "X"})

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 65_536):
                yield body[start : start + 65_536]

        began = process_time()
        answer = await client.post(
            "/campaigns/x/contacts", content=chunks(), headers={"content-type": kind}
        )
        return answer.status_code, process_time() - began


if __name__ == "__main__":
    sys.exit(main())
