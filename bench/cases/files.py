"""Cases about files of contacts as programs and people write them."""

from collections.abc import Mapping

from bench.cases.place import Place, email
from bench.cases.sheet import Sheet
from local.api_error import ApiError
from local.client import Document

QUESTION = "Which of the evening courses that we plan for next spring would you come to, and when?"
HEADERS = {
    "Tel.": "tel",
    "Mbr.-No.": "mbr_no",
    "Donated (€)": "donated",
    "Phone": "phone",
    "phone": "phone_2",
}
NAME_CHARS_MAX = 64
ENCODED = {
    "cp1250": (("jméno", "město"), ("Žofie", "Plzeň"), ("Jiří", "Třebíč")),
    "cp1251": (("имя", "город"), ("Ольга", "Пермь"), ("Семён", "Рязань")),
    "mac_roman": (("prénom", "ville"), ("Chloé", "Nîmes"), ("Aurèle", "Sète")),
    "shift_jis": (("氏名", "市"), ("山田 花子", "大阪市"), ("佐藤 健一", "札幌市")),
}
WRITTEN = {
    "direction marks around it": ("\u200fone@example.net\u200e", "one@example.net"),
    "an embedded direction": ("\u202btwo@example.net\u202c", "two@example.net"),
    "an isolated direction": ("\u2068three@example.net\u2069", "three@example.net"),
    "a joiner behind it": ("four@example.net\u200d", "four@example.net"),
    "a soft hyphen in it": ("fi\u00adve@example.net", "five@example.net"),
    "wide spaces around it": ("\u3000six@example.net\u3000", "six@example.net"),
    "mailto: before it": ("mailto:seven@example.net", "seven@example.net"),
    "its name before it": ("Nina Acht <eight@example.net>", "eight@example.net"),
    "a spreadsheet's text mark": ("'nine@example.net", "nine@example.net"),
    "letters of another alphabet": ("ten@müller.example", "ten@xn--mller-kva.example"),
    "a dot at its end": ("eleven@example.net.", "eleven@example.net"),
    "another one behind it": ("twelve@example.net;left-out@example.net", "twelve@example.net"),
}
PLAIN = {"ina@example.net": {"name": "Ina"}, "jan@example.net": {"name": "Jan"}}
ROWS = "Name,Email\nIna,ina@example.net\nJan,jan@example.net\n"
EXPORTS = {
    "a byte order mark": "\ufeff" + ROWS,
    "two byte order marks": "\ufeff\ufeff" + ROWS,
    "a byte order mark before quotes": "\ufeff" + ROWS.replace("Name,Email", '"Name","Email"'),
    "files put together": ROWS.replace("\nJan", "\n\ufeffName,Email\nJan"),
    "a title above the header": "Members in autumn\nAs of 7 November\n\n" + ROWS,
    "a report's footer": ROWS + '\n"Total: 2 members"\n"Members in autumn"\n"Page 1 of 1"\n',
    "sep=; in quotes": '"sep=;"\n' + ROWS.replace(",", ";"),
    "sep=; and empty cells": "sep=;;;\n" + ROWS.replace(",", ";"),
}


def empty_columns(place: Place, sheet: Sheet) -> None:
    """A column without a name is dropped if it is empty, and numbered if it is not."""
    file = "Email,Given name,,,\r\nina@example.net,Ina,,,\r\njan@example.net,Jan,,,\r\n"
    found = _imported(place, file)
    wanted: dict[str, object] = {
        "ina@example.net": {"given_name": "Ina"},
        "jan@example.net": {"given_name": "Jan"},
    }
    sheet.equal("empty columns at the end are dropped", found, wanted)
    file = ",Email,Given name\r\n0,ina@example.net,Ina\r\n1,jan@example.net,Jan\r\n"
    found = _imported(place, file)
    wanted = {
        "ina@example.net": {"column_1": "0", "given_name": "Ina"},
        "jan@example.net": {"column_1": "1", "given_name": "Jan"},
    }
    sheet.equal("a column of values without a name is numbered", found, wanted)


def headers(place: Place, sheet: Sheet) -> None:
    """Headers that cannot be attributes get names that can, and the preview says which."""
    cells = ";".join(f"value {n}" for n in range(len(HEADERS)))
    file = f"Email;{';'.join(HEADERS)};{QUESTION}\r\nina@example.net;{cells};Pottery\r\n"
    preview = _previewed(place, file)
    named = {it["header"]: it["name"] for it in preview["columns"]}
    attributes = _imported(place, file).get("ina@example.net", {})
    for n, (header, name) in enumerate(HEADERS.items()):
        sheet.equal(f"the preview says what “{header}” becomes", named.get(header), name)
        sheet.equal(f"“{header}” can be used in an e-mail", attributes.get(name), f"value {n}")
    name = named.get(QUESTION) or ""
    sheet.equal("a question as a header is cut", 0 < len(name) <= NAME_CHARS_MAX, True)
    sheet.equal("and can be used in an e-mail", attributes.get(name), "Pottery")
    text = place.preview(f"{{{{ contact.{name} }}}}", attributes)["text"] or ""
    sheet.equal("a merge tag with that name is filled", text.strip(), "Pottery")
    found = _imported(place, "Name,Invoices Email\nIna,ina@example.net\nJan,jan@example.net\n")
    sheet.equal("the only column of addresses is taken, whatever its name", found, PLAIN)


def padded(place: Place, sheet: Sheet) -> None:
    """Cells that were aligned with spaces are read without them, quotes and all."""
    file = (
        "email            , name        , tier\n"
        "ina@example.net  , Ina         , gold\n"
        'jan@example.net  , "Jan"       , none\n'
        'kai@example.net  , "Kai, Dr.", none\n'
    )
    found = _imported(place, file)
    wanted = {
        "ina@example.net": {"name": "Ina", "tier": "gold"},
        "jan@example.net": {"name": "Jan", "tier": "none"},
        "kai@example.net": {"name": "Kai, Dr.", "tier": "none"},
    }
    sheet.equal("values have no spaces around them, and no quotes", found, wanted)


def corrected_file(place: Place, sheet: Sheet) -> None:
    """A corrected file updates contacts on request; they can also be changed and deleted singly."""
    campaign = place.campaign(email("x"))
    place.imported(
        campaign, "email,name,tier\nina@example.net,Inna,none\njan@example.net,Jan,none\n"
    )
    corrected = (
        "email,name,tier,town\n"
        "ina@example.net,Ina,gold,Graz\n"
        "jan@example.net,Jan,none,\n"
        "kai@example.net,Kai,none,Linz\n"
    )
    report = place.imported(campaign, corrected)
    sheet.equal("who is there already stays the same", _names(place, campaign), "Inna Jan Kai")
    sheet.equal("only who is new is added", report.get("accepted"), 1)
    report = place.imported(campaign, corrected, policy={"known": "update"})
    counts = {it: report.get(it) for it in ("accepted", "changed", "same")}
    sheet.equal("on request it is updated", counts, {"accepted": 0, "changed": 1, "same": 2})
    found = place.contacts(campaign)
    wanted = {"name": "Ina", "tier": "gold", "town": "Graz"}
    sheet.equal("new columns are added", found.get("ina@example.net"), wanted)
    page = place.client.contacts(campaign, limit=9)
    ina, jan = page["contacts"][:2]
    body = {"revision": ina["revision"], "attributes": {"tier": "silver"}}
    place.client.change_contact(campaign, ina["seq"], body)
    sheet.equal(
        "one contact can be changed",
        place.contacts(campaign)["ina@example.net"].get("tier"),
        "silver",
    )
    place.client.delete_contact(campaign, jan["seq"], jan["revision"], ())
    sheet.equal("one contact can be deleted", _names(place, campaign), "Ina Kai")


def encodings(place: Place, sheet: Sheet) -> None:
    """Files in older encodings are read rightly, or asked about; never stored as rubbish."""
    for encoding, ((name, town), *people) in ENCODED.items():
        rows = [f"email;{name};{town}"]
        wanted = {}
        for n, (one, home) in enumerate(people):
            rows.append(f"p{n}@example.net;{one};{home}")
            wanted[f"p{n}@example.net"] = {name: one, town: home}
        # As programs of that time and system ended lines.
        file = "".join(f"{it}\r" if encoding == "mac_roman" else f"{it}\r\n" for it in rows)
        try:
            found: object = _imported(place, file, encoding)
        except ApiError as question:
            sheet.contains(f"{encoding} is asked about", str(question), people[0][0])
        else:
            sheet.equal(f"{encoding} is read", found, wanted)
        found = _imported(place, file, encoding, {"encoding": encoding})
        sheet.equal(f"{encoding} is read if a person names it", found, wanted)


def addresses(place: Place, sheet: Sheet) -> None:
    """What nobody can see is taken out of addresses, and what is left out is said."""
    campaign = place.campaign(email("x"))
    rows = [written for written, _ in WRITTEN.values()]
    report = place.imported(campaign, "\n".join(["email", *rows, "no address", ""]))
    kept = place.contacts(campaign)
    for name, (_, wanted) in WRITTEN.items():
        sheet.contains(f"an address with {name} is taken without it", kept, wanted)
    said = " ".join(str(it["message"]) for it in report["notes"])
    sheet.contains("the report says what was left out", said, "left-out@example.net")
    lines = [it["line"] for it in report["problems"]]
    sheet.equal("only what is no address is rejected", lines, [len(WRITTEN) + 2])


def exports(place: Place, sheet: Sheet) -> None:
    """Files with what programs put around the rows."""
    for name, file in EXPORTS.items():
        sheet.equal(f"{name}: both people are read", _attempt(place, file), PLAIN)
    found = _attempt(place, ROWS.replace(",", "\t"), "utf-16-le")
    sheet.equal("UTF-16 without a byte order mark: both people are read", found, PLAIN)


def _attempt(place: Place, file: str, encoding: str = "utf-8") -> object:
    try:
        return _imported(place, file, encoding)
    except ApiError as refused:
        return str(refused)


def _imported(
    place: Place, file: str, encoding: str = "utf-8", policy: Mapping[str, object] | None = None
) -> dict[str, dict[str, object]]:
    """The contacts of a new campaign. Raises ApiError."""
    campaign = place.campaign(email("x"))
    place.imported(campaign, file, encoding, policy)
    return place.contacts(campaign)


def _previewed(place: Place, file: str) -> Document:
    campaign = place.campaign(email("x"))
    return place.client.preview_contacts(campaign, place.file("contacts.csv", file), {})


def _names(place: Place, campaign: str) -> str:
    return " ".join(str(it.get("name")) for it in place.contacts(campaign).values())
