"""What a git around us tells the hook that we run in, as far as it is about the repository asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.git import children, environment
from bot.git.quarantine import child_environment


def told_as_hook(around: Mapping[str, str], folder: str) -> Mapping[str, str]:
    """Variables of `around` (the index, say) that belong to the git folder; none if they are another's."""
    told = {name: around[name] for name in environment.OF_A_HOOK if name in around}
    if not told:
        return told
    index = Path(told.get("GIT_INDEX_FILE", ""))
    if index.is_absolute() and index.parent == Path(folder):  # whoever asks, from wherever
        return told
    place = {name: around[name] for name in ("GIT_DIR", "GIT_WORK_TREE") if name in around}
    args = ("rev-parse", "--path-format=absolute", "--git-dir")
    ours = child_environment(environment.local(around))
    answer = children.run(Path.cwd(), args, {**ours, **place})
    return told if answer.text and Path(answer.text).samefile(folder) else {}
