"""docs/reference/clients.md: which unmodified clients were seen to work, with what, through which vendors, and what suites came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clients.cases import CLIENTS, VENDORS, vendors_of
from clients.drive import Driven
from clients.install import ROOT
from clients.refusals import every_rule
from clients.suites import SUITES, Row

PAGE = ROOT / "docs" / "reference" / "clients.md"
HEAD = ("client", "version", "API", "proven", *(f"through {vendor}" for vendor in VENDORS))
SUITES_HEAD = ("suite", "version", "about", "answered by", "passed", "refused by a stated rule", "failed")
RULES_HEAD = ("of", "about", "tests", "refused because", "stated in")


def page(driven: Sequence[Driven], rows: Sequence[Row]) -> str:
    return "\n".join([*_clients(driven), "", *_suites(rows)]) + "\n"


def rows_of(text: str) -> list[tuple[str, ...]]:
    """(client, API, proven, then a word a vendor) of every row of a page."""
    return [(row[0], *row[2:]) for row in _cells(text, HEAD)]


def rows_wanted() -> list[tuple[str, ...]]:
    """The rows of a page on which everything passed."""
    return [
        (client.name, api, check, *("yes" if vendor in vendors_of(api) else "" for vendor in VENDORS))
        for client in CLIENTS
        for api, check in client.rows
    ]


def suite_rows_of(text: str) -> list[tuple[str, ...]]:
    """(suite, about, answered by, passed, refused, failed) of every row of a page."""
    return [(row[0], *row[2:]) for row in _cells(text, SUITES_HEAD)]


def suite_rows_wanted() -> list[tuple[str, str, str]]:
    """(suite, about, answered by) of every row there must be."""
    return [(suite.name, subject, vendor) for suite in SUITES for subject, vendor in suite.rows]


def rules_lines() -> list[str]:
    """The table of what is refused, in lines."""
    rows = [
        (rule.suite, rule.subject, str(len(rule.tests)), f"{rule.reason}: {_code(rule.says)}", _link(rule.stated))
        for rule in every_rule()
    ]
    return [*_table(RULES_HEAD), *map(_line, rows)]


def _cells(text: str, head: tuple[str, ...]) -> list[list[str]]:
    """The rows of the table with this head."""
    _, _, rest = text.partition("\n".join(_table(head)))
    body = rest.strip("\n").partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]


def _clients(driven: Sequence[Driven]) -> Iterator[str]:
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
    yield from _table(HEAD)
    for each in driven:
        for api, check in each.client.rows:
            words = (each.seen.get((api, check, vendor), "") for vendor in VENDORS)
            yield _line((each.client.name, each.version, api, check, *words))


def _suites(rows: Sequence[Row]) -> Iterator[str]:
    yield "## Suites"
    yield ""
    yield "Tests that others wrote, unmodified: the SDK makers' own, of the versions above, which they run against mock servers,"
    yield "here through a gateway to a vendor that answers as their mocks do; Open Responses' compliance cases, checked against"
    yield "its description; requests that schemathesis makes from OpenAI's description, right and wrong ones, by a fixed seed."
    yield "Mocks know every id: before each of openai-python's tests of responses, one is asked for by each id that they read."
    yield "A test counts once for each way its makers run it: strict and loose, synchronous, asynchronous and with aiohttp."
    yield ""
    yield from _table(SUITES_HEAD)
    for row in rows:
        counted = row.counted
        counts = (str(counted.passed), str(counted.refused), str(len(counted.failures)))
        yield _line((row.suite, row.version, row.subject, row.vendor, *counts))
    yield ""
    yield "What is refused is a closed list, which may only shrink. A test on it must end with the rule's own words."
    yield ""
    yield from rules_lines()


def _code(words: str) -> str:
    return f"`` {words} ``" if "`" in words else f"`{words}`"


def _link(stated: str) -> str:
    name = stated.removeprefix("docs/reference/")
    return f"[{name.partition('.')[0]}]({name})"


def _table(head: tuple[str, ...]) -> tuple[str, str]:
    return _line(head), "|---" * len(head) + "|"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
