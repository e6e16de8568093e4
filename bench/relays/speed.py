"""How fast mail gets into Postfix's mailboxes, compared with Postfix's own `smtp-source`, and the
share of the processors that each part has meanwhile."""

import resource
import subprocess
import time
from collections.abc import Callable, Mapping

import psutil

from bench.relays.result import Result
from bench.relays.stand import Stand
from bench.speed.campaign import EMAIL, finished_messages
from bench.speed.stack import cpu_seconds
from harness.patience import patience
from harness.servers.child import HOST, program

COUNT = 2_000
CONNECTIONS = 16
WORKERS = 2

CpuSeconds = Callable[[], float]


class Watch:
    """The processor time of some parts since it was made."""

    def __init__(self, parts: Mapping[str, CpuSeconds]) -> None:
        self._parts = parts
        self._before = {name: part() for name, part in parts.items()}
        self._began = time.perf_counter()

    def shares(self) -> str:
        """1.00 is one processor the whole time."""
        seconds = time.perf_counter() - self._began
        used = {name: part() - self._before[name] for name, part in self._parts.items()}
        return ", ".join(f"{name} {it / seconds:.2f}" for name, it in used.items())


def speed(stand: Stand) -> Result:
    """As many messages of the same size over as many connections, one after the other."""
    size = len(finished_messages(1)[0])
    bare_seconds, bare_shares = _source(stand, size)
    happened = f"smtp-source {COUNT / bare_seconds:.0f}/s (processors: {bare_shares})"
    settings = {"SMTP_CONNECTIONS_MAX": str(CONNECTIONS // WORKERS)}
    with stand.run(stand.relay("speed"), COUNT, settings, workers=WORKERS) as run:
        run.prepare(EMAIL)
        watch = Watch(
            {
                **{f"worker {n}": _of(it.pid) for n, it in enumerate(run.team.workers, 1)},
                "scheduler": _of(run.team.scheduler.pid),
                "RabbitMQ": _of_group(stand.rabbit.pid),
                "Redis": _of(stand.redis.pid),
                "Postfix": stand.postfix.cpu_seconds,
            }
        )
        run.launch()
        run.until_over(180)
        shares, seconds = watch.shares(), run.seconds()
        wrong = run.wrong()
    happened = f"{COUNT / seconds:.0f}/s (processors: {shares}); {happened}; {size:,} bytes each"
    return Result(COUNT, happened, wrong, seconds, bare_seconds / seconds)


def _source(stand: Stand, size: int) -> tuple[float, str]:
    """Waits until all is delivered."""
    source = program("smtp-source", "postfix", "/usr/sbin/smtp-source")
    options = ["-d", "-s", str(CONNECTIONS), "-m", str(COUNT), "-l", str(size)]
    envelope = ["-f", "ann@example.com", "-t", "reader@source.test"]
    where = f"{HOST}:{stand.postfix.ports['source']}"
    watch = Watch({"smtp-source": _of_children, "Postfix": stand.postfix.cpu_seconds})
    began = time.perf_counter()
    subprocess.run([source, *options, *envelope, where], check=True, timeout=patience(120))
    seconds, shares = time.perf_counter() - began, watch.shares()
    deadline = time.monotonic() + patience(60)
    while stand.postfix.arrived("source") < COUNT and time.monotonic() < deadline:
        time.sleep(0.1)
    return seconds, shares


def _of(pid: int) -> CpuSeconds:
    return lambda: cpu_seconds(pid)


def _of_group(pid: int) -> CpuSeconds:
    children = psutil.Process(pid).children(recursive=True)
    return lambda: sum(cpu_seconds(it.pid) for it in children if it.is_running())


def _of_children() -> float:
    """Of all our children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
