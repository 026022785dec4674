"""`calibration-bot log sync`: bring the logs of this work tree to the branch they live on."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.cli import options
from bot.cli.reviewing import signed_in
from bot.evidence.sync import sync
from bot.git.history import Identity
from bot.git.repository import Repository
from bot.inputs.work_tree import log_files
from bot.policy import read_policy
from bot.wording.escape import terminal
from bot.wording.figures import plural


def run(args: argparse.Namespace) -> int:
    """Sync, and say what that came to."""
    top = options.top_of(args.repo)
    policy = read_policy(options.read_text(top, args.policy), args.policy)
    files = [
        file
        for glob in (policy.logs.tokens, policy.logs.rework)
        for file in log_files(Path(top), glob)
    ]
    commits = policy.pull_request.commits
    settings = signed_in()
    with Repository.open(Path(top), settings.credentials if settings else None) as repository:
        done = sync(repository, policy.logs.ref, files, Identity(commits.name, commits.email))
    where = f"{done.remote}: " if done.remote else ""
    branch = f"{where}{policy.logs.ref}"
    if done.commit is None:
        print(terminal(f"{branch} has everything already ({plural(len(files), 'file')})"))
    else:
        print(terminal(f"{branch} is at {done.commit[:12]}: {plural(done.files, 'file')} added"))
    return 0
