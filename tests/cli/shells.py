"""What a command said, and a screen to say it on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output; fails where there is anything else."""
        return json.loads(self.out)


Shell = Callable[..., Said]


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        return True
