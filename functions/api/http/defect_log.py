"""Log defects with their tracebacks, but not one traceback per request.

Whoever finds a request that fails can send it a thousand times, and an outage of the store fails
every request. Neither should bury the rest of the log.
"""

import logging
from time import monotonic

QUIET_SECONDS = 60.0
PLACES_MAX = 100

_Place = tuple[type[BaseException], str, int]


class DefectLog:
    """The same defect, by type and place in the code, gets one traceback a minute."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._logged_at: dict[_Place, float] = {}

    def write(self, what: str, defect: BaseException, level: int = logging.ERROR) -> None:
        place, now = _place_of(defect), monotonic()
        if now - self._logged_at.get(place, -QUIET_SECONDS) < QUIET_SECONDS:
            kind, file, line = place
            self._logger.log(level, "%s: %s at %s:%d again", what, kind.__name__, file, line)
            return
        if len(self._logged_at) >= PLACES_MAX:
            self._logged_at.clear()
        self._logged_at[place] = now
        self._logger.log(level, "%s", what, exc_info=defect)


def _place_of(defect: BaseException) -> _Place:
    trace = defect.__traceback__
    if trace is None:
        return type(defect), "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return type(defect), trace.tb_frame.f_code.co_filename, trace.tb_lineno
