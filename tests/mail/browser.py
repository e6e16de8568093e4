"""What a browser makes of a page, according to html5lib: it implements the HTML standard."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib


def hrefs(html: str) -> list[str]:
    """Return where the links of a page lead, each as its attribute says."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    return [
        href
        for element in page.iter()
        if element.tag in ("a", "area") and (href := element.get("href")) is not None
    ]


def text(html: str) -> str:
    """Return the text of a page, without comments."""
    return "".join(_texts(html5lib.parse(html, namespaceHTMLElements=False).find("body")))


def _texts(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str):
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""
