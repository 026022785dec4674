"""What a plain `pip install calibration-bot` can do, and what it weighs (issue 13: "must be true").

An environment is made of nothing but what the project requires without its extra `run`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli.machine import of_the_machine
from tests.support.commands import Said
from tests.support.repositories import Workshop, new_repository
from tests.support.teams import CONFIGURATION, POLICY, policy

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LIGHT = PROJECT["dependencies"]
RUN = [*LIGHT, *PROJECT["optional-dependencies"]["run"]]
ABSENT = ("duckdb", "github", "jinja2", "tomlkit", "urllib3", "requests")
AGENT = ".claude/agents/testing.md"
SECTION = '\n[[apply]]\nfiles = ".claude/agents/*.md"\nphase = "EXEC"\n'


def closure(texts: list[str]) -> set[tuple[str, frozenset[str]]]:
    """Name and extras of everything that these requirements bring here."""
    found: set[tuple[str, frozenset[str]]] = set()
    left = [Requirement(text) for text in texts]
    while left:
        wish = left.pop()
        key = (canonicalize_name(wish.name), frozenset(wish.extras))
        if key in found or not (wish.marker is None or wish.marker.evaluate({"extra": ""})):
            continue
        found.add(key)
        for need in map(Requirement, requires(wish.name) or ()):
            extras = {"", *wish.extras}
            if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras):
                need.marker = None
                left.append(need)
    return found


def names(texts: list[str]) -> list[str]:
    return sorted({name for name, _ in closure(texts)})


def files(name: str) -> Iterator[tuple[str, Path]]:
    """Files of an installed package below its folder, compiled ones left out."""
    for file in distribution(name).files or ():
        place = Path(str(file.locate()))
        if ".." not in file.parts and file.suffix != ".pyc" and place.is_file():
            yield file.as_posix(), place


def weight(texts: list[str]) -> float:
    """Megabytes of all of it, with the bot itself."""
    ours = [path for path in (ROOT / "bot").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    theirs = [place for name in names(texts) for _, place in files(name)]
    return sum(path.stat().st_size for path in (*ours, *theirs)) / 1e6


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Said]:
    """Runs the bot where only what it requires is there."""
    folder = tmp_path_factory.mktemp("light")
    for name in names(LIGHT):
        for path, place in files(name):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place, folder / path)

    def run(*args: str, cwd: Path, feed: str = "") -> Said:
        # -S: nothing of the environment we run in.
        done = subprocess.run(
            [sys.executable, "-S", *args],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "HOME": str(folder)},
            input=feed,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    found = new_repository(tmp_path / "team")
    text = "---\nname: testing\nmodel: sonnet\n---\n"
    found.commit({**CONFIGURATION, POLICY: policy() + SECTION, AGENT: text})
    return found


def test_there_is_nothing_of_the_extra_in_it(light: Callable[..., Said], tmp_path: Path) -> None:
    for name in ABSENT:
        said = light("-c", f"import {name}", cwd=tmp_path)
        assert f"No module named '{name}'" in said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "model TESTING EXEC",
        "model SECURITY PLAN",
        "table",
        "table --format json",
        "log tokens --sd S-1 --phase EXEC --agent TESTING --model claude-sonnet-4-5 --tokens 5",
        "log rework --sd S-1 --phase EXEC --agent TESTING --ok",
        "log sync",
        "collect git",
        "apply",
        "apply --check",
        "init",
        "guard --staged",
        "guard --base HEAD --head HEAD",
    ],
)
def test_asking_logging_guarding_and_applying_need_no_more(
    light: Callable[..., Said], team: Workshop, command: str
) -> None:
    said = light("-m", "bot", *command.split(), cwd=team.path)
    assert said.code == 0, said.err


def test_logs_of_tools_are_imported(light: Callable[..., Said], team: Workshop) -> None:
    team.write(
        {
            "map.toml": 'ts = "t"\nsd = "s"\nphase = { constant = "EXEC" }\nagent = "a"\ntokens = "n"\n',
            "x.jsonl": '{"t": "2025-12-01T10:00:00Z", "s": "S-1", "a": "TESTING", "n": 5}\n',
        }
    )
    said = light(
        "-m", "bot", *["log", "import", "jsonl", "--map", "map.toml", "x.jsonl"], cwd=team.path
    )
    assert (said.code, len([*team.path.glob(".calibration/logs/*/tokens*")])) == (0, 1), said.err


@pytest.mark.slow
def test_the_pre_commit_hooks_judge(light: Callable[..., Said], team: Workshop) -> None:
    low = CONFIGURATION["config/overrides.toml"].replace('SECURITY = "opus"', 'SECURITY = "haiku"')
    team.write({"config/overrides.toml": low, AGENT: "---\nname: testing\nmodel: haiku\n---\n"})
    team.git("add", "--all")
    assert light("-m", "bot", "guard", "--staged", cwd=team.path).code == 3
    assert light("-m", "bot", "apply", "--check", cwd=team.path).code == 1


def test_executors_are_served(light: Callable[..., Said], team: Workshop) -> None:
    script = "from bot import model_for; print(model_for('TESTING', 'EXEC'))"
    assert light("-c", script, cwd=team.path).out == "sonnet\n"
    event = (
        '{"hook_event_name": "PreToolUse", "tool_name": "Task",'
        ' "tool_input": {"subagent_type": "testing", "model": "haiku"}}'
    )
    said = light(
        "-m", "bot", "enforce", "claude-code", "--phase", "EXEC", cwd=team.path, feed=event
    )
    assert (said.code, '"deny"' in said.out) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "plan",
        "run --dry-run",
        "budget",
        "validate",
        "history",
        "log show",
        "demo",
        "collect github",
        "export --parquet lake",
        "replay --from 2025-W01 --to 2025-W02",
        "report --html page.html",
    ],
)
def test_what_counts_and_proposes_names_the_extra_it_needs(
    light: Callable[..., Said], team: Workshop, command: str
) -> None:
    said = light("-m", "bot", *command.split(), cwd=team.path)
    assert said.code == 1
    assert re.fullmatch(
        r"error: this command needs (duckdb|github|jinja2|tomlkit), which is not installed here; "
        r"pip install 'calibration-bot\[run\]'\n",
        said.err,
    )


def test_every_library_of_the_extra_is_known_by_the_name_it_is_imported_by() -> None:
    """What is missing is the extra then, and no bug of ours."""
    extra = {canonicalize_name(Requirement(text).name) for text in RUN[len(LIGHT) :]}
    there = packages_distributions()
    texts = (path.read_text("utf-8") for path in (ROOT / "bot").rglob("*.py"))
    imported = {
        name for text in texts for name in re.findall(r"(?m)^ *(?:from|import) (\w+)", text)
    }
    needed = {
        name for name in imported & {*there} if {*map(canonicalize_name, there[name])} & extra
    }
    assert {"duckdb", "jinja2"} <= needed
    errors = [ModuleNotFoundError(name=name) for name in sorted(needed)]
    assert [err.name for err in errors if not of_the_machine(err)] == []


@pytest.mark.parametrize(
    ("texts", "what"), [(LIGHT, "calibration-bot"), (RUN, "calibration-bot[run]")]
)
def test_readme_says_what_it_weighs(texts: list[str], what: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    row = re.search(rf"\| `pip install '?{re.escape(what)}'?` \|.*\| (\d+) \| (\d+) MB \|", readme)
    assert row is not None
    packages, megabytes = map(int, row.groups())
    assert len(names(texts)) + 1 <= packages <= len(names(texts)) + 3  # fewer on other Pythons
    assert 0.7 * megabytes <= weight(texts) <= 1.1 * megabytes
