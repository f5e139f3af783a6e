"""`lanewise drill`: scripted incidents against simulated vendors, and what callers and operators saw of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from lanewise.cli.late import late
from lanewise.cli.rehearsal import folder_for, run_to_its_end
from lanewise.lab.drill_incidents import INCIDENTS, NAMES
from lanewise.lab.drill_policy import LEAST_TIME_SCALE, USUAL_TIME_SCALE

with late():
    from lanewise.bootstrap import policies
    from lanewise.lab import drill, drill_view, screen


@click.command()
@click.option(
    "--only",
    type=click.Choice(NAMES),
    multiple=True,
    help="Play only this incident; may be given more than once. [default: all]",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(LEAST_TIME_SCALE, 1),
    default=USUAL_TIME_SCALE,
    show_default=True,
    help="Factor on the vendors' delays; the incidents, and the policy's times, stretch with it.",
)
@click.option("--seed", default=0, show_default=True, help="Which questions are asked, and whom the faults hit.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Keep each incident's policy, ledger and logs in this new or empty folder.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON; progress goes to standard error anyway."
)
def command(only: tuple[str, ...], time_scale: float, seed: int, keep: Path | None, as_json: bool) -> None:
    """Play outages against a gateway and simulated vendors, and print what callers and operators saw.

    Needs no key and no network. Fails unless every request was answered while a vendor lived, every degraded answer is marked, no failing
    vendor was asked more than 1.2 times as often as in calm, and the ledger equals the vendors' books.
    """

    async def simulated(url: str) -> str:
        return (await policies.policy_text(None, simulator_url=url))[0]

    with folder_for(keep, prefix="lanewise-drill-") as folder, screen.progress(sys.stderr) as (watch, tell):
        plan = drill.DrillPlan(
            folder=folder,
            incidents=tuple(each for each in INCIDENTS if not only or each.name in only),
            policy_text=simulated,
            read_policy=lambda text: policies.load_text(text, file="the drill's policy").policy,
            time_scale=time_scale,
            seed=seed,
        )
        result = run_to_its_end(drill.run_drill(plan, watch, tell))
    setting = drill_view.Setting(
        time_scale=time_scale, stretch=plan.stretch, seed=seed, kept=str(keep) if keep else None
    )
    if as_json:
        click.echo(json.dumps(drill_view.drill_json(result, setting), indent=2))
    else:
        Console(highlight=False).print(drill_view.drill_view(result, setting))
    for each in result.incidents:
        for check in each.checks:
            if not check.passed:
                click.echo(f"lanewise drill: failed: {each.incident.name}: {check.name}: {check.said}", err=True)
    sys.exit(0 if result.passed else 1)
