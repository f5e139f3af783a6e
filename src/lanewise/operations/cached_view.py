"""`lanewise cache stats` for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType

from lanewise.core.money import format_usd
from lanewise.operations.cached import TenantCache
from lanewise.operations.render import plain, share, table_of


def stats_view(found: Sequence[TenantCache]) -> RenderableType:
    """A table by tenant."""
    if not any(each.answers or each.given_again for each in found):
        return Group(
            plain("Nothing is cached, and nothing was given again. `cache: {exact: true}` in the policy begins it.")
        )
    table = table_of("Answers given again", "tenant", "runs:", "given again:", "of all:", "saved:", "kept:", "bytes:")
    for each in found:
        table.add_row(
            plain(each.tenant),
            f"{each.runs:,}",
            f"{each.given_again:,}",
            share(each.given_again / each.runs if each.runs else 0.0),
            format_usd(each.saved_nanousd),
            f"{each.answers:,}",
            f"{each.bytes:,}",
        )
    return table
