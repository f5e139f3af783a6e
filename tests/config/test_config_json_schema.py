from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lanewise.config.json_schema import policy_schema, reference_markdown, schema_text

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
}  # fmt: skip
JUDGED = {
    "type",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minItems",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "anyOf",
    "$ref",
}
SILENT = {"$schema", "$defs", "title", "description", "default", "examples"}


def complaints(value: object, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> Iterator[str]:
    """What a JSON Schema validator says, for the words of the language that our schema uses; any other word fails the test."""
    assert schema.keys() <= JUDGED | SILENT, schema.keys() - JUDGED - SILENT
    if "$ref" in schema:
        yield from complaints(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in schema and all(list(complaints(value, option, root, path)) for option in schema["anyOf"]):
        yield f"{path}: none of the alternatives"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not in enum"
    wanted = TYPES[schema["type"]] if "type" in schema else (object,)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted and object not in wanted):
        yield f"{path}: not {schema['type']}"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{path}: pattern"
    elif isinstance(value, int | float) and value < schema.get("minimum", value):
        yield f"{path}: minimum"
    elif isinstance(value, int | float) and value > schema.get("maximum", value):
        yield f"{path}: maximum"
    else:
        yield from inside(value, schema, root, path)


def inside(value: object, schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{path}: minItems"
        for index, item in enumerate(value):
            yield from complaints(item, schema.get("items", {}), root, f"{path}[{index}]")
    elif isinstance(value, dict):
        yield from (f"{path}.{name}: required" for name in schema.get("required", []) if name not in value)
        more = schema.get("additionalProperties", {})
        for name, inner in value.items():
            known = schema.get("properties", {}).get(name, more)
            if known is False:
                yield f"{path}.{name}: unknown"
            elif isinstance(known, dict):
                yield from complaints(inner, known, root, f"{path}.{name}")


def judged(text: str) -> list[str]:
    # Editors' YAML servers leave ${NAME} to the file's own reader; quoting it is what this reader needs.
    quoted = re.sub(r"(?<=[ \[])(\$\{[^}]*\})", r"'\1'", text)
    schema = policy_schema()
    return list(complaints(yaml.safe_load(quoted), schema, schema))


def test_the_design_s_example_is_valid(design_example: str) -> None:
    assert judged(design_example) == []


EVERYTHING = """\
providers:
  a: {vendor: openai, dialect: openai, base_url: https://x/v1, api_key: ${K}, auth_header: api-key, headers: {x: y}, query: {v: "1"},
      connect_timeout: 500ms, local: true, simulated: false, stream_usage: ${S:-true}, region: eu}
lanes:
  one: {deployments: [a/m], effort: high, thinking_budget: 8000, timeout: ${T:-30s}, idle_timeout: 5s, max_cost: none,
        max_output_tokens: ${N}, heartbeat_after: 1m, weights: {a/m: 9, a/n: 0.5}, degrade_to: none, first_token_timeout: 3s,
        search: {width: 2, beam: 1, depth: 4, step_tokens: 512, judge: math_answer},
        strategy: vote, samples: 3, repairs: 1, early_stop: true, stop_when_verified: true, stream: held, verify: json_schema,
        all_checks: true, slow_after: none, hedge_after: 1.5, breaker: {error_rate: 30%, window: 2m, min_calls: 5, open_for: 10s}}
models: {"*": auto, x: "lane:one", y: pin}
routing:
  default: one
  classifier: small_model
  grades: {trivial: one, easy: one, moderate: one, hard: one, expert: one}
  small_model: {deployment: a/m, timeout: 1s, max_chars: 500, cache_entries: 0, cache_for: 10m}
  interactive_deadline: 5s
  escalate: [one, two]
  thresholds: {usual: 70%, mathematics: 0.9, writing: 30%}
  rules:
    - when: {task: a, feature: [b], tenant: c, model: d, keywords: [e], min_chars: 0, max_chars: 9, tools: true, images: false,
             response_format: json_schema, latency: can_wait, risk: [high], plan: gold, profile: [bot], difficulty: [hard, expert],
             regex: 'prove\\s+that'}
      lane: one
tenants: {"*": {budget: {daily: none, alarm_at: 0.5, per_key: {}, keys: {k: {total: $5}}, users: {ann: {daily: 3}},
               per_user: {weekly: $1, tokens: {daily: 2M, weekly: 10_000, monthly: none, total: 5}, at_stop: wait},
               per_feature: {monthly: $9, thinking_tokens: {total: 500k}, roll_over: 20%, alarm_at: [50%, 0.9]},
               features: {chat: {at_stop: "lane:one"}}}, rate: 5/s, token_rate: 20k/min, burst: 50%,
               concurrency: 3, weight: 2, per_key: {rate: 1/s}, keys: {k: {concurrency: 1}}, models: {z: auto}, plan: gold, profile: bot,
               cache: {exact: false, semantic: {alpha: 5%, confidence: 90%, embedding: a/m, audit_share: 2%, judge: a/m}},
               users: {declared: [anna], others: refuse}, features: {declared: chat},
               residency: {deployments: [a/m], providers: a, regions: [eu]}}}
plans: {gold: {lanes: one, models: [a/m, n], max_effort: low, tools: [search_*]}}
breaker: {error_rate: 0.5}
verify:
  - when: {task: a}
    use: [json_schema, judge: {rubric: short}]
verifiers: {judge: {timeout: 20s, stand_in: none, options: {deployment: a/m}}}
irreversible_tools: [refund, "delete_*"]
profiles: {bot: {max_latency: 2s, lanes: [one], latency: interactive, review: true}}
tasks: {invoice_check: {grade: hard, gain: helps, check: business_rules}}
limits: {max_vendor_tool_uses: 5, vendor_tool_fee: $0.01, untold_usage: estimate,
         max_calls: 3, max_retries: 0, max_cost: 1.5, max_output_tokens: 5, max_wait: 1m, waiting: 0, concurrency: 9,
         interactive_wait: 2s}
cache:
  {exact: true, ttl: 2h, tasks: {proof: until_corrected, chat: never}, shared_between_users: false, memory: 5MiB, store: 1GiB,
   semantic_index: pgvector}
record: {content: full, sample: 5%, retention: {runs: forever, traces: 30, audit: forever, contents: 7d}}
responses: {keep: false, keep_for: 2d, max_size: 5GiB, unknown: refuse}
server: {max_body: 1MiB, max_bytes_in_flight: 1GiB, drain: 10s}
prices: {a/m: {input: $1, output: $2, cached: 0.1, cache_write: $0.2, cache_write_1h: $0.3, reasoning: $3,
         tool_fees: {web_search: $0.01}, rates: {flex: 0.5}}}
facts: {a/m: {thinking: budget, efforts: [low], min_thinking_tokens: 1, max_thinking_tokens: 2, thinking_always: true, sampling: true,
              logprobs: true, json_schema: true, schema_with_tools: true, signed_calls: false,
              tools: true, tools_with_thinking: true, forced_tools: true, refused_parameters: [stop],
              documents: true, sound: false, embeddings: false, images: true,
              cache_markers: true, output_cap: max_tokens,
              context_tokens: 5, max_output_tokens: 5, min_output_tokens: 1, shutdown: "2027-01-01", reasoning_field: reasoning}}
adaptations: {a: {cache_markers: "off", system: user, summaries: "off"}, a/m: {note: Be brief.}}
store: ./x.db
redis: {url: redis://x, timeout: 1s, prefix: a, processes: 3}
spool: ./spool
"""


def test_a_file_with_every_key_is_valid() -> None:
    assert judged(EVERYTHING) == []


def test_that_file_really_has_every_key() -> None:
    missing = [
        key
        for definition in definitions()
        for key in definition["properties"]
        if not re.search(rf"\b{key}:", EVERYTHING)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timeout: 30s", "timeout: 30"),
        ("timeout: 30s", "timeuot: 30s"),
        ("effort: low", "effort: hgih"),
        ("max_cost: $0.50", "max_cost: free"),
        ("rate: 60/min", "rate: fast"),
        ("concurrency: 8", "concurrency: 0"),
        ("deployments: [openai/gpt-5.5], ", ""),
        ("dialect: openai, api_key", "dialect: bedrock, api_key"),
        ("effort: low", "slow_after: 0.5"),
        ("effort: low", "repairs: 5"),
        ("effort: low", "strategy: guess"),
        ("effort: low", "hedge_after: never"),
        ("effort: low", "weights: {openai/gpt-5.5: much}"),
        ("task: [summarize, extract, translate]", "difficulty: [hrad]"),
        ("routing:\n", "routing:\n  classifier: segments\n"),
    ],
)
def test_an_editor_underlines_what_the_loader_refuses(old: str, new: str, design_example: str) -> None:
    assert old in design_example
    assert judged(design_example.replace(old, new, 1))


def definitions() -> list[dict[str, Any]]:
    schema = policy_schema()
    return [schema, *schema["$defs"].values()]


def test_every_key_has_a_description() -> None:
    bare = [
        key
        for each in definitions()
        for key, value in each["properties"].items()
        if len(value.get("description", "")) < 10
    ]
    assert bare == []


def test_the_text_for_editors_is_the_schema() -> None:
    assert json.loads(schema_text()) == policy_schema()


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text() == reference_markdown(), (
        "write the page anew: python -m lanewise.config.json_schema > docs/reference/policy.md"
    )


def test_the_page_has_every_key_once_in_its_section() -> None:
    page = reference_markdown()
    for definition in definitions():
        for key in definition["properties"]:
            assert f"\n| `{key}` | " in page


def test_the_page_s_example_is_valid() -> None:
    example = "\n".join(
        line[4:] for line in reference_markdown().split("##")[0].splitlines() if line.startswith("    ")
    )
    assert judged(example) == []
