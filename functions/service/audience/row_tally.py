"""Count the rows of a file, and give up a file that costs far more than its contacts.

Invariant: reading a file takes little more than reading the contacts in it. A row of two bytes that
is refused costs as much as fifty bytes of contacts, and a gigabyte can hold millions of them.
This module must not know what rows look like.
"""

from functions.service.audience.import_policy import ContactFileError

REFUSED_ROWS_MAX = 10_000
"""More are accepted only in a file with as many contacts."""
BLANK_ROWS_MAX = 1_100_000
"""A sheet has 1,048,576 rows, and people export all of them."""


class RowTally:
    def __init__(self) -> None:
        self.accepted = 0
        self._refused = 0
        self._blank = 0

    def count_refused(self) -> None:
        """Raises ContactFileError."""
        self._refused += 1
        if self._refused > max(REFUSED_ROWS_MAX, self.accepted):
            raise ContactFileError(
                "rows_mostly_refused",
                "file",
                "More than half of the rows are no contacts: check that this is the right file, "
                "and that its column of addresses is the right one.",
            )

    def count_blank(self) -> None:
        """Raises ContactFileError."""
        self._blank += 1
        if self._blank > BLANK_ROWS_MAX:
            raise ContactFileError(
                "rows_mostly_blank",
                "file",
                f"The file has more than {BLANK_ROWS_MAX:,} blank rows: remove them.",
            )
