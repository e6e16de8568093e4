"""Schemas of DKIM keys and of the DNS records of a sending domain. None shows a private key."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.fields import Closed
from functions.mail.dkim import Algorithm, key_name
from functions.service.sending.dns_records import DnsRecord, Purpose
from functions.service.sending.records import DkimKey

DOMAIN_CHARS_MAX = 253
SELECTOR_CHARS_MAX = 63


class DkimKeyCreate(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"domain": "example.com"}]})

    domain: Annotated[
        str, Field(max_length=DOMAIN_CHARS_MAX, description="The domain of From addresses.")
    ]
    algorithm: Annotated[
        Algorithm, Field(description="Every receiver verifies `rsa`; some verify `ed25519` too.")
    ] = "rsa"


class DkimKeyView(BaseModel):
    """`in_use`: whether mail is signed with it. `record_name`, `record_value`: the TXT record."""

    domain: str
    selector: str
    algorithm: Algorithm
    in_use: bool
    created_at: datetime
    record_name: str
    record_value: str

    @classmethod
    def of(cls, key: DkimKey) -> "DkimKeyView":
        return cls(
            domain=key.domain,
            selector=key.selector,
            algorithm=key.algorithm,
            in_use=key.in_use,
            created_at=key.created_at,
            record_name=key_name(key.domain, key.selector),
            record_value=key.public_record,
        )


class DkimKeyList(BaseModel):
    keys: list[DkimKeyView]

    @classmethod
    def of(cls, keys: Iterable[DkimKey]) -> "DkimKeyList":
        return cls(keys=[DkimKeyView.of(it) for it in keys])


class DnsRecordView(BaseModel):
    """`value`: what to publish; null if only you know it, then `hint` says what belongs there."""

    purpose: Purpose
    name: str
    type: str
    value: str | None
    hint: str

    @classmethod
    def of(cls, record: DnsRecord) -> "DnsRecordView":
        return cls(
            purpose=record.purpose,
            name=record.name,
            type=record.type,
            value=record.value,
            hint=record.hint,
        )


class DkimDomainView(DkimKeyList):
    domain: str
    records: list[DnsRecordView] = Field(description="All records that the domain needs.")

    @classmethod
    def with_records(
        cls, keys: Sequence[DkimKey], records: Iterable[DnsRecord]
    ) -> "DkimDomainView":
        return cls(
            domain=keys[0].domain,
            keys=[DkimKeyView.of(it) for it in keys],
            records=[DnsRecordView.of(it) for it in records],
        )


class ResealedView(BaseModel):
    resealed: int = Field(
        description="The number of keys, all encrypted with the first secret now."
    )
