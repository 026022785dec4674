"""A reviewer's own attacks on what the guard prints (hostile names in every form) and on its patience."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli import main
from tests.support.attacks import (
    Change,
    base,
    both,
    entry,
    haiku_models,
    on_policy,
    on_table,
    opus_models,
    phases,
    replaced,
)
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
EVIL = "\x1b]8;;http://x\x07\x9b2J\u202e\n::error file=x::pwned\n##[error]pwned\r%0A::add-mask::x"
ESCAPED = json.dumps(EVIL)[1:-1].replace("\\u001b", "\\u001B")


@pytest.fixture
def team(tmp_path: Path) -> Workshop:
    """`main` has the two files; `change` is checked out and as `main` is."""
    workshop = new_repository(tmp_path / "team")
    workshop.commit({POLICY: base().policy, TABLE: base().table})
    workshop.git("checkout", "--quiet", "-b", "change")
    return workshop


def guard(workshop: Workshop, *args: str) -> int:
    where = ("--repo", str(workshop.path), "--base", "main", "--head", "change")
    return main(["guard", *where, *args])


def text(change: Change) -> dict[str, bytes]:
    """Both files after a change of what they say."""
    files = change(base())
    return {POLICY: files.policy, TABLE: files.table}


def on_opus(model: str) -> Change:
    """One id more on opus, written as it comes."""
    return on_policy(replaced('"claude-opus-*",', f'"claude-opus-*", "{model}",'))


HOSTILE = {
    "a model": text(on_table(entry(cell("SECURITY/EXEC"), f'SECURITY = "{ESCAPED}"'))),
    "an agent": text(on_table(entry(cell("SECURITY/EXEC"), f'"{ESCAPED}" = "haiku"'))),
    "a phase": text(on_table(replaced("[EXEC]", f'["{ESCAPED}"]'))),
    "a phase of the policy": text(phases("LEAD", ESCAPED)),
    "an id on a higher rung": text(on_opus(f"claude-haiku-{ESCAPED.replace('[', '(')}")),
    "a pattern": text(both(haiku_models(), on_opus(f"claude-haiku-*{ESCAPED}*"))),
    "a rung": text(on_policy(replaced('name = "opus"', f'name = "{ESCAPED}"'))),
    "a gate": text(on_policy(replaced('agent = "TESTING"', f'agent = "{ESCAPED}"'))),
    "a file": {f"config/overrides.toml:{EVIL.replace('/', '.')}": b"x"},
    "a folder": {f"Config/overrides.toml:{EVIL.replace('/', '.')}": b"x"},
    "an attribute's value": {".gitattributes": b"*.toml filter=\x1b[31m\xc2\x9b2J::error::pwned\n"},
}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "github", "sarif", "json"])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_speaks_for_itself(
    name: str,
    form: str,
    team: Workshop,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    team.commit(HOSTILE[name])
    assert guard(team, "--format", form) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert not set(out) & set("\x1b\x07\x9b\u202e\r")
    lines = out.split("\n")
    if form in ("sarif", "json"):
        assert json.loads(out)
    else:
        commands = [line for line in lines if line.startswith(("::", "##["))]
        assert all(line.startswith("::error file=") for line in commands), commands
        assert not commands or form == "github"
    if form == "github":
        said = summary.read_text("utf-8")
        assert not set(said) & set("\x1b\x07\x9b\u202e\r")
        assert "\n::" not in said


@pytest.mark.slow
def test_patterns_that_are_slow_to_tell_apart_are_refused_soon(team: Workshop) -> None:
    """900 patterns, each of which has nothing in common with base's, and takes long to show it."""
    many = (f"[!c]{'[a-z]' * 90}-{i}" for i in range(900))
    changed = opus_models(*many)(haiku_models()(base()))
    team.commit({POLICY: changed.policy})
    started = time.process_time()
    assert guard(team) == 3
    assert time.process_time() - started < 5  # it took half a minute


@pytest.mark.parametrize("form", ["text", "github", "sarif", "json"])
def test_neither_duckdb_nor_pygithub_is_loaded(form: str, team: Workshop) -> None:
    """Git alone is asked, so that the check of every push starts soon."""
    team.commit({TABLE: on_table(entry(cell("SECURITY/EXEC"), 'SECURITY = "haiku"'))(base()).table})
    args = ["guard", "--repo", str(team.path), "--base", "main", "--format", form]
    code = (
        f"import sys; from bot.cli import main; assert main({args!r}) == 3\n"
        "print(sorted({'duckdb', 'github', 'requests', 'tomlkit'} & {*sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
