"""What somebody who wrote a name that is not known may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, alike: float = 0.6) -> str | None:
    """The known name that is nearest to a mistyped one, whatever its case; None where none is `alike` enough, from 0 to 1."""
    by_folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=alike)
    return by_folded[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown name: the nearest known one if there is one, and all of them."""
    names = sorted(known)
    close = nearest(name, names)
    hint = f"Did you mean {close!r}? " if close else ""
    return f"{hint}Known: {', '.join(names) if names else 'none'}."
