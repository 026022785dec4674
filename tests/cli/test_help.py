"""Every `--help` says in a sentence what its command does, and shows one that works (issue 13, item 6)."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from tests.support.commands import Bot
from tests.support.parsers import each_parser, whole_parser

SENTENCE = re.compile(r"[A-Z].* .*[.]", re.DOTALL)
PARSERS = [*each_parser(whole_parser())]
each_command = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.prog)


def examples(parser: argparse.ArgumentParser) -> list[str]:
    """The command lines at the end of a help, as they are typed."""
    title, *lines = (parser.epilog or "").split("\n")
    assert title == "Example:"
    assert all(line.startswith("  ") for line in lines)
    return [line.strip() for line in lines]


@each_command
def test_every_command_says_in_a_sentence_what_it_does(parser: argparse.ArgumentParser):
    assert SENTENCE.fullmatch(parser.description or "")


@each_command
def test_every_command_shows_an_example_of_itself_that_the_parser_takes(
    parser: argparse.ArgumentParser,
):
    shown = examples(parser)
    assert shown
    for example in shown:
        assert f"{example} ".startswith(f"{parser.prog} ")
        command, _, _ = example.partition(" > ")
        whole_parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("columns", ["40", "80", "300"])
def test_an_example_is_shown_in_one_line_however_narrow_the_terminal(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, columns: str
):
    monkeypatch.setenv("COLUMNS", columns)
    lines = bot("log", None, "tokens", "--help").out.splitlines()
    (example,) = (line for line in lines if line.startswith("  calibration-bot"))
    whole_parser().parse_args(shlex.split(example)[1:])
