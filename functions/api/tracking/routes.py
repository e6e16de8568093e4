"""The links in e-mails: the tracking pixel, the tracked links and the unsubscribe link.

A tracking event is stored raw, with time, user agent and address, before anything else happens. A
HEAD request, as sent by mail gateways that check links, has no effect.
"""

import logging
import re
from base64 import b64decode
from collections.abc import Awaitable

from fastapi import APIRouter, Request
from starlette.responses import Response

from functions.api.http.context import MetricsDep, services_source
from functions.api.http.defect_log import DefectLog
from functions.api.http.metrics import Metrics
from functions.api.tracking import pages
from functions.flow.event import TrackingEventKind
from functions.flow.keys import campaign_of
from functions.mail.compose import OPEN_PATH, TEST_UNSUBSCRIBE, UNSUBSCRIBE_PATH
from functions.mail.links import CLICK_PATH
from functions.mail.tokens import INERT_LEAD, TokenInvalid
from functions.service.services import Services
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_click,
    store_open,
)
from functions.service.tracking.records import StoredTrackingEvent
from functions.service.tracking.unsubscribe import unsubscribe as record_unsubscribe

router = APIRouter(include_in_schema=False)

_defects = DefectLog(logging.getLogger(__name__))

_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_WEB = re.compile(r"https?://[\x21-\x7e]+", re.IGNORECASE)


@router.api_route(OPEN_PATH + "{token}", methods=["GET", "HEAD"])
async def open_pixel(token: str, request: Request, metrics: MetricsDep) -> Response:
    """Answers with the picture in any case, because mail programs show no error messages."""
    services = await _services(request)
    if services is None:
        return _pixel(503)
    try:
        opened = services.keyring.read_open(token)
    except TokenInvalid:
        return _pixel(404)
    if opened.lead_id == INERT_LEAD:
        return _pixel(200)
    campaign_id = campaign_of(opened.lead_id)
    if campaign_id is None:
        return _pixel(404)
    if request.method == "GET":
        storing = store_open(services, campaign_id, opened, _reader(request))
        if not await _track(services, metrics, storing):
            return _pixel(503)
    return _pixel(200)


@router.api_route(CLICK_PATH + "{token}", methods=["GET", "HEAD"])
async def follow_link(token: str, request: Request, metrics: MetricsDep) -> Response:
    """Redirects only to the URL in the signed token."""
    services = await _services(request)
    if services is None:
        return pages.unavailable()
    try:
        clicked = services.keyring.read_click(token)
    except TokenInvalid:
        return pages.no_such_link()
    is_inert = clicked.lead_id == INERT_LEAD
    campaign_id = campaign_of(clicked.lead_id)
    if (campaign_id is None and not is_inert) or not _WEB.fullmatch(clicked.url):
        return pages.no_such_link()
    if campaign_id is not None and request.method == "GET":
        storing = store_click(services, campaign_id, clicked, _reader(request))
        if not await _track(services, metrics, storing):
            return pages.unavailable(clicked.url)
    return Response(status_code=302, headers={"location": clicked.url, "cache-control": "no-store"})


@router.api_route(UNSUBSCRIBE_PATH + "{token}", methods=["GET", "HEAD", "POST"])
async def unsubscribe(token: str, request: Request, metrics: MetricsDep) -> Response:
    """GET asks for confirmation. POST unsubscribes, sent by the one-click button of a mail program
    (RFC 8058) or by the button on the page.

    The body is ignored: a POST to this URL has only one meaning, and a provider that spells the
    body differently must not be refused.
    """
    if token == TEST_UNSUBSCRIBE:
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
        unsubscribed = await record_unsubscribe(services, wanted, _reader(request))
    except Exception as problem:
        _defects.write("an unsubscribe could not be stored", problem)
        return pages.unavailable()
    if unsubscribed is None:
        return pages.no_such_link()
    if unsubscribed.stored is not None:
        metrics.count_tracking_event(TrackingEventKind.UNSUBSCRIBED)
        await _settle(services, metrics, unsubscribed.stored)
    return pages.unsubscribed(unsubscribed.email)


async def _services(request: Request) -> Services | None:
    """None if the services cannot be created: readers get a page, not a problem document."""
    try:
        return await services_source(request).services()
    except Exception as problem:
        _defects.write("the services cannot be made", problem)
        return None


async def _track(
    services: Services, metrics: Metrics, storing: Awaitable[StoredTrackingEvent | None]
) -> bool:
    """Store and settle a tracking event, unless it is already stored. False if it could not be
    stored."""
    try:
        stored = await storing
    except Exception as problem:
        _defects.write("a tracking event could not be stored", problem)
        return False
    if stored is not None:
        metrics.count_tracking_event(stored.tracking_event.kind)
        await _settle(services, metrics, stored)
    return True


async def _settle(services: Services, metrics: Metrics, stored: StoredTrackingEvent) -> None:
    try:
        await settle_tracking_events(services, [stored])
    except Exception as problem:
        # The event is stored, so nothing is lost: the sweep finds it by its `look_at` and steps
        # the lead. The reader is redirected all the same.
        metrics.left_to_sweep()
        what = f"tracking event {stored.tracking_event_id} is left to the sweep"
        _defects.write(what, problem, logging.WARNING)


def _reader(request: Request) -> Reader:
    address = request.client.host if request.client is not None else ""
    return Reader(request.headers.get("user-agent", ""), address)


def _pixel(status: int) -> Response:
    headers = {"cache-control": "no-store, no-cache, must-revalidate, private"}
    return Response(_GIF, status_code=status, media_type="image/gif", headers=headers)
