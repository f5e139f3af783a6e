"""What every mapping of a policy file has in common. `schema.py` has the sections themselves."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A mapping of the file: unknown keys are mistakes, and an input is never repeated in an error (it may be a secret)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, data: object) -> object:
        return {} if data is None else data
