"""`.github/COMMANDS.md`: every command with its options, from the parser that reads them.

Not argparse's own help: its layout differs between releases of Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bot.cli.command_line import parser_for
from tests.handbook.markdown_rows import cell, code, rows

_HEAD = """# Commands

Every command with its options, generated from the parser that reads them (`python -m tests.handbook`);
`calibration-bot COMMAND --help` says the same.

`plan` and `run` read table, policy and logs from the newest commit of base (the branch that is calibrated),
and logs from the branch `calibration/logs` too, never from your work tree. They touch neither your work tree,
index, branch nor configuration; `plan` leaves not even an object behind.

JSON documents have schemas: [`plan` and `run`](../bot/reports/document.schema.json),
[`plan --explain`](../bot/reports/explanation.schema.json), [`history`](../bot/reports/history.schema.json)
and [`replay --from`](../bot/reports/replay.schema.json). What the commands end with:
[exit codes](EXIT-CODES.md).

"""


def commands_page() -> str:
    """The page."""
    found = [*_commands(parser_for([]), "")]
    listed = [(f"[`{p.prog}`](#{p.prog.replace(' ', '-')})", cell(said)) for p, said in found]
    return "\n".join(
        (_HEAD + rows(("command", "does"), listed), *(_section(p, said) for p, said in found))
    )


def _commands(
    parser: argparse.ArgumentParser, said: str
) -> Iterator[tuple[argparse.ArgumentParser, str]]:
    """Each command that can be run, with the line that its group's help gives it."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield parser, said
    for group in groups:
        lines = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, inner in group.choices.items():
            yield from _commands(inner, lines.get(name, ""))


def _section(parser: argparse.ArgumentParser, said: str) -> str:
    title = f"## `{parser.prog}`\n\n```text\n{_usage(parser)}\n```\n"
    told = [text for text in (parser.description or said, parser.epilog) if text]
    options = [
        (code(_spelling(action)), cell(_help(action, parser)))
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction)
    ]
    parts = [title, *(_words(text % {"prog": parser.prog}) for text in told)]
    return "\n".join(filter(None, (*parts, rows(("option", "meaning"), options))))


def _words(text: str) -> str:
    """A description or an example: as it is laid out, where it is, else as one paragraph."""
    if "\n" in text.strip():
        return f"```text\n{text.strip()}\n```\n"
    return f"{cell(text)[:1].upper()}{cell(text)[1:].rstrip('.')}.\n"


def _usage(parser: argparse.ArgumentParser) -> str:
    named = [a for a in parser._actions if a.required or not a.option_strings]
    more = [] if len(named) == len(parser._actions) - 1 else ["[option ...]"]
    return " ".join((parser.prog, *map(_spelling, named), *more))


def _spelling(action: argparse.Action) -> str:
    """An option or argument with its value, as usage lines have it."""
    name = ", ".join(action.option_strings)
    if action.nargs == 0:
        return name
    choices = None if action.choices is None else "|".join(map(str, action.choices))
    value = action.metavar or choices or action.dest.upper()
    if isinstance(value, tuple):
        return f"{name} {' '.join(value)}"
    if action.nargs == "?":
        return f"{name} [{value}]".strip()
    return f"{name} {value}{' ...' if action.nargs == '+' else ''}".strip()


def _help(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    known = {**vars(action), "prog": parser.prog}
    needed = "; required" if action.required and action.option_strings else ""
    return (action.help or "") % known + needed
