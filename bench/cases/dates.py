"""Cases about dates of contacts: in many forms, and as birthdays."""

from calendar import isleap
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.cases.place import Place, email
from bench.cases.sheet import Sheet
from local.api_error import ApiError

ZONE = ZoneInfo("Europe/Vienna")
BIRTHDAY_HOUR = 8
READ = (
    "2031-06-15",
    "2031/06/15",
    "15.06.2031",
    "15 June 2031",
    '"Jun 15, 2031"',
    "2031-06-15 12:30:00 +0200",
    "2031-06-15T10:30:00.000Z",
    "48014",
    "15/06/2031",
    "06/15/2031",
    "2031/06/15 12:30:00",
)
EITHER = "03/04/2031"
"""The third of April, or the fourth of March."""
UNREADABLE = ("soon",)
SHOWN = ("2031-06-15", "15.06.2031", "Jun 15, 2031", "2031-06-15 12:30:00 +0200")


def written_dates(place: Place, sheet: Sheet) -> None:
    """A date is read however people write it, or pointed out before the launch."""
    wait = {
        "mode": "attribute",
        "attribute": "ends_on",
        "offset": {"amount": -3, "unit": "days"},
        "time": "10:00",
        "zone": ZONE.key,
    }
    campaign = place.campaign({"id": "until", "type": "wait", "configuration": wait}, email("x"))
    rows = [f"date{n}@example.net,{it}" for n, it in enumerate((*READ, EITHER, *UNREADABLE))]
    file = "\n".join(["email,ends_on", *rows])
    try:
        place.imported(campaign, file)
        asked = ""
    except ApiError as question:
        asked = str(question)
    sheet.contains("a date that may be either is asked about", asked, "3 April 2031")
    place.imported(campaign, file, policy={"date_order": "dmy"})
    said = place.findings(campaign)
    sheet.contains(
        "those that cannot be read are counted", said, f"{len(UNREADABLE)} of {len(rows)}"
    )
    leads = place.ran(campaign)
    for n, written in enumerate(READ):
        until = leads[f"date{n}@example.net"]["wait_until"]
        sheet.equal(f"{written} is read", _day(until), date(2031, 6, 12))
    until = leads[f"date{len(READ)}@example.net"]["wait_until"]
    sheet.equal(f"{EITHER} is read as answered", _day(until), date(2031, 3, 31))
    for written in SHOWN:
        seen = place.preview(
            "<p>{{ contact.ends_on | date: '%-d %b %Y' }}</p>", {"ends_on": written}
        )
        sheet.contains(f"the date filter shows {written}", seen["text"] or "", "15 Jun 2031")


def birthdays(place: Place, sheet: Sheet) -> None:
    """Birthdays are waited for every year; one that is over does not congratulate everybody."""
    now = datetime.now(ZONE)  # noqa: TID251 (no store is at hand)
    yesterday, tomorrow = (now + timedelta(days=it) for it in (-1, 1))
    people = {
        "tom": (f"1992-{tomorrow:%m-%d}", tomorrow.date()),
        "yve": (f"1984-{yesterday:%m-%d}", _next(yesterday.month, yesterday.day, now)),
        "leo": ("2000-02-29", _next(2, 29, now)),
        "mia": ("--03-01", _next(3, 1, now)),
        "may": ("1 May", _next(5, 1, now)),
    }
    file = "\n".join(
        ["email,born", *(f"{it}@example.net,{born}" for it, (born, _) in people.items())]
    )
    wait = {"mode": "attribute", "attribute": "born", "time": "08:00", "zone": ZONE.key}
    yearly = {"id": "day", "type": "wait", "configuration": {**wait, "occurs": "yearly"}}
    campaign = place.campaign(yearly, email("All the best"))
    place.imported(campaign, file)
    leads = place.ran(campaign)
    for name, (born, wanted) in people.items():
        until = leads[f"{name}@example.net"]["wait_until"]
        sheet.equal(f"born {born}: the next birthday", _day(until), wanted)
    sheet.equal("nobody is congratulated today", place.mail("yve@example.net"), [])
    once = place.campaign({"id": "day", "type": "wait", "configuration": wait}, email("x"))
    place.imported(once, file)
    said = place.findings(once)
    sheet.contains("dates of the past are counted before a launch", said, f"3 of {len(people)}")


def _day(until: str | None) -> date | None:
    return None if until is None else datetime.fromisoformat(until).astimezone(ZONE).date()


def _next(month: int, day: int, now: datetime) -> date:
    """The next anniversary. 29 February is the 28th in other years."""
    for year in (now.year, now.year + 1):
        is_short = (month, day) == (2, 29) and not isleap(year)
        at = datetime(year, month, day - is_short, BIRTHDAY_HOUR, tzinfo=ZONE)
        if at > now:
            return at.date()
    raise AssertionError("an anniversary comes every year")
