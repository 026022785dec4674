"""The command line: finds the command, runs it, and turns errors into messages and exit codes.

Only the module of the command that was asked for is imported, so that `model` and `log` start in about
the time Python itself starts. A command module offers `add(commands)`, which registers its parser with
`set_defaults(run=...)`; `run(args)` returns the exit code and imports what is heavy only then.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from bot import __version__
from bot.cli.machine import in_words, of_the_machine
from bot.cli.stopping import Stop
from bot.cli.streams import Lossy, lossy_streams
from bot.errors import BUG, BotError, InvalidInput
from bot.git.environment import cleaned

COMMANDS = (
    "plan",
    "run",
    "guard",
    "model",
    "table",
    "apply",
    "log",
    "collect",
    "budget",
    "replay",
    "history",
    "enforce",
    "report",
    "export",
    "alarm",
    "validate",
    "init",
    "demo",
    "completion",
)
"""Module names under `bot.cli`, in the order `--help` lists them."""

_NO_TERMINAL = 80
"""Columns of help that goes elsewhere."""
_MOST_SAID = 1_000


def run(argv: Sequence[str] | None, stop: Stop) -> int:
    """Run one command; its exit code. Raises KeyboardInterrupt where a signal stops what is around it."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with lossy_streams() as printed, cleaned() as environment:
        args = parser_for(arguments).parse_args(arguments)
        args.environment = environment
        try:
            code = _run(args, stop)
        finally:
            if stop.number is not None:
                _report_stop(stop.number, args)
        sys.stdout.flush()
        return code if printed is None or printed.lost is None else _unprinted(printed, code, args)


def _run(args: argparse.Namespace, stop: Stop) -> int:
    try:
        _settle(args)
        code: int = args.run(args)
    except Exception as err:
        # DuckDB, and a child that got the signal too, answer it with an error of their own.
        if stop.asked:
            return stop.code
        if isinstance(err, BotError):
            return _report(err, args)
        if of_the_machine(err):
            return _report(BotError(in_words(err)), args)
        return _report_bug(err, args)
    return code


def _unprinted(printed: Lossy, code: int, args: argparse.Namespace) -> int:
    """Say that stdout took nothing; a full disk fails a command whose words were wanted, but no log.

    Whoever reads a failure to log logs once more, and the event counts twice.
    """
    print(f"warning: stdout could not be written: {printed.lost}", file=sys.stderr)
    return code or int(not (printed.closed_by_caller or getattr(args, "logs", False)))


class _Help(argparse.HelpFormatter):
    """Argparse's own, told how wide the terminal is: it would load archive formats to find out."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Indented lines are commands to copy: they stay whole."""
        filled = super()._fill_text
        lines = text.split("\n")
        return "\n".join(s if s[:1] == " " else filled(s, width, indent) for s in lines)


class _Parser(argparse.ArgumentParser):
    """Argparse's own, with that help; its commands' parsers are of the same class.

    `example`: a command line as it is typed, or several, a line each; the help ends with it.
    """

    def __init__(self, *, example: str, **said: Any) -> None:
        shown = example.replace("\n", "\n  ")
        super().__init__(formatter_class=_Help, epilog=f"Example:\n  {shown}", **said)

    def error(self, message: str) -> NoReturn:
        """Argparse's own, said to a workflow too. It may quote what somebody else typed."""
        from bot.cli.workflow import report_usage
        from bot.wording.escape import terminal

        report_usage(message, self.get_default("stops"))
        super().error(terminal(message, _MOST_SAID))


def _columns() -> int:
    try:
        return int(os.environ["COLUMNS"]) or _terminal()
    except (KeyError, ValueError):
        return _terminal()


def _terminal() -> int:
    try:
        return os.get_terminal_size(1).columns or _NO_TERMINAL
    except OSError:  # closed, or no terminal
        return _NO_TERMINAL


def parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that is asked for; of every command where none of them is."""
    parser = _Parser(
        prog="calibration-bot",
        example="calibration-bot demo",
        description="Keeps a team's model table honest: logs in git, one reviewed pull request a week.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        required=True,
        prog=parser.prog,  # else argparse loads what formats help, for every lookup
    )
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name in (asked,) if asked in COMMANDS else COMMANDS:
        import_module(f"bot.cli.{name}").add(commands)
    known = commands.choices.get(asked or "")
    parser.set_defaults(stops=known.get_default("stops") if known else parser.prog)
    return parser


def _settle(args: argparse.Namespace) -> None:
    from bot.cli.options import settle  # every command but `demo` has it loaded already

    settle(args)


def _report(err: BotError, args: argparse.Namespace) -> int:
    """Say what went wrong on stderr, and in GitHub's terms where a workflow runs us."""
    from bot.cli.workflow import report_error
    from bot.wording.escape import terminal

    if isinstance(err, InvalidInput):
        lines = [str(problem) for problem in err.problems]
    else:
        lines = str(err).splitlines()
    for line in lines:
        print(f"error: {terminal(line)}", file=sys.stderr)
    report_error(err, args)
    return err.exit_code


def _report_stop(number: int, args: argparse.Namespace) -> None:
    from bot.cli.workflow import report_stop

    report_stop(number, args)


def _report_bug(err: Exception, args: argparse.Namespace) -> int:
    """A bug in the bot: say so; the stack where it is asked for (`-v`), never local variables."""
    import traceback

    from bot.cli.workflow import report_bug
    from bot.wording.escape import terminal

    said = f"bug: {type(err).__name__}: {err}"
    print(terminal(said), file=sys.stderr)
    if getattr(args, "verbose", 1):  # what has no -v shows it at once
        for line in "".join(traceback.format_exception(err)).splitlines():
            print(terminal(line), file=sys.stderr)
    else:
        print("Run again with -v and report what it prints.", file=sys.stderr)
    report_bug(said, err, args)
    return BUG
