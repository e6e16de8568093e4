"""Cases about texts: tags that an editor broke, placeholders of other tools, links."""

from bench.cases.place import Place, email, filled_lines
from bench.cases.sheet import Sheet

READER = {"first_name": "Ann", "age": "20", "plan": "pro"}
READ = {
    "&gt; in a comparison": ("{% if contact.age &gt; 17 %}grown{% endif %}", "grown"),
    "&lt;= in a comparison": ("{% if contact.age &lt;= 17 %}a{% else %}b{% endif %}", "b"),
    "&quot; around a fallback": ("{{ contact.nick | default: &quot;you&quot; }}", "you"),
    "&#39; around a fallback": ("{{ contact.nick | default: &#39;you&#39; }}", "you"),
    "&nbsp; around a name": ("Dear {{&nbsp;contact.first_name&nbsp;}}", "Dear Ann"),
    "a no-break space": ("Dear {{\u00a0contact.first_name\u00a0}}", "Dear Ann"),
    "a zero-width space": ("Dear {{ contact.\u200bfirst_name }}", "Dear Ann"),
}
REFUSED = {
    "curly quotes": ("{{ contact.nick | default: “you” }}", "curly quote"),
    "curly single quotes": ("{% if contact.plan == ‘pro’ %}x{% endif %}", "curly quote"),
    "bold type inside a tag": ("{{ <b>contact.first_name</b> }}", "markup"),
    "a tag that begins outside of bold type": ("<b>{{ contact.first_name</b> }}", "markup"),
}
PLACEHOLDERS = (
    "*|NAME|*",
    "%%name%%",
    "[[name]]",
    "${name}",
    "{NAME}",
    "[LAST_NAME]",
    "%LASTNAME%",
)
DEAD = {
    "www.example.org/sale": "www.example.org/sale is not a whole address",
    "/basket": "/basket works only on a website",
    "*|LIST:LEAVE|*": "*|LIST:LEAVE|* is a placeholder",
    "javascript:void(0)": "javascript:void(0) does nothing",
    "#": "leads nowhere",
    "odd://open/1": "odd://open/1 would open an app",
}
APPS = ("whatsapp://send?text=hello", "webcal://example.org/days.ics", "tel:+4930123456")
LINKS = {
    "https://example.org/s?a=1&region=north": "https://example.org/s?a=1&region=north",
    "https://example.org/s?a=1&copy=3&sect=2": "https://example.org/s?a=1&copy=3&sect=2",
    "https://example.org/s?a=1&notin=4&times=2": "https://example.org/s?a=1&notin=4&times=2",
    "https://example.org/s?a=1&paragraph=9": "https://example.org/s?a=1&paragraph=9",
    "https://example.org/s?a=1&amp;lang=de": "https://example.org/s?a=1&lang=de",
    "https://example.org/s?a=1&#38;b=2": "https://example.org/s?a=1&b=2",
    "https://example.org/s?q=5&#x20AC;": "https://example.org/s?q=5%E2%82%AC",
    "https://straße.example/a": "https://xn--strae-oqa.example/a",
    "https://example.org/{{ contact.first_name }}?x=1&reg=2": "https://example.org/Ann?x=1&reg=2",
}


def broken_tags(place: Place, sheet: Sheet) -> None:
    """What HTML editors do to a tag is read as its author meant it, or named with its line."""
    for name, (body, wanted) in READ.items():
        seen = place.preview(f"<p>{body}</p>", READER)
        sheet.equal(f"{name} is read as it was meant", filled_lines(seen["text"] or ""), wanted)
    for name, (body, word) in REFUSED.items():
        seen = place.preview(f"<p>Hello</p>\n<p>{body}</p>", READER)
        said = " ".join(str(it["message"]) for it in seen["problems"])
        sheet.contains(f"{name}: the error says so", said, word)
        sheet.contains(f"{name}: and where", said, "Line 2")
    body = (
        "<p>Hello</p>\n<p>{<i>{ contact.first_name }</i>}</p>\n"
        '<a href="https://example.org/?n=%7B%7B%20contact.first_name%20%7D%7D">x</a>'
    )
    found = place.findings(place.campaign(email(body)))
    for code, line in (("split_tag", 2), ("encoded_tag", 3)):
        place_of = f"{code} in configuration.body, line {line}"
        sheet.contains(f"{code} is pointed out, with its line", found, place_of)


def other_tools(place: Place, sheet: Sheet) -> None:
    """Placeholders of other tools and links that lead nowhere are pointed out before a launch."""
    links = " ".join(f'<a href="{it}">link</a>' for it in (*DEAD, *APPS))
    body = f"<p>{' '.join(PLACEHOLDERS)}</p> {links}"
    contacts = [{"email": "olga@example.net", "name": "Olga"}]
    campaign = place.campaign(email(body, "Hi %%name%%"), contacts=contacts)
    found = place.findings(campaign)
    for placeholder in PLACEHOLDERS:
        said = f"{placeholder} is a placeholder of another tool"
        sheet.contains(f"{placeholder} is pointed out", found, said)
    in_subject = "foreign_placeholder in configuration.subject"
    sheet.contains("in the subject as well", found, in_subject)
    for link, said in DEAD.items():
        sheet.contains(f"the link to {link} is pointed out", found, said)
    refused = place.call("POST", f"/campaigns/{campaign}/launch", {"accepts": []})
    sheet.equal("nothing is launched until that is accepted", refused["status_code"], 409)
    place.ran(campaign)
    kept = [it for it in place.only_mail("olga@example.net").links if it in APPS]
    sheet.equal("links to known apps stay as they are", kept, list(APPS))


def links(place: Place, sheet: Sheet) -> None:
    """Each link leads where a browser would have led."""
    body = "".join(f'<p><a href="{it}">x</a></p>' for it in LINKS)
    button = '<!--[if mso]><v:roundrect href="https://example.org/o?a=1&region=2"></v:roundrect><![endif]-->'
    contacts = [{"email": "lin@example.net", "first_name": "Ann"}]
    campaign = place.campaign(email(body + button), contacts=contacts)
    place.ran(campaign)
    mail = place.only_mail("lin@example.net")
    sheet.equal("all links are there", len(mail.links), len(LINKS))
    for link, (written, wanted) in zip(mail.links, LINKS.items(), strict=False):
        sheet.equal(f"{written} is tracked and leads on", place.leads_to(link), wanted)
    _, _, rest = mail.html.partition('<v:roundrect href="')
    sheet.equal(
        "a button that only Outlook shows leads on",
        place.leads_to(rest.partition('"')[0]),
        "https://example.org/o?a=1&region=2",
    )
