"""The buckets and breakers of sending accounts."""

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.database import Database, Reading, Writing
from functions.service.sending.records import AccountState

_FIRST = """INSERT INTO accounts (revision, document, account) VALUES (?, ?, ?)
    ON CONFLICT DO NOTHING"""
_NEXT = "UPDATE accounts SET revision = ?, document = ? WHERE account = ? AND revision = ?"


class SqliteAccounts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, account: str) -> AccountState | None:
        def work(reading: Reading) -> AccountState | None:
            row = reading.row("SELECT document FROM accounts WHERE account = ?", (account,))
            return None if row is None else load_json(AccountState, row[0])

        return await self._database.read("accounts.find", work)

    async def save(self, state: AccountState) -> bool:
        values = (state.revision, dump_json(state), state.account)
        expected = state.revision - 1

        def work(writing: Writing) -> bool:
            if expected == 0:
                return writing.write(_FIRST, values) == 1
            return writing.write(_NEXT, (*values, expected)) == 1

        return await self._database.write("accounts.save", work)

    async def close(self) -> None:
        """The store closes its database."""
