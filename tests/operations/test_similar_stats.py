from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from lanewise.core.similar import Audit
from lanewise.operations.render import show
from lanewise.operations.report import report
from lanewise.operations.report_view import report_view
from lanewise.operations.similar_stats import similar_stats, similar_view
from operations.similar_made import held_in


async def test_every_threshold_is_told_with_what_audits_tell_where(tmp_path: Path) -> None:
    async with held_in(tmp_path) as held:
        everyones = held.similar.standings()[0].threshold_id
        held.clock.time_s += 60
        own = await held.learn("acme")
        for number in range(6):
            told = Audit(
                run_id=f"run_{number}",
                given_run_id="run",
                tenant="globex",
                threshold_id=everyones,
                correct=number > 4,
                told_by="judge",
            )
            await held.similar.audited("globex", told)
        found = await similar_stats(held.database)
        mine = await similar_stats(held.database, "acme")
        reported = await report(held.database)
    assert [(each.tenant, each.threshold_id) for each in found] == [
        ("acme", own),
        ("*", everyones),
        ("globex", everyones),
    ]
    globex = found[-1]
    assert (globex.on, globex.audited, globex.wrong) == (False, 6, 5)
    assert [each.tenant for each in mine] == ["acme", "*"]
    assert reported.similar == found
    assert globex.low < 0.5 < globex.share < globex.high
    for view in (similar_view(found), report_view(replace(reported, requests=1))):
        file = io.StringIO()
        show(view, file)
        assert "off: its audits broke it" in file.getvalue()
        assert f"{globex.share:.1%}, {globex.low:.1%} and {globex.high:.1%}" in file.getvalue()
