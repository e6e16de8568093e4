"""The page around a body that its author wrote as plain paragraphs.

Role: give a fragment of HTML, or a body of plain text, the width, the font and the margins that
readers expect. Outlook, which knows no maximum width, gets a table of that width.
Invariant: no colour is set, so that a mail program that is dark shows light text on its own
background; the author's markup is unchanged.
It must not know what is inside.
"""

WIDTH_PX = 600

_FONT = "'Segoe UI',system-ui,-apple-system,Roboto,Helvetica,Arial,sans-serif"
"""Outlook knows the first one only, and the others are what each system uses itself."""
_HEAD = (
    '<!doctype html>\n<html><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    "<style>img{max-width:100%;height:auto}</style></head>\n"
    '<body style="margin:0;padding:0">\n'
)
_START = (
    f'<!--[if mso]><table role="presentation" width="{WIDTH_PX}" align="center"><tr><td>'
    "<![endif]-->\n"
    f'<div style="max-width:{WIDTH_PX}px;margin:0 auto;padding:24px 16px;font-family:{_FONT};'
    'font-size:16px;line-height:1.5;overflow-wrap:break-word">\n'
)
_END = "\n</div>\n<!--[if mso]></td></tr></table><![endif]-->\n"


def wrapped(content: str, *, before: str, after: str) -> str:
    """Return a document with `content` in the wrapper; `before` and `after` display nothing."""
    return f"{_HEAD}{before}{_START}{content}{_END}{after}</body></html>\n"
