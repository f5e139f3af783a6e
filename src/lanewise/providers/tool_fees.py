"""What vendors charge for uses of their own tools, as rows of `tool_fees.json`, where the price list does not say it, or not per what."""

from __future__ import annotations

import datetime as dt
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import structs

from lanewise.core.usage import RateCard


class ToolFeeRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fee of one tool, at all models of a vendor or at some."""

    vendor: str  # its id in the price list
    tool: str  # as `Usage.tool_uses` calls it
    nanousd: int
    per: Literal["use", "call"] = "use"  # a use of the tool, or a call that used it, however often
    told: bool = True  # False: every call of these models uses it, and no answer says so
    source: str  # where this row was read
    as_of: dt.date
    models: tuple[str, ...] = ()  # patterns; none: every model
    note: str = ""


ROWS = msgspec.json.decode(Path(__file__).with_name("tool_fees.json").read_bytes(), type=tuple[ToolFeeRow, ...])


def with_tool_fees(card: RateCard, vendor: str, model: str) -> RateCard:
    """A listed card with the rows of its vendor, by that one's id in the price list, for a model as it is asked for."""
    rows = [
        row
        for row in ROWS
        if row.vendor == vendor and (not row.models or any(fnmatchcase(model, each) for each in row.models))
    ]
    if not rows:
        return card
    fees = dict(card.tool_fees) | {row.tool: row.nanousd for row in rows}
    return structs.replace(
        card,
        tool_fees=tuple(fees.items()),
        fees_per_call=tuple(row.tool for row in rows if row.per == "call"),
        fees_always=tuple(row.tool for row in rows if not row.told),
    )
