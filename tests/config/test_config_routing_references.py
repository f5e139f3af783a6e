from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.load import Loaded

Refused = Callable[..., list[str]]
Read = Callable[..., Loaded]
HEAD = "providers: {openai: {}}\nlanes: {standard: {deployments: [openai/m]}, reasoning: {deployments: [openai/m]}}\n"

CONDITIONS = r"""
{plan: gold}
    3:33: routing.rules[0].when.plan: 'gold' is the plan of no tenant. Did you mean 'golden'? Known: golden.
{profile: chatbto}
    routing.rules[0].when.profile: 'chatbto' is no profile. Did you mean 'chatbot'? Known: chatbot, mine.
{profile: [mine, chatbto]}
    3:43: routing.rules[0].when.profile[1]: 'chatbto' is no profile.
{difficulty: hrad}
    3:39: routing.rules[0].when.difficulty: 'hrad' is not one of its values. Did you mean 'hard'? Known: easy, expert, hard
{difficulty: [easy, hrad]}
    3:46: routing.rules[0].when.difficulty[1]: 'hrad' is not one of its values.
{latency: fast}
    routing.rules[0].when.latency: 'fast' is not one of its values. Known: can_wait, interactive.
{risk: hihg}
    routing.rules[0].when.risk: 'hihg' is not one of its values. Did you mean 'high'?
{response_format: json}
    routing.rules[0].when.response_format: 'json' is not one of its values. Known: json_object, json_schema.
{regex: '('}
    3:34: routing.rules[0].when.regex: '(' cannot be used. It is no regular expression that Python knows: missing ), unterminated subpattern
{regex: [a, '(a+)+$']}
    3:38: routing.rules[0].when.regex[1]: '(a+)+$' cannot be used. Somebody can write a message that it searches for
{regex: '${SECRET}'}
    routing.rules[0].when.regex: '${SECRET}' cannot be used. Write another one.
{}
    routing.rules[0].when: has no condition, so no later rule is ever asked.
"""

ROUTING = r"""
classifier: small_model
    3:23: routing.classifier: 'small_model' needs `routing.small_model`, the deployment that grades.
small_model: {deployment: openai/tiny}
    3:11: routing.small_model: has no effect while `routing.classifier` is none. Write `classifier: small_model`
classifier: heuristic, small_model: {deployment: openai/tiny}
    routing.small_model: has no effect while `routing.classifier` is heuristic.
grades: {hard: reasoning}
    3:11: routing.grades: has no effect while `routing.classifier` is none. Write `classifier: heuristic`, or remove it.
classifier: heuristic, grades: {hard: resoning}
    routing.grades.hard: 'resoning' is not a lane of this file. Did you mean 'reasoning'?
classifier: heuristic, grades: {harder: reasoning}
    routing.grades.harder: is not a key of a policy. Did you mean 'hard'?
classifier: small_model, small_model: {deployment: tiny}
    routing.small_model.deployment: 'tiny' names no provider and model.
classifier: small_model, small_model: {deployment: opnai/tiny}
    routing.small_model.deployment: 'opnai/tiny' names a provider that is not in `providers`.
classifier: small_model, small_model: {}
    routing.small_model.deployment: is missing.
classifier: hueristic
    routing.classifier: 'hueristic' is not one of its values. Did you mean 'heuristic'?
interactive_deadline: 5
    routing.interactive_deadline: '5' is not a duration.
default: fast
    routing.default: 'fast' is not a lane of this file.
rules: [{when: {task: a}, lane: fast}]
    routing.rules[0].lane: 'fast' is not a lane of this file.
"""

SECTIONS = r"""
profiles: {bot: {lanes: [standard]}}
    3:12: profiles.bot: is not shipped, and has no `max_latency`. Write it for profiles of your own. Did you mean
profiles: {bot: {}}
    profiles.bot: is not shipped, and has no `max_latency` and `lanes`.
profiles: {chatbot: {lanes: [standard, fast]}}
    3:40: profiles.chatbot.lanes[1]: 'fast' is not a lane of this file.
profiles: {chatbot: {strategy: vote}}
    profiles.chatbot.strategy: is not a key of a policy. Write `strategy` at a lane, and that lane first in the profile's `lanes`.
profiles: {chatbot: {accuracy: high}}
    profiles.chatbot.accuracy: is not a key of a policy.
tasks: {invoices: {gain: helps}}
    tasks.invoices: is not shipped, and has no `grade`.
tasks: {proof: {grade: hrad}}
    tasks.proof.grade: 'hrad' is not one of its values. Did you mean 'hard'?
tasks: {proof: {check: busines_rules}}
    tasks.proof.check: 'busines_rules' is not one of its values. Did you mean 'business_rules'?
tenants: {acme: {profile: chatbto}}
    3:27: tenants.acme.profile: 'chatbto' is no profile. Did you mean 'chatbot'?
tenants: {'*': {profile: chatbto}}
    tenants."*".profile: 'chatbto' is no profile.
limits: {max_wait: 0s}
    limits.max_wait: '0s' is not a duration.
limits: {waiting: -1}
    limits.waiting: '-1' is not a whole number.
"""


def cases(table: str) -> list[tuple[str, str]]:
    """What is written, and on the line below it what is told."""
    written = [line for line in table.strip().split("\n") if not line.startswith("    ")]
    told = [line.strip() for line in table.strip().split("\n") if line.startswith("    ")]
    return list(zip(written, told, strict=True))


def test_several_lanes_need_a_default_unless_one_is_called_standard(refused: Refused, read: Read) -> None:
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}, NAME: {deployments: [openai/m]}}\n"
    (line,) = refused(text.replace("NAME", "b"))
    assert "routing.default: is missing, and no lane is called standard. Write one of: a, b." in line
    read(text.replace("NAME", "standard"))


@pytest.mark.parametrize(("when", "message"), cases(CONDITIONS))
def test_a_condition_that_could_never_hold_or_never_end_is_told_at_its_place(
    when: str, message: str, refused: Refused
) -> None:
    text = (
        f"{HEAD}routing: {{rules: [{{when: {when}, lane: standard}}]}}\n"
        "profiles: {mine: {max_latency: 3s, lanes: standard}}\ntenants: {acme: {plan: golden}}\n"
    )
    (line,) = refused(text, SECRET="(hush")
    assert message in line
    assert "hush" not in line


def test_a_dangerous_regex_is_told_what_to_write(refused: Refused) -> None:
    (line,) = refused(f"{HEAD}routing: {{rules: [{{when: {{regex: 'prove.*theorem'}}, lane: standard}}]}}\n")
    assert "such as `.{0,80}` for `.*`" in line


@pytest.mark.parametrize(("routing", "message"), cases(ROUTING))
def test_what_is_wrong_with_routing_is_told_at_its_place(routing: str, message: str, refused: Refused) -> None:
    (line,) = refused(f"{HEAD}routing: {{{routing}}}\n")
    assert message in line


@pytest.mark.parametrize(("section", "message"), cases(SECTIONS))
def test_what_is_wrong_with_profiles_tasks_and_waiting_is_told_at_its_place(
    section: str, message: str, refused: Refused
) -> None:
    (line,) = refused(f"{HEAD}{section}\n")
    assert message in line


def test_what_the_design_routes_by_is_read(read: Read) -> None:
    rule = r"{when: {plan: gold, profile: [chatbot, mine], difficulty: [hard], regex: ['prove\s+that', lemma]}, lane: reasoning}"
    policy = read(
        f"{HEAD}routing: {{rules: [{rule}], classifier: heuristic, grades: {{hard: reasoning}}}}\n"
        "profiles: {mine: {max_latency: 3s, lanes: standard}, chatbot: {max_latency: 1s}}\n"
        "tasks: {proof: {check: judge}, invoices: {grade: easy}}\n"
        "tenants: {acme: {plan: gold, profile: mine}}\n"
    ).policy
    assert policy.routing.rules[0].when.difficulty == ("hard",)
    assert policy.tenant("acme").profile == "mine"
