"""Cases about the values of contacts: numbers as text, decimal commas, empty and missing ones."""

from collections.abc import Mapping

from bench.cases.place import Place, email
from bench.cases.sheet import Sheet

ORDERS = """\
email,visits,spent,newsletter,seats
ann@example.net,12,250.50,true,20
bob@example.net,2,9.99,false,few
cem@example.net,,,,
"""
ORDER_TEXT = (
    "{% if contact.visits > 9 %}regular{% else %}new{% endif %}, "
    "{% if contact.visits == 2 %}two{% else %}not two{% endif %}, "
    "{% if contact.spent >= 250.5 %}big{% else %}small{% endif %}, "
    "{{ contact.visits | plus: 1 }}"
)
INVOICES = """\
E-Mail;Ort;Betrag;Menge
ada@example.net;Köln;1.249,50;2,500
ben@example.net;Bonn;99,90;17,25
eva@example.net;Ulm;250;3
fee@example.net;Jena;300,00 €;4
"""
GUESTS: list[dict[str, object]] = [
    {"email": "named@example.net", "nickname": "Kit"},
    {"email": "empty@example.net", "nickname": ""},
    {"email": "spaces@example.net", "nickname": "   "},
    {"email": "null@example.net", "nickname": None},
    {"email": "missing@example.net"},
]
GREETING = (
    "1 {% if contact.nickname != blank %}{{ contact.nickname }}{% else %}guest{% endif %}, "
    "2 {% unless contact.nickname == blank %}{{ contact.nickname }}{% else %}guest"
    "{% endunless %}, "
    "3 {% if contact.nickname == empty %}empty{% else %}not empty{% endif %}, "
    "4 {% if contact.nickname == nil %}nil{% else %}not nil{% endif %}"
)


def numbers(place: Place, sheet: Sheet) -> None:
    """Numbers of a CSV file are compared as numbers, and no lead fails because of a value."""
    campaign = place.campaign(email(ORDER_TEXT))
    place.imported(campaign, ORDERS)
    leads = place.ran(campaign)
    sheet.equal("no lead fails", {it["status"] for it in leads.values()}, {"completed"})
    for name, wanted in (
        ("ann", "regular, not two, big, 13"),
        ("bob", "new, two, small, 3"),
        ("cem", "new, not two, small, 1"),
    ):
        text = place.only_mail(f"{name}@example.net").text
        sheet.equal(f"{name} reads what the numbers say", text, wanted)
    seats = "{% if contact.seats > 9 %}many{% else %}some{% endif %}"
    unlike = place.campaign(email(f"{seats}{{% if contact.newsletter %}}{{% endif %}}"))
    place.imported(unlike, ORDERS)
    found = place.findings(unlike)
    sheet.contains("a word among the numbers is pointed out", found, "not_comparable")
    sheet.contains("the text “false” in a condition is pointed out", found, "false_is_true")
    place.ran(unlike)
    texts = [place.mail(f"{it}@example.net")[-1].text for it in ("ann", "bob", "cem")]
    sheet.equal("a word is not more than a number", texts, ["many", "some", "some"])


def decimal_comma(place: Place, sheet: Sheet) -> None:
    """Amounts with a decimal comma, in the encoding of an older spreadsheet program."""
    for column, limit, above in (("betrag", 100, ("ada", "eva")), ("menge", 3.5, ("ben", "fee"))):
        rule = {"attribute": column, "operator": "greater_than", "value": limit}
        campaign = _branching(place, rule)
        report = place.imported(campaign, INVOICES, "cp1252")
        sheet.equal(f"{column}: all rows are read", report["accepted"], 4)
        marks = report.get("decimal_marks", {})
        sheet.equal(f"{column}: the report says what a comma means", marks.get(column), ",")
        if column == "betrag":
            found = place.findings(campaign)
            sheet.contains("an amount with its currency is pointed out", found, "not_comparable")
        place.ran(campaign)
        got = {
            name
            for name in ("ada", "ben", "eva", "fee")
            if place.mail(f"{name}@example.net")[-1].subject == "Above"
        }
        sheet.equal(f"{column}: these are above {limit}", got, set(above))


def _branching(place: Place, rule: Mapping[str, object]) -> str:
    condition = {
        "id": "large",
        "type": "condition",
        "configuration": {"mode": "attributes", "rules": [rule]},
    }
    created = place.client.create(
        {
            "name": "Amounts",
            "nodes": [
                {"id": "start", "type": "start"},
                condition,
                {**email("x", "Above"), "id": "above"},
                {**email("x", "Below"), "id": "below"},
            ],
            "connections": [
                {"from_node": "start", "to_node": "large"},
                {"from_node": "large", "from_port": "yes", "to_node": "above"},
                {"from_node": "large", "from_port": "no", "to_node": "below"},
            ],
        }
    )
    return str(created["campaign_id"])


def blank(place: Place, sheet: Sheet) -> None:
    """`blank`, `empty` and `nil` mean what they mean in Shopify's Liquid."""
    campaign = place.campaign(email(GREETING), contacts=GUESTS)
    place.ran(campaign)
    for name, wanted in (
        ("named", "1 Kit, 2 Kit, 3 not empty, 4 not nil"),
        ("empty", "1 guest, 2 guest, 3 empty, 4 not nil"),
        ("spaces", "1 guest, 2 guest, 3 not empty, 4 not nil"),
        ("null", "1 guest, 2 guest, 3 not empty, 4 nil"),
        ("missing", "1 guest, 2 guest, 3 not empty, 4 nil"),
    ):
        text = place.only_mail(f"{name}@example.net").text
        sheet.equal(f"a nickname that is {name}", text, wanted)


def attribute_names(place: Place, sheet: Sheet) -> None:
    """Attributes are found whatever their case; what some or all contacts lack is counted."""
    body = "{{ contact.LastName }}|{{ contact.lastname }}|{{ contact['Fav Colour'] }}"
    campaign = place.campaign(email(body, "For {{ contact.LASTNAME }}"))
    place.imported(campaign, "Email,LastName,Fav Colour\nann@example.net,Lee,red\n")
    place.ran(campaign)
    mail = place.mail("ann@example.net")[-1]
    sheet.equal("a tag in any case finds its column", mail.text, "Lee|Lee|red")
    sheet.equal("in the subject as well", mail.subject, "For Lee")
    holes = place.campaign(email("{{ contact.company }} {{ contact.city }} {{ LastName }}"))
    place.imported(
        holes, "email,company\nann@example.net,Acme\nbob@example.net,\ncem@example.net,\n"
    )
    found = place.findings(holes)
    sheet.contains("what some contacts lack is pointed out with counts", found, "2 of 3 contacts")
    sheet.contains("what no contact has is pointed out", found, "unknown_attribute")
    sheet.contains("a tag without `contact.` is pointed out", found, "unknown_tag")
    refused = place.call("POST", f"/campaigns/{holes}/launch", {"accepts": []})
    sheet.equal("nothing is launched until that is accepted", refused["status_code"], 409)
