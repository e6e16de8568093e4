"""Tell what a file is by how it begins, whatever its name and type say.

Invariant: pure. This module must not know how files are read.
"""

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How the files of spreadsheet programs begin: XLSX and ODS, and XLS."""


def is_workbook(head: bytes) -> bool:
    """`head`: the first eight bytes, or more."""
    return head.startswith(_WORKBOOKS)
