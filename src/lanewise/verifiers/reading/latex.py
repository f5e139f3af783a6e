r"""LaTeX that a model wrote into JSON without doubling its backslashes: `\frac` then reads as a form feed and `rac`, and nothing complains.

Of real answers that parse, a few in a hundred are damaged so. Where the command is plain the backslash is doubled, and told.
"""

from __future__ import annotations

import re

_ALWAYS = "bf"
"""A backspace or a form feed before a letter: no model means one."""

_COMMANDS = {
    "n": "neq nabla not neg notin nmid nleq ngeq nsubseteq nonumber nolimits natural nparallel nexists",
    "r": "rho right rangle rightarrow rfloor rceil rm root rVert rvert rbrace rbrack rightleftharpoons",
    "t": "text textbf textit texttt textrm theta times tfrac triangle therefore tilde tanh thinspace triangleq textstyle tbinom tau",
}
_SURE = {letter: frozenset(words.split()) for letter, words in _COMMANDS.items()}
_IN_FORMULAS = {
    "n": frozenset({"nu", "ne", "ni"}),
    "r": frozenset({"rm"}),
    "t": frozenset({"to", "tan", "top", "tag", "tt"}),
}
r"""Also the beginning of words after a line break or a tab: `\nu = 5` may be a new line that begins with u."""

_ESCAPE = re.compile(r"\\(?:[\"\\/]|u[0-9a-fA-F]{4}|([bfnrt])([A-Za-z]*))")
_OPENS = re.compile(r"\\\\[(\[]|\\[(\[]")
_CLOSES = re.compile(r"\\\\[)\]]|\\[)\]]")
_LOOKED_BACK_CHARS = 2_000


def doubled(source: str) -> tuple[str, tuple[str, ...]]:
    """JSON source whose lost commands are whole again, and what was changed, each command once."""
    if "\\" not in source:
        return source, ()
    told: dict[str, None] = {}

    def mend(found: re.Match[str]) -> str:
        letter, rest = found[1], found[2]
        if letter is None or not is_command(letter, rest, source, found.start()):
            return found[0]
        told[lost(letter, rest)] = None
        return f"\\{found[0]}"

    return _ESCAPE.sub(mend, source), tuple(told)


def is_command(letter: str, rest: str, source: str, place: int) -> bool:
    r"""Whether `\` + letter + rest, at a place of a JSON source, is a command of LaTeX rather than an escape of JSON."""
    if letter in _ALWAYS:
        return bool(rest)
    word = letter + rest
    return word in _SURE[letter] or (word in _IN_FORMULAS[letter] and _in_formula(source, place))


def lost(letter: str, rest: str) -> str:
    """How a mended command is told."""
    return f"read \\{letter}{rest} as LaTeX, not as the JSON escape \\{letter}"


def _in_formula(source: str, place: int) -> bool:
    r"""Whether a formula is open there: after an odd number of `$`, or an opened `\(`. A string's own quotes end the search."""
    before = source[max(0, place - _LOOKED_BACK_CHARS) : place]
    before = before[before.rfind('": "') + 1 :]
    if before.count("$") % 2 == 1:
        return True
    return len(_OPENS.findall(before)) > len(_CLOSES.findall(before))
