"""Set up a campaign in one request: its flow, its contacts, and its launch.

Invariant: everything that can be checked is checked before anything is stored. Rows are stored
before the campaign, and the campaign before the jobs that need it. So a refusal leaves nothing
behind, and after a crash the same request, sent again, completes the set-up (`may_exist`).
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.flow.validate import Report
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.import_policy import FileReading
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.check_before_launch import check_emails
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import Campaign
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, FlowInvalidError
from functions.service.jobs.records import StoredJob
from functions.service.services import WorkspaceServices


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """`campaign_id`: None creates one. `flow`: None: an empty draft. `rows`: None: no contacts yet.
    `reading`: how they were read; None if they come from no file.
    `may_exist`: `campaign_id` was derived from the request, so a campaign with that id comes from
    an earlier try of the same request. `strict`: refuse a flow with errors."""

    campaign_id: str | None
    name: str
    flow: Mapping[str, object] | None
    rows: Sequence[Row | RejectedRow] | None
    launch: bool
    reading: FileReading | None = None
    may_exist: bool = False
    strict: bool = False
    from_email: str | None = None
    from_name: str | None = None
    reply_to: str | None = None
    lateness_max_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    campaign: Campaign
    report: Report | None
    import_job: StoredJob | None
    launch_job: StoredJob | None


async def set_up_campaign(services: WorkspaceServices, wanted: NewCampaign) -> SetUp:
    """Raises CallerError, ContactFileError, FlowInvalidError."""
    report = await check_emails(services, wanted.flow) if wanted.flow is not None else None
    if wanted.strict and report is not None and report.errors:
        raise FlowInvalidError(report.errors)
    if wanted.launch:
        _check_launch(wanted, report)
        await check_not_held(services)
    upload: Upload | None = None
    campaign_id = wanted.campaign_id or f"c-{services.new_token()[:12]}"
    if wanted.rows is not None:
        upload = Upload(services, campaign_id)
    try:
        if upload is not None and wanted.rows is not None:
            await upload.add(wanted.rows)
            if wanted.reading is not None:
                upload.check(wanted.reading)
            await upload.write_rest()
        campaign = await _create(services, campaign_id, wanted)
    except BaseException:
        if upload is not None:
            await upload.discard()
        raise
    import_job = await upload.finish() if upload is not None else None
    launch_job = None
    if wanted.launch:
        campaign, launch_job = await launch(services, campaign_id)
    return SetUp(campaign, report, import_job, launch_job)


def _check_launch(wanted: NewCampaign, report: Report | None) -> None:
    if report is None:
        raise CallerError(422, "no_flow", "There is no flow to launch: send nodes.", "nodes")
    if report.errors:
        raise FlowInvalidError(report.errors)
    if not any(isinstance(row, Row) for row in wanted.rows or ()):
        raise CallerError(
            422,
            "no_contacts",
            "There is nobody to send to: add contacts with a valid address, or leave launch out.",
            "launch",
        )


async def _create(services: WorkspaceServices, campaign_id: str, wanted: NewCampaign) -> Campaign:
    try:
        return await create_campaign(
            services,
            name=wanted.name,
            flow=wanted.flow,
            campaign_id=campaign_id,
            from_email=wanted.from_email,
            from_name=wanted.from_name,
            reply_to=wanted.reply_to,
            lateness_max_seconds=wanted.lateness_max_seconds,
        )
    except CallerError as error:
        if not (wanted.may_exist and error.code == "id_taken"):
            raise
        return await find_campaign(services, campaign_id)
