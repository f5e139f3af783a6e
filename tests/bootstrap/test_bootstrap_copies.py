"""Several processes on one port are for a store and a policy that several may serve (they do in `end_to_end/test_several_gateways.py`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.openings import POLICY
from lanewise.bootstrap import ServeOptions
from lanewise.bootstrap.copies import serve_copies
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore


def test_a_file_is_served_by_one(options: ServeOptions) -> None:
    with pytest.raises(StoreError, match="leave --workers away, or write `store: postgresql://"):
        serve_copies(options, 2)


def test_a_policy_that_each_would_allow_whole_is_served_by_one(options: ServeOptions, tmp_path: Path) -> None:
    (tmp_path / "lanewise.yaml").write_text(POLICY + "tenants: {acme: {rate: 60/min}}\n")
    with pytest.raises(StoreError, match="of tenant 'acme' are counted by each gateway"):
        serve_copies(replace(options, store=PostgresStore("postgresql://nobody@127.0.0.1:1/none")), 2)
