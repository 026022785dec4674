"""Bad input: the message names file and line and says what to do, the exit code is 1, nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.commands import Bot, unchanged
from tests.support.repositories import new_repository
from tests.support.teams import (
    CONFIGURATION,
    EXAMPLE,
    LOGS,
    POLICY,
    REWORK,
    TABLE,
    TOKENS,
    WEEK,
    WEEKLY,
    Files,
    Row,
    Team,
    cell,
    cells,
    lines,
    policy,
    rework,
    table,
    token,
)

MakeTeam = Callable[..., Team]
TOKENS_MUST_BE = "must be a whole number from 0 to 9007199254740992"


def _json(row: Row) -> bytes:
    return json.dumps(row).encode()


BAD_TOKENS: dict[str, tuple[bytes, str]] = {
    "malformed": (b'{"ts": "2025-12-01T09:30:00Z", "sd"', "is not valid JSON"),
    "number-in-quotes": (_json(token("X", tokens="58000")), f"tokens: {TOKENS_MUST_BE}"),
    "separator-in-quotes": (_json(token("X", tokens="42,000")), f"tokens: {TOKENS_MUST_BE}"),
    "separator": (_json(token("X")).replace(b"10000", b"42,000"), "is not valid JSON"),
    "null": (_json(token("X")).replace(b"10000", b"null"), f"tokens: {TOKENS_MUST_BE}"),
    "not-a-number": (_json(token("X")).replace(b"10000", b"NaN"), "NaN is no number"),
    "negative": (_json(token("X", tokens=-1)), f"tokens: {TOKENS_MUST_BE}"),
    "fraction": (_json(token("X", tokens=3.7)), f"tokens: {TOKENS_MUST_BE}"),
    "true": (_json(token("X", tokens=True)), f"tokens: {TOKENS_MUST_BE}"),
    "no-sd": (_json({k: v for k, v in token("X").items() if k != "sd"}), "sd: is missing"),
    "unknown-phase": (
        _json(token("X", phase="DEPLOY")),
        'phase: must be one of the phases LEAD, PLAN, EXEC; not "DEPLOY"',
    ),
    "no-offset": (
        _json(token("X", ts="2025-12-01T09:30:00")),
        "ts: must be a date and time with offset such as 2025-12-01T09:30:00Z",
    ),
    "binary": (b"\x00\x01\xfe\xff\x80PK\x03\x04", "is not UTF-8 text"),
    "two-keys": (b'{"sd": "a", "sd": "b"}', "sd: is there twice; keep one"),
    "no-object": (b"[1, 2]", "is not an object"),
}
BAD_REWORK: dict[str, tuple[bytes, str]] = {
    "rework-in-quotes": (_json({**rework("X"), "rework": "yes"}), "rework: must be true or false"),
    "no-agent": (
        _json({k: v for k, v in rework("X").items() if k != "agent"}),
        "agent: is missing",
    ),
}


def _log(bad: dict[str, tuple[bytes, str]], good: list[Row]) -> bytes:
    return b"".join(line + b"\n" for line, _ in bad.values()) + lines(good).encode()


@pytest.fixture
def spoiled(make_team: MakeTeam) -> Team:
    """The worked example with every kind of bad line before its good ones."""
    tokens, reworked = cell(3, 5)
    return make_team({TOKENS: _log(BAD_TOKENS, tokens), REWORK: _log(BAD_REWORK, reworked)})


@pytest.mark.parametrize("command", ["run", "plan"])
def test_every_bad_line_is_named_and_nothing_is_written(spoiled: Team, bot: Bot, command: str):
    with unchanged(spoiled):
        said = bot(command, spoiled, "--week", WEEK)
    assert (said.code, said.out) == (1, "")
    found = said.err.splitlines()
    for path, bad in ((TOKENS, BAD_TOKENS), (REWORK, BAD_REWORK)):
        for number, (name, (_, problem)) in enumerate(bad.items(), 1):
            here = [line for line in found if line.startswith(f"error: {path}:{number}: ")]
            assert any(problem in line for line in here), (name, here)
    places = {line.split(": ")[1] for line in found}
    assert len(places) == len(BAD_TOKENS) + len(BAD_REWORK)


def test_quarantine_uses_the_rest_and_lists_every_rejected_line(spoiled: Team, bot: Bot):
    spoiled.push({POLICY: policy(on_bad_line='"quarantine"')})
    said = bot.json(spoiled, command="run")
    assert said.changes == ["EXEC/TESTING sonnet opus"]
    rejected = {(p["file"], p["line"]) for p in said.document["rejected_lines"]}
    assert len(rejected) == len(BAD_TOKENS) + len(BAD_REWORK)
    assert (TOKENS, 1) in rejected
    assert "### Log lines not used" in said.document["pull_request"]["body"]


def test_validate_names_the_same_lines_in_the_work_tree(spoiled: Team, bot: Bot):
    said = bot("validate", spoiled)
    assert said.code == 1
    assert said.err == bot.run(spoiled).err


def test_one_id_with_two_contents_is_a_bad_line(make_team: MakeTeam, bot: Bot):
    tokens, reworked = cell(3, 5)
    tokens = [{**tokens[0], "id": "a"}, {**tokens[1], "id": "a"}, *tokens[2:]]
    said = bot.run(make_team({TOKENS: lines(tokens), REWORK: lines(reworked)}))
    assert said.code == 1
    assert f"error: {TOKENS}:2: id: " in said.err


@pytest.mark.parametrize("text", ["{", "x\n", "\n{"], ids=repr)
def test_a_stray_character_alone_is_a_bad_line_too(make_team: MakeTeam, bot: Bot, text: str):
    said = bot.run(make_team({TOKENS: text}))
    assert said.code == 1
    assert f"error: {TOKENS}:{len(text.rstrip())}: is not valid JSON" in said.err


def test_a_log_that_is_a_link_is_refused_by_name(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    (team.work.path / LOGS / "tokens-2.jsonl").symlink_to("/etc/passwd")
    (team.work.path / LOGS / "rework-2.jsonl").symlink_to("nowhere")
    team.work.git("add", "--all")
    team.push({})
    with unchanged(team):
        ran, checked = bot.run(team), bot("validate", team)
    assert (ran.code, checked.code) == (1, 1)
    assert f"{LOGS}/tokens-2.jsonl: is a symbolic link; make it a regular file" in ran.err
    for name in ("tokens-2", "rework-2"):
        assert f"{LOGS}/{name}.jsonl: is not a regular file" in checked.err


def test_a_log_that_cannot_be_read_is_named(make_team: MakeTeam, bot: Bot):
    team = make_team(EXAMPLE)
    folder = team.work.path / LOGS / "tokens-folder.jsonl"
    folder.mkdir()
    said = bot("validate", team)
    assert said.code == 1
    assert f"{LOGS}/tokens-folder.jsonl: is not a regular file inside the repository" in said.err


BROKEN_CONFIGURATION: dict[str, tuple[Files, tuple[str, ...]]] = {
    "policy-not-toml": ({POLICY: "phases = [\n"}, (f"{POLICY}:1: is not valid TOML",)),
    "policy-binary": ({POLICY: b"\x80\x81"}, (f"{POLICY}:1: is not UTF-8 text",)),
    "policy-several": (
        {POLICY: policy(bar="0", labels="3", starts_at='"25:00"') + "\nextra = 1\n"},
        ("promotion.bar: ", "pull_request.labels: ", "week.starts_at: ", "extra: is no key"),
    ),
    "table-several": (
        {TABLE: table().replace('"haiku"', '"haiku-9"', 2) + '\n[DEPLOY]\nX = "opus"\n'},
        ("LEAD.DOCMON: 'haiku-9' is no rung", "LEAD.GITHUB: ", "DEPLOY: is no phase of the policy"),
    ),
    "table-not-toml": ({TABLE: table() + '[EXEC]\nAPI = "opus"\n'}, (f"{TABLE}:",)),
}


@pytest.mark.parametrize(
    ("files", "said"), BROKEN_CONFIGURATION.values(), ids=list(BROKEN_CONFIGURATION)
)
def test_a_broken_configuration_lists_every_problem_and_nothing_is_written(
    make_team: MakeTeam, bot: Bot, files: Files, said: tuple[str, ...]
):
    team = make_team({**EXAMPLE, **files})
    with unchanged(team):
        ran = bot.run(team)
    assert ran.code == 1
    assert all(part in ran.err for part in said), ran.err
    assert all(line.startswith("error: config/") for line in ran.err.splitlines())


@pytest.mark.parametrize("path", [POLICY, TABLE])
def test_a_missing_file_is_named_with_the_branch_it_is_missing_on(
    make_team: MakeTeam, bot: Bot, path: str
):
    team = make_team(EXAMPLE)
    team.work.git("rm", "--quiet", "--cached", path)
    team.push({})
    with unchanged(team):
        said = bot.run(team)
    assert said.code == 1
    assert f"error: {path}: is not on branch main; commit it there" in said.err


def test_no_logs_at_all_is_nothing_to_decide(make_team: MakeTeam, bot: Bot):
    team = make_team()
    with unchanged(team):
        said = bot.run(team)
    assert (said.code, said.err) == (0, "")
    assert f"Nothing to decide: the logs hold no row for week {WEEK}." in said.out
    assert "Next: see that agents log" in said.out


def test_empty_logs_are_nothing_to_decide(make_team: MakeTeam, bot: Bot):
    team = make_team({TOKENS: "", REWORK: "\n\n"})
    with unchanged(team):
        said = bot.run(team)
    assert said.code == 0
    assert "Nothing to decide" in said.out


# ------------------------------------------------------------- the repository


def _no_repository(team: Team) -> str:
    folder = team.work.path.parent / "plain"
    folder.mkdir()
    return str(folder)


def _no_folder(team: Team) -> str:
    return str(team.work.path / "nowhere")


def _no_commits(team: Team) -> str:
    return str(new_repository(team.work.path.parent / "empty").path)


def _shallow(team: Team) -> str:
    return team.clone(team.work.path.parent / "shallow", "--depth=1").path


def _remote_without_branches(team: Team) -> str:
    empty = new_repository(team.work.path.parent / "empty.git", bare=True)
    team.work.git("config", "remote.origin.url", empty.path.as_uri())
    return team.path


def _remote_gone(team: Team) -> str:
    team.work.git("config", "remote.origin.url", (team.work.path / "gone").as_uri())
    return team.path


def _base_missing(team: Team) -> str:
    team.push({POLICY: policy().replace('# base = "main"  ', 'base = "trunk"')})
    return team.path


def _detached_without_remote(team: Team) -> str:
    team.work.git("remote", "remove", "origin")
    team.work.git("checkout", "--quiet", "--detach")
    return team.path


def _several_remotes(team: Team) -> str:
    team.work.git("remote", "rename", "origin", "one")
    team.work.git("remote", "add", "two", "https://example.invalid/x")
    return team.path


def _branch_in_the_way(team: Team) -> str:
    team.work.git("push", "--quiet", "origin", "HEAD:refs/heads/calibration")
    return team.path


REPOSITORIES = {
    _no_repository: "is in no git repository; pass --repo with a folder inside one",
    _no_folder: "is no folder; pass --repo with a folder inside a git repository",
    _no_commits: "no commits yet; commit the table and the policy",
    _shallow: "the clone is shallow, but the past decides which evidence counts; fetch it whole: "
    "`fetch-depth: 0` for actions/checkout, else `git fetch --unshallow`",
    _remote_without_branches: "remote origin has no commits yet; commit the table and the policy",
    _remote_gone: "remote origin cannot be reached; check its URL and the network",
    _base_missing: "trunk",
    _detached_without_remote: "detached",
    _several_remotes: "several remotes (one, two) and none is named origin; rename the one",
    _branch_in_the_way: f"branch {WEEKLY} cannot exist beside branch calibration; rename that one",
}


@pytest.mark.parametrize(
    ("state", "message"), REPOSITORIES.items(), ids=[s.__name__.strip("_") for s in REPOSITORIES]
)
def test_a_repository_the_bot_cannot_use_is_told_what_to_do(
    make_team: MakeTeam, bot: Bot, state: Callable[[Team], str], message: str
):
    team = make_team(EXAMPLE)
    where = state(team)
    with unchanged(team):
        said = bot("run", None, "--repo", where, "--week", WEEK)
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert message in said.err


# ------------------------------------------------------------- the arguments


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--week", "2025-49"), "'2025-49' is no week; write an ISO week such as 2025-W49"),
        (("--week", "2025-W54"), "the year 2025 has no week 54"),
        (("--week", "2999-W01"), "week 2999-W01 is not over; review it when it is complete"),
        (("--phase", "EXEC"), "--phase goes with --agent"),
        (("--agent", "TESTING", "--phase", "DEPLOY"), "known are LEAD, PLAN, EXEC"),
        (("--agent", "two words"), "is no agent name; use letters, digits, _ and -"),
        (("--forge", "github"), "--forge github needs GITHUB_REPOSITORY and GITHUB_TOKEN"),
        (("--forge", "gitlab"), "invalid choice: 'gitlab'"),
        (("-v", "-q"), "not allowed with argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_arguments_that_make_no_sense_end_with_2(
    make_team: MakeTeam, bot: Bot, args: tuple[str, ...], message: str
):
    team = make_team()
    with unchanged(team):
        said = bot("run", team, *args)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_a_policy_elsewhere_brings_its_table_along(make_team: MakeTeam, bot: Bot):
    moved = {f"tools/{path}": text for path, text in CONFIGURATION.items()}
    team = make_team({**moved, **cells(cell(0, 1))})
    assert bot("run", team, "--week", WEEK, "--policy", f"tools/{POLICY}").code == 0
    said = bot("run", team, "--week", WEEK, "--policy", "nowhere/policy.toml")
    assert said.code == 1
    assert "error: nowhere/policy.toml: is not on branch main" in said.err
