"""Shell completion and the manual page: what the parser says, in bash as in `man` (issue 13, item 6).

When the files are out of date: `python -m tests.support.shell_files`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from bot.cli.command_line import COMMANDS
from bot.cli.completion import SCRIPTS
from tests.support.commands import Bot
from tests.support.parsers import each_parser, whole_parser
from tests.support.programs import program
from tests.support.shell_files import MAN_PAGE, PREFIX, shell_files

MADE = shell_files()
BASH = PREFIX / SCRIPTS["bash"]


def completed(line: str, folder: Path) -> list[str]:
    """What bash offers where the cursor stands at the end of a line."""
    *before, last = line.split(" ")
    words = shlex.join([*before, last])
    script = f"""
      set -u
      source {shlex.quote(str(BASH))}
      COMP_WORDS=({words}) COMP_CWORD={len(before)}
      $(complete -p calibration-bot | grep -o '_shtab[a-z_]*') 2>&1
      printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return sorted(done.stdout.split())


@pytest.mark.parametrize("path", MADE)
def test_a_file_is_what_the_parser_says(path: str):
    assert (PREFIX / path).read_text("utf-8") == MADE[path]


def test_there_is_no_other_file():
    found = (path for path in PREFIX.rglob("*") if path.is_file())
    assert {path.relative_to(PREFIX).as_posix() for path in found} == {*MADE}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_completion_prints_the_script_of_a_shell(bot: Bot, shell: str):
    said = bot("completion", None, shell)
    assert (said.code, said.out, said.err) == (0, MADE[SCRIPTS[shell]], "")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("calibration-bot ", sorted(COMMANDS)),
        ("calibration-bot va", ["validate"]),
        ("calibration-bot log ", ["import", "rework", "show", "sync", "tokens"]),
        ("calibration-bot log import c", ["claude-code", "codex"]),
        ("calibration-bot plan --fo", ["--forge", "--format"]),
        ("calibration-bot plan --format ", ["json", "markdown", "text"]),
        ("calibration-bot plan --week 2025-W49 --forge g", ["github"]),
        ("calibration-bot completion ", ["bash", "fish", "zsh"]),
        ("calibration-bot report --html re", ["report.html"]),
        ("calibration-bot validate --repo ", ["config"]),
    ],
)
def test_bash_offers_what_may_come_next(line: str, offered: list[str], tmp_path: Path):
    (tmp_path / "config").mkdir()
    (tmp_path / "report.html").touch()
    assert completed(line, tmp_path) == offered


def test_bash_offers_every_option_of_every_command(tmp_path: Path):
    parser = next(p for p in each_parser(whole_parser()) if p.prog == "calibration-bot replay")
    options = sorted(o for action in parser._actions for o in action.option_strings if "--" in o)
    assert completed("calibration-bot replay --", tmp_path) == options


def test_the_manual_page_has_every_command_with_every_option():
    page = MADE[MAN_PAGE].replace("\\-", "-")
    sections = dict(
        re.findall(r"^\.SS (calibration-bot [^\n]*)\n(.*?)(?=^\.SS|\Z)", page, re.M | re.S)
    )
    for parser in each_parser(whole_parser()):
        if parser._subparsers is None:
            (body,) = (
                b for title, b in sections.items() if f"{title} ".startswith(f"{parser.prog} ")
            )
            for action in parser._actions[1:]:
                assert all(option in body for option in action.option_strings)


def test_the_manual_page_loses_nothing_to_its_markup():
    """What begins with a dot or a quote is no request of roff's; what it has no macro for would be told."""
    lines = MADE[MAN_PAGE].splitlines()
    requests = {line.split(" ")[0] for line in lines if line[:1] in {".", "'"}}
    assert requests == {".TH", ".SH", ".SS", ".TP", ".B", ".I", ".PP", ".EX", ".EE"}
    assert MADE[MAN_PAGE].isascii()


def test_groff_shows_the_manual_page_and_has_nothing_to_say_against_it():
    command = [program("groff"), "-man", "-ww", "-Tutf8", "-P-c", str(PREFIX / MAN_PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "calibration-bot - keeps a team's model table honest" in done.stdout
    assert "calibration-bot log import leo .token-log.json" in done.stdout
