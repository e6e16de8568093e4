"""Read the rows of an import that did not become contacts.

Invariant: reads only, a page at a time. This module must not know HTTP.
"""

from collections.abc import AsyncIterator, Mapping

from functions.service.audience.import_contacts import rejected_upload_id
from functions.service.errors import missing
from functions.service.jobs.list_jobs import find_job
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.services import WorkspaceServices


async def find_import(services: WorkspaceServices, job_id: str) -> StoredJob:
    """Raises CallerError 404, including for a job of another kind."""
    job = await find_job(services, job_id)
    if job.kind is not JobKind.IMPORT:
        raise missing("import", job_id)
    return job


async def rejected_rows(
    services: WorkspaceServices, job: StoredJob
) -> AsyncIterator[Mapping[str, object]]:
    """`line`, `code`, `message` and `raw` of each row, in the order of the file."""
    for number in range(job.cursor):
        upload_id = rejected_upload_id(job.job_id)
        page = await services.store.uploads.read(job.workspace_id, upload_id, number)
        for problem in page or ():
            assert isinstance(problem, dict)
            yield problem
