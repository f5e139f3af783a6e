"""The English words that matter when two sentences are compared, and how a word is brought to its stem."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


FUNCTION_WORDS = words(
    """a about above after again all also although am an and another any are as at be because been before being below between both but by
    can could did do does doing done down during each either else even ever every few for from further had has have having he her here hers
    herself him himself his how however i if in into is it its itself just less let many may me might mine more most much must my myself of
    off on once only or other our ours ourselves out over own per quite rather same shall she should so some still such than that the their
    theirs them themselves then there therefore these they this those though through thus to too under until up upon us very was we were
    what when where whether which while who whom whose why will with within would yet you your yours yourself according said say says
    mr mrs ms dr source sources document"""
)
NEGATORS = words(
    "no not never none nobody nothing nowhere neither nor cannot without hardly barely lack lacks lacked lacking"
)
#: They deny what follows where `to` does: `failed to reply`.
NEGATORS_BEFORE_TO = words("fail fails failed failing refuse refuses refused declines declined unable")
#: Words that say no in their own way, where it is asked whether a sentence says no at all.
SAYING_NO = (
    NEGATORS
    | NEGATORS_BEFORE_TO
    | words("decline denied deny denies unless rather instead until avoid avoids avoided stopped prevent prevents")
)
#: A negation reaches as far as one of these.
STOPS = words("to of in on at for by with from that who which when where until if because but and or than as")
#: They deny a thing with what describes it: `no long wait` denies both.
OF_THINGS = words("no without lack lacks lacked lacking none neither nor")
#: With these words behind it or before it, a negation denies nothing of what follows, or only a part.
_MILD_BEHIND = words(
    "only just merely simply least all every always necessarily entirely fully yet have need more less fewer later sooner until so as "
    "unless even doubt matter wonder one earlier"
)
_MILD_BEFORE = words("or if why")


def is_mild(before: str, word: str, behind: str) -> bool:
    """Whether a negation between these words denies nothing: `not only`, `no more than`, `whether or not`."""
    return behind in _MILD_BEHIND or before in _MILD_BEFORE or (word == "nothing" and behind in {"but", "more"})


_UPWARDS = (
    "rise rises rose risen rising increase increases increased increasing grow grows grew grown growing climb climbs climbed climbing "
    "jump jumps jumped jumping gain gains gained gaining surge surges surged soar soars soared up"
)
_DOWNWARDS = (
    "fall falls fell fallen falling decrease decreases decreased decreasing decline drop drops dropped dropping shrink shrinks shrank "
    "shrunk lose loses slump slumps slumped plunge plunges plunged slide slides slid dip dips dipped reduce reduces reduced reducing down"
)
_OPPOSITES = (
    (_UPWARDS, _DOWNWARDS),
    ("higher above", "lower below"),
    ("more", "fewer less"),
    ("before", "after"),
    ("maximum", "minimum"),
    ("most", "least"),
    (
        "allow allows allowed permit permits permitted",
        "forbid forbids forbidden prohibit prohibits prohibited ban bans banned",
    ),
    ("accept accepts accepted approve approves approved", "reject rejects rejected disapprove disapproved"),
    ("win wins won", "lost"),
    ("pass passes passed", "failed"),
    ("guilty", "innocent"),
    ("succeed succeeds succeeded successful successfully", "unsuccessful unsuccessfully"),
    ("include includes included including", "exclude excludes excluded excluding"),
    ("open opens opened", "close closes closed shut"),
    ("buy buys bought purchase purchases purchased", "sell sells sold"),
    ("start starts started begin begins began begun", "end ends ended stop stops stopped finish finished"),
    ("always", "never"),
    ("mandatory required compulsory", "optional voluntary"),
    ("profit profits", "loss losses"),
    ("cheaper", "dearer costlier"),
    ("faster", "slower"),
    ("larger bigger greater", "smaller"),
    ("longer", "shorter"),
    ("better", "worse"),
    ("positive", "negative"),
    ("safe", "dangerous unsafe hazardous"),
    ("true", "false"),
    ("alive", "dead"),
    ("support supports supported", "oppose opposes opposed"),
    ("confirm confirms confirmed", "refute refutes refuted"),
    ("present", "absent"),
    ("strengthen strengthens strengthened", "weaken weakens weakened"),
    ("improve improves improved", "worsen worsens worsened deteriorate deteriorated"),
)
#: Each word of a pair by what both are about, and on which side it stands.
OPPOSITES: dict[str, tuple[str, bool]] = {
    word: (f"{this.split()[0]}/{that.split()[0]}", side)
    for this, that in _OPPOSITES
    for side, listed in ((True, this), (False, that))
    for word in words(listed)
}

_IRREGULAR = {
    "won": "win", "lost": "lose", "made": "make", "paid": "pay", "sent": "send", "found": "find", "left": "leav", "held": "hold",
    "took": "tak", "taken": "tak", "gave": "giv", "given": "giv", "went": "go", "gone": "go", "came": "com", "saw": "see", "seen": "see",
    "knew": "know", "known": "know", "got": "get", "met": "meet", "led": "lead", "kept": "keep", "told": "tell", "thought": "think",
    "bought": "buy", "brought": "bring", "sold": "sell", "built": "build", "wrote": "writ", "written": "writ", "chose": "choos",
    "chosen": "choos", "began": "begin", "begun": "begin", "rose": "ris", "risen": "ris", "fell": "fall", "fallen": "fall",
    "grew": "grow", "grown": "grow", "children": "child", "men": "man", "women": "woman", "people": "person", "died": "di", "dies": "di",
}  # fmt: skip
_SUFFIXES = ("ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "s", "ally")
_LEAST_STEM_CHARS = 3
_DENYING = ("non", "dis", "un", "in", "im", "il", "ir")


def stem(word: str) -> str:
    """A word, in lower case, without its inflection: near enough to find it again, no dictionary's form."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _LEAST_STEM_CHARS and not word.endswith("ss"):
            word = word[: -len(suffix)] + ("y" if suffix in {"ied", "ies"} else "")
            break
    if len(word) > _LEAST_STEM_CHARS and word[-1] == word[-2] and word[-1] not in "lse":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > _LEAST_STEM_CHARS else word


def without_denial(word: str) -> str:
    """`safe` of `unsafe`, `legal` of `illegal`; empty where the word does not begin like that."""
    for prefix in _DENYING:
        rest = word.removeprefix(prefix).removeprefix("-")
        if rest != word and len(rest) > _LEAST_STEM_CHARS:
            return rest
    return ""
