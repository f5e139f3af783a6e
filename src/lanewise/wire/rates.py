"""The rate that a vendor says it served a call at, or that a caller asks for: `service_tier`, in whatever dialect."""

from __future__ import annotations

#: Words for the usual rate, or for leaving the choice to the vendor, which is the usual rate unless an account says otherwise.
_USUAL = frozenset({"", "auto", "default", "standard", "standard_only", "on_demand", "unspecified"})
_PREFIX = "service_tier_"  # of Gemini's enumeration
_LONGEST = 40  # characters


def rate_in(told: object) -> str:
    """The rate's name; empty for the usual one, and for what is no name."""
    if not isinstance(told, str):
        return ""
    name = told.lower().removeprefix(_PREFIX)
    return "" if name in _USUAL else name[:_LONGEST]
