#!/opt/mongod/venv/bin/python
"""A stand-in for mongod, to test the compose files if the real one is not available.

It is SecantusDB behind the options of mongod that our file uses, with the behaviour of a replica
set: a key in a file that only its owner can read, users, no writes before `replSetInitiate`, its
member's name in `hello`. Each write is on disk before it is acknowledged. Sessions are not
announced, because it does not support retryable writes.
"""

import argparse
import json
import os
import signal
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secantus import commands, server

Reply = dict[str, Any]
KEY_BYTES_MIN = 6
OPEN_BEFORE_INITIATED = {
    *("hello", "isMaster", "ismaster", "ping", "buildInfo", "buildinfo", "getParameter"),
    *("saslStart", "saslContinue", "replSetInitiate", "replSetGetStatus", "endSessions"),
    *("getCmdLineOpts", "getLog", "connectionStatus", "atlasVersion", "hostInfo"),
}
_hello = commands._HANDLERS["hello"]
_dispatch = commands.dispatch


class ReplicaSet:
    """Stored beside the documents: the configuration of its initiation, None before."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.server: Any = None
        self._file = folder / "replica-set.json"
        self.member: str | None = None
        if self._file.exists():
            self.member = json.loads(self._file.read_text())["member"]

    def serve(self, instance: Any) -> None:
        self.server = instance
        instance.replica_set_name = self.name if self.member else None
        for name in ("hello", "isMaster", "ismaster"):
            commands._HANDLERS[name] = self.hello
        commands._HANDLERS["replSetInitiate"] = self.initiate
        commands._NO_PRIVILEGE_COMMANDS |= {"replSetInitiate"}
        server.dispatch = self.dispatch

    def hello(self, document: Mapping[str, Any], context: Any) -> Reply:
        reply: Reply = _hello(document, context)
        reply.pop("logicalSessionTimeoutMinutes", None)
        if self.member is None:
            reply |= {"isWritablePrimary": False, "ismaster": False, "isreplicaset": True}
        else:
            reply |= {"hosts": [self.member], "me": self.member, "primary": self.member}
        return reply

    def initiate(self, document: Mapping[str, Any], _context: Any) -> Reply:
        given = document["replSetInitiate"]
        if self.member is not None:
            return _refusal(23, "AlreadyInitialized", "already initialized")
        if given["_id"] != self.name:
            return _refusal(93, "InvalidReplicaSetConfig", f"the set is called {self.name}")
        self.member = str(given["members"][0]["host"])
        self._file.write_text(json.dumps({"member": self.member}))
        self.server.replica_set_name = self.name
        return {"ok": 1.0}

    def dispatch(self, document: Mapping[str, Any], context: Any) -> Reply:
        if self.member is None and next(iter(document)) not in OPEN_BEFORE_INITIATED:
            return _refusal(10107, "NotWritablePrimary", "not primary")
        reply: Reply = _dispatch(document, context)
        return reply


def _refusal(code: int, name: str, message: str) -> Reply:
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": name}


def main() -> None:
    parser = argparse.ArgumentParser(prog="mongod", description=__doc__)
    parser.add_argument("--port", type=int, default=27017)
    parser.add_argument("--bind_ip", default="127.0.0.1")
    parser.add_argument("--bind_ip_all", action="store_true")
    parser.add_argument("--dbpath", type=Path, default=Path("/data/db"))
    parser.add_argument("--replSet")
    parser.add_argument("--keyFile", type=Path)
    parser.add_argument("--wiredTigerCacheSizeGB", type=float, default=0.25)
    chosen = parser.parse_args()
    if chosen.keyFile is not None:
        _check_key(chosen.keyFile)
    instance = server.SecantusDBServer(
        host="0.0.0.0" if chosen.bind_ip_all else chosen.bind_ip,
        port=chosen.port,
        storage_path=str(chosen.dbpath),
        replica_set_name=chosen.replSet,
        require_auth=chosen.keyFile is not None,
        enable_test_commands=False,
        cache_size=f"{int(chosen.wiredTigerCacheSizeGB * 1024)}M",
        sync_on_commit=True,
    )
    if chosen.replSet:
        ReplicaSet(chosen.replSet, chosen.dbpath).serve(instance)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: (instance.stop(), sys.exit(0)))
    instance.start()
    print(f"the stand-in for mongod listens on port {chosen.port}", flush=True)
    instance.wait()


def _check_key(file: Path) -> None:
    """As mongod does."""
    found = file.stat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        sys.exit(f"permissions on {file} are too open")
    if len(file.read_text().split()) != 1 or found.st_size < KEY_BYTES_MIN:
        sys.exit(f"{file} holds no key")


if __name__ == "__main__":
    main()
