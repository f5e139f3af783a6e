"""Verifiers and strategies by name: as rows that a policy is read with, and as what the walk asks."""

from __future__ import annotations

from functools import partial
from inspect import Parameter, signature
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from lanewise.bootstrap.verifiers import VERIFIERS
from lanewise.config.sources import VerifierRow
from lanewise.core.policy import Check, Deployment, ProviderPolicy
from lanewise.core.protocols.strategy import Strategy
from lanewise.core.protocols.verifier import Verifier
from lanewise.core.request import Dialect
from lanewise.strategies.best_of_n import BestOfN
from lanewise.strategies.draft import DraftFirst
from lanewise.strategies.search import SearchSteps
from lanewise.strategies.vote import Vote
from lanewise.verifiers.judge import JudgeVerifier
from lanewise.verifiers.judge import Options as JudgeOptions
from lanewise.verifiers.read_apart import ReadApart


def strategies() -> dict[str, Strategy]:
    """Every strategy by the name a lane gives it; `single` is none."""
    return {"draft": DraftFirst(), "vote": Vote(), "best_of_n": BestOfN(), "search": SearchSteps()}


def verifier_rows() -> dict[str, VerifierRow]:
    """Every verifier as a policy file may use it."""
    return {
        name: VerifierRow(
            name=name,
            options=verifier.options,
            why_refused=partial(_why_refused, name),
            stand_in=verifier.stand_in,
            closes=getattr(verifier, "closes", None),
            cost=verifier.cost,
            partial=getattr(verifier, "partial", False),
        )
        for name, verifier in VERIFIERS.items()
    }


def judge_of(model: str, *, rubric: str | None = None, pass_at: int | None = None) -> JudgeVerifier:
    """A judge that somebody else asks the model for: what it asks names the model, and no vendor's account."""
    account = ProviderPolicy(name="judge", dialect=Dialect.OPENAI_CHAT, base_url="")
    given = {name: value for name, value in (("rubric", rubric), ("pass_at", pass_at)) if value is not None}
    options = JudgeOptions(deployment=Deployment(provider=account, model=model))
    return JudgeVerifier(msgspec.structs.replace(options, **given))


class Verifiers:
    """The verifier of each check: made when it is first asked, kept as long as a policy holds the check."""

    def __init__(self, workers: object) -> None:
        """What a verifier is made with beside its options is an attribute of `workers`, of the same name."""
        self._workers = workers
        self._made: WeakKeyDictionary[Check, Verifier] = WeakKeyDictionary()

    def __call__(self, check: Check) -> Verifier:
        """The verifier with this check's options."""
        made = self._made.get(check)
        if made is None:
            made = VERIFIERS[check.verifier](check.options, **self._working(*_needs(check.verifier)))
            if hasattr(made, "quick_chars"):  # all that it does is read, and long answers are read elsewhere
                made = ReadApart(made, check.options, **self._working("read"))
            self._made[check] = made
        return made

    def _working(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self._workers, name) for name in names}


def _needs(name: str) -> list[str]:
    """What a verifier's construction takes beside its options."""
    parameters = signature(VERIFIERS[name]).parameters.values()
    return [each.name for each in parameters if each.kind is Parameter.KEYWORD_ONLY]


def _why_refused(name: str, options: object) -> str:
    """What a verifier has against options of the right types: it is made, asked nothing, and thrown away."""
    try:
        VERIFIERS[name](options, **dict.fromkeys(_needs(name)))
    except Exception as error:  # noqa: BLE001 - whatever it is: the policy's author has to read it
        return str(error) or type(error).__name__
    return ""
