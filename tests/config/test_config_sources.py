from __future__ import annotations

from lanewise.config.sources import CatalogRow
from lanewise.core.request import Dialect


def test_the_first_variable_that_is_set_holds_the_key() -> None:
    row = CatalogRow(
        name="gemini", dialect=Dialect.OPENAI_CHAT, base_url=None, key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY")
    )
    assert row.key({"GEMINI_API_KEY": "", "GOOGLE_API_KEY": "b"}) == "b"
    assert row.key({"GEMINI_API_KEY": "a", "GOOGLE_API_KEY": "b"}) == "a"
    assert row.key({}) == ""
