"""Everything that stores accounts: each store, and Redis. All must keep the port's guarantees."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.service.sending.ports import Accounts
from harness.servers.redis import new_database
from local.team.redis_accounts import RedisAccounts
from tests.adapters.stores import FULL, StoreKind


@dataclass(frozen=True)
class AccountsKind:
    """`open` gets its own empty folder and returns an empty store of accounts."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[Accounts]]


def _of_store(kind: StoreKind) -> AccountsKind:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Accounts]:
        store = await kind.open(folder)
        try:
            yield store.accounts
        finally:
            await store.close()

    return AccountsKind(kind.name, opened)


@asynccontextmanager
async def _redis(_: Path) -> AsyncIterator[Accounts]:
    accounts = RedisAccounts(new_database())
    try:
        yield accounts
    finally:
        await accounts.close()


ACCOUNTS = [*map(_of_store, FULL), AccountsKind("redis", _redis)]
