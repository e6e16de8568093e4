"""The indexes, each with what it guarantees or which query it serves. `migrate` creates them.

Of nullable times, only those that are set are indexed, by `{"$gte": EPOCH}`: then the server uses
the index for queries bounded below by EPOCH or later. (`$exists` has the same effect in MongoDB,
but not in every server with its protocol.) A field that is queried by `$lte` is the last of its
index: with another field behind it, the server used in tests (SecantusDB 0.7.0b3) misses equal
values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from functions.adapters.mongo.session import Document, Keys, MongoSession

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier than any time in the product: the lower end of ranges without one."""

UP, DOWN = ASCENDING, DESCENDING


@dataclass(frozen=True, slots=True)
class Index:
    collection: str
    name: str
    keys: Keys
    unique: bool = False
    partial: Mapping[str, Any] | None = None

    def model(self) -> IndexModel:
        options: Document = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = self.partial
        return IndexModel(list(self.keys), **options)


def _set(field: str) -> Mapping[str, Any]:
    return {field: {"$gte": EPOCH}}


INDEXES = (
    # page, newest first; with_status, tally; with_status_anywhere; created_at_anywhere
    Index("campaigns", "recent", (("workspace_id", UP), ("created_at", DOWN), ("_id", DOWN))),
    Index("campaigns", "workspace", (("workspace_id", UP), ("status", UP), ("_id", UP))),
    Index("campaigns", "status", (("status", UP), ("_id", UP))),
    Index("campaigns", "created", (("created_at", UP), ("_id", UP))),
    # One contact becomes one lead.
    Index("leads", "seq", (("campaign_id", UP), ("seq", UP)), unique=True),
    # take_due, oldest_due; in_flight; undrained
    Index("leads", "due", (("campaign_id", UP), ("due_at", UP)), partial=_set("due_at")),
    Index("leads", "lease", (("lease_until", UP),), partial=_set("lease_until")),
    Index("leads", "undrained", (("undrained_at", UP),), partial=_set("undrained_at")),
    # page by status, by node, by e-mail
    Index("leads", "status", (("campaign_id", UP), ("status", UP), ("seq", UP))),
    Index("leads", "node", (("campaign_id", UP), ("current_node", UP), ("seq", UP))),
    Index("leads", "email", (("campaign_id", UP), ("email_key", UP))),
    # of_lead; page with and without a state
    Index("messages", "lead", (("lead_id", UP), ("first_try_at", UP), ("_id", UP))),
    Index("messages", "campaign", (("campaign_id", UP), ("_id", UP))),
    Index("messages", "state", (("campaign_id", UP), ("state", UP), ("_id", UP))),
    # turned_late: nearly always empty
    Index(
        "messages",
        "late",
        (("retry_at", UP),),
        partial={"state": "sent", **_set("retry_at")},
    ),
    # leads_sent; without `state`, which is constant, the server used in tests ignores the index
    Index(
        "messages",
        "sent",
        (("campaign_id", UP), ("node_id", UP), ("state", UP), ("lead_id", UP)),
        partial={"state": "sent"},
    ),
    # of_leads; unsettled
    Index("hits", "lead", (("lead_id", UP), ("hit.at", UP), ("_id", UP))),
    Index("hits", "look", (("look_at", UP),), partial=_set("look_at")),
    # of_lead and delete_page; unrolled_campaigns, unrolled; records without a lead
    Index(
        "journal",
        "lead",
        (("lead_id", UP), ("at", UP), ("revision", UP), ("_id", UP)),
    ),
    Index(
        "journal",
        "unrolled",
        (("campaign_id", UP), ("at", UP), ("_id", UP)),
        partial={"unrolled": True},
    ),
    # leads_tracked: only records of tracking events have these fields
    Index(
        "journal",
        "hits",
        (("campaign_id", UP), ("hit_node", UP), ("hit_kind", UP), ("lead_id", UP)),
        partial={"hit_node": {"$gte": ""}},
    ),
    Index("journal", "leadless", (("campaign_id", UP),), partial={"leadless": True}),
    # take
    Index("jobs", "waiting", (("state", UP), ("campaign_id", UP), ("created_at", UP))),
)
"""The indexes on the state path. Those of other collections are described with them."""


async def migrate(session: MongoSession, indexes: Sequence[Index]) -> list[str]:
    """Idempotent. Raises `pymongo.errors.OperationFailure` if an index with one of these names
    differs."""
    done: list[str] = []
    for collection, wanted in _by_collection(indexes).items():
        known = await session.index_names("store.migrate", collection)
        # Known indexes are requested too, so that the server compares their definitions.
        await session.make_indexes("store.migrate", collection, [index.model() for index in wanted])
        done += [f"made index {it.name} of {collection}" for it in wanted if it.name not in known]
    return done


async def unmigrated(session: MongoSession, indexes: Sequence[Index]) -> list[str]:
    """Compares names only. The server compares definitions when they are created."""
    missing: list[str] = []
    for collection, wanted in _by_collection(indexes).items():
        known = await session.index_names("store.unmigrated", collection)
        missing += [f"index {it.name} of {collection}" for it in wanted if it.name not in known]
    return missing


def _by_collection(indexes: Sequence[Index]) -> dict[str, list[Index]]:
    found: dict[str, list[Index]] = {}
    for index in indexes:
        found.setdefault(index.collection, []).append(index)
    return found
