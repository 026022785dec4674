"""The manual page, from the parser: what `--help` says, laid out by no release of argparse.

argparse-manpage takes over argparse's own layout, which differs between releases of Python, and loses lines
that begin with a dot.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from textwrap import wrap

_WIDTH = 64
"""Columns of the source, which is longer by what it escapes."""
_HEAD = r""".TH CALIBRATION\-BOT 1 "" calibration\-bot "User Commands"
.SH NAME
calibration\-bot \- keeps a team's model table honest
"""


def man_page(parser: argparse.ArgumentParser) -> str:
    """The page, in the `man` macros and ASCII."""
    commands = "".join(_command(inner) for inner in _leaves(parser))
    synopsis = ".SH SYNOPSIS\n.B calibration\\-bot\n.I COMMAND\n[\\fIoption\\fR ...]\n"
    about = f".SH DESCRIPTION\n{_text(parser.description)}.SH OPTIONS\n{_options(parser)}"
    return f"{_HEAD}{synopsis}{about}.SH COMMANDS\n{commands}"


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The commands that do something, in order."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for inner in group.choices.values():
            yield from _leaves(inner)


def _command(parser: argparse.ArgumentParser) -> str:
    needed = [_spelling(a) for a in parser._actions if a.required or not a.option_strings]
    title = f".SS {_plain(' '.join((parser.prog, *needed)))}\n"
    _, _, example = (parser.epilog or "").partition("\n")
    shown = "\n".join(_plain(line.strip()) for line in example.split("\n"))
    return f"{title}{_text(parser.description)}{_options(parser)}.PP\nExample:\n.PP\n.EX\n{shown}\n.EE\n"


def _options(parser: argparse.ArgumentParser) -> str:
    other = (argparse._SubParsersAction, argparse._HelpAction)
    told = (a for a in parser._actions if not isinstance(a, other))
    return "".join(f".TP\n.B {_plain(_spelling(a))}\n{_text(_help(a, parser))}" for a in told)


def _spelling(action: argparse.Action) -> str:
    """An option or argument with its value, as usage lines have it."""
    name = ", ".join(action.option_strings)
    if action.nargs == 0:
        return name
    choices = None if action.choices is None else "|".join(map(str, action.choices))
    value = action.metavar or choices or action.dest.upper()
    said = " ".join(value) if isinstance(value, tuple) else value
    return f"{name} {said}".strip() if action.option_strings or action.nargs != "?" else f"[{said}]"


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    return (action.help or "") % {**vars(action), "prog": parser.prog}


def _text(text: str | None) -> str:
    return "".join(f"{_plain(line)}\n" for line in wrap(text or "", _WIDTH))


def _plain(text: str) -> str:
    """Text that roff shows as it is: https://man7.org/linux/man-pages/man7/groff_char.7.html."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    escaped = escaped.replace("`", r"\(ga").replace("^", r"\(ha").replace("~", r"\(ti")
    ascii_only = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in escaped)
    return rf"\&{ascii_only}" if ascii_only.startswith(".") else ascii_only
