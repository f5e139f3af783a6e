"""The seven cases of the Open Responses compliance suite through vendors of all dialects: what is said is valid under its schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from clients.cases import VENDORS
from clients.open_responses import CASES, Described, run_cases
from clients.place import settings
from clients.specs import OPEN_RESPONSES

from processes import gateway
from raw_vendor import unused_port
from recordings import data_folder


@pytest.fixture(scope="module")
def described() -> Described:
    file = data_folder() / "specs" / OPEN_RESPONSES
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `specs`")
    return Described(json.loads(file.read_text()))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("open_responses")
    (folder / "lanewise.yaml").write_text(settings(simulator_url, f"http://127.0.0.1:{unused_port()}"))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process.url


@pytest.mark.data
@pytest.mark.parametrize("vendor", VENDORS)
async def test_what_is_said_is_valid(url: str, described: Described, vendor: str) -> None:
    seen = await run_cases(url, described, vendor)
    assert (seen.passed, seen.failures) == (7, ())


ANSWER: dict[str, Any] = {"id": "resp_1", "object": "response", "status": "completed", "output": []}


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "status", "text", "wrong"),
    [
        ("text", 500, "broken", "500: broken"),
        ("text", 200, "<html>", "JSONDecodeError"),
        ("text", 200, json.dumps(ANSWER), "ValidationError"),
        ("stream", 200, 'data: {"type": "response.surprised"}', "KeyError"),
    ],
)
def test_what_is_not_valid_is_told(described: Described, case: str, status: int, text: str, wrong: str) -> None:
    assert case in CASES
    assert wrong in described.wrong(case, status, text)
