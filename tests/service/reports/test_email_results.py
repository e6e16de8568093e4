"""Results over time and by link: bounded, and equal to a recount in whatever order they grow."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.flow.journal import JournalRecord, link_key, total_key
from functions.service.reports.email_results import (
    DAYS_KEPT,
    HOURS_KEPT,
    LINKS_KEPT,
    WHATS,
    days_of,
    hours_of,
    tallies,
    with_tally,
)
from functions.service.reports.records import EmailResults, LinkClicks
from harness.fakes.clock import BEGINNING

MAIL = "mail"
LINKS = ("https://example.com/a.html", "https://example.com/b")


def record(number: int, hours: int, key: str) -> JournalRecord:
    at = BEGINNING + timedelta(hours=hours)
    return JournalRecord(f"k{number}", "c", "l", 0, at, (), {key: 1})


def happened(hours: int, what: str, node_id: str = MAIL) -> JournalRecord:
    return record(0, hours, total_key(what, node_id))


def results_of(*batches: Sequence[JournalRecord]) -> EmailResults:
    results = EmailResults(campaign_id="c", node_id=MAIL)
    for number, records in enumerate(batches, 1):
        tally = tallies(records).get(MAIL)
        if tally is not None:
            results = with_tally(results, tally, number)
    return results


KEYS = st.one_of(
    st.sampled_from(WHATS).map(lambda what: total_key(what, MAIL)),
    st.sampled_from(LINKS).map(lambda link: link_key(MAIL, link)),
    st.sampled_from([total_key("entered", MAIL), total_key("sent", "other"), "at/mail/waiting"]),
)
HOURS = st.one_of(st.integers(0, 100), st.integers(0, 24 * 800))
RECORDS = st.lists(st.builds(record, st.just(0), HOURS, KEYS), max_size=30)


@given(records=RECORDS, data=st.data())
def test_any_order_in_any_batches_equals_a_recount(
    records: list[JournalRecord], data: st.DataObject
) -> None:
    """The recount is written out here."""
    mixed = data.draw(st.permutations(records))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(mixed)), max_size=4)))
    batches = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
    results = results_of(*batches)

    seen = [(it.at, it_what) for it in records for it_what in WHATS if _is(it, it_what)]
    first = min((at for at, _ in seen), default=None)
    last = max((at for at, _ in seen), default=None)
    by_hour, by_day = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for at, what in seen:
        assert first is not None
        assert last is not None
        if at - first < timedelta(hours=HOURS_KEPT):
            by_hour[f"{at:%Y-%m-%dT%H}", what] += 1
        if (last.date() - at.date()).days < DAYS_KEPT:
            by_day[f"{at:%Y-%m-%d}", what] += 1
    for counted, recount in ((results.by_hour, by_hour), (results.by_day, by_day)):
        flat = {
            (key, what): number
            for key, row in counted.items()
            for what, number in zip(WHATS, row, strict=True)
            if number
        }
        assert flat == dict(recount)
    clicks = Counter(link for link in LINKS for it in records if link_key(MAIL, link) in it.delta)
    assert {it.link: it.leads for it in results.links} == clicks


def _is(record: JournalRecord, what: str) -> bool:
    return total_key(what, MAIL) in record.delta


def test_first_hours_and_latest_days_are_kept() -> None:
    """An open a year later moves no hour, and no more days than are kept."""
    early = [happened(0, "sent"), happened(47, "opened"), happened(48, "opened")]
    late = [happened(24 * DAYS_KEPT, "opened")]
    results = results_of(early, late)
    assert list(results.by_hour) == ["2027-03-01T09", "2027-03-03T08"]
    assert list(results.by_day) == ["2027-03-03", "2028-03-01"]


def test_results_together_have_no_gaps() -> None:
    """The first hours are those of the e-mail that was sent first."""
    one = results_of([happened(0, "sent"), happened(3, "opened")])
    other = results_of([happened(2, "sent"), happened(50, "opened")])
    hours = hours_of([one, other])
    assert list(hours)[:4] == [f"2027-03-01T{it:02}" for it in (9, 10, 11, 12)]
    assert len(hours) == 4, "the open 50 hours after the first e-mail is a matter of days"
    assert hours["2027-03-01T10"] == (0,) * len(WHATS)
    assert list(days_of([one, other])) == ["2027-03-01", "2027-03-02", "2027-03-03"]
    assert (hours_of([]), days_of([])) == ({}, {})


def test_a_row_of_an_older_version_is_filled_up() -> None:
    """What it did not count yet is 0."""
    older = EmailResults(campaign_id="c", node_id=MAIL, by_day={"2027-03-01": (4, 1)})
    assert days_of([older]) == {"2027-03-01": (4, 1, 0, 0, 0, 0)}


def test_links_beyond_those_kept_are_counted_together() -> None:
    """A flow may be published with other links each day."""
    records = [record(it, 0, link_key(MAIL, f"https://x.example/{it:03}")) for it in range(102)]
    results = results_of(records, [records[0]])
    assert len(results.links) == LINKS_KEPT
    assert results.links[0] == LinkClicks("https://x.example/000", 2)
    assert results.other_links == 2
