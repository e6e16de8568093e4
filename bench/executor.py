"""Steps per second of the executor on one core:

`python -m bench.executor`. The first line is the measured figure: Entered → SendEmail in a
validated five-node flow, with events that fit their leads. The other lines are for information. It
measures processor time, so that a busy machine does not distort it. Exit code 1 below the target.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from functions.flow.event import EmailSent, Entered, LeadEvent, Resumed
from functions.flow.executor import FlowExecutor
from functions.flow.keys import lead_id
from functions.flow.lead import Lead, State
from functions.flow.validate import validate

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
ROUNDS = 5
BATCH = 500
STEPS_PER_SECOND_MIN = 100_000

FIVE_NODES: Mapping[str, object] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "welcome",
            "type": "sendEmail",
            "configuration": {"subject": "Hi {{ contact.first_name }}", "body": "<p>Welcome.</p>"},
        },
        {
            "id": "pause",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": 3, "unit": "days"},
        },
        {
            "id": "is-pro",
            "type": "condition",
            "configuration": {
                "mode": "attributes",
                "rules": [{"attribute": "plan", "operator": "equals", "value": "pro"}],
            },
        },
        {"id": "end", "type": "end"},
    ],
    "connections": [
        {"from_node": "start", "to_node": "welcome"},
        {"from_node": "welcome", "to_node": "pause"},
        {"from_node": "pause", "to_node": "is-pro"},
        {"from_node": "is-pro", "to_node": "end", "from_port": "yes"},
        {"from_node": "is-pro", "to_node": "end", "from_port": "no"},
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000, help="in each of the five rounds")
    leads = [_lead(seq) for seq in range(1, parser.parse_args().leads + 1)]
    flow = validate(FIVE_NODES).flow
    assert flow is not None
    executor = FlowExecutor(flow)

    entered = _median_rate(executor, leads, Entered(), NOW, State.SENDING)
    print(f"executor: {entered:,.0f} steps/s (median of {ROUNDS})")

    sending = [executor.step(lead, Entered(), NOW).lead for lead in leads]
    sent = EmailSent("welcome", 1, 1, NOW)
    rate = _median_rate(executor, sending, sent, NOW, State.WAITING)
    print(f"executor: sent, then a wait: {rate:,.0f} steps/s")

    later = NOW + timedelta(days=3, seconds=1)
    waiting = [executor.step(lead, sent, NOW).lead for lead in sending]
    rate = _median_rate(executor, waiting, Resumed(), later, State.COMPLETED)
    print(f"executor: wait over, attributes asked, end: {rate:,.0f} steps/s")
    sys.exit(0 if entered >= STEPS_PER_SECOND_MIN else 1)


def _lead(seq: int) -> Lead:
    return Lead(
        lead_id=lead_id("bench", seq, 1_772_323_200),
        campaign_id="bench",
        seq=seq,
        email=f"reader{seq}@example.org",
        attributes={"first_name": f"Reader {seq}", "plan": "pro" if seq % 2 else "free"},
        flow_version=1,
        enrolled_at=NOW,
    )


def _median_rate(
    executor: FlowExecutor, leads: list[Lead], event: LeadEvent, now: datetime, wanted: State
) -> float:
    """Steps in batches, as the functions do. Every result is checked outside the measured time,
    because a no-op would be fast but worthless.
    """
    rates = []
    for _ in range(ROUNDS):
        seconds = 0.0
        for begin in range(0, len(leads), BATCH):
            batch = leads[begin : begin + BATCH]
            started = time.process_time()
            steps = [executor.step(lead, event, now) for lead in batch]
            seconds += time.process_time() - started
            assert all(step.ignored is None and step.lead.state is wanted for step in steps)
        rates.append(len(leads) / seconds)
    return statistics.median(rates)


if __name__ == "__main__":
    main()
