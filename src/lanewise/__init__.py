"""Lanewise: the verified-outcome reasoning gateway. Read `pipeline/gateway.py` next: it has the whole walk on one screen."""

from __future__ import annotations

__version__ = "0.1.0"
