"""How long a test waits for what has to come: no promise about time, only an end to waiting where it never comes."""

from __future__ import annotations

PATIENCE_S = 90.0  # a loaded machine is no failure; below pytest's own time limit, so that who waited is told
