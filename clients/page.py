"""docs/reference/clients.md: which unmodified clients were seen to work, with what, through which vendors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clients.cases import CLIENTS, VENDORS, vendors_of
from clients.drive import Driven
from clients.install import ROOT

PAGE = ROOT / "docs" / "reference" / "clients.md"
HEAD = ("client", "version", "API", "proven", *(f"through {vendor}" for vendor in VENDORS))


def page(driven: Sequence[Driven]) -> str:
    return "\n".join(_lines(driven)) + "\n"


def rows_of(text: str) -> list[tuple[str, ...]]:
    """(client, API, proven, then a word a vendor) of every row of a page."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [(row[0], *row[2:]) for row in cells if len(row) == len(HEAD) and row[0] != HEAD[0]]


def rows_wanted() -> list[tuple[str, ...]]:
    """The rows of a page on which everything passed."""
    return [
        (client.name, api, check, *("yes" if vendor in vendors_of(api) else "" for vendor in VENDORS))
        for client in CLIENTS
        for api, check in client.rows
    ]


def _lines(driven: Sequence[Driven]) -> Iterator[str]:
    yield "# Clients"
    yield ""
    yield "Unmodified clients with nothing changed but their base URL and a dummy key, through one gateway process."
    yield "`make clients` installs them, makes every check and writes this page; it fails where a check fails."
    yield ""
    yield "Each check is made once for every dialect that a vendor can speak, so three of four columns are translations."
    yield "Vendors are simulated. An answer counts if it has a word that is not in the prompt, a structured one if its"
    yield "fields are right. An agent's loop counts if its model called the shell once and the answer has what only the"
    yield "shell's result said."
    yield ""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---" * len(HEAD) + "|"
    for each in driven:
        for api, check in each.client.rows:
            words = (each.seen.get((api, check, vendor), "") for vendor in VENDORS)
            yield f"| {each.client.name} | {each.version} | {api} | {check} | " + " | ".join(words) + " |"
