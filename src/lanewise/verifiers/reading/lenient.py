"""JSON as models write it: raw line breaks, LaTeX, quotes in quotes, missing commas and braces, comments, words of other languages.

Reads what stands there and nothing else: a value that is missing or cut off is left out, never completed, and each liberty that was
taken is told. A number stays the text it was written as.
"""

from __future__ import annotations

import re

from lanewise.verifiers.reading.endings import (
    ends_key,
    ends_value,
    follows_unclosed,
    key_after,
    key_without_colon,
    skip_blanks,
)
from lanewise.verifiers.reading.latex import ROW_ENDS, ends_row, meaning_of, wording
from lanewise.verifiers.reading.values import NOT_THERE, Number, Value
from lanewise.verifiers.reading.work import Work

_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?(?:[eE][-+]?\d{1,4})?(?=\s*(?:[,}\]]|//|/\*|$|\n))")
_PARTED = re.compile(r"-?\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?(?=\s*(?:[,}\]\n]|$))")
"""`1,000` in an object: one number as people write it, and as JSON no value at all."""

_PARTED_ITEM = re.compile(r"-?\d{1,3},0\d\d(?!\d)")
# 82_461, .25, 1., +3.
_LOOSE_NUMBER = re.compile(r"([-+]?)(\d{0,40}(?:_\d{1,40}){0,20})(?:\.(\d{0,40}(?:_\d{1,40}){0,20}))?")
_BRACKETED = re.compile(
    r"(?:(?:ObjectId|ISODate|Number(?:Long|Int|Decimal)|Decimal|UUID)\s{0,4})?"
    r'\(\s{0,20}(?:(-?(?:0|[1-9]\d{0,40})(?:\.\d{1,40})?)|"([^"\\\n]{0,200})")\s{0,20}\)'
)
_BARE_KEY = re.compile(r"([A-Za-z_$][\w $./-]{0,80}?|-?\d{1,20}(?:\.\d{1,20})?)[\"']?\s{0,20}(?=[:=])")
_BARE_VALUE = re.compile(r"(?:[^,\n}\]\"{\[`]|\n(?!\s{0,200}(?:[\"'\w$ -]{1,60}:|[}\]]|//))){1,400}")
_CALCULATION = re.compile(r"[()*+=<>\\]")  # `str(total)`: what it comes to does not stand there
_WORDS: dict[str, Value] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "undefined": NOT_THERE,
    "nan": NOT_THERE,
}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'", "`": "`"}
_PLAIN = re.compile(r"[^\\\"'`\u201d\n\r\t]+")
_LETTERS = re.compile(r"[A-Za-z]*")
_ESCAPED = re.compile(r"\\(u([0-9a-fA-F]{4})|.)")
_UNICODE = re.compile(r"[0-9a-fA-F]{4}")


_BEFORE_BRACKETED = frozenset("(OINDU")


class Hopeless(ValueError):
    """Nested beyond the limit, or no JSON however it is looked at."""


class Lenient:
    """Reads one value out of a text, from a place on.

    `changed` tells what liberties were taken, `cut` whether the end of the text took a value with it, `twice` which name stands twice in
    one object with different values.
    """

    def __init__(self, work: Work, place: int, *, names: frozenset[str], max_depth: int) -> None:
        self._work = work
        self._text = work.text
        self._place = place
        self._names = names
        self._max_depth = max_depth
        self.changed: dict[str, None] = {}
        self.cut = False
        self.twice = ""
        self._passed = 0

    @property
    def place(self) -> int:
        """Where reading stopped."""
        return self._place

    def value(self, depth: int = 0, *, in_object: bool = False) -> Value:
        """The value that begins here; NOT_THERE where none does. Raises Hopeless, TooMuchWork."""
        self._work.spend()
        self._skip()
        char = self._text[self._place : self._place + 1]
        if char in ("{", "["):
            if depth >= self._max_depth:
                raise Hopeless(f"nested more than {self._max_depth} deep")
            self._place += 1
            return self._object(depth + 1) if char == "{" else self._array(depth + 1)
        if char in _QUOTES:
            return self._string(char, in_object=in_object, depth=depth)
        if char in _BEFORE_BRACKETED and (inner := _BRACKETED.match(self._text, self._place)):
            self._place = inner.end()
            self._told("took brackets off")
            return Number(inner[1]) if inner[1] else inner[2]
        parted = (_PARTED if in_object else _PARTED_ITEM).match(self._text, self._place)
        if parted:
            self._place = parted.end()
            return NOT_THERE
        return self._bare(in_object=in_object)

    def _object(self, depth: int) -> Value:
        found: dict[str, Value] = {}
        while True:
            self._skip()
            char = self._text[self._place : self._place + 1]
            if not char:
                return self._cut_off(found)
            if char == "}":
                self._place += 1
                return found
            if char in ",;":
                self._comma()
                continue
            if char == "]" or self._text.startswith("```", self._place):
                self._told("closed an object that was left open")
                return found
            self._member(found, depth)

    def _member(self, found: dict[str, Value], depth: int) -> None:
        key = self._key(found)
        if key is None:
            return
        self._skip()
        if self._text[self._place : self._place + 1] in ("", "}", ","):
            self._told(f"left out {key!r}, which has no value")
            return
        before = self._place
        value = self.value(depth, in_object=True)
        self._after_value()
        if value is NOT_THERE:
            self._told(f"left out {key!r}, whose value is cut off or no JSON")
            self._place = max(self._place, before + (self._place == before))
        elif key in found and found[key] != value:
            self.twice = self.twice or key
        else:
            if key in found:
                self._told(f"left out {key!r} where it stands again")
            found[key] = value

    def _key(self, found: dict[str, Value]) -> str | None:
        """The next name, its colon passed; None where something else stood there and was passed over."""
        char = self._text[self._place]
        if char in _QUOTES:
            begin = self._place
            name = self._quoted_key(_QUOTES[char])
            if name is not None:
                return name
            self._place = begin
            stray = self._string(char, in_object=True, depth=1)
            self._told(
                "left out a text that stands without a name"
                if stray is not NOT_THERE
                else "left out an unfinished text"
            )
            return None
        bare = _BARE_KEY.match(self._text, self._place)
        if bare is None:
            self._pass_over("members")
            return None
        self._told("put quotes around names")
        self._place = bare.end() + 1
        return bare[1].strip()

    def _quoted_key(self, closing: str) -> str | None:
        begin = self._place + 1
        self._work.spend(_KEY_STEPS)
        end = ends_key(self._text, begin, closing)
        if end is None and (end := key_without_colon(self._text, self._place)):
            self._told("put in a missing colon")
        if end is None:
            return None
        name = self._text[begin : end.quote]
        self._place = end.value
        if closing != '"':
            self._told("read other quotes as double ones")
        return _unescaped(name)

    def _array(self, depth: int) -> Value:
        found: list[Value] = []
        while True:
            self._skip()
            char = self._text[self._place : self._place + 1]
            if not char:
                return self._cut_off(found)
            if char == "]":
                self._place += 1
                return found
            if char in ",;":
                self._comma()
                continue
            if char in "}:" or self._text.startswith("```", self._place):
                self._told("closed a list that was left open")
                return found
            before = self._place
            value = self.value(depth)
            if value is not NOT_THERE:
                found.append(value)
            elif self._place == before:
                self._pass_over("items")
            else:
                self._told("left out an item that is cut off or no JSON")
            self._after_value()

    def _string(self, opening: str, *, in_object: bool, depth: int) -> Value:
        """A text, up to the quote that ends it by what follows."""
        closing, text = _QUOTES[opening], self._text
        if opening != '"':
            self._told("read other quotes as double ones")
        self._place += 1
        pieces: list[str] = []
        inner = False  # a quote inside it was kept
        while self._place < len(text):
            self._work.spend()
            char = text[self._place]
            if char == "\\":
                pieces.append(self._escape())
            elif char == closing:
                if ends_value(text, self._place + 1, in_object=in_object, depth=depth, names=self._names):
                    self._place += 1
                    return "".join(pieces)
                if in_object and self._key_begins("" if inner else "".join(pieces), self._place):
                    self._told("closed a text whose last quote was missing")
                    return "".join(pieces).rstrip().removesuffix(",")
                pieces.append(char)
                inner = True
                self._told("kept quotes that stand unescaped inside a text")
                self._place += 1
            else:
                if char in "\n\r\t":
                    self._told("escaped line breaks and tabs inside texts")
                plain = _PLAIN.match(text, self._place)
                pieces.append(plain[0] if plain else char)
                self._place += len(pieces[-1])
        self.cut = True
        return NOT_THERE

    def _key_begins(self, before: str, place: int) -> bool:
        """Whether a name begins here: one that the schema knows and nowhere later, or one that only a name can be."""
        name = key_after(self._text, place)
        if self._names:
            return name in self._names and self._work.last_key(name) == place
        return follows_unclosed(before, self._text, place)

    def _escape(self) -> str:
        text, place = self._text, self._place
        char = text[place + 1 : place + 2]
        self._place += 2
        if char == "u" and (code := _UNICODE.match(text, place + 2)):
            self._place += 4
            return chr(int(code[0], 16))
        if char in ("b", "f", "n", "r", "t"):
            rest = _LETTERS.match(text, place + 2)
            word = rest[0] if rest else ""
            meaning = meaning_of(char, word, text, place)
            if meaning != "escape":
                self._told(wording(char, word, meaning))
            if meaning == "command":
                self._place += len(word)
                return f"\\{char}{word}"
        if char == "\\" and ends_row(text, place):
            self._told(ROW_ENDS)
            return "\\\\"
        if char in _ESCAPES:
            return _ESCAPES[char]
        self._told("doubled backslashes that escape nothing")
        return f"\\{char}"

    def _bare(self, *, in_object: bool) -> Value:
        number = _NUMBER.match(self._text, self._place)
        if number:
            self._place = number.end()
            if self._place == len(self._text):
                self.cut = True
                return NOT_THERE  # 12 may have been the beginning of 1234
            return Number(number[0])
        bare = _BARE_VALUE.match(self._text, self._place)
        words = bare[0].strip() if bare else ""
        words = words if in_object else words.partition("\n")[0].strip()
        if bare is None or not words:
            return NOT_THERE
        comment = re.search(r"\s//|/\*", words)
        words = words[: comment.start()].strip() if comment else words
        if not words:
            return NOT_THERE
        self._place += bare[0].index(words) + len(words)
        if words.casefold() in _WORDS:
            if words not in ("true", "false", "null"):
                self._told(f"read {words} as JSON")
            return _WORDS[words.casefold()]
        if self._place < len(self._text) and (tidied := _tidied(words)):
            self._told(f"wrote the number {words} as {tidied}")
            return tidied
        if (
            self._place == len(self._text)
            or _CALCULATION.search(words)
            or not any(map(str.isalnum, words))
            or (not in_object and len(words) > _MAX_BARE_ITEM_CHARS)
        ):
            self.cut = self._place == len(self._text)
            return NOT_THERE
        self._told("put quotes around texts")
        return words

    def _after_value(self) -> None:
        self._work.spend()
        self._skip()
        char = self._text[self._place : self._place + 1]
        if char and char not in ",}];" and not self._text.startswith("```", self._place):
            self._told("put in a missing comma")

    def _comma(self) -> None:
        """A comma, after which something is to come."""
        if self._text[self._place] == ";":
            self._told("read a semicolon as a comma")
        self._place += 1
        self._skip()
        if self._text[self._place : self._place + 1] in (",", ";", "}", "]"):
            self._told("left out a comma too many")

    def _cut_off(self, found: Value) -> Value:
        self.cut = self.cut or isinstance(found, list)  # nobody knows how many items were still to come
        self._told("closed what was left open at the end")
        return found

    def _pass_over(self, between: str) -> None:
        """A character that belongs to nothing."""
        self._passed += 1
        if self._passed > _MOST_PASSED:
            raise Hopeless("no JSON")
        self._place += 1
        self._told(f"passed over characters between {between}")

    def _skip(self) -> None:
        place, commented = skip_blanks(self._text, self._place)
        if commented:
            self._told("left out comments")
        self._place = place

    def _told(self, what: str) -> None:
        self.changed[what] = None


_KEY_STEPS = 4  # up to 200 characters are looked at one by one
_MOST_PASSED = 100  # characters that belong to nothing, in one reading
_MAX_BARE_ITEM_CHARS = 60
"""Of a text without quotes in a list: longer ones are prose, and no list."""


def _tidied(words: str) -> Number | None:
    """A number that is written as other languages write it."""
    found = _LOOSE_NUMBER.fullmatch(words)
    whole, part = (found[2].replace("_", ""), (found[3] or "").replace("_", "")) if found else ("", "")
    if found is None or not (whole or part) or (len(whole) > 1 and whole[0] == "0"):
        return None
    return Number(f"{found[1].strip('+')}{whole or '0'}{f'.{part or 0}' if found[3] is not None else ''}")


def _unescaped(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[2], 16)) if found[2] else _ESCAPES.get(found[1], found[0]), name)
