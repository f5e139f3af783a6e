"""Which language a text is in, by its script and, in Latin script, by its commonest words. Says nothing where it is not sure.

Knows the languages of `KNOWN`. Needs about ten words of prose; code, formulas, names and texts in two languages are not decided.
Serbian, Ukrainian and other neighbours of a language that is known by its script alone are taken for it.
"""

from __future__ import annotations

import re
from collections import Counter

_LOOKED_AT_CHARS = 20_000
_LEAST_LETTERS = 20
_LEAST_COMMON = 4  # of the commonest words, in Latin script
_LEAST_SHARE = 0.12  # of the words that are common ones
_LEAST_LEAD = 1.5  # times the runner-up

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af\u1100-\u11ff]"),
    ("zh", r"[\u4e00-\u9fff]"),
    ("ru", r"[\u0400-\u04ff]"),
    ("el", r"[\u0370-\u03ff]"),
    ("ar", r"[\u0600-\u06ff]"),
    ("he", r"[\u0590-\u05ff]"),
    ("hi", r"[\u0900-\u097f]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("latin", r"[A-Za-z\u00c0-\u024f]"),
)
_COMMON = {
    "en": "the of and to is that it for was with are this be have from they which you not but or by an as at has were so can we",
    "de": "der die das und ist nicht ein eine zu den mit von auf sich auch es dem wird sind wir aus werden bei oder als wie ich einen",
    "fr": "le la les et est des une dans que pour qui pas sur plus par avec sont ce cette nous vous mais ou au aux du il elle ne",
    "es": "el la los las y es que en una por con para del se no como pero sus este esta son lo al más su o cuando hay muy",
    "it": "il la di che e non un una per con del della sono si è i le da anche nel alla più come questo ma gli dei ha o se",
    "pt": "o a os as de que e não uma um para com por do da em no na se mais como mas dos das ao é são foi ser ou isso",
    "nl": "de het een en van is dat niet op te zijn met voor die er aan ook als maar door bij uit wordt om worden naar of ik je",
    "sv": "och att det som en på är av för med den till inte har om ett men var jag sig från vi så kan eller de vid",
    "pl": "i w nie na z się jest do że to jak o co ale po tak za od przez dla jego był oraz który są być może tym",
}
KNOWN: tuple[str, ...] = (*_COMMON, *(name for name, _ in _SCRIPTS if name != "latin"))
"""Two-letter codes, as in ISO 639-1."""

_OF_SCRIPT = [(name, re.compile(pattern)) for name, pattern in _SCRIPTS]
_LANGUAGES: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _COMMON.items()}
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|\$[^$\n]{1,400}\$|https?://\S+", re.DOTALL)


def language_of(text: str) -> str | None:
    """The code of the language, or None where it is not sure."""
    text = _CODE.sub(" ", text[:_LOOKED_AT_CHARS])
    counts = {name: len(pattern.findall(text)) for name, pattern in _OF_SCRIPT}
    total = sum(counts.values())
    if total < _LEAST_LETTERS:
        return None
    if counts["ja"] > total / 10 and counts["ja"] + counts["zh"] > total / 2:
        return "ja"  # Chinese characters among kana
    script = max(counts, key=counts.__getitem__)
    if counts[script] <= total / 2:
        return None
    return script if script != "latin" else _by_words(text)


def _by_words(text: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(text)]
    hits = Counter({name: sum(word in common for word in words) for name, common in _LANGUAGES.items()})
    (best, most), (_, next_most) = hits.most_common(2)
    sure = most >= _LEAST_COMMON and most >= _LEAST_SHARE * len(words) and most >= _LEAST_LEAD * next_most
    return best if sure else None
