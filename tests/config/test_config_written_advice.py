"""What only the file itself tells: secrets that stand in it, and names that are nearly known ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.load import Loaded

Read = Callable[..., Loaded]

SOUND = """\
providers: {openai: {}, mine: {dialect: openai, base_url: "https://models.example.com/v1", api_key: "${MINE}"}}
lanes: {standard: {deployments: [openai/gpt-5.4-mini]}}
routing: {rules: [{when: {task: proof}, lane: standard}]}
"""
KEYS = {"OPENAI_API_KEY": "a", "MINE": "b"}


def noticed(read: Read, text: str) -> dict[str, str]:
    loaded = read(text, **KEYS)
    told = {each.code: f"{each.message}. {each.remedy}" for each in loaded.noticed}
    assert [each.text for each in loaded.noticed] == list(loaded.policy.warnings)[-len(told) :] or not told
    return told


def test_variables_and_known_names_are_nothing_to_speak_of(read: Read) -> None:
    assert noticed(read, SOUND) == {}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("openai: {}", "openai: {api_key: sk-literal}", "providers.openai.api_key holds a secret itself"),
        ("openai: {}", "openai: {api_key: sk-literal}", "write api_key: ${OPENAI_API_KEY}."),
        ('"${MINE}"', "sk-literal", "Set the environment variable MINE_API_KEY"),
        ("openai: {}", "openai: {headers: {Authorization: Bearer x}}", "providers.openai.headers.Authorization holds"),
        ("lanes:", "store: postgresql://me:word@db/lanewise\nlanes:", "Set the environment variable DATABASE_URL"),
    ],
)
def test_a_secret_in_the_file_is_pointed_at_and_not_repeated(read: Read, old: str, new: str, says: str) -> None:
    told = noticed(read, SOUND.replace(old, new))
    assert says in told["secret_in_file"]
    assert "literal" not in told["secret_in_file"]
    assert "word" not in told["secret_in_file"]


@pytest.mark.parametrize(
    "line", ["store: lanewise.db", "store: postgresql://db/lanewise", "redis: {url: 'redis://127.0.0.1:6379'}"]
)
def test_an_address_without_a_password_is_no_secret(read: Read, line: str) -> None:
    assert "secret_in_file" not in noticed(read, f"{SOUND}{line}\n")


@pytest.mark.parametrize("more", ["local: true", "base_url: 'http://127.0.0.1:8000/v1'"])
def test_the_word_that_a_model_server_at_hand_is_given_is_no_secret(read: Read, more: str) -> None:
    text = SOUND.replace("openai: {}", f"openai: {{api_key: any, {more}}}")
    assert "secret_in_file" not in noticed(read, text)


@pytest.mark.parametrize(
    ("task", "meant"), [("prooof", "proof"), ("[sums, Prof]", "proof"), ("[proof, proofs]", None), ("poetry", None)]
)
def test_a_task_that_is_nearly_a_known_one_is_asked_about(read: Read, task: str, meant: str | None) -> None:
    told = noticed(read, SOUND.replace("task: proof", f"task: {task}"))
    assert (f"Did you mean {meant!r}?" in told.get("task_unknown", "")) == (meant is not None)


def test_a_check_s_task_is_looked_at_too_and_one_s_own_tasks_are_known(read: Read) -> None:
    check = SOUND + "verify: [{when: {task: redact}, use: loops}]\n"
    assert "task_unknown" not in noticed(read, check)
    own = check + "tasks: {redacts: {grade: easy}}\n"
    assert "verify[0].when.task is 'redact'" in noticed(read, own)["task_unknown"]
    assert "task_unknown" not in noticed(read, own.replace("redacts", "redact"))


def test_a_model_without_a_price_is_compared_to_those_its_vendor_has(read: Read) -> None:
    told = noticed(read, SOUND.replace("openai/gpt-5.4-mini", "openai/new-model"))
    assert told["model_unknown"] == (
        "The price list of openai's vendor has no model 'new-model'. Did you mean openai/new-models-2?"
    )
    far = noticed(read, SOUND.replace("openai/gpt-5.4-mini", "mine/new-model"))
    assert "model_unknown" not in far
