"""The official Google client."""

from __future__ import annotations

from google import genai
from google.genai import types

from clients.scripts.told import KEY, QUESTION, URL, is_answer, tell

CLIENT = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))


def generate(model: str) -> None:
    is_answer(CLIENT.models.generate_content(model=model, contents=QUESTION).text)


def generate_stream(model: str) -> None:
    parts = CLIENT.models.generate_content_stream(model=model, contents=QUESTION)
    is_answer("".join(part.text or "" for part in parts))


tell({"generate": generate, "generate stream": generate_stream})
