"""Instructor, over the official OpenAI client of its own environment."""

from __future__ import annotations

import instructor
import openai
from pydantic import BaseModel

from clients.scripts.told import KEY, PERSON, V1, Check, is_ada, tell


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def read_by(mode: instructor.Mode) -> Check:
    client = instructor.from_openai(openai.OpenAI(base_url=V1, api_key=KEY, max_retries=0), mode=mode)

    def check(model: str) -> None:
        asked = [{"role": "user", "content": PERSON}]
        is_ada(client.chat.completions.create(model=model, messages=asked, response_model=Person, max_retries=1).age)

    return check


tell({"chat tools": read_by(instructor.Mode.TOOLS), "chat JSON schema": read_by(instructor.Mode.JSON_SCHEMA)})
