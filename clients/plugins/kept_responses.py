"""A pytest plugin for openai-python's own tests: before each, there is a response by each id that one of them reads or deletes.

Their makers' mock servers know every id; a gateway knows what it has answered. Nothing in the tests themselves is changed.
"""

from __future__ import annotations

import json
import os
import urllib.request

import pytest

NAMED = ("resp_677efb5139a88190b512bc3fef8e535d", "response_id")
_WITHOUT_PROXIES = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture(autouse=True)
def kept() -> None:
    """Ask for them anew: the vendor of these tests gives an answer the id that it is asked."""
    for name in NAMED:
        asked = urllib.request.Request(
            f"{os.environ['TEST_API_BASE_URL']}/responses",
            json.dumps({"input": name}).encode(),
            {"content-type": "application/json"},
        )
        with _WITHOUT_PROXIES.open(asked, timeout=60) as answer:
            assert json.load(answer)["id"] == name
