"""Launches campaigns one after another, so that there is work as long as there are faults.

Every campaign is the same: an e-mail, a wait, a condition, one of two e-mails, an end. Invariant:
each step of setting one up is repeated until it is answered; no two campaigns share a recipient. It
has its own connection to the store, which only killing the store disturbs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bench.faults.lines import Lines, Suppressed, now
from functions.flow.lead import ON_THEIR_WAY, State
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_json import parse_contacts_json
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.campaigns import edit
from functions.service.campaigns.import_into_campaign import begin_upload
from functions.service.campaigns.launch import launch as launch_campaign
from functions.service.errors import CallerError
from functions.service.jobs.records import Job, JobState
from functions.service.reports.records import Counts
from functions.service.services import WorkspaceServices

WAIT_SECONDS = 3
SLOW_RETRY = timedelta(seconds=60)
"""A lead that is deferred for longer than this is on the slow schedule of retries and may wait."""
LOOK_SECONDS = 2.0
PATIENCE_SECONDS = 0.3
ALL = 100_000


def flow() -> dict[str, object]:
    def email(node_id: str) -> dict[str, object]:
        body = f"<p>Dear {{{{contact.first_name}}}}, this is {node_id}.</p>"
        settings = {"subject": f"[{node_id}] for you", "body": body}
        return {"id": node_id, "type": "sendEmail", "configuration": settings}

    rule = {"attribute": "plan", "operator": "equals", "value": "pro"}
    condition = {"mode": "attributes", "match": "all", "rules": [rule]}
    wait = {"mode": "duration", "amount": WAIT_SECONDS, "unit": "seconds"}
    nodes = [
        {"id": "start", "type": "start", "configuration": {}},
        email("email-1"),
        {"id": "wait-1", "type": "wait", "configuration": wait},
        {"id": "condition-1", "type": "condition", "configuration": condition},
        email("email-2"),
        email("email-3"),
        {"id": "end", "type": "end", "configuration": {}},
    ]
    links = [
        ("start", "next", "email-1"),
        ("email-1", "next", "wait-1"),
        ("wait-1", "next", "condition-1"),
        ("condition-1", "yes", "email-2"),
        ("condition-1", "no", "email-3"),
        ("email-2", "next", "end"),
        ("email-3", "next", "end"),
    ]
    connections = [{"from_node": a, "from_port": port, "to_node": b} for a, port, b in links]
    return {"nodes": nodes, "connections": connections}


class MuteDispatcher:
    """Sends nothing to the broker: jobs are hints, so the sweep finds the work."""

    async def dispatch(self, jobs: Sequence[Job]) -> None: ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Feed:
    """`busy_min`: another campaign is launched when fewer leads than this are in flight, unless
    `unended_max` leads have not ended. `leads_max`: across all campaigns. `suppressed`: the log of
    readers who unsubscribed.
    """

    services: WorkspaceServices
    name: str
    campaign_leads: int
    busy_min: int
    unended_max: int
    leads_max: int
    suppressed: Lines
    sizes: dict[str, int] = field(default_factory=dict)
    """Contacts by campaign, for campaigns that are set up completely."""
    is_over: bool = False
    _looks: int = 0

    @property
    def leads(self) -> int:
        return sum(self.sizes.values())

    async def run(self) -> None:
        """Runs until `is_over` returns true or all leads exist."""
        while not self.is_over and self.leads < self.leads_max:
            await self._suppress()
            active, unended = await self._look()
            if active < self.busy_min and unended < self.unended_max:
                await self._launch()
            # Leaves time for enrolling and counting.
            await asyncio.sleep(LOOK_SECONDS)

    async def rests(self) -> bool:
        """Whether every lead has ended, is parked, or waits for a slow retry, and all of it is
        written.
        """
        store = self.services.store
        now = await store.now()
        for name in self.sizes:
            jobs = await store.jobs.page(DEFAULT_WORKSPACE, name, ALL)
            if any(job.state is JobState.WAITING for job in jobs):
                return False
            for stored in await store.leads.page(
                name, after_seq=0, limit=ALL, statuses=ON_THEIR_WAY
            ):
                lead = stored.lead
                is_slow = lead.wait_until is not None and lead.wait_until - now > SLOW_RETRY
                if lead.state is not State.UNKNOWN and not is_slow:
                    return False
        owed = await store.leads.undrained(now + SLOW_RETRY, 1)
        return not owed and not await store.journal.unrolled_campaigns(1)

    async def _suppress(self) -> None:
        """Unsubscribes a reader of the latest campaign, another one each time."""
        if not self.sizes:
            return
        name, size = list(self.sizes.items())[-1]
        self._looks += 1
        recipient = address(name, 1 + self._looks * 7 % size)

        async def suppress() -> None:
            store = self.services.store
            await store.suppressions.add(
                [
                    Suppression(
                        workspace_id=DEFAULT_WORKSPACE,
                        email_key=recipient,
                        reason=SuppressionReason.UNSUBSCRIBED,
                        at=await store.now(),
                        campaign_id=name,
                    )
                ]
            )

        await _until_answered(suppress)
        self.suppressed.write(Suppressed(now(), recipient))

    async def _look(self) -> tuple[int, int]:
        """Leads in flight by the counts; and leads that have not ended, including those that are
        not enrolled yet because the worker that should do it is dead.
        """
        try:
            found = await self.services.store.counts.find(list(self.sizes))
        except Exception:
            return self.busy_min, self.unended_max
        ended = sum(map(_ended, found))
        return sum(map(_active, found)), self.leads - ended

    async def _launch(self) -> None:
        name = f"{self.name}-{len(self.sizes) + 1}"
        count = min(self.campaign_leads, self.leads_max - self.leads)
        people = [
            {
                "email": address(name, number),
                "first_name": f"Reader {number}",
                "plan": "pro" if number % 2 else "free",
            }
            for number in range(1, count + 1)
        ]

        async def create() -> None:
            await edit.create_campaign(self.services, name=name, campaign_id=name, flow=flow())

        async def bring() -> None:
            upload = await begin_upload(self.services, name)
            await upload.add(list(parse_contacts_json(people)))
            await upload.finish()

        async def launch() -> None:
            await launch_campaign(self.services, name)

        for step in (create, bring, launch):
            await _until_answered(step)
        self.sizes[name] = count


def address(campaign: str, number: int) -> str:
    return f"{campaign}-{number}@example.com"


def _active(counts: Counts) -> int:
    here = ("leads/pending", "leads/running", "leads/paused")
    return sum(counts.values.get(key, 0) for key in here) - _parked(counts)


def _ended(counts: Counts) -> int:
    over = ("leads/completed", "leads/failed")
    return sum(counts.values.get(key, 0) for key in over) + _parked(counts)


def _parked(counts: Counts) -> int:
    states = ("/unknown", "/deferred")
    return sum(
        n for key, n in counts.values.items() if key.startswith("at/") and key.endswith(states)
    )


async def _until_answered(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except CallerError as refusal:
            if refusal.status != 409:
                raise
            return  # it was done before, but its answer was lost
        except Exception:
            await asyncio.sleep(PATIENCE_SECONDS)
        else:
            return
