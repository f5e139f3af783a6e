"""The failure table: checks that cannot be made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from end_to_end.failure_rows import STANDARD, Case, Dialect, Seen, Table, Vendor

_NOWHERE: dict[str, Any] = {
    "webhook": {"url": "http://127.0.0.1:9/", "allow_private": "true", "secret": "sixteen-letters-long"}
}
_DOWN = "verdict `accept` (form); `webhook` is down, `form` stands in"
_NO_VERDICT = "verdict `unverifiable` (form)"


def checks(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """The vendor answers, and whoever should judge it does not."""
    table = Table("checks", dialect, stream)
    first = Vendor(model=STANDARD[dialect])
    yield table.case(
        "the verifier is down, and another one stands in for it",
        Seen("200, the first's answer", "`success`", _DOWN, "first answers", ""),
        first,
        settings={"verify": _NOWHERE},
    )
    yield table.case(
        "no verifier can judge it: there is no schema to check it by",
        Seen("200, the first's answer", "`success`", _NO_VERDICT, "first answers", ""),
        first,
        settings={"verify": "json_schema"},
    )
