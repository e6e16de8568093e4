"""One contract for the diagnoses of all wirings, whatever is broken."""

from functions.service.operations.records import CheckState, Diagnosis, SystemCheck

LEAST = {"store", "broker"}
"""The checks that each doctor makes."""


def valid(diagnosis: Diagnosis) -> dict[str, SystemCheck]:
    """Checks that the diagnosis follows the contract; returns its checks by name."""
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
