"""A file that costs far more than its contacts is given up; what people export is not."""

import pytest

from functions.service.audience import row_tally
from functions.service.audience.contact_row import RejectedRow
from functions.service.audience.contact_rows import read_rows
from functions.service.audience.import_policy import ContactFileError

HEADER = "email,plan\n"
GOOD, WRONG = "ann@example.com,pro\n", "nobody,pro\n"


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_tally, "REFUSED_ROWS_MAX", 10)
    monkeypatch.setattr(row_tally, "BLANK_ROWS_MAX", 10)


def code_of(content: str) -> str:
    with pytest.raises(ContactFileError) as caught:
        list(read_rows([content.encode()]))
    assert caught.value.message.endswith(".")
    return caught.value.code


@pytest.mark.parametrize(
    "rows",
    [
        WRONG * 11,
        GOOD * 5 + WRONG * 11,
        WRONG * 11 + GOOD * 50,
        '"open,pro\n' * 11,
        '"a" b,pro\n' * 11,
    ],
)
def test_file_of_something_else_is_given_up(rows: str) -> None:
    """Whatever is wrong with its rows, and whatever comes later."""
    assert code_of(HEADER + rows) == "rows_mostly_refused"


def test_wrong_rows_among_contacts_are_reported() -> None:
    """As long as there are as many contacts; and a short file may have nothing else."""
    for rows in (GOOD * 50 + WRONG * 50, (GOOD + WRONG) * 50, WRONG * 10):
        read = list(read_rows([(HEADER + rows).encode()]))
        refused = sum(isinstance(it, RejectedRow) for it in read)
        assert refused == rows.count(WRONG)


@pytest.mark.parametrize("blank", ["\n", "\r\n", ",\n", " , \n", '"\n"\n', '""\n'])
def test_blank_rows_are_bounded(blank: str) -> None:
    """Spellings of nothing are left out, but not without end."""
    assert len(list(read_rows([(HEADER + GOOD + blank * 9).encode()]))) == 1
    assert code_of(HEADER + GOOD + blank * 20) == "rows_mostly_blank"
