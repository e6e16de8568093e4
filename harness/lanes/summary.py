"""The summary of a run: logs of lanes that failed, durations, counts, the slowest tests."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.lanes.run import Done, Track

SLOWEST = 30


def summary(tracks: Sequence[Track]) -> Iterator[str]:
    """The summary's lines. The last line but one says `N passed, N failed`; the last is the line
    that a step wants to report, if there is one.
    """
    for it in tracks:
        if it.has_failed or not it.is_over:
            yield f"\n===== lane {it.lane.name}, in full\n{it.log.read_text(errors='replace')}"
    head = " ".join(f"{it:>9}" for it in ("seconds", "processor", "passed", "failed", "skipped"))
    yield f"\n{'lane':10} {'step':20} {head}"
    for track in tracks:
        for done in track.done:
            yield _row(track.lane.name, done.step.name, [done])
        yield _row(track.lane.name, "in all", track.done)
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


def _row(lane: str, step: str, done: Sequence[Done]) -> str:
    seconds, processor = sum(it.seconds for it in done), sum(it.processor_seconds for it in done)
    counted = Counter(case.outcome for it in done for case in it.cases)
    counts = " ".join(f"{counted[it]:9}" for it in ("passed", "failed", "skipped"))
    return f"{lane:10} {step:20} {seconds:9.0f} {processor:9.0f} {counts}"


def _told(tracks: Sequence[Track]) -> Iterator[str]:
    for track in tracks:
        begins = tuple(it.tells for it in track.lane.steps if it.tells)
        if begins:
            lines = track.log.read_text(errors="replace").splitlines()
            yield next(
                (it for it in reversed(lines) if it.startswith(begins)),
                f"{begins[0]} not run, because the lane {track.lane.name} did not come to it",
            )
