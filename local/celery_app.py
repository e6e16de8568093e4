"""The worker's entry point: `celery -A local.celery_app worker --pool threads`.

One process per worker (`--pool threads`), scaled by starting more: when a worker dies, its
connection closes, and the broker redelivers its messages. Invalid settings end it at once with a
readable message.
"""

import sys
from functools import partial

from celery import signals

from functions.settings_error import SettingsError
from local.team.logs import configure_logs
from local.team.settings import TeamSettings
from local.team.wiring import check, compose
from local.team.worker import make_app


# At the first of them, so that warnings from before Celery sets up logging have the same format.
@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _configure_logs(**_: object) -> None:
    """Celery does not configure logging itself if the second signal has a receiver."""
    configure_logs(_settings.log_level, service="worker", secrets=_settings.secrets())


try:
    _settings = TeamSettings.from_environment()
    check(_settings)
except SettingsError as fault:
    sys.exit(str(fault))
app = make_app(_settings, partial(compose, _settings))
send_email_task = app.tasks["send_email_task"]
resume_lead_task = app.tasks["resume_lead_task"]
resume_condition_task = app.tasks["resume_condition_task"]
