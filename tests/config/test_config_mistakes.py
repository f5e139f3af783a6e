"""Golden messages: for each kind of mistake the exact file, line, column, key, problem and remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.mistakes import Mistake, dotted

BASE = """\
providers:
  openai: {api_key: k}
lanes:
  standard:
    deployments: [openai/gpt-5.5]
"""
EFFORTS = "high, low, max, medium, minimal, none, xhigh"

GOLDEN = {
    "unknown key": (
        "    timeuot: 30s",
        ("6:5: lanes.standard.timeuot: is not a key of a policy. Did you mean 'timeout'? Known: all_checks, breaker, budget, degrade_to, "
        "deployments, early_stop, effort, first_token_timeout, heartbeat_after, hedge_after, idle_timeout, max_cost, max_output_tokens, "
        "repairs, samples, search, slow_after, stop_when_verified, strategy, stream, thinking_budget, timeout, verify, weights."),
    ),
    "no unit": (
        "    timeout: 30",
        ("6:14: lanes.standard.timeout: '30' is not a duration. Write a number above zero and its unit (ms, s, m, h or d), "
        "for example 30s."),
    ),
    "nothing behind a key": (
        "    timeout:",
        "6:5: lanes.standard.timeout: has no value. Write one, or remove the line.",
    ),
    "not one of the words": (
        "    effort: hgih",
        f"6:13: lanes.standard.effort: 'hgih' is not one of its values. Did you mean 'high'? Known: {EFFORTS}.",
    ),
    "a cap of nothing": (
        "    max_cost: $0",
        "6:15: lanes.standard.max_cost: '$0' caps spending at nothing. Write more than $0, or none for no cap at all.",
    ),
    "not money": (
        "    max_cost: free",
        "6:15: lanes.standard.max_cost: 'free' is not an amount of dollars. Write for example $50, or none for no cap at all.",
    ),
    "not a number": (
        "    max_output_tokens: many",
        "6:24: lanes.standard.max_output_tokens: 'many' is not a whole number above zero. Write for example 8.",
    ),
    "a key twice": (
        "    deployments: [openai/x]",
        "6:5: lanes.standard.deployments: is written twice (first on line 5). Keep one of the two.",
    ),
    "a variable that is not set": (
        "    timeout: ${TIMEOUT}",
        ("6:14: lanes.standard.timeout: '${TIMEOUT}' needs the environment variable TIMEOUT, which is not set. "
        "Set it (export TIMEOUT=...), or write ${TIMEOUT:-default}."),
    ),
    "a variable that cannot be read": (
        "    timeout: ${TIME-OUT}",
        ("6:14: lanes.standard.timeout: '${TIME-OUT}' holds a variable that cannot be read. "
        "Write ${NAME} or ${NAME:-default}, or $${ for a plain ${."),
    ),
    "an unknown lane": (
        "routing: {default: standrad}",
        "6:20: routing.default: 'standrad' is not a lane of this file. Did you mean 'standard'? Known: standard.",
    ),
    "an unknown lane in a rule": (
        "routing: {rules: [{when: {task: x}, lane: standart}]}",
        "6:43: routing.rules[0].lane: 'standart' is not a lane of this file. Did you mean 'standard'? Known: standard.",
    ),
    "a rule for everything": (
        "routing: {rules: [{when: {}, lane: standard}]}",
        "6:20: routing.rules[0].when: has no condition, so no later rule is ever asked. Write one, or use `routing.default`.",
    ),
    "a rule without a condition": (
        "routing: {rules: [{lane: standard}]}",
        "6:19: routing.rules[0].when: is missing. Write when the rule holds, for example `when: {task: [summarize]}`.",
    ),
    "an unknown provider": (
        "  other: {deployments: [opnai/gpt-5.5]}",
        ("6:25: lanes.other.deployments[0]: 'opnai/gpt-5.5' names a provider that is not in `providers`. "
        "Did you mean 'openai'? Known: openai."),
    ),
    "no provider": (
        "  other: {deployments: [gpt-5.5]}",
        ("6:25: lanes.other.deployments[0]: 'gpt-5.5' names no provider and model. "
        "Write provider/model, for example openai/gpt-5.4-mini."),
    ),
    "a deployment twice": (
        "  other: {deployments: [openai/a, openai/a]}",
        "6:35: lanes.other.deployments[1]: 'openai/a' is in this lane twice. Keep one of the two.",
    ),
    "a lane that cannot answer": (
        "  other: {deployments: []}",
        "6:24: lanes.other.deployments: is empty. Write for example `deployments: [openai/gpt-5.4-mini]`.",
    ),
    "a lane without deployments": (
        "  other: {timeout: 5s}",
        "6:3: lanes.other.deployments: is missing. Write for example `deployments: [openai/gpt-5.4-mini]`.",
    ),
    "an unknown meaning": (
        "models: {a: pni}",
        "6:13: models.a: 'pni' is not what a model name can mean. Did you mean 'pin'? Known: auto, lane:NAME, pin.",
    ),
    "a lane without lane:": (
        "models: {a: standard}",
        "6:13: models.a: 'standard' is not what a model name can mean. Write \"lane:standard\".",
    ),
    "a pin to nothing": (
        "models: {gpt-4o: pin}",
        ("6:18: models.gpt-4o: 'pin' needs a deployment of 'gpt-4o', and no lane has one. "
        "Add one to a lane, or write auto. Did you mean 'gpt-5.5'? Known: gpt-5.5."),
    ),
    "a pattern": (
        "models: {gpt-*: auto}",
        '6:10: models."gpt-*": is a pattern, and only "*" alone is one. Write each name, and "*" for all others.',
    ),
    "another meaning of auto": (
        "models: {auto: pin}",
        "6:16: models.auto: 'pin' cannot be what `auto` means: it is always routed. Remove the line.",
    ),
    "not a rate": (
        "tenants: {acme: {rate: fast}}",
        "6:24: tenants.acme.rate: 'fast' is not a rate. Write whole requests per second or minute, for example 5/s or 60/min.",
    ),
    "not a mapping": (
        "tenants: {acme: {budget: $50}}",
        "6:26: tenants.acme.budget: '$50' is not a mapping. Write for example `budget: {daily: $50}`.",
    ),
    "an address for a section": (
        "redis: localhost:6379",
        "6:8: redis: 'localhost:6379' is not a mapping. Write for example `redis: {url: redis://localhost:6379/0}`.",
    ),
    "yes for a section": (
        "tenants: {acme: {cache: {exact: true, semantic: true}}}",
        "6:49: tenants.acme.cache.semantic: 'true' is not a mapping. Write for example `semantic: {alpha: 5%}`.",
    ),
    "what is a tenant's for everyone": (
        "cache: {semantic: true}",
        ("6:9: cache.semantic: is not a key of a policy. Write it for a tenant: "
        "`tenants: {acme: {cache: {semantic: {alpha: 5%}}}}`."),
    ),
    "a value for a tenant": (
        "tenants: {acme: $5}",
        "6:17: tenants.acme: '$5' is not a mapping. Write for example `acme: {budget: {daily: $50}}`.",
    ),
    "a value for what has keys": (
        "tenants: {acme: {budget: {daily: $5}, per_key: 7}}",
        ("6:48: tenants.acme.per_key: '7' is not a mapping. Write `key: value` lines below it; its keys: "
        "rate, token_rate, burst, concurrency."),
    ),
    "not a percentage": (
        "tenants: {acme: {budget: {alarm_at: 180%}}}",
        "6:37: tenants.acme.budget.alarm_at: '180%' is not a percentage. Write 0% to 100%, for example 80%.",
    ),
    "not a size": (
        "server: {max_body: 32}",
        ("6:20: server.max_body: '32' is not a size. Write a number above zero and its unit (B, KiB, MiB or GiB), "
        "for example 32MiB."),
    ),
    "not days": (
        "record: {retention: {runs: never}}",
        "6:28: record.retention.runs: 'never' is not a number of days. Write for example 30d, or forever.",
    ),
    "half a price": (
        "prices: {openai/gpt-5.5: {input: $1}}",
        ('6:10: prices."openai/gpt-5.5".output: is missing. '
        "Write dollars per million output tokens, for example `output: $0.40`."),
    ),
    "a price of nothing": (
        "prices: {openai/gpt-5: {input: $1, output: $2}}",
        '6:10: prices."openai/gpt-5": is no deployment of any lane. Did you mean \'openai/gpt-5.5\'? Known: openai/gpt-5.5.',
    ),
    "not a date": (
        "facts: {openai/gpt-5.5: {shutdown: soon}}",
        "6:36: facts.\"openai/gpt-5.5\".shutdown: 'soon' is not a date. Write year-month-day, for example 2027-03-31.",
    ),
    "not a flag": (
        "facts: {openai/gpt-5.5: {tools: maybe}}",
        "6:33: facts.\"openai/gpt-5.5\".tools: 'maybe' is neither true nor false. Write true or false.",
    ),
    "a store of another kind": (
        "store: mysql://db/lanewise",
        ("6:8: store: 'mysql://db/lanewise' is an address of a kind that holds no record. "
        "Write a SQLite file's path, or postgresql://USER@HOST/DATABASE with the password from a ${VARIABLE}."),
    ),
    "a store of another kind with a password": (
        "store: mysql://me:s3cret@db/lanewise",
        ("6:8: store: the value is an address of a kind that holds no record. "
        "Write a SQLite file's path, or postgresql://USER@HOST/DATABASE with the password from a ${VARIABLE}."),
    ),
    "a spool that is no folder": (
        "spool: s3://bucket",
        "6:8: spool: 's3://bucket' is no folder. Write a folder's path on this machine, or remove the line.",
    ),
    "a list where a value belongs": (
        "store: [a]",
        "6:8: store: is not a single value. Write one value here, not a list, a mapping or nothing.",
    ),
    "an alias to nothing": (
        "store: *nope",
        "6:8: this is not YAML: found undefined alias. Check indentation, colons and quotes here and on the line before.",
    ),
    "a tab": (
        "\tstore: x",
        ("6:1: this is not YAML: found character '\\t' that cannot start any token. "
        "Check indentation, colons and quotes here and on the line before."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOLDEN)
def test_each_mistake_has_its_place_its_key_and_its_remedy(kind: str, refused: Callable[..., list[str]]) -> None:
    line, message = GOLDEN[kind]
    assert refused(f"{BASE}{line}\n") == [f"lanewise.yaml:{message}"]


def test_the_file_without_any_of_these_lines_is_fine(read: Callable[..., object]) -> None:
    read(BASE)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(refused: Callable[..., list[str]]) -> None:
    lines = refused(
        "providers: {foo: {}, x: {dialect: opnai, base_url: nowhere}}\n"
        "lanes: {a: {deployments: [b/x], timeout: 3}, b: {}}\n"
        "routing: {default: c}\n"
        "verify: [{use: nobody}]\n"
    )
    assert [line.split(": ")[1] for line in lines] == [
        "providers.foo.base_url",
        "providers.foo.dialect",
        "providers.x.dialect",
        "providers.x.base_url",
        "lanes.a.deployments[0]",
        "lanes.a.timeout",
        "lanes.b.deployments",
        "routing.default",
        "verify[0].use",
    ]


def test_an_empty_file_is_told_what_a_policy_begins_with(refused: Callable[..., list[str]]) -> None:
    first, second = refused("")
    assert first.startswith("lanewise.yaml:1:1: lanes: is missing. Write for example")
    assert second.startswith("lanewise.yaml:1:1: providers: is missing. Write for example")


def test_a_key_that_is_no_plain_word_is_quoted() -> None:
    assert dotted(("models", "gpt-4.1", 0, "*")) == 'models."gpt-4.1"[0]."*"'


def test_a_mistake_of_the_whole_file_has_no_key() -> None:
    mistake = Mistake(line=1, column=1, key="", problem="is empty", remedy="Write it.")
    assert mistake.text("a.yaml") == "a.yaml:1:1: is empty. Write it."
