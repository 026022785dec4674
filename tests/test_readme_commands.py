"""Every command that README and the pages beside it show is run as written (issue 13, "must be true").

A shell block has a name: the comment above it, else the heading it stands under. Those of one team share a
repository: the one that README's own `demo --keep` leaves. A block that nothing runs fails.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.cli.command_line import COMMANDS, parser_for
from tests.handbook.pages import PAGES
from tests.support.commands import SCRIPT
from tests.support.repositories import HERMETIC, Workshop

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    ROOT / "README.md",
    *sorted(path for path in (ROOT / ".github").glob("*.md") if path.name not in PAGES),
)
TEXTS = {path: path.read_text("utf-8") for path in DOCUMENTS}
ELSEWHERE = {
    "demo": (".ci/run", "as_readme_says demo"),
    "tests": (".ci/run", "as_readme_says tests"),
    "five minutes": ("tests/test_readme.py", '"five minutes"'),
    "Your first verdict without logging anything": (
        "tests/collecting/test_first_verdict.py",
        "## Your first verdict without logging anything",
    ),
    "PostgreSQL, 14 or newer": ("tests/warehouse/test_documented.py", "```sh\\n(python -c "),
}
"""Blocks with a test or a check of their own, and what it says there of them."""
SAY = {
    "example": (
        "Kept in ",
        "testing-agent exec upgraded to opus",
        "too early to tell",
        "page.html",
    ),
    "log": ("18,600 of 500,000 tokens used", "calibration/logs", "\nopus\n"),
    "review": ("Nothing to decide", "T = max(", "Nothing to decide", "sonnet → opus"),
    "guard": ("no gate gets weaker",) * 2,
    "apply": (".claude/agents/testing.md",),
    "import": ("new event",) * 5,
    "replay": ("2025-W40", "bar 3", "false promotions a year"),
}
"""Blocks that are run here, and what they print, in this order."""


class Block(NamedTuple):
    """A fenced block of a document."""

    name: str
    kind: str
    text: str


def _blocks(text: str) -> Iterator[Block]:
    heading, before, inside = "", "", None
    lines: list[str] = []
    for line in text.splitlines():
        fence = re.match(r" *```(\w*)$", line)
        if fence and inside is None:
            marker = re.fullmatch(r"<!-- (.*) -->", before.strip())
            inside, lines = Block(marker[1] if marker else heading, fence[1], ""), []
        elif fence and inside is not None:
            yield inside._replace(text="\n".join(lines))
            inside = None
        elif inside is not None:
            lines.append(line)
        elif line.startswith("#"):
            heading = line.lstrip("# ")
        before = line


BLOCKS = [block for text in TEXTS.values() for block in _blocks(text)]
SHELL = [block for block in BLOCKS if block.kind in ("sh", "bash", "shell", "console", "zsh")]
OURS = [block for block in SHELL if block.name in SAY]


def test_every_shell_block_is_run_somewhere() -> None:
    assert sorted(block.name for block in SHELL) == sorted([*SAY, *ELSEWHERE])
    for place, said in ELSEWHERE.values():
        assert said in (ROOT / place).read_text("utf-8")


def test_commands_stand_in_shell_blocks_only() -> None:
    others = {block.text for block in BLOCKS if block not in SHELL}
    command = re.compile(r"^\s*(\$ |calibration-bot |pip |python3? |git )", re.MULTILINE)
    assert [text for text in others if command.search(text)] == []
    fenced = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
    plain = "\n".join(fenced.sub("", text) for text in TEXTS.values())
    assert re.findall(r"^    +(?:\$ |calibration-bot ).*", plain, re.MULTILINE) == []


def _run(text: str, folder: Path, home: Path) -> str:
    """What the commands print; each must work."""
    path = os.pathsep.join((str(SCRIPT.parent), os.environ["PATH"]))
    around = {name: value for name, value in os.environ.items() if "CALIBRATION" not in name}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env={**around, **HERMETIC, "PATH": path, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Played(NamedTuple):
    """The repository that README's example leaves, with what a team has beside it."""

    printed: str
    team: Path
    home: Path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder, home = (tmp_path_factory.mktemp(name) for name in ("somewhere", "home"))
    (example,) = (block for block in SHELL if block.name == "example")
    printed = _run(example.text, folder, home)
    team = Workshop(folder / "example" / "team", time=1_766_000_000)
    _bind_an_agent(team)
    team.git("branch", "my-branch")
    team.write(_files_of_tools())
    for name, rows in _sessions().items():
        file = home / name
        file.parent.mkdir(parents=True)
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return Played(printed, team.path, home)


def _bind_an_agent(team: Workshop) -> None:
    """An agent's file that still has the model of before the promotion."""
    policy = (team.path / "config/policy.toml").read_text("utf-8")
    section = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'
    agent = "---\nname: testing\nmodel: sonnet\n---\n"
    team.commit({"config/policy.toml": policy + section, ".claude/agents/testing.md": agent})
    team.git("push", "--quiet", "origin", "main")


def _files_of_tools() -> Mapping[str, str]:
    """What the team's proxy, its tracing and a ledger of its own have written."""
    usage = {"gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "20"}
    spans = [
        {
            "traceId": "5b8efff798038103d269b633813fc60c",
            "spanId": "00000000000000a1",
            "startTimeUnixNano": "1764669600000000000",
            "endTimeUnixNano": "1764669600000000001",
            "attributes": [{"key": k, "value": {"intValue": v}} for k, v in usage.items()],
        }
    ]
    request = {
        "request_id": "a",
        "startTime": "2025-12-02T10:00:00Z",
        "model": "claude-sonnet-4-5",
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "request_tags": ["sd:SD-7", "agent:TESTING", "phase:EXEC"],
        "session_id": "s",
    }
    row = {"created": 1_764_669_600, "ticket": "SD-7", "worker": "TESTING", "outcome": "merged"}
    tokens = {"llm": "claude-sonnet-4-5", "usage": {"input": 3, "output": 4}}
    (ledger,) = (b.text for b in BLOCKS if b.kind == "toml" and 'key = "outcome"' in b.text)
    csv = "request_id,startTime,model,prompt_tokens,completion_tokens,session_id"
    return {
        "traces.jsonl": json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}) + "\n",
        "logs.jsonl": "",
        "spend.jsonl": json.dumps(request) + "\n",
        "spend.csv": f"{csv}\nb,2025-12-02T11:00:00Z,claude-sonnet-4-5,1,2,s\n",
        "ledger.toml": ledger,
        "ledger.jsonl": json.dumps({**row, **tokens}) + "\n",
    }


def _sessions() -> Mapping[str, list[dict[str, object]]]:
    """What Claude Code and Codex keep of a session each."""
    at = "2025-12-02T10:00:00Z"
    said = {"id": "m", "model": "claude-opus-4-5", "stop_reason": "end_turn"}
    said |= {"usage": {"input_tokens": 1, "output_tokens": 2}}
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    info = {"total_token_usage": usage, "last_token_usage": usage}
    count = {"type": "token_count", "info": info}
    return {
        ".claude/projects/my-project/7d1f.jsonl": [
            {"type": "assistant", "timestamp": at, "message": said, "sessionId": "7d1f"}
        ],
        ".codex/sessions/a.jsonl": [
            {"timestamp": at, "type": "session_meta", "payload": {"id": "a", "cwd": "/w"}},
            {"timestamp": at, "type": "turn_context", "payload": {"model": "gpt-5.2-codex"}},
            {"timestamp": at, "type": "event_msg", "payload": count},
        ],
    }


@pytest.mark.slow
@pytest.mark.parametrize("block", OURS, ids=[block.name for block in OURS])
def test_a_block_works_as_written(block: Block, played: Played) -> None:
    example = block.name == "example"
    printed = played.printed if example else _run(block.text, played.team, played.home)
    left = printed
    for said in SAY[block.name]:
        assert said in left, printed
        left = left.partition(said)[2]


def _spans() -> list[str]:
    """Commands that stand in a sentence or a table."""
    found = re.findall(r"`((?:calibration-bot )?[a-z][^`\n]*)`", "\n".join(TEXTS.values()))
    words = [span.removeprefix("calibration-bot ") for span in found]
    ours = [
        said
        for span, said in zip(found, words, strict=True)
        if said != span or (said.split()[0] in COMMANDS and " " in said)
    ]
    return sorted({said for said in ours if not said.startswith(("-", "/"))})


@pytest.mark.parametrize("span", _spans())
def test_a_command_in_a_sentence_is_one(span: str) -> None:
    """Each word up to the first option is a command or an argument, each option one of that command's."""
    words = shlex.split(span)
    parser = parser_for([])
    for word in words:
        groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        if not groups:
            break
        assert word in groups[0].choices
        parser = groups[0].choices[word]
    options = [word for word in words if word.startswith("--")]
    assert [word for word in options if word not in parser._option_string_actions] == []


def _slugs(text: str) -> set[str]:
    """Anchors that GitHub gives the headings of a document."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", sorted([*DOCUMENTS, *(ROOT / ".github" / n for n in PAGES)]))
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)", path.read_text("utf-8"))
    for name, anchor in links:
        target = path.parent / name if name else path
        assert target.exists(), name
        assert not anchor or anchor in _slugs(target.read_text("utf-8")), anchor


WORDS = ("SD", "rework", "cell", "gate", "rung", "ladder", "tally", "T", "allowance", "bar")
WORDS += ("calibration", "promotion")


@pytest.mark.parametrize("word", WORDS)
def test_a_special_word_is_explained_where_it_first_stands(word: str) -> None:
    """In README's sentences; the one that explains it has it in bold."""
    text = re.sub(
        r"^ *```.*?^ *```$|<!--.*?-->|!\[.*?\)", "", TEXTS[DOCUMENTS[0]], flags=re.M | re.S
    )
    first = re.search(rf"(?<![\w`/-])(\*\*)?{word}s?(?![\w-])", text)
    assert first is not None
    assert first[1] == "**"
