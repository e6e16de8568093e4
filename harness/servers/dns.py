"""A DNS server for a few names, in a thread of this process."""

import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from harness.servers.child import HOST

Zone = Mapping[str, Sequence[str]]
"""Records by `"name TYPE"`, in zone file syntax."""


class DnsServer:
    """Names that are not in `zone` do not exist. `says`: the answer to every query instead, such as
    SERVFAIL; None is no answer.
    """

    def __init__(self, zone: Zone, *, says: dns.rcode.Rcode | None = dns.rcode.NOERROR) -> None:
        self._zone = zone
        self._says = says
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._thread = threading.Thread(target=self._serve)

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    def resolver(self, lifetime_seconds: float = 3.0) -> dns.asyncresolver.Resolver:
        """A resolver that asks only this server."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = [HOST]
        resolver.port = self.port
        resolver.lifetime = lifetime_seconds
        return resolver

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # An empty datagram ends the thread.
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(4096)
            if not wire:
                return
            if self._says is not None:
                self._socket.sendto(self._answer(wire), sender)

    def _answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        answer = dns.message.make_response(query, recursion_available=True)
        (question,) = query.question
        name = str(question.name).rstrip(".")
        records = self._zone.get(f"{name} {dns.rdatatype.to_text(question.rdtype)}")
        if self._says is not dns.rcode.NOERROR:
            answer.set_rcode(self._says or dns.rcode.SERVFAIL)
        elif records:
            kind = dns.rdatatype.to_text(question.rdtype)
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif not any(known.split()[0] == name for known in self._zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
