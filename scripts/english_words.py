"""Makes `src/lanewise/similarity/english.txt`: `python -m scripts.english_words /usr/share/dict/american-english`.

That list is SCOWL's as Debian's package wamerican 2020.12.07-2 has it; another one is refused, since which words are names decides which
questions are compared: a new list is a new count of `RULES`. Its notices are in `licenses/SCOWL.txt`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from lanewise.similarity.partition import base_of

MADE = Path(__file__).resolve().parent.parent / "src" / "lanewise" / "similarity" / "english.txt"
SOURCE_SHA256 = "9f513f1ceadb6a01c5485b7dbdfd5118dc66cd70b59cae2851292112d4066a32"
_HEAD = """\
# English words as the partition of questions knows them, one a line: names with a capital, then ordinary words without.
# Made by scripts/english_words.py from SCOWL, Copyright 2000-2011 by Kevin Atkinson; its notices are in licenses/SCOWL.txt.
"""
#: Ordinary words that are what makers call themselves or a product as well: with a capital they are names.
_PRODUCTS = frozenset({
    "access", "angular", "bumble", "chrome", "dart", "discord", "discover", "echo", "edge", "epic", "escape", "excel", "fire", "flutter",
    "focu", "galaxy", "go", "golf", "kindle", "meta", "mint", "mustang", "nest", "node", "note", "notion", "office", "outlook", "pixel",
    "prime", "react", "ring", "rust", "safari", "signal", "slack", "snap", "spring", "square", "steam", "stripe", "team", "telegram",
    "tinder", "unity", "word", "zoom",
})  # fmt: skip
#: Names whose products are written in small letters as often.
_NAMES_TOO = frozenset({"django", "perl", "scala", "tesla"})


def words_of_english(listed: Iterable[str]) -> list[str]:
    """Of a list of words what is a name only, with a capital, then what is ordinary only: each by its base, sorted."""
    names, ordinary = set(), set()
    for word in listed:
        if word[0].isupper():
            names.add(base_of(word.lower()))
        else:
            ordinary.add(base_of(word))
    only_names = names - {word.lower() for word in ordinary} - _NAMES_TOO
    return [*sorted(name.capitalize() for name in only_names), *sorted(ordinary - names - _PRODUCTS)]


def main(source: Path) -> None:
    """Write the file anew."""
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != SOURCE_SHA256:
        sys.exit(f"{source} is another list than that of wamerican 2020.12.07-2")
    lines = words_of_english(content.decode().splitlines())
    MADE.write_text(_HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
