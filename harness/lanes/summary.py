"""The last page of a run: logs of lanes that failed, durations, counts, the slowest tests."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.lanes.reports import Case
from harness.lanes.run import Track

SLOWEST = 30


def summary(tracks: Sequence[Track]) -> Iterator[str]:
    """Line by line. The last but one says `N passed, N failed`; the last is what a step has to
    tell, if one has."""
    for it in tracks:
        if it.has_failed or not it.is_over:
            yield f"\n===== lane {it.lane.name}, in full\n{it.log.read_text(errors='replace')}"
    yield f"\n{'lane':10} {'step':28} {'seconds':>7} {'passed':>7} {'failed':>7} {'skipped':>7}"
    for track in tracks:
        for done in track.done:
            yield _row(track.lane.name, done.step.name, done.seconds, done.cases)
        cases = [case for done in track.done for case in done.cases]
        yield _row(track.lane.name, "in all", sum(it.seconds for it in track.done), cases)
        if not track.is_over:
            yield f"{track.lane.name:10} {track.step.name} was ended"
    cases = [case for track in tracks for done in track.done for case in done.cases]
    yield f"\nThe slowest {SLOWEST}:"
    for case in sorted(cases, key=lambda it: -it.seconds)[:SLOWEST]:
        yield f"{case.seconds:7.1f} s  {case.name}"
    counted = Counter(it.outcome for it in cases)
    unended = sum(not it.is_over for it in tracks)
    yield f"\n{counted['passed']} passed, {counted['failed'] + unended} failed"
    yield from _told(tracks)


def _row(lane: str, step: str, seconds: float, cases: Sequence[Case]) -> str:
    counted = Counter(it.outcome for it in cases)
    counts = " ".join(f"{counted[it]:7}" for it in ("passed", "failed", "skipped"))
    return f"{lane:10} {step:28} {seconds:7.0f} {counts}"


def _told(tracks: Sequence[Track]) -> Iterator[str]:
    for track in tracks:
        begins = tuple(it.tells for it in track.lane.steps if it.tells)
        if begins:
            lines = track.log.read_text(errors="replace").splitlines()
            yield next(
                (it for it in reversed(lines) if it.startswith(begins)),
                f"{begins[0]} not run, because the lane {track.lane.name} did not come to it",
            )
