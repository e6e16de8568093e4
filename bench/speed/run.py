"""The parts of the bench, in order, with their rows of the table."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from bench.speed import api, cloud, floor, imports, resume, stack
from bench.speed.campaign import ONE_EMAIL, finished_messages, rows
from bench.speed.figures import Figure, of_runs, percentile, print_row
from bench.speed.sink import Ledger
from bench.speed.stack import Servers

RATIO_MIN = 0.30
SIGNED_RATIO_MIN = 0.85
LATE_P99_MS_MAX = 2000
API_P99_MS_MAX = 50
WORKER_MB_MORE_MAX = 50
FEW_LEADS = 1_000
PACE = "mails/s"
FLOOR_CONTENTS = 500
"""The number of different messages that the floor sends in rotation."""


class CountError(AssertionError):
    """The sink did not get each message exactly once, so the figure is useless."""


@dataclass(frozen=True, slots=True)
class Sizes:
    leads: int = 20_000
    mongodb_leads: int = 2_000
    due: int = 10_000
    cloud_leads: int = 1_000
    rows: int = 1_000_000
    rounds: int = 3

    def scaled(self, scale: float) -> "Sizes":
        def of(number: int) -> int:
            return max(int(number * scale), 1)

        return replace(
            self,
            leads=of(self.leads),
            mongodb_leads=of(self.mongodb_leads),
            due=of(self.due),
            cloud_leads=of(self.cloud_leads),
            rows=of(self.rows),
        )


@dataclass
class Bench:
    """Figures are printed as they are measured. Servers start when a part first needs them."""

    sizes: Sizes
    figures: list[Figure] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    _servers: Servers | None = None

    @property
    def servers(self) -> Servers:
        if self._servers is None:
            self._servers = self.stack.enter_context(Servers())
        return self._servers

    def add(self, *figures: Figure) -> None:
        for figure in figures:
            self.figures.append(figure)
            print_row(figure)


def run(parts: Sequence[str], sizes: Sizes) -> list[Figure]:
    """Raises CountError, StalledError, TooLateError."""
    bench = Bench(sizes)
    with bench.stack:
        for name, part in _PARTS.items():
            if name in parts:
                part(bench)
    return bench.figures


def bench_sqlite(bench: Bench) -> None:
    """Floor and stack alternate; then a run with few leads, to compare the workers' memory."""
    many_mb = _bench_store(bench, "sqlite", bench.sizes.leads, bench.sizes.rounds, target=RATIO_MIN)
    few = min(FEW_LEADS, bench.sizes.leads)
    few_mb = _stack_run(bench, "sqlite", few).worker_mb
    note = f"{few_mb:.0f} MB after {few:,} leads, {many_mb:.0f} MB after {bench.sizes.leads:,}"
    more = Figure(
        "sqlite", "a worker's memory, more at its peak", many_mb - few_mb, "MB", note=note
    )
    bench.add(replace(more, target=WORKER_MB_MORE_MAX, is_at_most=True))


def bench_mongodb(bench: Bench) -> None:
    """The stand-in takes about 4 ms to update a document, which says nothing about a real MongoDB;
    so there are few leads, and one run.
    """
    count = bench.sizes.mongodb_leads
    _bench_store(bench, "mongodb", count, 1, target=None, note="a stand-in, not mongod")


def _bench_store(
    bench: Bench, store: str, count: int, rounds: int, *, target: float | None, note: str = ""
) -> float:
    """The largest peak of a worker's memory, in MB."""
    contents = finished_messages(min(FLOOR_CONTENTS, count))
    floors: list[floor.Run] = []
    ours: list[stack.Run] = []
    for _ in range(rounds):
        floors.append(floor.measure(bench.servers.sink, contents, count))
        ours.append(_stack_run(bench, store, count))
    floor_bytes = [bytes_each(it.ledger, count) for it in floors]
    our_bytes = [bytes_each(it.ledger, count) for it in ours]
    ratios = [bare.seconds / mine.seconds for bare, mine in zip(floors, ours, strict=True)]
    floor_us = [it.cpu_seconds / count * 1e6 for it in floors]
    our_us = [it.worker_cpu_seconds / count * 1e6 for it in ours]
    counted = f"{count:,} distinct recipients each time, none twice"
    size, cost = "bytes a mail, at the sink", "processor time a mail"
    workers = f"of {stack.WORKERS} workers together"
    bench.add(
        of_runs(
            "floor", f"aiosmtplib, {count:,} mails", [count / it.seconds for it in floors], PACE
        ),
        of_runs("floor", cost, floor_us, "µs", note="of the sender"),
        of_runs("floor", size, floor_bytes, "B"),
        of_runs(store, f"{count:,} leads", [count / it.seconds for it in ours], PACE, note=note),
        of_runs(store, cost, our_us, "µs", note=workers),
        of_runs(store, size, our_bytes, "B", note=counted),
        of_runs(store, "ratio to the floor", ratios, "", target=target),
    )
    return max(it.worker_mb for it in ours)


def bench_dkim(bench: Bench) -> None:
    """Unsigned and signed mail alternate."""
    count = bench.sizes.leads
    plain: list[stack.Run] = []
    signed: list[stack.Run] = []
    for _ in range(bench.sizes.rounds):
        plain.append(_stack_run(bench, "sqlite", count))
        signed.append(_stack_run(bench, "sqlite", count, is_signed=True))
    ratios = [bare.seconds / mine.seconds for bare, mine in zip(plain, signed, strict=True)]
    more_bytes = [
        bytes_each(mine.ledger, count) - bytes_each(bare.ledger, count)
        for bare, mine in zip(plain, signed, strict=True)
    ]
    bench.add(
        of_runs("dkim", f"{count:,} leads, unsigned", [count / it.seconds for it in plain], PACE),
        of_runs("dkim", f"{count:,} leads, signed", [count / it.seconds for it in signed], PACE),
        of_runs("dkim", "bytes a mail, more if signed", more_bytes, "B"),
        of_runs("dkim", "ratio to unsigned", ratios, "", target=SIGNED_RATIO_MIN),
    )


def _stack_run(bench: Bench, store: str, count: int, *, is_signed: bool = False) -> stack.Run:
    run_ = stack.measure(bench.servers, store, ONE_EMAIL, list(rows(count)), is_signed=is_signed)
    bytes_each(run_.ledger, count)
    return run_


def bytes_each(ledger: Ledger, count: int) -> float:
    """Bytes per message. Raises CountError unless each of `count` recipients has exactly one."""
    if (len(ledger.recipients), ledger.messages) != (count, count):
        raise CountError(
            f"{count} recipients: the sink has {ledger.messages} messages "
            f"to {len(ledger.recipients)} of them"
        )
    return ledger.bytes_all / count


def bench_resume(bench: Bench) -> None:
    count = bench.sizes.due
    runs = [resume.measure(bench.servers, count) for _ in range(bench.sizes.rounds)]
    name = f"{count:,} leads due within {resume.WITHIN_SECONDS:g} s"
    bench.add(
        of_runs("resume", name, [count / it.seconds for it in runs], "leads/s"),
        of_runs("resume", "late, p50", [percentile(it.late_ms, 0.5) for it in runs], "ms"),
        of_runs(
            "resume",
            "late, p99",
            [percentile(it.late_ms, 0.99) for it in runs],
            "ms",
            target=LATE_P99_MS_MAX,
            is_at_most=True,
        ),
    )


def bench_cloud(bench: Bench) -> None:
    count = bench.sizes.cloud_leads
    seconds, recipients = cloud.measure(count)
    if (len(recipients), len(set(recipients))) != (count, count):
        raise CountError(f"{count} leads: {len(recipients)} mails to {len(set(recipients))}")
    name, note = f"{count:,} leads", "into the inbox, which keeps each on disk"
    bench.add(Figure("cloud", name, count / seconds, PACE, note=note))


def bench_api(bench: Bench) -> None:
    count = bench.sizes.rows
    servers = bench.servers
    for name, latencies_ms in api.measure(servers.rabbit, servers.redis.uri, count).items():
        p50, p99 = percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99)
        note = f"p50 {p50:.1f} ms, {len(latencies_ms)} requests, {count:,} leads"
        figure = Figure("api", f"{name}, p99", p99, "ms", note=note)
        bench.add(replace(figure, target=API_P99_MS_MAX, is_at_most=True))


def bench_import(bench: Bench) -> None:
    count = bench.sizes.rows
    ours, bare = imports.measure(count)
    bench.add(
        Figure("import", f"{count:,} contacts from a file", ours, "rows/s"),
        Figure("import", "bare executemany", bare, "rows/s"),
        Figure("import", "ratio", ours / bare, ""),
    )


_PARTS: dict[str, Callable[[Bench], None]] = {
    "sqlite": bench_sqlite,
    "mongodb": bench_mongodb,
    "dkim": bench_dkim,
    "cloud": bench_cloud,
    "resume": bench_resume,
    "api": bench_api,
    "import": bench_import,
}
PARTS = tuple(_PARTS)
