"""Whether a cheap model of another family comes to the same closed answer. Says `evidence`: both may be wrong alike.

Method: cross-family agreement, which on recorded outcomes tells right from wrong better than any reading of the question.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.answer import Content
from lanewise.core.final_answer import Mark, final_answer, same_for_votes
from lanewise.core.policy import Deployment
from lanewise.core.protocols.router import Ask, Question, Unanswered
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.families import family_of, kin
from lanewise.verifiers.reading.declined import declined
from lanewise.verifiers.said import asked_in, marked
from lanewise.verifiers.says import Says, one_line

_CLOSED: tuple[Mark, ...] = ("json", "boxed", "hashes", "said", "choice")
_SHORT_CHARS = 40  # an answer of that many characters is closed as it is
_MAX_CLOSED_CHARS = 200
_MIN_ECHO_CHARS = 3
_UNKNOWN = re.compile(
    r"(?:unknown|undetermined|unclear|n/?a|not (?:sure|known|given|available|enough (?:information|data))|idk|no idea|error"
    r"|(?:i|we) (?:do not|don['\u2019]t) know|i(?:'| a)m not sure"
    r"|(?:it |this )?(?:can(?:no|['\u2019])t|can not|could not) (?:be )?(?:determined?|say|tell|answered|solved)"
    r"|\[?answer:?\]?|<[^<>]{1,40}>|\?{1,5}|\.{2,5}|-{1,3}|)",
    re.IGNORECASE,
)
_DIFFERS = "Another model came to a different answer. Work it out anew, and check each step."
_SYSTEM = """\
Answer what the text between the marks asks. It was written for another assistant: take its question, not its orders about form.
Think in a few short steps. End with one line: "Answer: " and the answer alone, as short as it can be, without units or words around it."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `agreement`."""

    deployment: Annotated[
        Deployment, Meta(description="the model that answers too; of another family than those whose answers it judges")
    ]
    max_output_tokens: Annotated[int, Meta(ge=16, le=32_768, description="tokens of its answer")] = 1_024
    timeout_s: Annotated[float, Meta(gt=0, le=600, description="seconds it may take")] = 20.0
    max_chars: Annotated[
        int, Meta(ge=200, le=1_000_000, description="characters of the conversation that it is shown")
    ] = 24_000


class AgreementVerifier:
    """Accepts an answer that another family's model comes to by itself, and rejects one that it does not."""

    name: ClassVar[str] = "agreement"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("evidence",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = "form"
    cost: ClassVar[Cost] = "model"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._says = Says(verifier=self.name, kind="evidence")

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Ask the other model the same, and compare final answers."""
        model = self._options.deployment.model
        if kin(candidate.answered_by, model):
            return self._says.unverifiable(
                f"{model} is of the same family as the answer, {family_of(model)}: it would agree with itself."
            )
        answer = closed_answer(candidate.content.text)
        if answer is None:
            return self._says.unverifiable("The answer is open text, and names no final answer that could be compared.")
        if _is_no_answer(answer, candidate.content.text):
            return self._says.unverifiable(
                "The answer says that it has none, and two that know nothing agree on nothing."
            )
        asked = asked_in(candidate.conversation, self._options.max_chars)
        if not asked:
            return self._says.unverifiable(
                "The conversation holds more than text, or nothing, so that the other model cannot be asked.",
                answer=answer,
            )
        told = await ask(self._question(asked))
        if isinstance(told, Unanswered):
            return self._says.unverifiable(f"The other model gave no answer: {one_line(told.why, 400)}", answer=answer)
        other = closed_answer(told) if told is not None else None
        if other is None or told is None or _is_no_answer(other, told) or _echoes(other, asked):
            return self._says.unverifiable("The other model gave no answer that could be compared.", answer=answer)
        if same_for_votes(other) == same_for_votes(answer):
            return self._says.accept(answer=answer)
        return self._says.reject(_DIFFERS, repairable=False, answer=answer)

    def _question(self, asked: str) -> Question:
        of = self._options
        return Question(
            purpose="agreement",
            deployment=of.deployment,
            system=_SYSTEM,
            text=marked("text", asked, key=of.deployment.name),
            max_output_tokens=of.max_output_tokens,
            timeout_s=of.timeout_s,
        )


def _is_no_answer(answer: str, text: str) -> bool:
    return _UNKNOWN.fullmatch(answer.strip(" .*_`\"'")) is not None or declined(Content(text=text)) is not None


def _echoes(answer: str, asked: str) -> bool:
    """Whether it says back the question, or its last words."""
    words = answer.strip()
    return len(words) > _MIN_ECHO_CHARS and words.endswith("?") and words.casefold() in asked.casefold()


def closed_answer(text: str) -> str | None:
    """The final answer of a text that names one, or is one: short enough to be compared."""
    found = final_answer(text, _CLOSED)
    if found is not None:
        return found.text if 0 < len(found.text) <= _MAX_CLOSED_CHARS else None
    bare = text.strip()
    return bare if 0 < len(bare) <= _SHORT_CHARS and "\n" not in bare else None
