"""The footer that marketing e-mails of a workspace get when their flow is published.

Invariant: reads only. This module must not know campaigns.
"""

from functions.mail.footer import Footer
from functions.service.access.records import WorkspaceSettings
from functions.service.access.workspace_settings import read_workspace_settings
from functions.service.services import WorkspaceServices


async def current_footer(services: WorkspaceServices) -> Footer:
    return footer_of(await read_workspace_settings(services))


def footer_of(settings: WorkspaceSettings) -> Footer:
    return Footer(settings.footer, settings.postal_address)
