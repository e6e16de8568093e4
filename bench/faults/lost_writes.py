"""Checks whether the MongoDB stand-in keeps what it acknowledged, without any of our product's
code.

`python -m bench.faults.lost_writes` inserts and updates documents with w=1 and journal=true, kills
the server every few seconds, and after each start looks for every acknowledged write. A missing
write is the stand-in's own loss, so similar losses in other benches must not be blamed on the
product.
"""

import argparse
import random  # noqa: TID251 (chance is what this is about)
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient, UpdateOne
from pymongo.errors import PyMongoError

from harness.servers.mongo import MongoServer

Document = dict[str, Any]
WRITERS = 4
BATCH = 20
Told = Callable[[str], None]


@dataclass
class Ledger:
    """The acknowledged writes: by document, the highest number written to it."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    writes: int = 0


def _write(uri: str, writer: int, ledger: Ledger, over: threading.Event) -> None:
    """Writes batches of new documents and updates the latest ones until it is stopped."""
    client: MongoClient[Document] = MongoClient(uri, serverSelectionTimeoutMS=1000)
    documents = client["lost_writes"]["documents"]
    number = 0
    while not over.is_set():
        number += 1
        names = [f"{writer}/{number}/{it}" for it in range(BATCH)]
        try:
            documents.insert_many([{"_id": name, "number": 0} for name in names])
        except PyMongoError:
            continue
        ledger.acknowledged.update(dict.fromkeys(names, 0))
        changes = [UpdateOne({"_id": name}, {"$set": {"number": number}}) for name in names]
        try:
            documents.bulk_write(changes, ordered=False)
        except PyMongoError:
            continue
        ledger.acknowledged.update(dict.fromkeys(names, number))
        ledger.writes += 2 * BATCH
    client.close()


def _look(uri: str, ledger: Ledger) -> None:
    client: MongoClient[Document] = MongoClient(uri, serverSelectionTimeoutMS=5000)
    there = {
        it["_id"]: int(it["number"])
        for it in client["lost_writes"]["documents"].find({}, batch_size=10_000)
    }
    client.close()
    for name, number in ledger.acknowledged.items():
        if there.get(name, -1) < number:
            ledger.lost.append(f"{name}: {number} was acknowledged, {there.get(name)} was found")


def run(
    *, kills: int, seed: int = 0, life_seconds: tuple[float, float] = (1.0, 4.0), told: Told = print
) -> Ledger:
    """`life_seconds`: how long the server lives between two kills."""
    chance = random.Random(seed)
    server = MongoServer()
    ledger = Ledger()
    with ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        for kill in range(1, kills + 1):
            over = threading.Event()
            writers = [
                threading.Thread(
                    target=_write, args=(server.uri, it + WRITERS * kill, ledger, over)
                )
                for it in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(*life_seconds))
            server.kill()
            over.set()
            for writer in writers:
                writer.join()
            server.start()
            _look(server.uri, ledger)
            told(f"kill {kill}: {ledger.writes:,} writes acknowledged, {len(ledger.lost)} lost")
    return ledger


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    ledger = run(kills=given.kills, seed=given.seed)
    for message in ledger.lost[:10]:
        print(message)
    return 1 if ledger.lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
