"""The worker's and the scheduler's entry point: `celery -A local.celery_app worker --pool threads`.

One process per worker (`--pool threads`), scaled by processes: a dead worker's connection closes,
and the broker delivers again what it had.
"""

from functools import partial

from local.team.settings import TeamSettings
from local.team.wiring import compose
from local.team.worker import make_app

_settings = TeamSettings.from_environment()
app = make_app(_settings, partial(compose, _settings))
send_email_task = app.tasks["send_email_task"]
resume_lead_task = app.tasks["resume_lead_task"]
resume_condition_task = app.tasks["resume_condition_task"]
