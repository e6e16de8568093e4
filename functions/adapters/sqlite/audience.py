"""The audience: contacts, and addresses not to be written to."""

from collections.abc import Sequence

from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.database import Database, Reading, Writing
from functions.service.audience.records import Contact, Suppression


class SqliteContacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, contacts: Sequence[Contact]) -> int:
        if not contacts:
            return 0

        def work(writing: Writing) -> int:
            return writing.each(
                "INSERT INTO contacts (campaign_id, seq, email_key, document)"
                " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    (contact.campaign_id, contact.seq, contact.email_key, dump_json(contact))
                    for contact in contacts
                ),
            )

        return await self._database.write("contacts.add", work)

    async def existing(self, campaign_id: str, email_keys: Sequence[str]) -> list[Contact]:
        def work(reading: Reading) -> list[Contact]:
            # Left to itself SQLite walks the whole campaign by its primary key.
            sql = (
                "SELECT document FROM contacts INDEXED BY contacts_email"
                " WHERE campaign_id = ? AND email_key IN ({})"
            )
            rows = reading.rows_in(sql, email_keys, (campaign_id,))
            return [load_json(Contact, row[0]) for row in rows]

        return await self._database.read("contacts.existing", work)

    async def last_seq(self, campaign_id: str) -> int:
        def work(reading: Reading) -> int:
            row = reading.row(
                "SELECT seq FROM contacts WHERE campaign_id = ? ORDER BY seq DESC LIMIT 1",
                (campaign_id,),
            )
            return 0 if row is None else int(row[0])

        return await self._database.read("contacts.last_seq", work)

    async def page(self, campaign_id: str, *, after_seq: int, limit: int) -> list[Contact]:
        def work(reading: Reading) -> list[Contact]:
            rows = reading.rows(
                "SELECT document FROM contacts WHERE campaign_id = ? AND seq > ?"
                " ORDER BY seq LIMIT ?",
                (campaign_id, after_seq, limit),
            )
            return [load_json(Contact, row[0]) for row in rows]

        return await self._database.read("contacts.page", work)

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        def work(writing: Writing) -> int:
            going = writing.rows(
                "SELECT campaign_id, seq FROM contacts WHERE campaign_id = ? LIMIT ?",
                (campaign_id, limit),
            )
            return writing.each("DELETE FROM contacts WHERE campaign_id = ? AND seq = ?", going)

        return await self._database.write("contacts.delete_page", work)


class SqliteSuppressions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, suppression: Suppression) -> None:
        def work(writing: Writing) -> None:
            writing.write(
                "INSERT INTO suppressions (email_key, document) VALUES (?, ?)"
                " ON CONFLICT DO NOTHING",
                (suppression.email_key, dump_json(suppression)),
            )

        await self._database.write("suppressions.add", work)

    async def find(self, email_keys: Sequence[str]) -> list[Suppression]:
        def work(reading: Reading) -> list[Suppression]:
            sql = "SELECT document FROM suppressions WHERE email_key IN ({})"
            return [load_json(Suppression, row[0]) for row in reading.rows_in(sql, email_keys)]

        return await self._database.read("suppressions.find", work)
