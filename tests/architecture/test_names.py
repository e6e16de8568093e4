"""Names are the field's: no word that was given up, no exception that nothing needs."""

import pytest

from scripts.check_names import check, exempt, files
from scripts.old_names import EXCEPTIONS

PYTHON = "functions/service/launch.py"
API = "functions/api/leads/schemas.py"
TYPESCRIPT = "frontend/src/features/lead/mails.tsx"
TEXTS = "frontend/src/features/lead/texts.ts"


def test_no_old_word_but_the_exceptions() -> None:
    """As `make check` asks; and each exception is needed."""
    found = [it for path, text in files() for it in check(path, text)]
    assert [str(it) for it in found if exempt(it) is None] == []
    assert {exempt(it) for it in found} >= {*EXCEPTIONS}


PLANTED = [
    (PYTHON, "def steer_lead(): ..."),
    (PYTHON, "class LetterView: ..."),
    (PYTHON, "for hit in events: pass"),
    (PYTHON, "import json as ring"),
    (PYTHON, "store.hits"),
    (PYTHON, "send(words=1)"),
    (PYTHON, "def send(attempt): ..."),
    (PYTHON, "class Answer: ..."),
    (PYTHON, "ACCOUNT_SECONDS_MAX = 1"),
    (API, 'document["tries_max"]'),
    (API, 'router.get("/hits/{hit_id}")'),
    (TYPESCRIPT, "const hits = 1;"),
    (TYPESCRIPT, "<Row sound={it} />"),
    (TYPESCRIPT, "`/leads?${it.behind}`"),
    (TEXTS, 'fix: "Mend it.",'),
    (TEXTS, "opened: (it: number) => `${it} hits`,"),
]


@pytest.mark.parametrize(("path", "text"), PLANTED)
def test_planted_word_is_found(path: str, text: str) -> None:
    """With file and line."""
    found = [it for it in check(path, f"\n{text}") if exempt(it) is None]
    assert found
    assert str(found[0]).startswith(f"{path}:2: ")


FINE = [
    (PYTHON, "dead_letter = DeadLetterView = sending_account = on_its_way = 1"),
    (PYTHON, 'white = string = letterhead = "hit"  # a hit'),
    (PYTHON, "def test_a_worker_tries_again(): ..."),
    (API, 'raise CallerError("Say it in other words.")'),
    (TYPESCRIPT, '// a hit\nconst label = "ring-2 ring-canvas";'),
    (TYPESCRIPT, 'const text = `${count(it, "dead letter")}`;'),
    (TEXTS, 'white: "A white whale",'),
]


@pytest.mark.parametrize(("path", "text"), FINE)
def test_what_only_looks_old_passes(path: str, text: str) -> None:
    """Parts of other words, comments, sentences, what another word makes right."""
    assert list(check(path, text)) == []
