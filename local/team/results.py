"""Task results in Redis, written one batch at a time.

Keys and values are those of Celery's own backend, so `AsyncResult(id).get()` works; but a batch
takes one round trip, and nothing is read back. Invariant: if Redis is down, results are lost, but
no work fails.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pydantic_core import to_json
from redis import Redis, RedisError

EXPIRE_SECONDS = 60
"""Results are for a caller that waits for them; the journal is the archive."""
KEY_PREFIX = "celery-task-meta-"
QUIET_SECONDS = 30.0

logger = logging.getLogger(__name__)


class RedisResults:
    def __init__(self, redis: "Redis", *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._complained_at: float | None = None

    def store(self, outcomes: Mapping[str, bool]) -> None:
        """`outcomes`: by task id, whether it succeeded. Never raises."""
        if not outcomes:
            return
        done = datetime.fromtimestamp(time.time(), UTC).isoformat()
        pipeline = self._redis.pipeline(transaction=False)
        for task_id, succeeded in outcomes.items():
            key, value = KEY_PREFIX + task_id, _meta(task_id, done, succeeded=succeeded)
            pipeline.setex(key, EXPIRE_SECONDS, value)
            pipeline.publish(key, value)
        try:
            pipeline.execute()
        except RedisError as problem:
            now = self._monotonic()
            if self._complained_at is None or now - self._complained_at > QUIET_SECONDS:
                self._complained_at = now
                logger.warning("results are not kept while Redis is down: %s", problem)


def _meta(task_id: str, done: str, *, succeeded: bool) -> bytes:
    failure = {"exc_type": "JobFailed", "exc_message": ["dead-lettered"], "exc_module": __name__}
    return to_json(
        {
            "status": "SUCCESS" if succeeded else "FAILURE",
            "result": None if succeeded else failure,
            "traceback": None,
            "children": [],
            "date_done": done,
            "task_id": task_id,
        }
    )
