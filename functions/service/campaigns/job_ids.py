"""The ids of stored jobs, which say of which campaign they are.

Invariant: an id contains when the campaign was created, because a job may outlive the campaign, and
the campaign's id may be used again. A job never works on a later campaign.
This module must not know what jobs do.
"""

from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.jobs.records import StoredJob

_SCHEDULED = "launch."


def job_id_of(campaign: Campaign, what: str) -> str:
    return f"{campaign.campaign_id}.{_created_ms(campaign)}.{what}"


def scheduled_job_id(campaign: Campaign) -> str:
    """Of the job that launches it at its time. Each schedule has a job of its own."""
    return job_id_of(campaign, f"{_SCHEDULED}{campaign.schedule}")


def is_withdrawn(job: StoredJob, campaign: Campaign) -> bool:
    """Whether the job would launch a schedule that was taken back before it began."""
    _, _, what = job.job_id.removeprefix(f"{campaign.campaign_id}.").partition(".")
    if not what.startswith(_SCHEDULED):
        return False
    is_latest = job.job_id == scheduled_job_id(campaign)
    return campaign.status is CampaignStatus.DRAFT or (
        campaign.status is CampaignStatus.SCHEDULED and not is_latest
    )


def is_of(job: StoredJob, campaign: Campaign) -> bool:
    """Whether the job belongs to this campaign, and not to an earlier one with the same id."""
    written = job.job_id.removeprefix(f"{campaign.campaign_id}.").partition(".")[0]
    if written.isascii() and written.isdigit():
        return int(written) == _created_ms(campaign)
    # Stored by an earlier version, or an import that came together with its campaign.
    return job.created_at >= campaign.created_at


def _created_ms(campaign: Campaign) -> int:
    return int(campaign.created_at.timestamp() * 1000)
