from __future__ import annotations

import pytest
from pydantic import ValidationError

from lanewise.config.section import Section


class Account(Section):
    name: str = "nobody"


def test_a_key_with_nothing_behind_it_is_an_empty_section() -> None:
    assert Account.model_validate(None).name == "nobody"


def test_an_unknown_key_is_a_mistake_and_no_input_is_repeated_in_it() -> None:
    with pytest.raises(ValidationError) as caught:
        Account.model_validate({"nmae": "hush"})
    assert "hush" not in str(caught.value)
