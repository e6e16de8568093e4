"""What holds of every doctor's diagnosis, whatever is broken: one contract for all wirings."""

from functions.service.operations.records import CheckState, Diagnosis, SystemCheck

LEAST = {"store", "broker"}
"""What each of them looks at."""


def valid(diagnosis: Diagnosis) -> dict[str, SystemCheck]:
    """Its checks by name, once it was found to keep the contract."""
    checks = {it.name: it for it in diagnosis.checks}
    assert len(checks) == len(diagnosis.checks)
    assert set(checks) >= LEAST
    for it in checks.values():
        assert bool(it.remedy) == (it.state is not CheckState.OK), it
        assert it.message, it
    if checks["broker"].state is CheckState.FAILED:
        assert diagnosis.queues is None
        assert diagnosis.dead_letters is None
    elif diagnosis.queues is not None:
        assert len({it.name for it in diagnosis.queues}) == len(diagnosis.queues) > 1
        dead_letters = checks["dead letters"].state
        assert (dead_letters is CheckState.OK) == (not diagnosis.dead_letters)
    assert all(it.startswith(("http://", "https://")) for it in diagnosis.links.values())
    assert "canary" not in repr(diagnosis)
    return checks
