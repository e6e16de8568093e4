"""What keeps accounts: each store, and Redis. All must keep the promises of the port."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.service.sending.ports import SendingAccounts
from harness.servers.redis import new_database
from local.team.redis_sending_accounts import RedisSendingAccounts
from tests.adapters.stores import FULL, StoreKind


@dataclass(frozen=True)
class SendingAccountsKind:
    """`open` is given an empty folder of its own; what it gives is empty."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[SendingAccounts]]


def _of_store(kind: StoreKind) -> SendingAccountsKind:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[SendingAccounts]:
        store = await kind.open(folder)
        try:
            yield store.sending_accounts
        finally:
            await store.close()

    return SendingAccountsKind(kind.name, opened)


@asynccontextmanager
async def _redis(_: Path) -> AsyncIterator[SendingAccounts]:
    sending_accounts = RedisSendingAccounts(new_database())
    try:
        yield sending_accounts
    finally:
        await sending_accounts.close()


SENDING_ACCOUNTS = [*map(_of_store, FULL), SendingAccountsKind("redis", _redis)]
