"""A fresh reviewer's attacks on the readers: every command gives one answer, and it is the right one.

Each attack on a line is a file of its own in one repository; its tokens are a power of two of their own, so
that a sum of tokens says exactly which lines were counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.evidence.spend import spent
from bot.policy import read_policy
from tests.support.commands import Said, here
from tests.support.teams import (
    LOGS,
    POLICY,
    REWORK,
    WEEK,
    Team,
    Template,
    at,
    policy,
    rework,
)
from tests.support.teams import lines as text_of

QUARANTINE = policy(on_bad_line='"quarantine"')
OUTCOME = {REWORK: text_of([rework("SD-OUTCOME")])}
MakeTeam = Callable[..., Team]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template") / "team").build()


@pytest.fixture
def make_team(template: Template, tmp_path: Path) -> MakeTeam:
    """A team with one outcome and some files pushed."""
    return lambda files: template.copy(tmp_path / "team", {**OUTCOME, **files})


def written(number: int, /, **fields: str) -> bytes:
    """A token row, its values as JSON text."""
    usual = {"ts": f'"{at(1)}"', "sd": '"SD-1"', "phase": '"EXEC"', "agent": '"TESTING"'}
    row = {**usual, "tokens": str(number), **fields}
    inside = ", ".join(f'"{key}": {value}' for key, value in row.items())
    return f"{{{inside}}}\n".encode()


def time(text: str) -> Callable[[int], bytes]:
    return lambda tokens: written(tokens, ts=f'"{text}"')


def field(**fields: str) -> Callable[[int], bytes]:
    return lambda tokens: written(tokens, **fields)


def changed(old: bytes, new: bytes, /, **fields: str) -> Callable[[int], bytes]:
    def line(tokens: int) -> bytes:
        before = written(tokens, **fields)
        assert old in before
        return before.replace(old, new, 1)

    return line


DEEP = "[" * 100_000 + "]" * 100_000
COUNTED: dict[str, Callable[[int], bytes]] = {
    "last microsecond of the week": time("2025-12-07T23:59:59.999999Z"),
    "finer than a microsecond before the end": time("2025-12-07T23:59:59.99999999999999999Z"),
    "first instant of the week": time("2025-12-01T00:00:00Z"),
    "lower-case t and z": time("2025-12-02t10:00:00z"),
    "Monday elsewhere, Sunday here": time("2025-12-08T13:59:59+14:00"),
    "Sunday elsewhere, Monday here": time("2025-11-30T12:00:00-12:00"),
    "offset of 23:59": time("2025-12-08T23:58:59+23:59"),
    "minus zero offset": time("2025-12-02T10:00:00-00:00"),
    "escaped keys": changed(b'"tokens"', b'"\\u0074oken\\u0073"'),
    "escaped digits in ts": changed(b"2025-12", b"\\u0032025-12"),
    "unknown key nested like a row": field(x='{"tokens": 1, "id": "a", "ts": null}'),
    "look-alike key beside the real one": field(**{"t\u043ekens": "7"}),
    "key in upper case beside the real one": field(TOKENS="7"),
    "NUL in sd": field(sd='"SD-\\u0000"'),
    "surrogate pair": field(sd='"\\ud83d\\ude00"', note='"\\uD83D\\uDE00"'),
    "a text of 3 MB": field(note=f'"{"x" * 3_000_000}"'),
    "ANSI, HTML, Markdown in a cause": field(note='"\\u001b[31m<img src=x>[a](b)|`@all fixes #1"'),
    "null everywhere it may be": field(model="null", note="null", id="null"),
    "empty id": field(id='""'),
    "agent twice an agent": field(agent='"testing-agent"'),
    "phase in odd case": field(phase='"eXeC"'),
    "agent nobody knows": field(agent='"CHR"'),
    "synthetic model": field(model='"<synthetic>"'),
    "near-synthetic model": field(model='"<synthetic >"'),
    "model of blanks": field(model='"   "'),
    "model with a line feed": field(model='"claude-sonnet-4-5\\n"'),
    "CR LF": changed(b"}\n", b"}\r\n"),
    "blanks around": changed(b"{", b" \t\x0b\x0c{"),
    "no line feed at the end": changed(b"}\n", b"}"),
    "two line feeds before": lambda tokens: b"\n\n \r\n" + written(tokens),
    "byte order mark at the start": lambda tokens: b"\xef\xbb\xbf" + written(tokens),
    "escaped quotation marks that look like a key": field(note='"\\", \\"tokens\\": \\"9"'),
    "backslashes before a quotation mark": field(note='"\\\\\\\\"'),
    "U+2028 and U+0085 in a text": field(note='"a\u2028b\u0085c"'),
}
NEXT_WEEK: dict[str, Callable[[int], bytes]] = {
    "first instant of the next week": time("2025-12-08T00:00:00Z"),
    "next week by its offset": time("2025-12-07T23:30:00-01:00"),
    "the last instant there is": time("2999-12-31T23:59:59.999999Z"),
    "the first instant there is": time("2000-01-01T00:00:00Z"),
}
BAD: dict[str, Callable[[int], bytes]] = {
    "leap second": time("2025-12-02T23:59:60Z"),
    "offset of 24 hours": time("2025-12-02T10:00:00+24:00"),
    "offset of 99 minutes": time("2025-12-02T10:00:00+01:99"),
    "year 0001": time("0001-01-01T00:00:00Z"),
    "year 9999": time("9999-12-31T23:59:59Z"),
    "no offset": time("2025-12-02T10:00:00"),
    "Arabic digits": time("٢٠٢٥-12-02T10:00:00Z"),
    "line feed behind ts": time("2025-12-02T10:00:00Z\\n"),
    "29 February": time("2025-02-29T10:00:00Z"),
    "1e3": field(tokens="1e3"),
    "1.0": field(tokens="1.0"),
    "1E400": field(tokens="1E400"),
    "beyond 2^53": field(tokens="9007199254740993"),
    "5,000 digits": field(tokens="9" * 5_000),
    "minus one": field(tokens="-1"),
    "true": field(tokens="true"),
    "leading zero": field(tokens="007"),
    "key twice": changed(b"{", b'{"tokens": 1, '),
    "key twice, spelled otherwise": changed(b"{", b'{"\\u0074okens": 1, '),
    "unknown key twice": changed(b"{", b'{"x": 1, "x": 1, '),
    "half a surrogate pair": field(note='"\\ud800"'),
    "halves the wrong way round": field(note='"\\udc00\\ud800"'),
    "half a pair in an unknown key": changed(b"{", b'{"\\udfff": 1, '),
    "surrogates in UTF-8": changed(b"SD-1", b"\xed\xa0\x80"),
    "overlong UTF-8": changed(b"SD-1", b"\xc0\xaf"),
    "UTF-16": lambda tokens: written(tokens).decode().encode("utf-16"),
    "raw NUL": changed(b"SD-1", b"\x00"),
    "raw control character": changed(b"SD-1", b"\x1b"),
    "100,000 lists deep": field(x=DEEP),
    "300 lists side by side": field(x="[" + ",".join(["[]"] * 300) + "]"),
    "a line of 5 MB": field(note=f'"{"x" * 5_000_000}"'),
    "two objects on a line": lambda tokens: written(1)[:-1] + written(tokens),
    "an object split by CR": changed(b", ", b",\r}{"),
    "list of a row": lambda tokens: b"[" + written(tokens)[:-1] + b"]\n",
    "comment behind": changed(b"}\n", b"} // x\n"),
    "NaN in an unknown key": field(x="NaN"),
    "a second byte order mark": lambda tokens: b"\xef\xbb\xbf" * 2 + written(tokens),
    "no-break space around": changed(b"{", b"\xc2\xa0{"),
    "empty sd": field(sd='""'),
    "sd of a number": field(sd="7"),
    "phase look-alike": field(phase='"\u0415XEC"'),
    "agent look-alike": field(agent='"\u0422ESTING"'),
    "agent long s": field(agent='"TE\u017fTING"'),
    "agent DEFAULT": field(agent='"default"'),
    "empty agent": field(agent='""'),
    "LFS pointer": lambda _: b"version https://git-lfs.github.com/spec/v1\n",
}
ATTACKS = {**COUNTED, **NEXT_WEEK, **BAD}


class Answers(NamedTuple):
    """What every reader said of one repository."""

    plan: Any
    budget: Any
    shown: Any
    validate: Said
    spent: int


def ask(team: Team) -> Answers:
    """Each command once."""
    where = ("--repo", team.path)
    asked = ("--week", WEEK, "--format", "json")
    plan, budget, shown = (
        here(*command, *where, *asked) for command in (("plan",), ("budget",), ("log", "show"))
    )
    assert (plan.code, budget.code, shown.code) == (0, 0, 0), (plan.err, budget.err, shown.err)
    found = read_policy((team.work.path / POLICY).read_text("utf-8"), POLICY)
    week = found.week.calendar.named(WEEK)
    so_far = spent(team.path, found.logs.tokens, week, found.rules.phases, ref=found.logs.ref)
    validate = here("validate", *where)
    return Answers(plan.document, budget.document, shown.document, validate, so_far.tokens)


def used(answers: Answers) -> set[int]:
    """The tokens of the week as each reader has them: one number where they agree."""
    shown = answers.shown["total"]["tokens"]
    return {answers.plan["budget"]["used"], answers.budget["used"], shown, answers.spent}


def file_of(name: str) -> str:
    return f"{LOGS}/tokens-{list(ATTACKS).index(name):03}.jsonl"


def weight(name: str) -> int:
    """Tokens of an attack's line; those of bad lines would show as well, modulo a clash of two bad ones."""
    names = list(COUNTED)
    return 2 ** (names.index(name) if name in names else 40 + list(ATTACKS).index(name) % 10)


@pytest.fixture(scope="module")
def answers(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """All attacks in one repository that puts bad lines in quarantine."""
    logs = {file_of(name): line(weight(name)) for name, line in ATTACKS.items()}
    team = template.copy(
        tmp_path_factory.mktemp("attacked") / "team", {**OUTCOME, POLICY: QUARANTINE, **logs}
    )
    return ask(team)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_line_is_counted_or_named_by_every_reader_alike(answers: Answers, name: str) -> None:
    bad, path = name in BAD, file_of(name)
    assert any(line["file"] == path for line in answers.plan["rejected_lines"]) is bad
    assert (f"{path}:" in answers.validate.err) is bad
    if not bad:
        counted = bool(name in COUNTED)
        for total in used(answers):
            assert bool(total & weight(name)) is counted


def test_no_token_of_any_other_line_is_counted(answers: Answers) -> None:
    assert used(answers) == {sum(map(weight, COUNTED))}
    assert "bug" not in answers.validate.err
    assert all(c == "\n" or c.isprintable() for c in answers.validate.err)


# ------------------------------------------------------------------ one log in several places

COPIES = {
    "no id": {},
    "id null": {"id": "null"},
    "empty id": {"id": '""'},
    "id of a nested object": {"x": '{"id": "a"}'},
    "id within a text": {"note": '"\\"id\\": 1"'},
    "an id": {"id": '"a"'},
    "an id, its key escaped": {"i\\u0064": '"a"'},
}


def logs_branch(team: Team, files: dict[bytes, bytes | str]) -> None:
    """An unrelated history of logs, pushed as the branch of the logs."""
    team.work.git("checkout", "--quiet", "--orphan", "logs-here")
    team.work.git("rm", "-rfq", "--cached", ".")
    for path in (team.work.path / ".calibration", team.work.path / "config"):
        path.rename(team.work.path.parent / path.name)
    team.work.commit({os.fsdecode(path): text for path, text in files.items()}, "Logs")
    team.work.git("push", "--quiet", "origin", "HEAD:refs/heads/calibration/logs")
    team.work.git("checkout", "--quiet", "--force", "main")
    team.work.git("fetch", "--quiet", "origin")
    for name in (".calibration", "config"):
        assert (team.work.path / name).is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("fields", COPIES.values(), ids=COPIES)
def test_a_row_copied_to_another_place_adds_nothing(
    make_team: MakeTeam, fields: dict[str, str]
) -> None:
    row = written(64, **fields)
    team = make_team({f"{LOGS}/tokens-1.jsonl": row})
    logs_branch(team, {f"{LOGS}/tokens-2.jsonl".encode(): row})
    found = ask(team)
    assert used(found) == {64}
    assert found.validate.code == 0, found.validate.err


@pytest.mark.slow
def test_a_logs_branch_with_other_folders_and_odd_names_is_read_by_the_glob_alone(
    make_team: MakeTeam,
) -> None:
    names = [
        b"tokens-\n\t%41\"'.jsonl",
        b"tokens-%s%n$(id).jsonl",
        b"tokens-" + b"x" * 242 + b".jsonl",
    ]
    files: dict[bytes, bytes | str] = {
        LOGS.encode() + b"/" + name: written(2**at) for at, name in enumerate(names)
    }
    other = {
        b"config/policy.toml": b"phases = 1",
        b"tokens.jsonl": written(4096),
        b"x/y/tokens.jsonl": b"{",
    }
    team = make_team({})
    logs_branch(team, {**files, **other})
    found = ask(team)
    assert used(found) == {7}
    assert found.validate.code == 0, found.validate.err


EMPTY = {"nothing": b"", "a byte order mark": b"\xef\xbb\xbf", "line feeds": b"\n\r\n \n\n"}


@pytest.mark.slow
def test_files_without_rows_are_no_rows(make_team: MakeTeam) -> None:
    logs = {f"{LOGS}/tokens-{n}.jsonl": data for n, data in enumerate(EMPTY.values())}
    found = ask(make_team({**logs, f"{LOGS}/tokens-9.jsonl": written(8)}))
    assert (used(found), found.validate.code) == ({8}, 0)


# ------------------------------------------------------------------ what is no file of a log


def link(team: Team, name: str, target: str) -> None:
    (team.work.path / LOGS / name).symlink_to(target)


def submodule(team: Team, name: str) -> None:
    sha = team.work.git("rev-parse", "HEAD").strip()
    team.work.git("update-index", "--add", "--cacheinfo", f"160000,{sha},{LOGS}/{name}")
    (team.work.path / LOGS / name).mkdir()


NO_FILES: dict[str, Callable[[Team], None]] = {
    "a link to a log": lambda team: link(team, "tokens-l.jsonl", "tokens.jsonl"),
    "a link out of the repository": lambda team: link(team, "tokens-l.jsonl", "/etc/passwd"),
    "a link to itself": lambda team: link(team, "tokens-l.jsonl", "tokens-l.jsonl"),
    "a dangling link": lambda team: link(team, "tokens-l.jsonl", "nothing"),
    "a submodule": lambda team: submodule(team, "tokens-l.jsonl"),
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_of_a_log_is_named_by_plan(
    make_team: MakeTeam, make: Callable[[Team], None]
) -> None:
    team = make_team({f"{LOGS}/tokens.jsonl": written(8)})
    make(team)
    if not (team.work.path / LOGS / "tokens-l.jsonl").is_dir():
        team.work.git("add", "--all")
    team.work.git("commit", "--quiet", "--message", "odd")
    team.work.git("push", "--quiet", "origin", "HEAD:main")
    said = here("plan", "--repo", team.path, "--week", WEEK)
    assert (said.code, said.out) == (1, "")
    assert f"{LOGS}/tokens-l.jsonl" in said.err


# ------------------------------------------------------------------ policies

POLICIES = {
    "time zone of a file": ("time_zone", '"../../../../etc/passwd"'),
    "time zone of a folder": ("time_zone", '"America"'),
    "no time zone": ("time_zone", '""'),
    "long time zone": ("time_zone", f'"{"A" * 5000}"'),
    "time of 24:00": ("starts_at", '"24:00"'),
    "day look-alike": ("starts_on", '"mоnday"'),
    "silence in another case": ("silence", '"Passed"'),
    "silence as truth": ("silence", "true"),
    "glob from the root": ("tokens", '"/etc/*"'),
    "empty glob": ("tokens", '""'),
    "glob with a line feed": ("tokens", '"a\\nb"'),
    "limit of nothing": ("weekly_tokens", "0"),
    "limit without end": ("weekly_tokens", "1e400"),
    "limit below zero": ("weekly_tokens", "-1"),
    "ref upwards": ("ref", '"../main"'),
    "ref with an option": ("ref", '"--upload-pack=id"'),
}


@pytest.mark.slow
@pytest.mark.parametrize(("key", "value"), POLICIES.values(), ids=POLICIES)
def test_an_impossible_policy_is_refused_by_every_command(
    make_team: MakeTeam, key: str, value: str
) -> None:
    team = make_team({POLICY: policy(**{key: value})})
    for args in (("plan",), ("validate",), ("budget",)):
        said = here(*args, "--repo", team.path)
        assert (said.code, said.out) == (1, ""), (args, said)
        assert "config/policy.toml" in said.err, args
