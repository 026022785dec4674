"""What the SDs of each promotion stand on, as far as it was collected: for their folded rows to link.

In: a review and the log files it was made from. Out: the review with the notes of those rows, and the address
on the web that links may lead to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.calendar import SECOND
from bot.calibration.findings import Change, Review
from bot.evidence.provenance import provenance
from bot.evidence.records import Question
from bot.git.remote import web_address
from bot.git.repository import Repository
from bot.inputs.snapshot import LogFiles, Snapshot


def with_evidence_links(
    repository: Repository,
    review: Review,
    changes: Sequence[Change],
    base: Snapshot,
    question: Question,
    logs: LogFiles,
) -> Review:
    """The review, with what the SDs of these promotions were collected from; as it is without a forge."""
    web = web_address(repository, base.base.remote)
    wanted = {(c.cell, run.sd) for c in changes for run in review.verdict(c.cell).runs}
    if web is None or not wanted:
        return review
    found = provenance(logs.rework, wanted, question.phases, question.week.end * SECOND)
    return replace(review, web=web, sources=found)
