"""What must hold in every incident. Each check is a value that says what it found; one that tested nothing has failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lanewise.core.plurals import counted
from lanewise.core.policy import Policy
from lanewise.core.record import RunRecord
from lanewise.lab.checks import Check, named
from lanewise.lab.drill_books import Compared
from lanewise.lab.drill_figures import Load, Pass
from lanewise.lab.drill_incidents import Incident
from lanewise.lab.drill_operator import BreakerStory
from lanewise.lab.drill_traffic import Reply

MOST_LOAD = 1.2
AT_ONCE_S = 3.0
"""Within this a caller who cannot wait is told so: long enough for an answer that takes its time, far too short for a queue."""
_PROBE_S = 0.75
_LAST_SHARE = 0.15  # of the requests: those by which traffic must be back


def felt(struck: Pass) -> Check:
    """The incident made calls fail; else nothing was tested."""
    failures = [call.failure for run in struck.runs.values() for call in run.trace.calls if call.failure is not None]
    kinds = ", ".join(f"{kind} {failures.count(kind)}" for kind in sorted(set(failures)))
    broken = sum(reply.outcome == "broken" for reply in struck.replies)
    after = f", {broken:,} of them after their first words were shown" if broken else ""
    said = (
        f"{counted(len(failures), 'call')} failed ({kinds}){after}"
        if failures
        else "no call failed, so nothing was tested"
    )
    return Check(name="the incident was felt", passed=bool(failures), said=said)


def nobody_unanswered(incident: Incident, calm: Pass, struck: Pass) -> Check:
    """An answer for every request while a vendor lives, in calm too; or, where streams may break, the truth after the first words."""
    good = {"answered", "broken"} if incident.may_break else {"answered"}
    bad = [reply for reply in calm.replies if reply.outcome != "answered"]
    asked = [reply for reply in struck.replies if not (incident.all_down and reply.outcome == "refused")]
    bad += [reply for reply in asked if reply.outcome not in good]
    count = len(calm.replies) + len(asked)
    said = f"{count - len(bad):,} of {count:,} requests, those in calm included, were answered"
    broken = sum(reply.outcome == "broken" for reply in struck.replies)
    if broken:
        said += f"; {broken:,} of them broke after their first words, and said so"
    return Check(name="nobody is left unanswered", passed=not bad, said=said + named([_case(reply) for reply in bad]))


def refusals_are_kind(struck: Pass, *, down_s: tuple[float, float], rest_s: float) -> Check:
    """While nobody lives, who cannot wait is told so at once with when to come back; and who can wait is answered.

    A vendor that is back is known to be so when a breaker has rested and its probe has come back: until then it is not alive to callers.
    """
    from_s, until_s = down_s[0] - AT_ONCE_S, down_s[1] + rest_s + _PROBE_S
    refused = [reply for reply in struck.replies if reply.outcome == "refused"]
    waited = [reply for reply in struck.replies if reply.caller.can_wait and down_s[0] <= reply.asked_s < down_s[1]]
    bad = [f"{_case(reply)}, though it can wait" for reply in refused if reply.caller.can_wait]
    bad += [f"{_case(reply)}, though vendors live" for reply in refused if not from_s <= reply.asked_s < until_s]
    bad += [f"{_case(reply)}, not 503" for reply in refused if reply.answered.status != 503]
    late = [reply for reply in refused if reply.answered.latency_us > AT_ONCE_S * 1e6]
    bad += [f"{_case(reply)} after {reply.answered.latency_us / 1e6:.1f} s" for reply in late]
    slowest_us = max((reply.answered.latency_us for reply in refused), default=0)
    said = (
        f"{len(refused):,} who could not wait were refused with 503 and Retry-After within {slowest_us / 1e6:.2f} s; "
        f"{len(waited):,} who could were kept and answered"
    )
    passed = bool(refused) and bool(waited) and not bad
    return Check(name="who can wait is kept, who cannot is told", passed=passed, said=said + named(bad))


def every_degraded_answer_is_marked(calm: Pass, struck: Pass, policy: Policy) -> Check:
    """Whoever did not answer as in calm says so: another lane, another deployment, or one after another had failed."""
    usual = {reply.caller.question.id: calm.runs.get(reply.answered.run_id) for reply in calm.replies}
    answered = [reply for reply in struck.replies if reply.outcome == "answered"]
    weighted = {name for name, lane in policy.lanes.items() if lane.weights}
    other = [
        reply
        for reply in answered
        if _is_degraded(struck.runs.get(reply.answered.run_id), usual[reply.caller.question.id], weighted)
    ]
    bare = [reply for reply in other if not reply.answered.marked]
    said = f"{len(other) - len(bare):,} of {len(other):,} answers that are not given as in calm say so"
    named_ones = named([reply.answered.run_id for reply in bare])
    return Check(name="every degraded answer is marked", passed=not bare, said=said + named_ones)


def _is_degraded(run: RunRecord | None, usual: RunRecord | None, weighted: Collection[str]) -> bool:
    if run is None or usual is None or run.lane != usual.lane:
        return True
    answered_by = run.deployment
    if any(call.reason == "hedge" and call.deployment == answered_by and not call.failure for call in run.trace.calls):
        return False  # both were asked for the answer that was wanted, and the faster gave it
    if run.lane in weighted:
        return any(call.failure is not None and call.deployment != answered_by for call in run.trace.calls)
    return answered_by != usual.deployment


def a_breaker_worked(stories: Sequence[BreakerStory]) -> Check:
    """A breaker opened, and a probe closed it again when its vendor was back."""
    closed = [story for story in stories if story.probes and story.closed_s is not None]
    probes = sum(story.probes for story in stories)
    opened, again = counted(len(stories), "breaker"), counted(len(closed), "breaker")
    said = f"{opened} opened, {counted(probes, 'probe was', 'probes were')} sent, {again} closed again"
    return Check(name="breakers open, probe and close", passed=bool(closed), said=said)


def no_storm(loads: Sequence[Load]) -> Check:
    """Who fails is not asked much more often than when all is well. Of several who fail at once, all together are not."""
    judged = loads[-1]
    said = "; ".join(
        f"{load.whom} {counted(load.calls, 'call')} while it failed ({load.normal:,} in calm), {load.calls_in_all:,} in all "
        f"({load.normal_in_all:,})"
        for load in loads
    )
    ratio = judged.ratio
    passed = ratio is not None and ratio <= MOST_LOAD
    told = "nobody is asked in calm, so nothing was tested" if ratio is None else f"{ratio:.2f} times normal"
    return Check(name=f"load on who fails is at most {MOST_LOAD} times normal", passed=passed, said=f"{told}: {said}")


def traffic_is_back(calm: Pass, struck: Pass, incident: Incident) -> Check:
    """The last requests are answered by who answers them in calm, as far as the incident asks for it."""
    count = max(5, round(len(struck.replies) * _LAST_SHARE))
    usual = {reply.caller.question.id: reply.answered.deployment for reply in calm.replies}
    last = [
        reply
        for reply in struck.replies[-count:]
        if any(f"{usual[reply.caller.question.id]}/".startswith(f"{whom}/") for whom in incident.failing)
    ]
    gone = [reply for reply in last if reply.answered.deployment != usual[reply.caller.question.id]]
    said = f"{len(last) - len(gone):,} of the last {len(last):,} requests that who failed answers in calm"
    if gone:
        said += f"; {incident.comes_back:.0%} are asked for"
    cases = [f"{each.caller.question.id} by {each.answered.deployment or each.outcome}" for each in gone]
    passed = bool(last) and len(gone) <= (1 - incident.comes_back) * len(last)
    return Check(name="traffic is back where it belongs", passed=passed, said=said + named(cases))


def every_request_is_in_the_ledger(*passes: Pass) -> Check:
    """One row for each request that was let in, with the cost and the deployment that its caller was told."""
    replies = [(reply, done.runs) for done in passes for reply in done.replies]
    bad = []
    for reply, runs in replies:
        run = runs.get(reply.answered.run_id)
        if run is None:
            bad.append(f"{_case(reply)}: no row")
        elif reply.outcome == "answered" and run.cost_nanousd != reply.answered.cost_nanousd:
            bad.append(f"{run.run_id}: told {reply.answered.cost_nanousd:,}, row {run.cost_nanousd:,} nano-dollars")
        elif reply.outcome == "answered" and run.deployment != reply.answered.deployment:
            bad.append(f"{run.run_id}: told {reply.answered.deployment}, row {run.deployment}")
    stray = sum(len(done.runs) for done in passes) - len(replies)
    said = f"{len(replies) - len(bad):,} of {len(replies):,} requests have their row, at the cost their caller was told"
    if stray:
        said += f"; {counted(stray, 'row belongs', 'rows belong')} to no request"
    return Check(name="every request is in the ledger", passed=not bad and not stray, said=said + named(bad))


def ledger_equals_books(compared: Compared) -> Check:
    """Every call that ended whole agrees to the unit, every call that was cut short is known and marked as estimated."""
    said = f"{compared.whole:,} whole calls agree to the token and nano-dollar"
    estimated = compared.cut_short - compared.lost
    if estimated:
        said += f"; {estimated:,} that were cut short are marked as estimated"
    if compared.lost:
        said += f"; {compared.lost:,} were lost with their connection before a word, and taken as free"
    return Check(
        name="the ledger equals the vendors' books",
        passed=not compared.wrong and compared.whole > 0,
        said=said + named(compared.wrong),
    )


def _case(reply: Reply) -> str:
    answered = reply.answered
    return f"{answered.question_id} asked at {reply.asked_s:.2f} s: {answered.problem or 'answered'}"
