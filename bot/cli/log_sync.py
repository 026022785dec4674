"""`calibration-bot log sync`: bring the logs of this work tree to the branch they live on."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path

from bot.calendar import SECOND
from bot.cli import options
from bot.cli.calibration_run import signed_in
from bot.cli.progress import working
from bot.evidence.leaving import Left, leave
from bot.evidence.packing import Packer
from bot.evidence.sync import Synced, sync
from bot.forge.sign_in import SYNCING
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs.strays import read_by_nobody, strays
from bot.inputs.work_tree import kept, log_files
from bot.policy import Policy, read_policy
from bot.wording.elsewhere import counted_elsewhere
from bot.wording.escape import terminal
from bot.wording.figures import plural


def run(args: argparse.Namespace) -> int:
    """Sync everything, and say what that came to."""
    bring(args)
    return 0


def bring(args: argparse.Namespace, *, tracked: bool = True) -> None:
    """Sync, with the files that git tracks or without: their rows are on base already, or will be."""
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    commits = policy.pull_request.commits
    settings = signed_in(args.environment, SYNCING)
    credentials = settings.credentials if settings else None
    with (
        working("syncing the logs"),
        Repository.open(Path(top), credentials, around=args.environment) as repository,
    ):
        found = [f for glob in _globs(policy) for f in log_files(Path(top), glob)]
        # Writers make lines; who packs files commits them as well.
        lines = tuple(file for file in found if file.packing is None)
        stays = frozenset[str]() if tracked else repository.tracked()
        news = tuple(file for file in lines if file.path not in stays)
        files = kept(news, repository.folder / "work-tree")
        who = Identity(commits.name, commits.email)
        done = sync(
            repository,
            policy.logs.ref,
            files,
            who,
            packer=_packer(policy),
            base=policy.pull_request.base,
        )
        left = leave(repository, Path(top), policy.logs.ref, files, done)
    _tell(policy.logs.ref, len(files), done, left)
    elsewhere = counted_elsewhere(policy.logs.source)
    for said in (*read_by_nobody(strays(Path(top), _globs(policy))), *elsewhere):
        print(terminal(f"warning: {said}"), file=sys.stderr)


def _globs(policy: Policy) -> dict[str, bool]:
    return {policy.logs.tokens: False, policy.logs.rework: True}


def _packer(policy: Policy) -> Packer:
    start = policy.week.calendar.week_of(int(time.time())).start
    return Packer(_globs(policy), policy.rules.phases, start * SECOND)


def _tell(ref: str, files: int, done: Synced, left: Left) -> None:
    branch = f"{done.remote}: {ref}" if done.remote else ref
    if done.commit is None:
        said = [f"{branch} has everything already ({plural(files, 'file')})"]
    else:
        said = [f"{branch} is at {done.commit[:12]}: {plural(done.files, 'file')} added"]
    if left.removed:
        said.append(f"removed {plural(left.removed, 'file')} here, now on the branch")
    if left.tracked:
        paths = " ".join(shlex.quote(path) for path in left.tracked)
        said.append(f"git tracks files that are on the branch now; run: git rm -- {paths}")
    for line in said:
        print(terminal(line))
    for path in done.bad:
        told = "has bad lines and stays as it is; `calibration-bot validate` names them"
        print(terminal(f"warning: {path} {told}"), file=sys.stderr)
