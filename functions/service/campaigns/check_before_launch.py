"""Find everything that a person should know before a campaign is launched.

Invariant: reads only. Errors are those of the flow, and prevent the launch. Warnings name what will
go out differently than its author may have meant; a person may accept them. That leads end where
nothing follows is plain from the drawing and not asked about. The codes are stable.
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence

from functions.flow.model import Flow
from functions.flow.nodes import SendEmailNode
from functions.flow.validate import FINDINGS_MAX, Finding, Report
from functions.service.campaigns.audience_count import AudienceCount
from functions.service.campaigns.audience_findings import audience_findings
from functions.service.campaigns.edit import check_flow
from functions.service.campaigns.flow_texts import checking, proofread_emails
from functions.service.campaigns.needs import needs_of
from functions.service.campaigns.records import Campaign
from functions.service.campaigns.sender_findings import sender_findings
from functions.service.content.address_findings import address_findings
from functions.service.content.allowance import Allowance
from functions.service.content.current_footer import current_footer
from functions.service.services import Services, WorkspaceServices

CONTACTS_MAX = 100_000
"""How many contacts are looked at. It takes a second or two, and a fault that none of them has is
rare."""
PAGE_CONTACTS = 5000


async def check_before_launch(services: WorkspaceServices, campaign: Campaign) -> Report:
    """The report on the draft. As long as it has errors, its contacts are not looked at."""
    report = await check_emails(services, campaign.draft)
    flow = report.flow
    if flow is None:
        return report
    report = Report(flow, tuple(it for it in report.findings if it.code != "unconnected_port"))
    emails = _emails(flow)
    found = list(sender_findings(services.policy, campaign, emails))
    if services.policy.mail_leaves:
        footer = await current_footer(services)
        found += await services.processor.aside(lambda: list(address_findings(emails, footer)))
    return _with(report, [*found, *await _of_audience(services, campaign, flow)])


async def check_emails(services: Services, flow: Mapping[str, object]) -> Report:
    """The report on a flow, in any spelling, and on its e-mails."""
    allowance = Allowance(services.processor.seconds)

    def check() -> Report:
        report = check_flow(flow, checking(flow, allowance))
        if report.flow is None:
            return report
        return _with(report, list(proofread_emails(flow, _emails(report.flow), allowance)))

    return await services.processor.aside(check)


def _emails(flow: Flow) -> list[SendEmailNode]:
    return [it for it in flow.nodes if isinstance(it, SendEmailNode) and not it.disabled]


def _with(report: Report, found: Sequence[Finding]) -> Report:
    return Report(report.flow, (*report.findings, *found[:FINDINGS_MAX]))


async def _of_audience(
    services: WorkspaceServices, campaign: Campaign, flow: Flow
) -> list[Finding]:
    needs = await services.processor.aside(lambda: needs_of(flow))
    if not needs:
        return []
    contacts, of = services.store.contacts, (services.workspace_id, campaign.campaign_id)
    count = AudienceCount(needs, flow.zone, await services.store.now())
    after_seq = 0
    while count.contacts < CONTACTS_MAX:
        page = await contacts.page(*of, after_seq=after_seq, limit=PAGE_CONTACTS)
        for contact in page:
            count.add(contact.attributes)
        if len(page) < PAGE_CONTACTS:
            return list(audience_findings(count, count.contacts))
        after_seq = page[-1].seq
    return list(audience_findings(count, await contacts.total(*of)))
