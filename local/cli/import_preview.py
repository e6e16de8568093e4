"""The preview of an import on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from local.cli.output import console, escaped, make_table

if TYPE_CHECKING:
    from local.client import Document

PROBLEMS_SHOWN_MAX = 20


def counted(counts: "Document", new: str, changed: str, invalid: str) -> str:
    """`new`, `invalid`: what the counts call these rows. `changed`: what becomes of those that
    change a contact. Only what there is, and how many are new."""
    kinds = {
        "new": counts[new],
        changed: counts["changed"],
        "known and the same": counts["same"],
        "duplicate": counts["duplicate"],
        "invalid": counts[invalid],
    }
    return ", ".join(f"{it:,} {kind}" for kind, it in kinds.items() if it or kind == "new")


def print_preview(shown: "Document") -> None:
    """The columns, the counts, what was done and what is asked."""
    counts = shown["counts"]
    part = " in the first 1 MB" if shown["is_part"] else ""
    kind = f"Encoding {shown['encoding']}, delimiter {shown['delimiter']!r}."
    if shown["policy"]["sheet"] is not None:
        kind = f"Sheet {escaped(shown['policy']['sheet'])}."
    console().print(
        f"{counted(counts, 'good', 'known with other values', 'invalid')}{part}. {kind}"
    )
    table = make_table("column", "in the file", "attribute", "type", "filled", "example")
    for it in shown["columns"]:
        odd = f" ({it['unreadable']} not, line {it['unreadable_line']})" if it["unreadable"] else ""
        table.add_row(
            str(it["number"] or "–"),
            escaped(it["header"] or "–"),
            f"[bold]{escaped(it['name'])}[/]",
            f"{it['type']}{odd}",
            str(it["filled"]),
            escaped(", ".join(map(str, it["samples"][:2]))),
        )
    console().print(table)
    print_notes(shown["notes"])
    if shown["policy"]["known"] == "update":
        _print_changes(shown["changes"])
    for it in shown["problems"][:PROBLEMS_SHOWN_MAX]:
        console().print(f"  line {it['line']}: {escaped(it['message'])}")
    for it in shown["questions"]:
        option = f"--{it['field'].replace('_', '-')}"
        console().print(f"[yellow]?[/] {escaped(it['message'])}")
        column = f"{it['column']}:" if it["column"] else ""
        for choice in it["choices"]:
            console().print(f"    {option} {escaped(column + choice['value'])}  ", end="")
            console().print(escaped(choice["label"]), style="dim")


def _print_changes(changes: "Sequence[Document]") -> None:
    for it in changes:
        console().print(f"  line {it['line']}: [bold]{escaped(it['email'])}[/]")
        for value in it["values"]:
            before = "–" if value["before"] in (None, "") else value["before"]
            change = escaped(f"{value['name']}: {before} → {value['after']}")
            console().print(f"    {change}")


def print_notes(notes: "Sequence[Document]") -> None:
    for it in notes:
        more = f" ({it['count']} in all)" if it["count"] > 1 else ""
        console().print(f"  line {it['line']}: {escaped(it['message'])}{more}", style="dim")
