"""One piece of advice of the policy doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One thing to think about. `code` never changes, so that a script can look for it."""

    code: str
    message: str
    remedy: str

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.code}: {self.message}. {self.remedy}"
