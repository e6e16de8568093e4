"""The buckets and breakers of sending accounts. Buckets are kept as text: domains have dots."""

from pymongo import InsertOne, ReplaceOne

from functions.adapters.mongo.gate import Gate
from functions.adapters.mongo.shape import from_document, to_document
from functions.service.sending.records import AccountState

_BUCKETS = ("buckets",)


class MongoAccounts:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def find(self, account: str) -> AccountState | None:
        found = await self._gate.find_ids("accounts.find", "accounts", [account])
        for document in found:
            return from_document(AccountState, document, "account", text=_BUCKETS)
        return None

    async def save(self, state: AccountState) -> bool:
        document = to_document(state, "account", text=_BUCKETS)
        if state.revision == 1:
            written = await self._gate.write("accounts.save", "accounts", [InsertOne(document)])
            return not written.refused
        before = {"_id": state.account, "revision": state.revision - 1}
        written = await self._gate.write(
            "accounts.save", "accounts", [ReplaceOne(before, document)]
        )
        return written.matched == 1

    async def close(self) -> None:
        """The store closes its client."""
