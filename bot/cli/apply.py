"""`calibration-bot apply`: write the table where it binds; `--check`: tell where it does not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bot.cli import options
from bot.paths import write_whole

if TYPE_CHECKING:
    from bot.binding.bound_files import Binding
    from bot.binding.bound_source import WorkTreeFiles

NOT_BOUND = 1
"""Exit code: files say something else than the table, or cannot be edited."""
_MOST_NAMED = 20
"""Files that are named in an error; the rest is counted."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "apply",
        help="write the table where it binds",
        description="Writes what the table says into the files that the policy's [[apply]] sections name, "
        "and changes not a byte more of them.",
        example="calibration-bot apply --check",
    )
    options.add_repository(parser)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where a file says something else"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Bring the bound files to what the table says; 1 where some of them do not say it afterwards."""
    from bot.binding.bound_source import WorkTreeFiles
    from bot.wording.escape import terminal

    files = WorkTreeFiles(options.top_of(args.repo))
    binding = _binding(args, files)
    for place in binding.apart:
        print(terminal(f"{place.path}:{place.line}: {place.sentence()}"))
    missed = [one for one in binding.left_alone if one.listed]
    for one in binding.left_alone:
        level = "error" if one.listed else "note"
        place_said = f"{one.path}:{one.why.line}" if one.why.line else one.path
        print(terminal(f"{level}: {place_said}: {one.why.reason}; left alone"), file=sys.stderr)
    if not args.check:
        _write(files, binding.changed)
    print(_sum(binding, len(missed), check=args.check))
    return NOT_BOUND if missed or (args.check and binding.apart) else 0


def _binding(args: argparse.Namespace, files: WorkTreeFiles) -> Binding:
    """What the work tree's policy and table bind. Raises InvalidInput with every problem of both."""
    from bot.allocation.table import read_table, table_path
    from bot.binding.bound_files import bind
    from bot.errors import InvalidInput
    from bot.policy import read_policy

    text, path = options.read_text(files.top, args.policy), table_path(args.policy)
    policy = read_policy(text, args.policy)
    table = read_table(options.read_text(files.top, path), path, policy.rules)
    binding = bind(policy.apply, table, policy.rules, files)
    if binding.clashes:
        raise InvalidInput(binding.problems(text, args.policy))
    return binding


def _write(files: WorkTreeFiles, changed: Mapping[str, bytes]) -> None:
    """Write each file, whole or not at all. Raises InvalidInput at the first that cannot be written."""
    from bot.errors import InvalidInput, Problem

    written: list[str] = []
    for path, content in changed.items():
        try:
            write_whole(files.on_disk(path), content)
        except OSError as err:
            said = f"cannot be written: {err.strerror or err}; {_before(written)}"
            raise InvalidInput([Problem(path, f"{said}; see to it and run apply again")]) from err
        written.append(path)


def _before(paths: Sequence[str]) -> str:
    """Which files were written before one that could not be."""
    if not paths:
        return "nothing was written before it"
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return f"written before it: {', '.join(paths[:_MOST_NAMED])}{more}"


def _sum(binding: Binding, missed: int, *, check: bool) -> str:
    from bot.wording.figures import plural

    silent = sum(place.silent for place in binding.places)
    agree = len(binding.places) - len(binding.apart) - silent
    differ = f"{len(binding.apart)} {'differ' if check else 'written'}"
    nothing = f", {silent} left as they say nothing (`add = true` binds them)" if silent else ""
    left = f", {missed} left alone" if missed else ""
    told = f"{agree} as the table says, {differ}{nothing}{left}"
    return f"apply: of {plural(len(binding.places), 'place')} {told}"
