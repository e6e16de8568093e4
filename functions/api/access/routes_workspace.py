"""The settings of the workspace."""

from dataclasses import replace

from fastapi import APIRouter, Response

from functions.api.access.schemas_workspace import WorkspaceSettingsChange, WorkspaceSettingsView
from functions.api.http.context import ServicesDep
from functions.api.http.parameters import SeenRevision, etag
from functions.service.access import workspace_settings
from functions.service.access.records import WorkspaceSettings

router = APIRouter(prefix="/workspace/settings", tags=["workspace"])


@router.get("", summary="Read the settings of the workspace")
async def read_workspace_settings(
    services: ServicesDep, response: Response
) -> WorkspaceSettingsView:
    return _view(await workspace_settings.read_workspace_settings(services), response)


@router.patch(
    "",
    summary="Change the settings of the workspace",
    responses={
        409: {"description": "Others are changing the settings at the moment."},
        412: {"description": "The settings have changed since the ETag in If-Match."},
    },
)
async def change_workspace_settings(
    body: WorkspaceSettingsChange,
    services: ServicesDep,
    seen_revision: SeenRevision,
    response: Response,
) -> WorkspaceSettingsView:
    """Campaigns that are running use the footer, the address and the Reply-To that they were
    published with."""
    wanted = body.fields()
    settings = await workspace_settings.change_workspace_settings(
        services, lambda it: replace(it, **wanted), if_revision=seen_revision
    )
    return _view(settings, response)


def _view(settings: WorkspaceSettings, response: Response) -> WorkspaceSettingsView:
    response.headers["etag"] = etag(settings)
    return WorkspaceSettingsView.of(settings)
