"""The scheduler's entry point: `celery -A local.celery_beat beat`.

It needs the broker and nothing else: it is given no secret of the store, of readers' links or of
the mail server. Invalid settings end it at once with a readable message.
"""

import sys

from celery import signals

from functions.settings_error import SettingsError
from local.team.logs import configure_logs
from local.team.scheduler import make_scheduler
from local.team.settings import SchedulerSettings


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _configure_logs(**_: object) -> None:
    """Celery does not configure logging itself if this signal has a receiver."""
    configure_logs(_settings.log_level, service="scheduler", secrets=_settings.secrets())


try:
    _settings = SchedulerSettings.from_environment()
except SettingsError as fault:
    sys.exit(str(fault))
app = make_scheduler(_settings)
