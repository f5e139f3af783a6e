"""`python -m lanewise` is the command line."""

from __future__ import annotations

from lanewise.cli import main

main()
