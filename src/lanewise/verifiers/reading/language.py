"""Which language a text is in, by its script and, in Latin script, by its commonest words. Says nothing where it is not sure.

Knows the languages of `KNOWN`. Needs about ten words of prose; code, formulas, names and texts in two languages are not decided.
Ukrainian, Belarusian and Serbian are told from Russian by their letters; other neighbours of a language that is known by its script alone
are taken for it.
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
    "en": "the of and to is that it for was with are this be have from they which you not but or by an as at has were so "
    "can we will would should could their there these those if then than what when who how about more other into "
    "out up do does your our his her she he me my please yes here just also only after before because some any all",
    "de": "der die das und ist nicht ein eine zu den mit von auf sich auch es dem wird sind wir aus werden bei oder als "
    "wie ich einen im am ihre ihr sie haben hat war wurde wurden sollte kann können wenn nur noch so was zum zur "
    "vom bitte diese dieser dieses ihnen mir mich uns dass nach vor über durch um alle mehr sehr hier dann weil "
    "mein sein seine",
    "fr": "le la les et est des une dans que pour qui pas sur plus par avec sont ce cette nous vous mais ou au aux du il "
    "elle ne votre vos si été avoir fait faire ont son sa ses leur leurs même aussi très bien tout tous après avant "
    "entre donc car quand comme peut être était cela se nos notre mon mes",
    "es": "el la los las y es que en una por con para del se no como pero sus este esta son lo al más su o cuando hay muy "
    "ha han fue ser está están ya si sobre entre después antes también porque desde hasta todo todos estos me te le "
    "les nos mi tu donde qué cada debe puede favor",
    "it": "il la di che e non un una per con del della sono si è i le da anche nel alla più come questo ma gli dei ha o "
    "se suo sua hanno stato stata era dovrebbe può ci mi ti vi lo negli dal dalla degli delle al ai tutto tutti "
    "dopo prima ancora perché quando dove molto cosa ieri poi",
    "pt": "o a os as de que e não uma um para com por do da em no na se mais como mas dos das ao é são foi ser ou isso "
    "seu sua está estão já sim sobre entre depois antes também porque desde até tudo todos esta este isto me te lhe "
    "nos meu minha onde cada deve pode favor ele ela pelo pela ontem",
    "nl": "de het een en van is dat niet op te zijn met voor die er aan ook als maar door bij uit wordt om worden naar of "
    "ik je uw mijn haar hun hij zij wij ze we kan kunnen moet moeten zou zouden nog wel meer dan dit deze daar hier "
    "wat wie hoe waar omdat heeft hebben was waren gisteren na tot over onder",
    "sv": "och att det som en på är av för med den till inte har om ett men var jag sig från vi så kan eller de vid din "
    "ditt dina min mitt hans hennes deras han hon dem ni ska skulle bör måste mer än detta denna dessa där här vad "
    "vem hur när eftersom hade blev mycket alla går",
    "pl": "i w nie na z się jest do że to jak o co ale po tak za od przez dla jego był oraz który są być może tym twoje "
    "moje jej ich on ona oni my wy jestem była było zostało został została powinno tylko już jeszcze ten ta te tego "
    "tej kto gdzie kiedy bo lub bardzo wczoraj razem tyle",
}
_NOT_RUSSIAN = re.compile("[\u0456\u0457\u0454\u0491\u045e\u0458\u0459\u045a\u0452\u045b\u045f]", re.IGNORECASE)
_NEIGHBOURS = {
    "da": "og det at er en på i til af den for med ikke der som har et de var jeg men hvad så kan vi eller blev",
    "no": "og det at er en på i til av den for med ikke som har et de var jeg men hva så kan vi eller fra ble",
    "ca": "els les amb que és en per una del dels va la el al més com aquest però són i de no",
    "gl": "os as que é o a de na no en unha un pola polo coa co non máis como pero son foi e do da",
    "ro": "și de la în pe cu că nu o un este care din pentru mai sunt cât ce a fi cele",
    "cs": "a v na se že je to s z do pro by jako ale po tak který jsou jsem i",
    "af": "die en van is het in dat nie te wat vir met op sy om as hulle ek sal dit was",
    "id": "yang dan di itu dengan untuk dari ini tidak pada adalah ke dia akan ada saya",
}
"""Languages that are taken for none of the known ones, near as they are."""

KNOWN: tuple[str, ...] = (*_COMMON, *(name for name, _ in _SCRIPTS if name != "latin"))
"""Two-letter codes, as in ISO 639-1."""

_OF_SCRIPT = [(name, re.compile(pattern)) for name, pattern in _SCRIPTS]
_LANGUAGES = {name: frozenset(words.split()) for name, words in (_COMMON | _NEIGHBOURS).items()}
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
    if script == "ru" and _NOT_RUSSIAN.search(text):
        return None
    return script if script != "latin" else _by_words(text)


def _by_words(text: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(text)]
    hits = Counter({name: sum(word in common for word in words) for name, common in _LANGUAGES.items()})
    best = max(_COMMON, key=hits.__getitem__)
    most, next_most = hits[best], max(hits[name] for name in _COMMON if name != best)
    sure = most >= _LEAST_COMMON and most >= _LEAST_SHARE * len(words) and most >= _LEAST_LEAD * next_most
    return best if sure and most > max(hits[name] for name in _NEIGHBOURS) else None
