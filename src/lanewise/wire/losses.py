"""What becomes of a parameter when a request leaves its dialect: a table per dialect, so that nothing is lost unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from lanewise.core.errors import InvalidRequest

Value = TypeVar("Value")


class Loss(NamedTuple):
    """Why something does not go along, whether the request can still be sent, and which values ask for nothing."""

    reason: str
    refused: bool = False
    neutral: tuple[Any, ...] = ()


_UNKNOWN = Loss("not known outside the dialect it was written in")


class Leaving:
    """What of some parameters is carried along by the conversation, and what becomes of the others; an unknown one is dropped as such."""

    def __init__(self, carried: Iterable[str], losses: Mapping[str, Loss], *, within: str = "") -> None:
        """`within` is the key that they stand under, as a caller writes it."""
        self._carried = frozenset(carried)
        self._losses = losses
        self._prefix = f"{within}." if within else ""

    def losses(
        self, parameters: Mapping[str, Value], read: Callable[[Value, str], object] = lambda value, _: value
    ) -> list[str]:
        """What is dropped, each as `parameter: reason`. Raises InvalidRequest where without it the answer would be to another question.

        `read` gives a parameter's value and is asked where some values ask for nothing; it is told where the value stands.
        """
        dropped: list[str] = []
        for key, value in parameters.items():
            if key in self._carried or value is None:
                continue
            loss, where = self._losses.get(key, _UNKNOWN), self._prefix + key
            if loss.neutral and read(value, where) in loss.neutral:
                continue
            if loss.refused:
                raise InvalidRequest(f"`{where}`: {loss.reason}", param=where)
            dropped.append(f"{where}: {loss.reason}")
        return dropped
