"""Answers that are phrases, times of day or dates: read as what they mean, whichever way they are put."""

from __future__ import annotations

import re

from lanewise.verifiers.maths.numbers import Undefined
from lanewise.verifiers.maths.tree import INFINITY, Clock, Group, Interval, Quantity, Value, Words, negative

_LONGEST_CHARS = 100
_SUBJECT = r"it|this|that|(?:the|this) (?:equation|system|inequality|problem)(?: of (?:linear )?equations)?"
_HAS = rf"(?:(?:there (?:is|are|exists?)|(?:{_SUBJECT}) has|has|we have) )?"
_NONE = re.compile(
    rf"{_HAS}(?:no (?:real )?(?:solutions?|roots?)(?: (?:exists?|in (?:the )?real(?:s| numbers)))?|none)"
    r"|(?:it is )?(?:the )?(?:empty|null) set"
)
_UNDEFINED = re.compile(
    r"(?:(?:it|this|the (?:limit|expression|value|slope|quotient|function|answer|derivative|integral|inverse)) )?(?:is )?"
    r"(?:undefined|not defined|dne|does not exist|doesn't exist)"
)
_INFINITELY = re.compile(
    rf"{_HAS}(?:an )?infinite(?:ly many| number of)?(?: (?:real )?(?:solutions?|values|roots|answers|many))?"
)
_ALL_REALS = re.compile(
    r"(?:[a-z] (?:is|can be|may be) )?(?:the set of )?(?:all|any) (?:of the )?real(?:s| numbers?| values?)(?: (?:of )?[a-z])?"
)
_INFINITY = re.compile(r"(?:(?P<sign>positive|plus|negative|minus) )?infinity")
_ALIKE = {"true": "yes", "false": "no"}
_YES_OR_NO = re.compile(
    r"(?P<said>yes|no|true|false)(?:[,.;:]? (?:it|they|he|she|this|that|there|we|you|i)"
    r" (?:is|are|was|does|do|did|can|will|has|have)(?: not|n't)?)?"
)
ALL_REALS = Interval(negative(INFINITY), INFINITY)
INFINITELY_MANY = Words("infinitely many")
_MONTHS = re.findall(r"\S+", "january february march april may june july august september october november december")
_MONTH = "|".join(f"{name}|{name[:3]}|{name[:4]}" for name in _MONTHS)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?"
_DATES = (
    re.compile(
        rf"{_WEEKDAY}(?P<month>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?", re.IGNORECASE
    ),
    re.compile(
        rf"{_WEEKDAY}(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\.?(?:,? (?P<year>\d{{4}}))?",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?:(?: ?|~)(a|p)\.?m)?", re.IGNORECASE)


def phrase(words: str) -> Value | None:
    """What a phrase in small letters, without signs around it, means; None where it is none that is known here."""
    if len(words) > _LONGEST_CHARS:
        return None
    if _NONE.fullmatch(words):
        return Group("set", ())
    if _ALL_REALS.fullmatch(words):
        return ALL_REALS
    if found := _INFINITY.fullmatch(words):
        return Quantity(negative(INFINITY) if found["sign"] in ("negative", "minus") else INFINITY)
    for pattern, meaning in ((_UNDEFINED, Words("undefined")), (_INFINITELY, INFINITELY_MANY)):
        if pattern.fullmatch(words):
            return meaning
    if found := _YES_OR_NO.fullmatch(words):
        return Words(_ALIKE.get(found["said"], found["said"]))
    return _date(words) or _clock(words)


def _date(words: str) -> Words | None:
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(words))), None)
    if found is None:
        return None
    name, day = found["month"].lower(), int(found["day"])
    month = int(name) if name.isdigit() else 1 + next(n for n, each in enumerate(_MONTHS) if each.startswith(name))
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return Words(f"date {found['year'] or 'of any year'} {month:02}-{day:02}")


def _clock(words: str) -> Clock | None:
    found = _CLOCK.fullmatch(words)
    if found is None or int(found[1]) > (12 if found[4] else 24):
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        hour = hour % 12 + 12 * (half == "p")
    return Clock((hour * 60 + int(found[2])) * 60 + int(found[3] or 0), half, found[0])


def same_date(left: str, right: str) -> bool:
    """Whether two dates are one. Raises Undefined where a year is missing on one side alone."""
    if left == right:
        return True
    if left.rpartition(" ")[2] == right.rpartition(" ")[2] and "of any year" in left + right:
        raise Undefined("a date without a year")
    return False


def same_time(left: Clock, right: Clock) -> bool:
    """Whether two times of day are one; a time without `a.m.` or `p.m.` may be meant as either. Raises Undefined for what may be ratios."""
    if left.second == right.second:
        return True
    if bool(left.half) != bool(right.half):
        bare = right if left.half else left
        return bare.second // 3600 <= 12 and (left.second - right.second) % (12 * 3600) == 0
    ours, theirs = left.as_ratio, right.as_ratio
    if not left.half and ours and theirs and ours[0] * theirs[1] == ours[1] * theirs[0]:
        raise Undefined("a ratio or a time of day")
    return False
