from __future__ import annotations

from io import StringIO

from lab.test_strategies_compared import SOME
from lanewise.lab.recorded_outcomes import Workload
from lanewise.lab.strategies_compared import compare
from lanewise.lab.strategies_view import strategies_view
from lanewise.operations.render import show


def test_every_strategy_is_a_line_and_what_is_missing_is_said() -> None:
    screen = StringIO()
    show(strategies_view([compare(Workload(name="sums", models="a → b", cost_is="calls", outcomes=SOME))]), screen)
    text = screen.getvalue()
    for words in (
        "sums: a → b. Cost in calls.",
        "always fast",
        "fast + proof + escalate",
        "50.0%",
        "log-probabilities",
    ):
        assert words in text
