from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import pytest
import trustme

from cli.shells import Shell, Terminal

GOOD = """
providers:
  house: {dialect: openai, base_url: http://127.0.0.1:9/v1, local: true}
lanes:
  standard: {deployments: [house/llama]}
  reasoning: {deployments: [house/qwen], timeout: 5m}
models: {"*": auto}
routing: {rules: [{when: {task: [proof]}, lane: reasoning}]}
tenants: {acme: {models: {fast: "lane:standard"}}}
"""
BAD = """
providers:
  house: {dialect: openai, base_url: http://127.0.0.1:9/v1, local: true}
lanes:
  standard: {deployments: [house/llama], timeout: soon}
  reasoning: {deployment: [house/qwen]}
"""


def sample(**changes: object) -> str:
    asked = {"model": "gpt-5", "messages": [{"role": "user", "content": "Prove it."}], "lanewise": {"task": "proof"}}
    return json.dumps({**asked, **changes})


def test_a_good_policy_is_explained_and_advice_is_no_mistake(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    said = shell("check")
    assert (said.code, said.err) == (0, "")
    for words in ("Read lanewise.yaml", "house/llama", "When the task is proof: reasoning.", "the store"):
        assert words in said.out
    assert "single_deployment" in said.out


def test_as_a_document(shell: Shell) -> None:
    Path("policy.yaml").write_text(GOOD)
    told = shell("check", "--config", "policy.yaml", "--json").json
    assert (told["valid"], told["file"]) == (True, "policy.yaml")
    assert [lane["name"] for lane in told["lanes"]] == ["standard", "reasoning"]
    assert "single_deployment" in {each["code"] for each in told["advice"]}
    assert told["sample"] is None


def test_every_mistake_is_named_with_its_place(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(BAD)
    said = shell("check")
    assert (said.code, said.out) == (1, "")
    first, *more, last = said.err.splitlines()
    assert first.startswith("lanewise.yaml:5:51: lanes.standard.timeout: 'soon' is not a duration")
    assert any(line.startswith("lanewise.yaml:6:15: lanes.reasoning.deployment: ") for line in more)
    assert "Did you mean 'deployments'?" in said.err
    assert last == f"lanewise.yaml cannot be used: {len(more) + 1} mistakes."


def test_mistakes_as_a_document(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(BAD)
    said = shell("check", "--json")
    assert said.code == 1
    assert said.json["valid"] is False
    assert {"line": 5, "column": 51, "key": "lanes.standard.timeout"}.items() <= said.json["mistakes"][0].items()


def test_a_sample_request_goes_through_the_real_router(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    Path("sample.json").write_text(sample())
    told = shell("check", "--sample", "sample.json", "--json").json["sample"]
    assert (told["lane"], told["deployments"]) == ("reasoning", ["house/qwen"])
    assert told["reason"] == "rule 1 holds: the task is proof"
    assert "goes to the lane reasoning, because rule 1 holds" in shell("check", "--sample", "sample.json").out


def test_a_sample_is_read_from_a_pipe_and_is_its_tenants(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    told = shell("check", "--sample", "-", "--tenant", "acme", "--json", typed=sample(model="fast")).json["sample"]
    assert (told["lane"], told["reason"]) == ("standard", "its model name stands for this lane")
    assert shell("check", "--sample", "-", "--json", typed=sample(model="fast")).json["sample"]["lane"] == "reasoning"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "The body is not valid JSON"),
        (sample(messages=[]), "`messages`: it is empty"),
        (sample(model="lane:fast"), "There is no lane 'fast'"),
    ],
)
def test_a_sample_that_would_be_refused_is_told_why(text: str, wrong: str, shell: Shell) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    said = shell("check", "--sample", "-", "--json", typed=text)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"lanewise: The sample request would be refused: {wrong}")


def test_a_sample_that_is_not_there_is_named(shell: Shell) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    said = shell("check", "--sample", "nowhere.json")
    assert (said.code, said.err) == (1, "lanewise: Cannot read the sample 'nowhere.json': No such file or directory\n")


def test_the_simulated_policy_can_be_saved_and_is_good(shell: Shell) -> None:
    printed = shell("check", "--simulate", "--print")
    assert printed.code == 0
    Path("lanewise.yaml").write_text(printed.out)
    saved, simulated = shell("check", "--json").json, shell("check", "--simulate", "--json").json
    assert saved["version"] == simulated["version"]
    assert (saved["file"], simulated["file"]) == ("lanewise.yaml", "the simulated policy")
    assert "http://127.0.0.1:8090/" in printed.out  # where `lanewise simulate` listens


def test_what_the_environment_offers_can_be_saved(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    printed = shell("check", "--print")
    assert (printed.code, printed.err) == (0, "")
    assert "sk-ant-secret" not in printed.out
    assert "sk-ant-secret" not in shell("check", "--json").out
    Path("lanewise.yaml").write_text(printed.out)
    assert shell("check").code == 0


def test_where_there_is_nothing_the_ways_forward_are_said(shell: Shell) -> None:
    said = shell("check", "--json")
    assert (said.code, said.out) == (1, "")
    assert "Three ways forward" in said.err


def test_the_schema_is_a_document(shell: Shell) -> None:
    said = shell("check", "--schema")
    assert said.code == 0
    assert {"providers", "lanes", "routing"} <= said.json["properties"].keys()


@pytest.mark.parametrize("flags", [["--simulate", "--config", "a.yaml"], ["--print", "--json"]])
def test_flags_that_contradict_each_other(flags: list[str], shell: Shell) -> None:
    said = shell("check", *flags)
    assert (said.code, said.out) == (2, "")
    assert "leave" in said.err


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_screen_nothing_is_wider_than_it(columns: int, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    assert shell("check", "--simulate").code == 0
    assert max(map(len, screen.getvalue().splitlines())) <= columns
    assert "simopen/sim-standard " in screen.getvalue()  # a name is not broken in two
    assert "…" not in screen.getvalue()


def test_a_certificate_that_has_expired_is_advice(shell: Shell, tmp_path: Path) -> None:
    Path("lanewise.yaml").write_text(GOOD)
    long_ago = dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
    expired = trustme.CA().issue_cert("gateway.example", not_after=long_ago)
    expired.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    advice = shell("check", "--tls-cert", str(tmp_path / "chain.pem"), "--json").json["advice"]
    assert [each["message"] for each in advice if each["code"] == "tls_certificate"] == [
        f"'{tmp_path / 'chain.pem'}': it has expired at 2021-01-01T00:00Z, and callers refuse it"
    ]
    said = shell("check", "--tls-cert", str(tmp_path / "none.pem"))
    assert (said.code, "none.pem" in said.err, "Traceback" in said.err) == (1, True, False)
