"""Lanes that budgets name, and caps that could never be reached or never matter."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.build_budgets import TO_LANE
from lanewise.config.document import Document
from lanewise.config.lookups import check_lane

PLACES = ("per_user", "per_feature", "per_key")
NAMED = ("users", "features", "keys")


def check_budgets(document: Document) -> None:
    """Note every budget whose other lane is not there, or is the lane it is of."""
    for path in budgets_of(document):
        written = document.table(*path).get("at_stop")
        if not isinstance(written, str) or not written.startswith(TO_LANE):
            continue
        here, lane = (*path, "at_stop"), written.removeprefix(TO_LANE)
        if path[0] == "lanes" and path[1] == lane:
            document.at_value(here, "is the lane whose budget it is", "Write another lane, or refuse.")
        else:
            check_lane(document, here, lane)


def budgets_of(document: Document) -> Iterator[tuple[str, ...]]:
    """Where a budget is written: of lanes, tenants, and their users, features and keys."""
    for lane in document.table("lanes"):
        yield ("lanes", lane, "budget")
    for tenant in document.table("tenants"):
        budget = ("tenants", tenant, "budget")
        yield budget
        yield from ((*budget, each) for each in PLACES)
        for each in NAMED:
            yield from ((*budget, each, name) for name in document.table(*budget, each))
