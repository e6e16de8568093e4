"""Rows per second read from a plain five-column file in chunks of 64 KB; prints one line."""

import sys
import time
import tracemalloc
from collections.abc import Iterator

from functions.service.audience.contact_row import Row
from functions.service.audience.contact_rows import RowReader

CHUNK_BYTES = 64 * 1024


def contact_file(rows: int) -> bytes:
    header = "email,first_name,last_name,plan,signup_date\r\n"
    plans = ("free", "pro", "team")
    lines = (
        f"reader{i}@example.com,Noor{i % 97},de Vries{i % 89},{plans[i % 3]},"
        f"2026-{i % 12 + 1:02}-04\r\n"
        for i in range(rows)
    )
    return (header + "".join(lines)).encode()


def chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


def read(content: bytes) -> int:
    reader = RowReader()
    accepted = 0
    for chunk in chunks(content):
        accepted += sum(isinstance(row, Row) for row in reader.feed(chunk))
    return accepted + sum(isinstance(row, Row) for row in reader.close())


def main(rows: int) -> None:
    content = contact_file(rows)
    started = time.perf_counter()
    assert read(content) == rows
    seconds = time.perf_counter() - started
    tracemalloc.start()
    read(content)
    peak_mb = tracemalloc.get_traced_memory()[1] / 1e6
    print(
        f"contact_rows: rows={rows} seconds={seconds:.2f} rows_per_second={rows / seconds:.0f} "
        f"peak_mb={peak_mb:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
