"""Cases about who is written to, and whom they answer."""

import json

from bench.cases.place import Place, email
from bench.cases.sheet import Sheet

LEFT = """\
Mail address;First name;Left on
una@example.net;Una;2026-02-03
"Uwe@Example.NET";Uwe;2026-03-04
nonsense;;
"""


def left_elsewhere(place: Place, sheet: Sheet) -> None:
    """Those who left another tool's list are imported as suppressed, and get nothing."""
    path = place.file("left.csv", LEFT)
    done = place.command("suppressions", "import", str(path), "--json")
    report = json.loads(done.stdout or "{}")
    sheet.equal("the command adds them", report.get("added"), 2)
    sheet.equal("and rejects what is no address", report.get("rejected"), 1)
    page = place.client.suppressions(search="u", after="", limit=9)
    kept = {it["email"]: (it["reason"], it["source"]) for it in page["suppressions"]}
    wanted = {f"{it}@example.net": ("imported", "left.csv") for it in ("una", "uwe")}
    sheet.equal("the list says where they come from", kept, wanted)
    contacts = [{"email": f"{it}@example.net"} for it in ("una", "uwe", "stays")]
    once = {"id": "mail", "type": "sendEmail", "configuration": {"subject": "N", "body": "n"}}
    campaign = place.campaign(once, contacts=contacts)
    leads = place.ran(campaign)
    reasons = {it.partition("@")[0]: lead["reason"] for it, lead in leads.items()}
    wanted_reasons = {"una": "suppressed", "uwe": "suppressed", "stays": "end"}
    sheet.equal("their leads end as suppressed", reasons, wanted_reasons)
    got = [len(place.mail(f"{it}@example.net")) for it in ("una", "uwe", "stays")]
    sheet.equal("they get no mail, others do", got, [0, 0, 1])
    done = place.command("suppressions", "remove", "una@example.net", "--reason", "asked for it")
    sheet.equal("one of them can be allowed again", done.returncode, 0)
    place.ran(place.campaign(once, contacts=contacts[:1]))
    sheet.equal("and is written to", len(place.mail("una@example.net")), 1)


def reply_to(place: Place, sheet: Sheet) -> None:
    """Answers go where the e-mail says, else the campaign, else the workspace."""
    place.call("PATCH", "/workspace/settings", {"reply_to": "desk@example.org"})
    of_campaign = {"reply_to": "team@example.org"}
    for name, of_email, more, wanted in (
        ("of the e-mail", {"reply_to": "help@example.org"}, of_campaign, "help@example.org"),
        ("of the campaign", {}, of_campaign, "team@example.org"),
        ("of the workspace", {}, {}, "desk@example.org"),
    ):
        contacts = [{"email": "rita@example.net"}]
        place.ran(place.campaign(email("x", **of_email), contacts=contacts, **more))
        seen = place.mail("rita@example.net")[-1].headers.get("reply-to")
        sheet.equal(f"the address {name} is in the mail", seen, wanted)
    place.call("PATCH", "/workspace/settings", {"reply_to": None})
    findings = place.client.findings(place.campaign(email("x", reply_to="nobody at all")))
    wrong = [it["field"] for it in findings if it["severity"] == "error"]
    sheet.equal("what is no address is refused by name", wrong, ["configuration.reply_to"])
