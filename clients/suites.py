"""The peers' suites: tests that others wrote to hold implementations of these APIs to, each with who runs it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from clients import fuzzed, install
from clients.cases import CHAT, MESSAGES, RESPONSES, VENDORS
from clients.counted import Counted
from clients.open_responses import Described, run_cases
from clients.place import Place
from clients.specs import OPEN_RESPONSES, spec
from clients.upstream import Upstream, run_upstream

_RESOURCES = "tests/api_resources"

UPSTREAM = (
    Upstream(
        name="openai-python",
        environment="openai-suite",
        package="openai",
        api=CHAT,
        files={
            "chat completions": (f"{_RESOURCES}/chat/test_completions.py",),
            "embeddings": (f"{_RESOURCES}/test_embeddings.py",),
            "models": (f"{_RESOURCES}/test_models.py",),
        },
        base="/v1",
    ),
    Upstream(
        name="openai-python",
        environment="openai-suite",
        package="openai",
        api=RESPONSES,
        files={"responses": (f"{_RESOURCES}/test_responses.py", f"{_RESOURCES}/responses/test_input_items.py")},
        base="/v1",
        options=("-p", "kept_responses"),
    ),
    Upstream(
        name="anthropic-sdk-python",
        environment="anthropic-suite",
        package="anthropic",
        api=MESSAGES,
        files={
            "messages, count tokens": (f"{_RESOURCES}/test_messages.py",),
            "models": (f"{_RESOURCES}/test_models.py",),
        },
        options=("-p", "tests._alias_httpx"),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What one suite came to: of which version, about what, answered by whom."""

    suite: str
    version: str
    subject: str
    vendor: str
    counted: Counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """A suite, its environment as `CLIENTS_SKIP` names it, and the rows it must come to: (about what, answered by whom)."""

    name: str
    environment: str
    rows: tuple[tuple[str, str], ...]
    run: Callable[[Suite, Place], Awaitable[list[Row]]]


async def _upstream(of: Upstream, suite: Suite, _: Place) -> list[Row]:
    seen = await run_upstream(of)
    version = install.python_versions(install.python_environment(of.environment), (of.package,))
    return [
        Row(suite=suite.name, version=version, subject=subject, vendor=of.api, counted=counted)
        for subject, counted in seen.items()
    ]


async def _compliance(suite: Suite, at: Place) -> list[Row]:
    description = json.loads(spec(OPEN_RESPONSES).read_text())
    described, version = Described(description), f"description {description['info']['version']}"
    return [
        Row(
            suite=suite.name,
            version=version,
            subject=subject,
            vendor=vendor,
            counted=await run_cases(at.url, described, vendor),
        )
        for subject, vendor in suite.rows
    ]


async def _fuzzed(suite: Suite, _: Place) -> list[Row]:
    python = install.python_environment(fuzzed.ENVIRONMENT)
    version = install.python_versions(python, ("schemathesis",))
    return [
        Row(suite=suite.name, version=version, subject=subject, vendor=vendor, counted=await fuzzed.run_fuzzed(vendor))
        for subject, vendor in suite.rows
    ]


SUITES = (
    *(
        Suite(
            name=of.name,
            environment=of.environment,
            rows=tuple((subject, of.api) for subject in of.files),
            run=partial(_upstream, of),
        )
        for of in UPSTREAM
    ),
    Suite(
        name="Open Responses compliance",
        environment="open-responses",
        rows=tuple(("responses", vendor) for vendor in VENDORS),
        run=_compliance,
    ),
    Suite(
        name="schemathesis",
        environment=fuzzed.ENVIRONMENT,
        rows=tuple(("OpenAI's description: no 5xx", vendor) for vendor in VENDORS),
        run=_fuzzed,
    ),
)
