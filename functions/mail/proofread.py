"""Proofread a text of an e-mail: everything in it that is valid and probably wrong.

Role: one list for callers that show findings to the author before launch.
Invariant: at most `FINDINGS_MAX` findings, in the order of the text; no two about the same place.
It must not know contacts: which attributes they have is found elsewhere.
"""

from itertools import chain

from functions.mail.dead_links import dead_links
from functions.mail.lost_tags import lost_tags
from functions.mail.placeholders import placeholders
from functions.mail.text_findings import ReadText, TextFinding

FINDINGS_MAX = 50


def proofread(source: str, *, is_body: bool = False) -> tuple[TextFinding, ...]:
    """Return the findings about a subject, a preheader, a sender's name or a body.

    Raises `TemplateError` if the Liquid in `source` is not closed.
    """
    text = ReadText.of(source, is_body=is_body)
    found: list[TextFinding] = []
    for each in chain(lost_tags(text), placeholders(text), dead_links(text)):
        if not any(it.start < each.end and each.start < it.end for it in found):
            found.append(each)
        if len(found) == FINDINGS_MAX:
            break
    return tuple(sorted(found, key=lambda it: it.start))
