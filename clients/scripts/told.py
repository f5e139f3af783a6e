"""What every script of a client shares: whom it asks for what, and how it tells what it saw.

The environment says where the gateway listens and which pairs of check and model are wanted. For each a line of JSON is told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping

Check = Callable[[str], None]
"""Asks one model, and raises where the answer is not as a caller needs it."""

URL = os.environ.get("CLIENTS_URL", "http://127.0.0.1:8080")
V1 = f"{URL}/v1"
KEY = "any"
QUESTION = "What is 17 * 23? Show the steps."
ANSWER = "391"
"""It is not in the question: only a real answer has it."""
PERSON = "Extract the person: Ada is 36 years old."


def tell(checks: Mapping[str, Check]) -> None:
    """Make every check that is wanted, of every model that is wanted."""
    for name, model in json.loads(os.environ["CLIENTS_WANTED"]):
        try:
            checks[name](model)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is what is told
            print(json.dumps({"check": name, "model": model, "wrong": f"{type(error).__name__}: {error}"}), flush=True)
        else:
            print(json.dumps({"check": name, "model": model, "wrong": None}), flush=True)


def is_answer(text: object) -> None:
    """The answer's text has the product."""
    assert ANSWER in str(text), f"{ANSWER} is not in {text!r}"


def is_ada(age: object) -> None:
    """The value that a client read out of the answer."""
    assert age == 36, f"36 was expected, not {age!r}"
