"""docs/findings.md lists every code of a finding, and no other."""

import re

from functions.mail.dead_links import DEAD_LINK, UNKNOWN_SCHEME
from functions.mail.lost_tags import ENCODED_TAG, SPLIT_TAG
from functions.mail.placeholders import FOREIGN_PLACEHOLDER
from functions.service.campaigns.audience_count import Fault
from tests.architecture.source import ROOT

PLACES = ("functions/flow/validate.py", "functions/service/campaigns", "functions/service/content")
CODES = re.compile(
    r'found\.(?:error|warn)\(\s*"(\w+)"|Severity\.\w+,\s*"(\w+)"|yield \(?\s*"(\w+)"'
    r'|^CODE = "(\w+)"|code = "(\w+)" if .* else "(\w+)"|_of_body\(\s*node,\s*"(\w+)"',
    re.MULTILINE,
)


def test_page_lists_every_code() -> None:
    """So that programs can rely on it."""
    files = [
        path
        for place in PLACES
        for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).glob("*.py"))
    ]
    codes = {code for path in files for found in CODES.findall(path.read_text()) for code in found}
    page = (ROOT / "docs" / "findings.md").read_text()
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    listed = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    texts = {DEAD_LINK, ENCODED_TAG, FOREIGN_PLACEHOLDER, SPLIT_TAG, UNKNOWN_SCHEME}
    assert listed == codes - {""} | texts | {*map(str, Fault)}
