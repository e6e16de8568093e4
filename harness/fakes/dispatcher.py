"""A broker in a list: jobs wait in it until a test pumps them into the use cases."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from functions.service.leads.resume_lead import resume_leads
from functions.service.schedule.run_jobs import run_jobs
from functions.service.sending.send_email import send_emails
from functions.service.services import Services

ROUNDS_MAX = 1000


class FakeDispatcher:
    """`waiting` may be read, cleared (a wiped broker) or extended (a duplicate) at will.

    A delayed job waits until the clock has reached its time.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.waiting: list[tuple[datetime, Job]] = []
        self.is_away = False

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        await self.ping()
        now = self._clock()
        for job in jobs:
            delay_seconds = job.delay_seconds if isinstance(job, ResumeJob) else 0
            self.waiting.append((now + timedelta(seconds=delay_seconds), job))

    async def ping(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError("no broker")

    async def close(self) -> None:
        """Nothing is open."""

    async def pump(self, services: Services) -> int:
        """Run jobs that are due, and the jobs they cause, until none is left; returns how many.

        A job that fails raises, because in a test nothing may be redelivered silently.
        """
        count = 0
        for _ in range(ROUNDS_MAX):
            due = self._take_due()
            if not due:
                return count
            count += len(due)
            await _carry_out(services, due)
        raise AssertionError(f"jobs lead to jobs without end, one of them {self.waiting[:1]}")

    def _take_due(self) -> list[Job]:
        now = self._clock()
        due = [job for at, job in self.waiting if at <= now]
        self.waiting = [(at, job) for at, job in self.waiting if at > now]
        return due


async def _carry_out(services: Services, jobs: Sequence[Job]) -> None:
    sends = [job for job in jobs if isinstance(job, SendJob)]
    resumes = [job for job in jobs if isinstance(job, ResumeJob)]
    failures: list[Exception] = []
    if sends:
        failures += (await send_emails(services, list(dict.fromkeys(sends)))).values()
    if resumes:
        failures += (await resume_leads(services, list(dict.fromkeys(resumes)))).values()
    if any(isinstance(job, RunJob) for job in jobs):
        await run_jobs(services)
    if failures:
        raise ExceptionGroup("jobs failed", failures)
