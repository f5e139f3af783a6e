"""What vendors charge at other rates than the usual one, as rows of `rates.json`; the price list has only the usual prices."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec


class RateRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor's rate, for one of its models or for all."""

    vendor: str  # its id in the price list
    rate: str  # as the vendor names it when it says how a call was served
    thousandths: int  # of the usual prices of tokens
    source: str  # where this row was read
    as_of: dt.date
    model: str = ""  # empty: for every model that has no row of its own
    note: str = ""


ROWS = msgspec.json.decode(Path(__file__).with_name("rates.json").read_bytes(), type=tuple[RateRow, ...])


def rates_of(vendor: str, model: str) -> tuple[tuple[str, int], ...]:
    """The rates of a model, by the vendor's and the model's ids in the price list: (name, thousandths of the usual prices)."""
    found: dict[str, int] = {}
    for row in ROWS:
        if row.vendor == vendor and (row.model == model or not row.model):
            found[row.rate] = row.thousandths if row.model else found.get(row.rate, row.thousandths)
    return tuple(found.items())
