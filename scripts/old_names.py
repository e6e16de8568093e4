"""The words that `scripts/check_names.py` keeps out of names, and where they may stand."""

from typing import NamedTuple


class Old(NamedTuple):
    """`term`: what to say instead. `after`: words after which it is right, as in `dead_letter`."""

    term: str
    after: tuple[str, ...] = ()


class Exempt(NamedTuple):
    paths: tuple[str, ...]
    names: tuple[str, ...]
    reason: str


_INTERVENE = Old("intervene")
_FIX = Old("fix")
_NOTIFY = Old("notify")
_TRACKING = Old("tracking event")
_DEAD_LETTER = Old("dead letter", ("dead",))
_MESSAGE = Old("message, reason or text")
_WAY = Old(
    "branch, exit or unsubscribe link", ("under", "either", "their", "its", "both", "half", "same")
)
_VALID = Old("valid or strict")
_ACCOUNT = Old("sending account", ("sending",))
_AUTHENTICATION = Old("authentication")

PARTS = {
    "hit": _TRACKING,
    "hits": _TRACKING,
    "letter": _DEAD_LETTER,
    "letters": _DEAD_LETTER,
    "words": _MESSAGE,
    "steer": _INTERVENE,
    "steers": _INTERVENE,
    "steered": _INTERVENE,
    "steering": _INTERVENE,
    "door": _AUTHENTICATION,
    "sound": _VALID,
    "pace": Old("worker state"),
    "ring": _NOTIFY,
    "rings": _NOTIFY,
    "rung": _NOTIFY,
    "mend": _FIX,
    "mends": _FIX,
    "mended": _FIX,
    "tries": Old("delivery attempts"),
    "way": _WAY,
    "ways": _WAY,
    "gate": Old("session, guard or proxy"),
    "account": _ACCOUNT,
    "accounts": _ACCOUNT,
}

WHOLE = {
    "attempt": "resend_number",
    "behind": "metric",
    "leads_behind": "leads_of_metric",
    "Answer": "IdempotencyRecord",
    "Answers": "IdempotencyRecords",
}

TEXTS = {
    "hits?": "tracking event",
    "steer(s|ed|ing)?": "intervene",
    "mend(s|ed|ing)?": "fix",
    "put back": "defer or requeue",
    "way out": "unsubscribe link",
    "sound": "valid",
}

EXCEPTIONS = (
    Exempt(
        ("functions/api/",),
        ("letter_id", "letters", "words", "last_words", "tries", "attempt", "sound", "only_sound"),
        "old JSON fields: requests may use them, answers repeat them",
    ),
    Exempt(("functions/api/leads/routes.py",), ("behind",), "an old parameter, still accepted"),
    Exempt(("functions/api/http/metrics.py",), ("emailbuilder_hits",), "the old name of a metric"),
    Exempt(("functions/api/http/sending_account_metrics.py",), ("account",), "a metric's label"),
    Exempt(
        ("functions/service/leads/", "functions/api/leads/", "frontend/src/entities/lead/"),
        ("TRIES_AGAIN", "tries_again"),
        "a verb, in a code of the API",
    ),
    Exempt(("local/cli/doctor.py",), ("words", "mend"), "old fields of doctor --json"),
    Exempt(("functions/flow/",), ("words", "attempt"), "details of journal entries, stored so"),
    Exempt(("local/team/queues.py",), ("attempt",), "queued so: older workers read it"),
    Exempt(
        ("functions/service/sending/", "local/team/", "harness/simulation/", "tests/"),
        ("account",),
        "the field of a sending account's state, stored so; its key in every store",
    ),
    Exempt(
        ("functions/adapters/sqlite/schema.py",), ("_ACCOUNTS",), "tables by their stored names"
    ),
    Exempt(
        ("tests/adapters/",), ("hits", "accounts"), "collections and tables by their stored names"
    ),
    Exempt(("frontend/src/features/lead/timeline.tsx",), ("hit",), "a kind of journal entry"),
    Exempt(("frontend/src/",), ("words",), "words of a search or a name; a deprecated API field"),
    Exempt(
        ("local/cloud/", "local/deploy.py", "local/http_events.py", "tests/"),
        ("ACCOUNT_ID", "AwsAccount", "CloudAccount", "FakeAccount", "account", "accountId"),
        "an account at AWS",
    ),
    Exempt(
        ("functions/access.py", "tests/local/"), ("_PREFIX_LETTERS", "letter"), "of an alphabet"
    ),
    Exempt(
        ("functions/mail/", "tests/mail/"),
        ("words", "_words", "_encoded_words", "_SPACE_BETWEEN_WORDS"),
        "words of a text; encoded words of RFC 2047",
    ),
    Exempt(
        ("scripts/", "tests/architecture/"),
        ("words", "words_of", "empty_words", "WORDS", "WORDS_NEVER", "_ACCOUNT", "_WAY"),
        "rules about words",
    ),
    Exempt(("scripts/",), ("break_long_words",), "textwrap named it"),
    Exempt(("bench/speed/", "tests/service/schedule/"), ("PACE", "pace"), "a speed"),
)
