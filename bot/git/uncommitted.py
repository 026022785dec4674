"""Which log files of the work tree the base commit has not been given: only looked at, never changed."""

from __future__ import annotations

from bot.git.process import Git
from bot.paths import fixed_folder, matches


def uncommitted(git: Git, glob: str, base: str) -> tuple[str, ...]:
    """Paths, sorted: changed, untracked or ignored files, and files that only HEAD's own commits changed."""
    below = ("--", fixed_folder(glob) or ".")
    found = {*_status(git, below), *_committed_elsewhere(git, base, below)}
    return tuple(sorted(path for path in found if matches(glob, path)))


def _status(git: Git, below: tuple[str, ...]) -> list[str]:
    shown = (
        "--porcelain=v1",
        "-z",
        "--untracked-files=all",
        "--ignored=traditional",
        "--no-renames",
    )
    said = git.check("status", *shown, "--ignore-submodules=all", *below)
    lines = said.out.decode("utf-8", "backslashreplace").split("\0")
    # A deleted file is in the base commit all the same: nothing of it goes uncounted.
    return [line[3:] for line in lines if line and "D" not in line[:2]]


def _committed_elsewhere(git: Git, base: str, below: tuple[str, ...]) -> list[str]:
    # Three dots: what HEAD's side changed since they parted. A work tree that is merely behind adds nothing.
    plain = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--diff-filter=d")
    said = git.run("diff", *plain, f"{base}...HEAD", *below)
    return said.out.decode("utf-8", "backslashreplace").split("\0")[:-1] if not said.status else []
