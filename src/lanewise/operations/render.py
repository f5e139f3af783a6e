"""How views are printed for people: rich tables and trees. What came from outside is shown without control characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from lanewise.core.money import format_usd
from lanewise.core.usage import Cost
from lanewise.operations.books import Difference
from lanewise.operations.console import console_on


def show(view: RenderableType, file: IO[str]) -> None:
    """Print a view."""
    console_on(file).print(view)


def plain(text: object) -> Text:
    """Text as it is: no markup is read in it, and what could steer a terminal is spelled out."""
    shown = str(text)
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
    return Text(shown)


def duration(us: int | None) -> str:
    """Microseconds for people."""
    if us is None:
        return "-"
    if us < 1_000_000:
        return f"{us / 1000:.0f} ms" if us >= 1000 else f"{us} µs"
    return f"{us / 1_000_000:,.1f} s"


def share(part: float) -> str:
    """A share for people."""
    return f"{part:.1%}"


def cost_parts(cost: Cost) -> str:
    """The parts of a cost that are not zero."""
    parts = [
        f"{name.replace('_', ' ')} {format_usd(getattr(cost, name))}"
        for name in cost.__struct_fields__
        if getattr(cost, name)
    ]
    return ", ".join(parts) or "nothing"


def keys_view(keys: Sequence[dict[str, Any]]) -> RenderableType:
    """`lanewise keys list`."""
    table = table_of("Keys", "id", "tenant", "name", "created (UTC)", "in force", "only")
    table.columns[0].no_wrap = True  # whole, whatever the width: a key is revoked by it
    for column in table.columns[1:]:
        column.overflow = "fold"
    for key in keys:
        tenant = f"{key['tenant']} (admin key)" if key["admin"] else key["tenant"]
        table.add_row(
            *(
                plain(cell)
                for cell in (key["key_id"], tenant, key["name"], _day(key["created"]), _force(key), _scope(key))
            )
        )
    return table


def _scope(key: dict[str, Any]) -> str:
    """What a key is narrower by than its tenant."""
    told = [f"{name} {key[name]}" for name in ("user", "feature", "plan") if key[name] is not None]
    told += [", ".join(key[name]) for name in ("lanes", "doors") if key[name]]
    return "; ".join([*told, "reading"] if key["read_only"] else told)


def _force(key: dict[str, Any]) -> str:
    if key["revoked"] is not None:
        return f"revoked {_day(key['revoked'])}"
    return "yes" if key["expires"] is None else f"until {_day(key['expires'])}"


def _day(iso: str) -> str:
    return iso[:16].replace("T", " ")


def differences_view(differences: Sequence[Difference]) -> RenderableType:
    """Ledger against the vendors' books."""
    if not differences:
        return plain("The ledger equals the vendors' books to the unit.")
    table = table_of("Ledger and vendors' books differ", "where", "what", "ledger:", "books:", "difference:")
    for each in differences:
        table.add_row(
            plain(each.where), plain(each.what), f"{each.ledger:,}", f"{each.books:,}", f"{each.ledger - each.books:+,}"
        )
    return table


def table_of(title: str, *headings: str) -> Table:
    """An empty table; a heading that ends with a colon is of numbers. Every table fits 80 columns, so that no figure is ever cut."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        number = heading.endswith(":")
        table.add_column(heading.removesuffix(":"), justify="right" if number else "left", no_wrap=number)
    return table
