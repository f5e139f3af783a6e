"""Advice about checks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.load import Loaded
from lanewise.config.unchecked import unchecked

HEAD = """\
providers: {openai: {api_key: k}}
lanes:
  standard: {deployments: [openai/gpt-5.4-mini]LANE}
  reasoning: {deployments: [openai/gpt-5.5], effort: high}
"""
RULE = "verify: [{use: json_schema}]\n"


@pytest.mark.parametrize(
    ("text", "lane", "codes"),
    [
        ("", "", ["no_verifier"]),
        (RULE, "", []),
        ("", ", verify: loops", []),
        ("routing: {escalate: [standard, reasoning]}\n", "", ["no_verifier", "climbs_by_doubt_alone"]),
        (RULE + "routing: {escalate: [standard, reasoning]}\n", ", stream: released", ["released_on_the_ladder"]),
        (RULE + "limits: {max_calls: 4}\n", ", strategy: vote", ["calls_too_few"]),
        (RULE, ", strategy: search, timeout: 5m", []),
        (RULE, ", stop_when_verified: true", []),
        ("", ", verify: loops, stop_when_verified: true", ["never_stops"]),
        (RULE, ", strategy: search", ["search_in_a_hurry"]),
        (RULE + "limits: {max_calls: 58}\n", ", strategy: search, timeout: 5m", ["calls_too_few"]),
        (RULE + "limits: {max_calls: 32}\n", ", strategy: search, timeout: 5m, search: {judge: math_answer}", []),
    ],
)
def test_what_cannot_do_what_it_is_for_is_told(
    read: Callable[..., Loaded], text: str, lane: str, codes: list[str]
) -> None:
    policy = read(HEAD.replace("LANE", lane) + text).policy
    assert [advice.code for advice in unchecked(policy)] == codes
