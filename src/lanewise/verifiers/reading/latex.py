r"""LaTeX that a model wrote into JSON without doubling its backslashes: `\frac` then reads as a form feed and `rac`, and nothing complains.

Of real answers that parse, a few in a hundred are damaged so. Where the command is plain the backslash is doubled, and told.
"""

from __future__ import annotations

import re
from typing import Literal

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
_OPENS, _CLOSES = ("\\(", "\\[", "\\begin{"), ("\\)", "\\]", "\\end{")
_MATHS = re.compile(r"[$^_]|\\\\?[a-z(\[]")
_LOOKED_BACK_CHARS = 600  # no formula in a text is longer, and none goes on over a paragraph's end
_BEFORE_COMMANDS = frozenset(" {(=+-*/^_,<>|&~")
"""A line break or a tab seldom follows one of these; an operator of a formula often does."""

_AFTER_ROW = re.compile(r"\s|\\n(?![a-z])|&|\\hline|\[")
ROW_ENDS = "doubled the backslashes that end rows"
_PARAGRAPHS = ('": "', "\n\n", "\\n\\n")

Meaning = Literal["command", "escape", "doubtful"]


def doubled(source: str) -> tuple[str, tuple[str, ...]]:
    """JSON source whose lost commands are whole again, and what was changed or is in doubt, each once."""
    if "\\" not in source:
        return source, ()
    told: dict[str, None] = {}

    def mend(found: re.Match[str]) -> str:
        letter, rest = found[1], found[2]
        if found[0] == "\\\\" and ends_row(source, found.start()):
            told[ROW_ENDS] = None
            return "\\" * 4
        if letter is None:
            return found[0]
        meaning = meaning_of(letter, rest, source, found.start())
        if meaning == "escape":
            return found[0]
        told[wording(letter, rest, meaning)] = None
        return f"\\{found[0]}" if meaning == "command" else found[0]

    return _ESCAPE.sub(mend, source), tuple(told)


def ends_row(source: str, place: int) -> bool:
    r"""Whether the two backslashes at a place of a JSON source end a row of LaTeX: in an environment whose `\begin` has only one itself."""
    if not _AFTER_ROW.match(source, place + 2):
        return False
    before = source[max(0, place - _LOOKED_BACK_CHARS) : place]
    begin = before.rfind("\\begin{")
    return begin >= 0 and before[:begin][-1:] != "\\" and "\\end{" not in before[begin:]


def meaning_of(letter: str, rest: str, source: str, place: int) -> Meaning:
    r"""What `\` + letter + rest, at a place of a JSON source, is: a command of LaTeX, an escape of JSON, or either."""
    if letter in _ALWAYS:
        return "command" if rest else "escape"
    word = letter + rest
    if word in _SURE[letter]:
        return "command"
    if word not in _IN_FORMULAS[letter]:
        return "escape"
    before = source[max(0, place - _LOOKED_BACK_CHARS) : place]
    before = before[max(before.rfind(each) for each in _PARAGRAPHS) + 1 :]
    if before[-1:] in _BEFORE_COMMANDS or _in_formula(before):
        return "command"
    return "doubtful" if _MATHS.search(before) else "escape"


def wording(letter: str, rest: str, meaning: Meaning) -> str:
    """How a command that was put back, or may have been one, is told."""
    if meaning == "command":
        return f"read \\{letter}{rest} as LaTeX, not as the JSON escape \\{letter}"
    return f"read \\{letter}{rest} as the JSON escape \\{letter}, though it may be LaTeX"


def _in_formula(before: str) -> bool:
    r"""Whether a formula is open: after an odd number of `$`, or an opened `\(`, `\[` or `\begin`."""
    if before.count("$") % 2 == 1:
        return True
    return sum(map(before.count, _OPENS)) > sum(map(before.count, _CLOSES))


#: What reading JSON has made of a command: its `\f`, `\b`, `\t`, `\r` is one character, and what follows is no word without it.
_SWALLOWED = {
    "\x0crac": r"\frac",
    "\x08egin": r"\begin",
    "\x08oxed": r"\boxed",
    "\x08inom": r"\binom",
    "\x08eta": r"\beta",
    "\times": r"\times",
    "\text{": r"\text{",
    "\theta": r"\theta",
    "\right": r"\right",
}


def restored(text: str) -> tuple[str, tuple[str, ...]]:
    r"""A text that was JSON once, with the commands that reading it has swallowed, and which were put back."""
    put_back = []
    there = {letter for letter in "\b\f\r\t" if letter in text}  # one letter is found in a long text as good as at once
    for swallowed, meant in _SWALLOWED.items():
        if swallowed[0] in there and swallowed in text:
            text = text.replace(f"\\{swallowed}", meant).replace(swallowed, meant)
            put_back.append(meant.rstrip("{"))
    return text, tuple(put_back)
