"""DKIM keys of sending domains, and the DNS records to publish."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from functions.api.http.context import ServicesDep
from functions.api.sending.schemas_dkim import (
    DOMAIN_CHARS_MAX,
    SELECTOR_CHARS_MAX,
    DkimDomainView,
    DkimKeyCreate,
    DkimKeyList,
    DkimKeyView,
    ResealedView,
)
from functions.service.sending.dkim_keys import (
    create_dkim_key,
    keys_of_domain,
    list_dkim_keys,
    remove_dkim_key,
    reseal_dkim_keys,
    use_dkim_key,
)
from functions.service.sending.dns_records import records_of
from functions.service.services import WorkspaceServices

router = APIRouter(prefix="/dkim-keys", tags=["domains"])

_BUSY: dict[int | str, dict[str, Any]] = {
    409: {"description": "Others are changing the keys at the moment."}
}

Domain = Annotated[str, Path(max_length=DOMAIN_CHARS_MAX)]
Selector = Annotated[str, Path(max_length=SELECTOR_CHARS_MAX)]


@router.post(
    "",
    status_code=201,
    summary="Create a key that signs the mail of a domain",
    responses={409: {"description": "SECRET_KEYS is not set, or there are too many keys."}},
)
async def create_key(body: DkimKeyCreate, services: ServicesDep) -> DkimDomainView:
    """The first key of an algorithm signs within a minute. A later one signs once it is put to use,
    so that its record can be published first."""
    key = await create_dkim_key(services, body.domain, body.algorithm)
    return await _domain_view(services, key.domain)


@router.get("", summary="List the keys of all domains")
async def list_keys(services: ServicesDep) -> DkimKeyList:
    return DkimKeyList.of(await list_dkim_keys(services))


@router.post(
    "/reseal",
    summary="Encrypt all keys with the first secret of SECRET_KEYS",
    responses={409: {"description": "SECRET_KEYS is not set, or lacks the secret of a key."}},
)
async def reseal_keys(services: ServicesDep) -> ResealedView:
    """Afterwards the other secrets can be removed."""
    return ResealedView(resealed=await reseal_dkim_keys(services))


@router.get("/{domain}", summary="Read the keys of a domain and the DNS records to publish")
async def read_domain(domain: Domain, services: ServicesDep) -> DkimDomainView:
    return await _domain_view(services, domain)


@router.post("/{domain}/{selector}/use", summary="Sign with this key from now on", responses=_BUSY)
async def use_key(domain: Domain, selector: Selector, services: ServicesDep) -> DkimKeyView:
    """It takes the place of the domain's other keys of the same algorithm, within a minute. Publish
    its record first, and keep the record of the other key for a week."""
    return DkimKeyView.of(await use_dkim_key(services, domain, selector))


@router.delete("/{domain}/{selector}", status_code=204, summary="Delete a key for good")
async def remove_key(domain: Domain, selector: Selector, services: ServicesDep) -> Response:
    """Without a key in use, the domain's mail is not signed."""
    await remove_dkim_key(services, domain, selector)
    return Response(status_code=204)


async def _domain_view(services: WorkspaceServices, domain: str) -> DkimDomainView:
    keys = await keys_of_domain(services, domain)
    records = records_of(
        keys[0].domain,
        keys,
        spf=services.identity.spf,
        public_url=services.policy.public_url,
        bounce_domain=services.policy.bounce_domain,
    )
    return DkimDomainView.with_records(keys, records)
