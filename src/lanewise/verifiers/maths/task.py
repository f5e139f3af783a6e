"""What goes through the pipe to a maths worker and back. The gateway imports this, and nothing of what a worker calculates with."""

from __future__ import annotations

from typing import Literal

import msgspec


class MathTask(msgspec.Struct, frozen=True, kw_only=True):
    """Is the text's final answer right? Against what is expected, else against the question itself."""

    text: str
    question: str = ""
    expected: str | None = None
    ordered: bool = False
    percent: Literal["drop", "value", "either"] = "drop"
    units: Literal["known", "require"] = "known"
    decimals: int = 6


class MathTold(msgspec.Struct, frozen=True, kw_only=True):
    """`right` is None where it cannot be told; `why` is fit to be shown to a model and never says what is expected."""

    right: bool | None
    why: str = ""
    answer: str = ""
    repairable: bool = False
