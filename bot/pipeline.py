"""The whole flow, one way: logs → evidence → verdicts → edit → gate check → commits → pull request.

`calibrate` is all there is to know; the functions below it each do one step. Time comes in with the
request, and what may be written is up to the forge: a rehearsing one makes the same flow a dry run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.calibration.digest import digest
from bot.calibration.review import review
from bot.calibration.scope import read_scope
from bot.forge.protocol import Forge
from bot.git.base import Base
from bot.git.repository import Repository
from bot.inputs.evidence_links import with_evidence_links
from bot.inputs.request import Request, preview_of, read
from bot.inputs.taking_back import with_ways_back
from bot.proposal import guard_run
from bot.proposal.building import build, report_on, wanted
from bot.proposal.publishing import publish
from bot.proposal.report import Report
from bot.proposal.screening import sift
from bot.proposal.sealing import signs, without_effect
from bot.proposal.self_check import check_changes, check_commits
from bot.wording.body import Extras
from bot.wording.commit_messages import branch
from bot.wording.on_top import not_on_top
from bot.wording.remarks import nothing_reviewed, remarks


def calibrate(
    repository: Repository, request: Request, forge_for: Callable[[Base], Forge]
) -> Report:
    """Review one week and bring the forge to what the review wants. Raises BotError, nothing half done."""
    scope = read_scope(request.agent, request.phase)
    base, question, logs, evidence = read(repository, request, scope)
    latest = base.policy.week.calendar.last_complete(request.now).label
    found = review(evidence, question, base.policy, scope)
    rises = with_ways_back(repository, found.afterwards, base)
    found = replace(found, afterwards=rises, preview=preview_of(request, question, evidence))
    forge = forge_for(base.base)
    observed = forge.observe(branch(scope))
    author = base.policy.pull_request.author
    found, proposed = sift(found, observed, author=author, base=base.base.name, latest=latest)
    found = with_evidence_links(repository, found, proposed.changes, base, question, logs)
    check_changes(base, proposed.changes)
    texts, dropped = (base.policy_text, base.table_text), proposed.dropped
    inputs = digest(*texts, found.week, scope, evidence, dropped)
    built = build(repository, base, found, proposed.changes, inputs, question.week.end)
    judge = partial(check_commits, repository, base, policy_path=request.policy)
    judge([commit.sha for commit in built.commits if commit.sha])
    commits = base.policy.pull_request.commits
    odd = remarks(evidence, found.week, base.policy, base.table)
    told = (*not_on_top(odd, found), *guard_run.notes(observed, author), *built.notes)
    unticked = proposed.unticked(found)
    by_hand = observed.pull_requests is None
    extras = Extras(proposed.linked, evidence.rejected, told, unticked, request.page, by_hand)
    want = wanted(
        base,
        found,
        built,
        extras,
        policy_path=request.policy,
        latest=latest,
        dropped=dropped,
        take_over=request.take_over,
        judge=judge if signs(commits, observed) else None,
    )
    outcome = publish(forge, repository, base.base, want, observed, base.policy.pull_request)
    said = (*logs.warnings, *odd, *proposed.messages, *nothing_reviewed(found), *built.warnings)
    built = built.as_signed(outcome.signed)
    said = (*said, *without_effect(commits, observed), *outcome.warnings)
    return report_on(base, found, built, outcome.report, evidence.rejected, said, logs.pushers)
