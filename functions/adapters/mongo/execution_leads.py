"""Leads as they move: enrol, commit, drain, lease.

Each lead is one document, with the lead's own fields at the top level, next to `lease_until`,
`outbox` and `records`. For queries and compare-and-sets there are also `due_at`, `undrained_at`,
`email_key`, `state`, `commit_token` (of the latest commit) and `lease_token` (of the latest take).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import InsertOne, ReplaceOne, UpdateOne

from functions.adapters.documents import dump, load
from functions.adapters.mongo.execution_lead_pages import LeadPages
from functions.adapters.mongo.indexes import EPOCH, UP
from functions.adapters.mongo.session import Document, MongoSession, Operation
from functions.flow.lead import Lead
from functions.mail.address import email_key
from functions.service.execution.records import Commit, Due, StoredLead

LEADS = "leads"

_UNREAD = dict.fromkeys(
    ("due_at", "undrained_at", "email_key", "state", "commit_token", "lease_token"), 0
)
"""Fields that `stored_lead` does not need."""


class MongoLeads(LeadPages):
    def __init__(self, session: MongoSession) -> None:
        super().__init__(session, _UNREAD, stored_lead)

    async def enrol(self, leads: Sequence[Lead], due_at: datetime) -> None:
        operations = [InsertOne({**_lead_fields(lead), "due_at": due_at}) for lead in leads]
        await self._session.write("leads.enrol", LEADS, operations)

    async def find(self, lead_ids: Sequence[str]) -> list[StoredLead]:
        found = await self._session.find_ids("leads.find", LEADS, lead_ids, projection=_UNREAD)
        return [stored_lead(document) for document in found]

    async def commit(self, commits: Sequence[Commit], token: str, at: datetime) -> frozenset[str]:
        operations: list[Operation] = []
        for commit in commits:
            before = {"_id": commit.lead.lead_id, "revision": commit.lead.revision - 1}
            operations.append(ReplaceOne(before, _committed(commit, token, at)))
        written = await self._session.write("leads.commit", LEADS, operations)
        lead_ids = [commit.lead.lead_id for commit in commits]
        if written.matched == len(commits):
            return frozenset(lead_ids)
        # The answer says how many won, but not which.
        winners = await self._session.find_ids(
            "leads.commit", LEADS, lead_ids, {"commit_token": token}, projection={"_id": 1}
        )
        return frozenset(document["_id"] for document in winners)

    async def drained(self, revisions: Mapping[str, int]) -> None:
        emptied: Document = {"outbox": [], "records": [], "undrained_at": None}
        await self._session.write(
            "leads.drained",
            LEADS,
            [
                UpdateOne({"_id": lead_id, "revision": revision}, {"$set": emptied})
                for lead_id, revision in revisions.items()
            ],
        )

    async def undrained(self, before: datetime, limit: int) -> list[StoredLead]:
        found = await self._session.find(
            "leads.undrained",
            LEADS,
            {"undrained_at": {"$gte": EPOCH, "$lte": before}},
            limit=limit,
            sort=(("undrained_at", UP),),
            projection=_UNREAD,
        )
        return [stored_lead(document) for document in found]

    async def take_due(
        self, campaign_id: str, now: datetime, limit: int, lease_until: datetime, token: str
    ) -> list[StoredLead]:
        method = "leads.take_due"
        is_due = {"campaign_id": campaign_id, "due_at": {"$gte": EPOCH, "$lte": now}}
        due = await self._session.find(
            method,
            LEADS,
            is_due,
            limit=limit,
            sort=(("due_at", UP),),
            projection={"_id": 1},
        )
        if not due:
            return []
        lead_ids = [document["_id"] for document in due]
        # The due time is checked again by the write: another taker may have read it too.
        lease = {"due_at": lease_until, "lease_until": lease_until, "lease_token": token}
        await self._session.update_ids(method, LEADS, lead_ids, is_due, {"$set": lease})
        won = await self._session.find_ids(
            method, LEADS, lead_ids, {"lease_token": token}, projection=_UNREAD
        )
        by_id = {document["_id"]: document for document in won}
        return [stored_lead(by_id[lead_id]) for lead_id in lead_ids if lead_id in by_id]

    async def renew(self, lead_ids: Sequence[str], lease_until: datetime) -> None:
        await self._session.update_ids(
            "leads.renew",
            LEADS,
            lead_ids,
            {"lease_until": {"$gte": EPOCH}},
            {"$set": {"due_at": lease_until, "lease_until": lease_until}},
        )

    async def in_flight(self, now: datetime, limit: int) -> int:
        return await self._session.count(
            "leads.in_flight", LEADS, {"lease_until": {"$gt": now}}, limit
        )

    async def oldest_due(self, campaign_ids: Sequence[str]) -> Due | None:
        found = await self._session.find(
            "leads.oldest_due",
            LEADS,
            {"campaign_id": {"$in": list(campaign_ids)}, "due_at": {"$gte": EPOCH}},
            limit=1 if campaign_ids else 0,
            sort=(("due_at", UP),),
            projection={"_id": 0, "campaign_id": 1, "due_at": 1},
        )
        return Due(found[0]["campaign_id"], found[0]["due_at"]) if found else None


def stored_lead(document: Mapping[str, object]) -> StoredLead:
    return load(
        StoredLead,
        {
            "lead": {**document, "lead_id": document["_id"]},
            "lease_until": document["lease_until"],
            "outbox": document["outbox"],
            "records": document["records"],
        },
    )


def _lead_fields(lead: Lead) -> Document:
    """The document of a lead without a lease, without a due time and with nothing to drain."""
    document = dump(lead)
    document["_id"] = document.pop("lead_id")
    return document | {
        "state": lead.state,
        "email_key": email_key(lead.email),
        "due_at": None,
        "lease_until": None,
        "undrained_at": None,
        "outbox": [],
        "records": [],
    }


def _committed(commit: Commit, token: str, at: datetime) -> Document:
    """A commit without anything to dispatch or to write counts as drained."""
    lease_until = commit.lease_until
    bookkeeping = dump(commit)
    return _lead_fields(commit.lead) | {
        "due_at": commit.lead.due_at if lease_until is None else lease_until,
        "lease_until": lease_until,
        "undrained_at": at if commit.outbox or commit.records else None,
        "outbox": bookkeeping["outbox"],
        "records": bookkeeping["records"],
        "commit_token": token,
    }
