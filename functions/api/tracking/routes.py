"""What readers of e-mails touch: the pixel, the links, the way out.

A hit is stored raw, with the time, user agent and address, before anything else happens. A HEAD
request (mail gateways send them to look at links) stores nothing and does nothing.
"""

import logging
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from functions.api.http.context import MetricsDep, services_source
from functions.api.http.metrics import Metrics
from functions.api.tracking import pages as pages
from functions.flow.event import Hit, HitKind
from functions.flow.keys import campaign_of
from functions.flow.lead import Lead
from functions.mail.compose import OPEN_PATH, TEST_WAY_OUT, UNSUBSCRIBE_PATH
from functions.mail.links import CLICK_PATH
from functions.mail.tokens import TokenInvalid, UnsubscribeToken
from functions.service.services import Services
from functions.service.tracking.record_hit import (
    UNSUBSCRIBED,
    Reader,
    settle_hits,
    store_hit,
    suppress,
)
from functions.service.tracking.records import StoredHit

router = APIRouter(include_in_schema=False)

logger = logging.getLogger(__name__)

_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_WEB = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


@router.api_route(OPEN_PATH + "{token}", methods=["GET", "HEAD"])
async def open_pixel(token: str, request: Request, metrics: MetricsDep) -> Response:
    """A picture in any case: a mail program has no use for words."""
    services = await _services(request)
    if services is None:
        return _pixel(503)
    try:
        opened = services.keyring.read_open(token)
    except TokenInvalid:
        return _pixel(404)
    campaign_id = campaign_of(opened.lead_id)
    if campaign_id is None:
        return _pixel(404)
    if request.method == "GET":
        hit = partial(Hit, HitKind.OPENED, opened.node_id, opened.visit)
        stored = await _store(
            services, metrics, request, campaign_id, opened.lead_id, opened.attempt, hit
        )
        if stored is None:
            return _pixel(503)
        await _settle(services, metrics, stored)
    return _pixel(200)


@router.api_route(CLICK_PATH + "{token}", methods=["GET", "HEAD"])
async def follow_link(token: str, request: Request, metrics: MetricsDep) -> Response:
    """Redirects to the URL within the signed token, and to no other."""
    services = await _services(request)
    if services is None:
        return pages.unavailable()
    try:
        clicked = services.keyring.read_click(token)
    except TokenInvalid:
        return pages.no_such_link()
    campaign_id = campaign_of(clicked.lead_id)
    if campaign_id is None or not _WEB.fullmatch(clicked.url):
        return pages.no_such_link()
    if request.method == "GET":
        hit = partial(
            Hit,
            HitKind.CLICKED,
            clicked.node_id,
            clicked.visit,
            link=clicked.link,
            url=clicked.url,
        )
        stored = await _store(
            services, metrics, request, campaign_id, clicked.lead_id, clicked.attempt, hit
        )
        if stored is None:
            return pages.unavailable(clicked.url)
        await _settle(services, metrics, stored)
    return Response(status_code=302, headers={"location": clicked.url, "cache-control": "no-store"})


@router.api_route(UNSUBSCRIBE_PATH + "{token}", methods=["GET", "HEAD", "POST"])
async def unsubscribe(token: str, request: Request, metrics: MetricsDep) -> Response:
    """GET asks, POST acts: a mail program's one click (RFC 8058) and the page's button alike.

    The body is not looked at: to post to this address has one meaning only, and a provider
    that spells its body otherwise must not be turned away.
    """
    if token == TEST_WAY_OUT:
        return pages.only_a_test()
    services = await _services(request)
    if services is None:
        return pages.unavailable()
    try:
        wanted = services.keyring.read_unsubscribe(token)
    except TokenInvalid:
        return pages.no_such_link()
    if request.method != "POST":
        return pages.confirm_unsubscribe(wanted.email)
    try:
        return await _unsubscribe(services, metrics, request, wanted)
    except Exception:
        logger.exception("an unsubscribe could not be stored")
        return pages.unavailable()


async def _unsubscribe(
    services: Services, metrics: Metrics, request: Request, wanted: UnsubscribeToken
) -> Response:
    """Raises what the store raises: an unsubscribe is confirmed only once it is kept."""
    found = await services.store.leads.find([wanted.lead_id])
    lead = found[0].lead if found else None
    email = wanted.email or (lead.email if lead is not None else None)
    if email is None:
        return pages.no_such_link()
    node_id, visit, attempt = _last_message(lead)
    now = await services.store.now()
    hit = Hit(HitKind.UNSUBSCRIBED, node_id, visit, now)
    stored = await store_hit(
        services, wanted.campaign_id, wanted.lead_id, attempt, hit, _reader(request)
    )
    metrics.hit(hit.kind)
    await suppress(services, email, UNSUBSCRIBED, wanted.campaign_id)
    await _settle(services, metrics, stored)
    return pages.unsubscribed(email)


def _last_message(lead: Lead | None) -> tuple[str, int, int]:
    """(node, visit, attempt) of the e-mail that most likely moved its reader to leave: the
    token names none, so that it works for ever."""
    if lead is None:
        return "", 0, 0
    if not lead.sent_emails:
        return lead.current_node or "", lead.visit, lead.attempt
    node_id, sent = max(lead.sent_emails.items(), key=lambda it: it[1].at)
    return node_id, sent.visit, sent.attempt


async def _services(request: Request) -> Services | None:
    """None when there are none to be had: readers get a page, not a problem document."""
    try:
        return await services_source(request).services()
    except Exception:
        logger.exception("the services cannot be made")
        return None


async def _store(
    services: Services,
    metrics: Metrics,
    request: Request,
    campaign_id: str,
    lead_id: str,
    attempt: int,
    hit_at: Callable[[datetime], Hit],
) -> StoredHit | None:
    """None where the store is away: then nothing is promised, and the reader is told."""
    try:
        hit = hit_at(await services.store.now())
        stored = await store_hit(services, campaign_id, lead_id, attempt, hit, _reader(request))
    except Exception:
        logger.exception("a hit could not be stored")
        return None
    metrics.hit(hit.kind)
    return stored


async def _settle(services: Services, metrics: Metrics, stored: StoredHit) -> None:
    try:
        await settle_hits(services, [stored])
    except Exception:
        # The hit is kept, so nothing is lost: the sweep finds it by its `look_at` and steps the
        # lead. A reader on the way to a page must not pay for our trouble.
        metrics.left_to_sweep()
        logger.warning("hit %s is left to the sweep", stored.hit_id, exc_info=True)


def _reader(request: Request) -> Reader:
    address = request.client.host if request.client is not None else ""
    return Reader(request.headers.get("user-agent", ""), address)


def _pixel(status: int) -> Response:
    headers = {"cache-control": "no-store, no-cache, must-revalidate, private"}
    return Response(_GIF, status_code=status, media_type="image/gif", headers=headers)
