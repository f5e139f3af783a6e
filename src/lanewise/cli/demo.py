"""`lanewise demo`: a mixed workload through the gateway with an outage half way, and what came of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console

from lanewise.cli.late import late
from lanewise.cli.rehearsal import folder_for, program, run_to_its_end

with late():
    from lanewise.bootstrap import policies
    from lanewise.lab import asking, demo, demo_checked, demo_questions, demo_view, rig, screen, workload
    from lanewise.simulator import recorded as recordings

_REQUESTS, _REAL_REQUESTS = 240, 400
_PLAY_MONEY = """tenants:
  # Play money: the default cap would stop a long demo, whose second part asks the dearest lane for everything.
  "*": {budget: {daily: $100000}}
"""


@click.command()
@click.option(
    "--requests",
    type=click.IntRange(2, 2_000),
    default=None,
    help=f"How many to send, twice each. [default: {_REQUESTS}; with --real {_REAL_REQUESTS}]",
)
@click.option(
    "--time-scale",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Factor on the vendors' delays; 1 is as slow as real ones, 0 answers at once.",
)
@click.option("--seed", default=0, show_default=True, help="Which questions are asked, and which mistakes are made.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Keep policy, ledger and logs in this new or empty folder.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the result as JSON; progress goes to standard error anyway."
)
@click.option(
    "--real",
    is_flag=True,
    help="Real questions and real models' recorded answers, from LANEWISE_DATA (default ../shared/data).",
)
def command(requests: int | None, time_scale: float, seed: int, keep: Path | None, as_json: bool, real: bool) -> None:
    """Send a mixed workload through a gateway and simulated vendors, fail one half way, and print what happened.

    Needs no key and no network. Fails unless every request was answered, every answer of the outage is marked as degraded, and the
    ledger equals the vendors' books to the unit.
    """
    with folder_for(keep, prefix="lanewise-demo-") as folder:
        count = requests or (_REAL_REQUESTS if real else _REQUESTS)
        make = _real_demo if real else _simulated_demo
        plan, setting = make(folder, count, time_scale, seed, str(keep) if keep else None)
        setting = replace(setting, program=program())
        with screen.progress(sys.stderr) as (watch, tell):
            result = run_to_its_end(demo.run_demo(plan, watch, tell))
    if as_json:
        click.echo(json.dumps(demo_view.demo_json(result, setting), indent=2))
    else:
        console = Console(highlight=False)
        console.print(demo_view.demo_view(result, setting))
        console.print("\n[bold]Where to look next[/bold]")
        for line in demo_view.look_next(result, setting):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    _end(result)


def _end(result: demo.DemoResult) -> None:
    for check in result.checks:
        if not check.passed:
            click.echo(f"lanewise demo: failed: {check.name}: {check.said}", err=True)
    sys.exit(0 if result.passed else 1)


def _simulated_demo(
    folder: Path, count: int, time_scale: float, seed: int, kept: str | None
) -> tuple[demo.DemoPlan, demo_view.Setting]:
    async def text(simulator_url: str) -> str:
        made, _, _ = await policies.policy_text(None, simulator_url=simulator_url)
        return demo_checked.with_checked_lanes(made) + _PLAY_MONEY

    plan = demo.DemoPlan(
        gateway=rig.GatewayPlan(
            folder=folder,
            policy_text=text,
            read_policy=lambda made: policies.load_text(made, file="the demo's policy").policy,
        ),
        questions=tuple(asking.Question.of(item) for item in workload.make_workload(count, seed)),
        checked=demo_checked.calculations()
        if find_spec("mpmath")
        else (),  # of the extra `math`: without it nobody could prove them
        compared_lane="reasoning",
        failing_lane="reasoning",
        time_scale=time_scale,
        seed=seed,
    )
    notes = (
        "Every vendor is simulated: it really computes its answers, errs by a seeded model of skill, and bills play money.",
        f"P50 and P95 are what callers waited at time scale {time_scale:g}: it multiplies vendors' delays, not the gateway's time.",
        "Answers are graded against what is known to be right; small talk, which has no right answer, is asked but not graded.",
    )
    return plan, demo_view.Setting(requests=count, real=False, time_scale=time_scale, seed=seed, notes=notes, kept=kept)


def _real_demo(
    folder: Path, count: int, time_scale: float, seed: int, kept: str | None
) -> tuple[demo.DemoPlan, demo_view.Setting]:
    recorded, vendor = demo_questions.data_folder(), recordings.RECORDED_VENDOR
    candidates = [
        demo_questions.Candidate(
            model=model.id,
            lane=model.kind,
            input_nanousd=model.price.input_nanousd,
            output_nanousd=model.price.output_nanousd,
        )
        for model in recordings.RECORDED_MODELS
    ]
    work = demo_questions.real_workload(recorded, candidates, count=count, seed=seed)

    async def text(simulator_url: str) -> str:
        return demo_questions.real_policy_text(work, simulator_url + vendor.base_path, provider=vendor.name)

    plan = demo.DemoPlan(
        gateway=rig.GatewayPlan(
            folder=folder,
            policy_text=text,
            read_policy=lambda made: policies.load_text(made, file="the demo's policy").policy,
        ),
        questions=work.questions,
        compared_lane=work.best_lane,
        failing_lane=None,
        time_scale=time_scale,
        seed=seed,
        recorded=recorded,
    )
    held_back = work.leaders[0].held_back
    led = ", ".join(f"{leader.candidate.lane} = {leader.candidate.model}" for leader in work.leaders)
    cuts = ", ".join(f"{lane} up to {chars}" for lane, chars in work.cuts)
    notes = (
        "Real: questions of GSM8K (ZeroEval), each answered with what the named model really answered; so accuracy is real.",
        f"Not real: latency (at time scale {time_scale:g}), tokens and cost: of a stated model, {recordings.STATED_MODEL}.",
        f"Models: {led}.",
        f"Routed by length in characters: {cuts}, reasoning beyond.",
        f"Models, lengths and the best lane ({work.best_lane}) were chosen on {held_back} other questions.",
        "No vendor is failed here: one recorded vendor has nobody to fail over to.",
    )
    return plan, demo_view.Setting(requests=count, real=True, time_scale=time_scale, seed=seed, notes=notes, kept=kept)
