"""Options that several commands share, and what they point at in the work tree. Light."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from bot.allocation.rules import Rules, read_rules
from bot.allocation.table import Table, table_path
from bot.allocation.toml import decode
from bot.errors import BotError, InvalidInput, NoWorkTree, Problem
from bot.paths import normal

if TYPE_CHECKING:  # imported by those who ask for it
    from bot.allocation.essentials import Essentials
    from bot.inputs.configuration import Configuration

POLICY = "config/policy.toml"


def add_repository(parser: argparse.ArgumentParser) -> None:
    """`--repo` and `--policy`."""
    parser.add_argument("--repo", default=".", metavar="DIR", help="any folder in the repository")
    parser.add_argument(
        "--policy",
        default=POLICY,
        metavar="FILE",
        help="path in the repository (default: %(default)s)",
    )


def settle(args: argparse.Namespace) -> None:
    """Bring `--policy` into its one spelling. Raises UsageError for a path or a `--week` that is none.

    Comes before everything a command does: wrong usage is told before anything is read or asked.
    """
    if "policy" in args:
        args.policy = from_top(args.policy, args.repo)
    if getattr(args, "week", None):
        from bot.calendar import CURRENT, day_of

        if args.week != CURRENT or "previews" not in args:
            day_of(args.week)


def from_top(path: str, folder: str) -> str:
    """A path as the repository knows it; an absolute one must lead below its top."""
    if not os.path.isabs(path):
        return normal(path)
    top, (above, name) = found_top(folder), os.path.split(path)
    # A temporary folder is often reached through a link: then only the real paths agree.
    real = os.path.join(os.path.realpath(above), name)
    for root, full in ((top, path), (os.path.realpath(top), real)):
        start = root.rstrip(os.sep) + os.sep
        if full.startswith(start):
            return normal(full.removeprefix(start).replace(os.sep, "/"))
    return normal(path)


def add_verbosity(parser: argparse.ArgumentParser) -> None:
    """`-v` and `-q`."""
    loudness = parser.add_mutually_exclusive_group()
    loudness.add_argument("-v", "--verbose", action="count", default=0, help="say more")
    loudness.add_argument("-q", "--quiet", action="store_true", help="say only what changes")


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """`--format`, the first one being the default."""
    parser.add_argument(
        "--format", choices=formats, default=formats[0], help="output format (default: %(default)s)"
    )


def top_of(folder: str) -> str:
    """As `found_top`. Raises NoWorkTree in a bare repository."""
    top = found_top(folder)
    if _is_bare(top):
        raise NoWorkTree(folder)
    return top


def found_top(folder: str) -> str:
    """Top of the work tree or bare repository that a folder lies in; the folder itself outside of any."""
    try:
        start = here = os.path.abspath(folder)
    except OSError:  # the folder we were started in is gone
        start = here = ""
    if not os.path.isdir(start):
        raise BotError(f"{folder}: no such folder; --repo takes one in the repository")
    while not os.path.exists(os.path.join(here, ".git")) and not _is_bare(here):
        parent = os.path.dirname(here)
        if parent == here:
            return start
        here = parent
    return here


def _is_bare(folder: str) -> bool:
    """Whether a folder is what a `.git` holds, and none itself: told as git tells it."""
    if ".git" in folder.split(os.sep) or os.path.exists(os.path.join(folder, ".git")):
        return False
    return all(os.path.exists(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs"))


def read_text(top: str, path: str) -> str:
    """Text of a file of the work tree. Raises InvalidInput if it cannot be read."""
    try:
        with open(os.path.join(top, path), "rb") as file:
            return decode(file.read(), path)
    except OSError as err:
        said = err.strerror or str(err)
        raise InvalidInput(
            [Problem(path, f"cannot be read: {said}; create or restore it")]
        ) from err


def read_essentials(args: argparse.Namespace) -> tuple[str, Essentials]:
    """Top of the work tree, and what lookups and log entries need of its policy, which must be valid."""
    top = top_of(args.repo)
    return top, _configuration(top, args.policy).essentials()


def read_allocation(args: argparse.Namespace) -> tuple[Table, Rules]:
    """Table and rules of the work tree, as a lookup needs them."""
    top = top_of(args.repo)
    configuration = _configuration(top, args.policy)
    return configuration.allocation(read_text(top, table_path(args.policy)))


def read_work_tree_rules(args: argparse.Namespace) -> Rules:
    """Phases, ladder and gates of the work tree's policy."""
    return read_rules(read_text(top_of(args.repo), args.policy), args.policy)


def _configuration(top: str, path: str) -> Configuration:
    from bot.inputs.configuration import Configuration

    return Configuration(top, path, read_text(top, path))
