"""How far a lane's search over steps may go, as the policy says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanewise.core.policy import Check


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """The bounds of a search over the steps of a solution, and who judges them."""

    width: int = 3  # next steps that are tried after one
    beam: int = 2  # beginnings that are carried on at a time
    depth: int = 5  # steps of a solution at most
    step_tokens: int = 2_048  # the output cap of one step
    judges: tuple[Check, ...] = ()  # of a beginning, in order


USUAL_SEARCH = Search()
