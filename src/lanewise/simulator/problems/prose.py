"""Everything that is no problem to compute: small talk, questions about given facts, summaries, plain prose."""

from __future__ import annotations

import hashlib
import re

from lanewise.simulator.problems.solution import Solution

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\d)[^.!?\n]+)*[.!?]?")
_WORD = re.compile(r"[a-z0-9]+")
_COMMON = frozenset(
    _WORD.findall(
        "the a an and or but of to in on at is are was were be do does did i you we they it my your our this "
        "that with for from can could will would should please me how what when where which who why have has "
        "had not if so as by about there"
    )
)
_GREETING = re.compile(r"^\W*(hi|hello|hey|good (?:morning|afternoon|evening))\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(thanks|thank you|cheers)\b", re.IGNORECASE)
_SUMMARY = re.compile(r"\b(summari[sz]e|summary|tl;?dr|in one sentence)\b", re.IGNORECASE)
_OPENERS = (
    "Happy to help.",
    "Good question.",
    "Here is the short version.",
    "Let me put it plainly.",
)
_BODIES = (
    "On {topic}, the main thing is to start from what you need and keep the first step small.",
    "With {topic}, most people get the furthest by comparing two concrete options side by side.",
    "For {topic}, it helps to write down the goal first, then the limits, then the choice.",
    "As for {topic}, the usual advice holds: try the simple way, measure it, and only then refine.",
)
_CLOSERS = (
    "If you tell me more about your case, I can be more specific.",
    "Let me know which part you would like in more detail.",
    "I am a simulated model, so treat this as an illustration.",
)


def words(text: str) -> set[str]:
    """The telling words of a text, plural endings cut."""
    return {w[:-1] if len(w) > 3 and w.endswith("s") else w for w in _WORD.findall(text.lower()) if w not in _COMMON}


def write_prose(question: str, context: str) -> Solution:
    """A plausible reply, the same for the same words; facts come from the context where it has them."""
    if _SUMMARY.search(question):
        return Solution(kind="summarize", difficulty=1, answer=_summarise(question))
    if _GREETING.search(question) and len(words(_GREETING.sub("", question))) < 2:
        return Solution(kind="chat", difficulty=1, answer="Hello! How can I help you today?")
    if _THANKS.search(question) and len(question) < 80:
        return Solution(kind="chat", difficulty=1, answer="You're welcome! Is there anything else I can do?")
    fact = _best_sentence(question, context)
    if fact:
        return Solution(kind="faq", difficulty=1, answer=fact)
    pick = hashlib.blake2b(question.encode(), digest_size=4).digest()
    telling = sorted(words(question), key=len, reverse=True)[:2]
    topic = " and ".join(telling) or "that"
    parts = (_OPENERS[pick[0] % 4], _BODIES[pick[1] % 4].format(topic=topic), _CLOSERS[pick[2] % 3])
    return Solution(kind="chat", difficulty=1, answer=" ".join(parts))


def _best_sentence(question: str, context: str) -> str | None:
    asked = words(question)
    scored = []
    for position, sentence in enumerate(_SENTENCE.findall(context)[:200]):
        shared = len(asked & words(sentence))
        scored.append((shared, -position, sentence.strip()))
    best = max(scored, default=(0, 0, ""))
    return best[2] if best[0] >= 2 or (best[0] == 1 and len(asked) <= 2) else None


def _summarise(question: str) -> str:
    head, mark, rest = question.partition("\n")
    if not mark:
        head, mark, rest = question.partition(":")
    sentences = [s.strip() for s in _SENTENCE.findall(rest or head) if len(s.strip()) > 8]
    if not sentences:
        return "There is little to summarise here."
    telling = sorted(range(len(sentences)), key=lambda i: (-_weight(sentences[i]), i))[:2]
    return " ".join(sentences[i] for i in sorted(telling))


def _weight(sentence: str) -> int:
    return 2 * len(re.findall(r"\d+", sentence)) + len(re.findall(r"(?<=\s)[A-Z][a-z]+", sentence))
