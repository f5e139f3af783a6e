"""Every verifier by the name a policy gives it."""

from __future__ import annotations

from typing import Any

from lanewise.verifiers.agreement import AgreementVerifier
from lanewise.verifiers.business_rules import BusinessRulesVerifier
from lanewise.verifiers.citations import CitationVerifier
from lanewise.verifiers.code_compiles import CodeCompilesVerifier
from lanewise.verifiers.command import CommandVerifier
from lanewise.verifiers.form import FormVerifier
from lanewise.verifiers.json_schema import JsonSchemaVerifier
from lanewise.verifiers.judge import JudgeVerifier
from lanewise.verifiers.loops import LoopVerifier
from lanewise.verifiers.math_answer import MathAnswerVerifier
from lanewise.verifiers.python_tests import PythonTestsVerifier
from lanewise.verifiers.webhook import WebhookVerifier

#: Classes with `name`, `kinds`, `options` and `stand_in`, each a `Verifier` once it is made, some with the parts that `Workers` gives them.
VERIFIERS: dict[str, Any] = {
    JsonSchemaVerifier.name: JsonSchemaVerifier,
    MathAnswerVerifier.name: MathAnswerVerifier,  # made with `calculate` of `Workers`
    LoopVerifier.name: LoopVerifier,
    CitationVerifier.name: CitationVerifier,
    BusinessRulesVerifier.name: BusinessRulesVerifier,
    FormVerifier.name: FormVerifier,
    AgreementVerifier.name: AgreementVerifier,
    JudgeVerifier.name: JudgeVerifier,
    WebhookVerifier.name: WebhookVerifier,  # made with `deliver` of `Posting`
    PythonTestsVerifier.name: PythonTestsVerifier,
    CodeCompilesVerifier.name: CodeCompilesVerifier,
    CommandVerifier.name: CommandVerifier,
}
