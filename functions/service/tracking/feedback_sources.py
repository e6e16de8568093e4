"""Whose reports of bounces and complaints are accepted by HTTP.

Invariant: without settings, nobody's are. No repr contains a secret. This module must not know
settings or routes.
"""

from dataclasses import dataclass, field

from functions.mail.sns_message import is_topic
from functions.service.tracking.ports import SnsPages

SECRET_CHARS_MIN = 32
SECRETS_MAX = 10
TOPICS_MAX = 20


@dataclass(frozen=True, slots=True)
class FeedbackSources:
    """`topics`: ARNs of the SNS topics to which SES publishes. `pages`: reads the pages that their
    messages name. `secrets`: keys of signed reports; each is valid."""

    topics: frozenset[str] = frozenset()
    pages: SnsPages | None = None
    secrets: tuple[bytes, ...] = field(default=(), repr=False)


def parse_topics(written: str) -> frozenset[str]:
    """Split ARNs separated by commas. Raises ValueError."""
    topics = frozenset(it.strip() for it in written.split(",") if it.strip())
    if len(topics) > TOPICS_MAX or not all(is_topic(it) for it in topics):
        raise ValueError(
            "must be ARNs of SNS topics, such as arn:aws:sns:eu-west-1:123456789012:ses, separated "
            f"by commas, {TOPICS_MAX} at most"
        )
    return topics


def parse_secrets(written: str) -> tuple[bytes, ...]:
    """Split secrets separated by commas. Raises ValueError, without a secret in it."""
    secrets = [it.strip() for it in written.split(",") if it.strip()]
    if len(secrets) > SECRETS_MAX or any(len(it) < SECRET_CHARS_MIN for it in secrets):
        raise ValueError(
            f"must be secrets of at least {SECRET_CHARS_MIN} characters, separated by commas, "
            f"{SECRETS_MAX} at most"
        )
    return tuple(it.encode() for it in secrets)
