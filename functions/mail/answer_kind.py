"""The kind of an answer: a mail server's refusal without what differs from message to message.

Role: servers put addresses, queue ids, times and links into their answers, so that hardly two of
ten thousand are equal. People choose among kinds of answers. Invariant: pure; codes stay, because
they say most.
This module must not know leads or messages.
"""

import re

READ_MAX = 1000
CHARS_MAX = 160
LEFT_OUT = "…"

_CODES = re.compile(r"Line \d+:|(?:[245]\d\d\b)?(?:[ -]?[245]\.\d{1,3}\.\d{1,3}\b)?")
"""What stays: the SMTP reply code and the enhanced status code (RFC 3463), or the line of an error
in a template."""
_BRACKETS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
_VARIES = re.compile(r"[^\s()]*[\d@][^\s()]*|\b[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
"""A word with a digit or an @, such as a queue id or an address; the name of a host."""
_STATUS = re.compile(r"[(\[]?#?[245]\.\d{1,3}\.\d{1,3}[)\]]?[:,;.]?")
_LEFT_OUT_TWICE = re.compile(rf"{LEFT_OUT}(?:[\s:;,.()'\"-]*{LEFT_OUT})+")


def answer_kind(answer: str, address: str = "") -> str:
    """`answer`: in one line, as stored with the message. `address`: of its recipient, whose local
    part and domain are left out wherever they are. At most `CHARS_MAX` characters."""
    text = " ".join(answer[:READ_MAX].split())
    found = _CODES.match(text)
    codes = found[0] if found else ""
    rest = text[len(codes) :]
    for pattern in (_BRACKETS, _LINK):
        rest = pattern.sub(LEFT_OUT, rest)
    for part in address.partition("@")[::2]:
        if part:
            named = rf"(?<![\w.-]){re.escape(part)}(?![\w-])"
            rest = re.sub(named, LEFT_OUT, rest, flags=re.IGNORECASE)
    rest = _VARIES.sub(lambda word: word[0] if _STATUS.fullmatch(word[0]) else LEFT_OUT, rest)
    rest = _LEFT_OUT_TWICE.sub(LEFT_OUT, rest)
    return (codes + rest)[:CHARS_MAX].rstrip()
