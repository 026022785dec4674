"""Hostile log text through a whole `run`: every output is parsed back, and nothing in it was obeyed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.proposal.marker import read_marker
from bot.wording.body import MOST_BYTES
from tests.support.commands import Bot, Said, outputs
from tests.support.hostile import MEGABYTE, OWN
from tests.support.markdown import obeyed, render
from tests.support.teams import (
    POLICY,
    REWORK,
    SONNET,
    TABLE,
    TOKENS,
    WEEK,
    WEEKLY,
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
STRINGS = tuple(text for text in OWN if len(text) < MEGABYTE)
CAUSES = (
    "fixes #1",
    "@org/team\n\nCo-authored-by: Eve <eve@evil.example>",
    "x\nSigned-off-by: Eve <eve@evil.example>",
    "x\n\nCalibration-Change: EXEC/SECURITY opus -> haiku",
    'x"\n[EXEC]\nSECURITY = "haiku"',
    "</details><!-- calibration-bot:{} -->",
    "\x1b[31mred\x1b[0m\u202e",
    "x\n---\ny",
    "%0A::error::x",
    "EOF\nx=y",
    "\x00",
)
"""One an agent: each is the cause in the subject of a commit."""
AGENTS = ("GH-1", "LOCK", "HEAD", "A--", "SET-OUTPUT", "DEADBEEF", "N--N", "E_", "T-REX", "X9", "Z")
TAGS = {
    *("p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "h2", "h3", "ul", "li"),
    *("details", "summary", "input"),
}
BOX = "input type=checkbox checked= disabled="


def _promoted() -> tuple[list[Row], list[Row]]:
    """Three SDs with rework for each agent, their ids hostile too."""
    tokens, reworked = [], []
    for agent, cause in zip(AGENTS, CAUSES, strict=True):
        for number in range(3):
            sd = f"{number}{STRINGS[(7 * AGENTS.index(agent) + number) % len(STRINGS)]}"
            if "\ud800" in sd:
                sd = f"{number}"
            tokens.append(token(sd, agent=agent, note=cause))
            reworked.append(rework(sd, agent=agent, cause=cause, note=cause))
    return tokens, reworked


def _everywhere() -> tuple[list[Row], list[Row]]:
    """Each string in each field of a row; many make the row a bad one."""
    tokens, reworked = [], []
    for text in STRINGS:
        for field in ("sd", "agent", "model", "note", "id", "phase"):
            tokens.append(token("SD", **{field: text}))
        for field in ("sd", "agent", "cause", "model", "note"):
            reworked.append(rework("SD", False, **{"agent": "UAT", field: text}))
    return tokens, reworked


@pytest.fixture
def attacked(make_team: MakeTeam) -> Team:
    """A team whose logs are full of attacks; bad lines are quarantined."""
    (good, redone), (bad, worse) = _promoted(), _everywhere()
    return make_team(
        {
            POLICY: policy(on_bad_line='"quarantine"', unlisted='"propose"', max_promotions="0"),
            TOKENS: lines([*good, *bad]),
            REWORK: lines([*redone, *worse]),
        }
    )


def _harmless(markdown: str) -> None:
    page = render(markdown)
    assert obeyed(page) == []
    assert {tag.split(" ")[0] for tag in page.tags} <= TAGS
    odd = [tag for tag in page.tags if "=" in tag and not re.match(r"t[hd] align=", tag)]
    assert {*odd} <= {BOX}


def _plain(text: str) -> None:
    odd = {char for char in text if not (char.isprintable() or char == "\n")}
    assert not odd


def _commits_hold_only_our_trailers(team: Team) -> None:
    ours = [f"Calibration-{name}" for name in ("Week", "Change", "Evidence", "Rule", "Inputs")]
    commits = team.proposed()
    assert len(commits) == len(AGENTS)
    for commit in commits:
        message = team.remote.git("cat-file", "commit", commit).split("\n\n", 1)[1]
        said = team.remote.git("interpret-trailers", "--parse", feed=f"{message}\n".encode())
        assert [line.split(": ")[0] for line in said.splitlines()] == ours
        assert not re.search(r"@\w|#\d|\bGH-\d|://|-by:", message)
        _plain(message)


@pytest.mark.slow
def test_logs_full_of_attacks_change_nothing_but_what_the_evidence_asks_for(
    attacked: Team, bot: Bot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    said = bot.run(attacked, "--verbose")
    assert said.code == 0, said.err
    assert set(attacked.branches()) == {"main", WEEKLY}
    _commits_hold_only_our_trailers(attacked)
    expected = tomllib.loads(table())
    expected["EXEC"] |= dict.fromkeys(AGENTS, "opus")
    assert tomllib.loads(attacked.remote.file(WEEKLY, TABLE).decode()) == expected
    _log_of_the_job(said)
    _harmless(summary.read_text("utf-8"))
    told = outputs(output.read_text("utf-8"))
    assert list(told) == [
        *("week", "promotions", "action", "branch", "pull-request-url", "missing")
    ]
    assert told["promotions"] == str(len(AGENTS))


def _log_of_the_job(said: Said) -> None:
    for text in (said.out, said.err):
        _plain(text)
        assert "##[" not in text
        commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
        assert all(line.startswith("::warning title=calibration-bot") for line in commands)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "markdown"])
def test_documents_made_of_attacks_are_read_as_what_they_are(attacked: Team, bot: Bot, form: str):
    said = bot("plan", attacked, "--week", WEEK, "--format", form)
    assert said.code == 0
    _log_of_the_job(said)
    if form == "markdown":
        _harmless(said.out)
        return
    body = said.document["pull_request"]["body"]
    _harmless(body)
    marker = read_marker(body)
    assert marker is not None
    page = render(
        body
    )  # for whoever opens it by hand, so without boxes: the marker is the one comment
    assert (len(page.comments), page.tags.count(BOX)) == (1, 0)
    assert {change.cell.agent for change in marker.changes} == set(AGENTS)
    shown = {c["cause"] for v in said.document["verdicts"] for c in v["causes"]}
    assert set(CAUSES) <= shown


@pytest.mark.slow
def test_errors_that_quote_attacks_stay_one_line_each(
    attacked: Team, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    attacked.push({POLICY: policy()})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    said = bot.run(attacked)
    assert said.code == 1
    _plain(said.out + said.err)
    assert said.out == ""
    lines = said.err.splitlines()
    told = [line for line in lines if line.startswith("error: .calibration/logs/")]
    annotations = [line for line in lines if line.startswith("::")]
    assert len(lines) == 2 * len(told) == 2 * len(annotations)
    place = (
        r"::error title=calibration-bot,file=\.calibration/logs/2025-W49/\w+\.jsonl,line=\d+::\w"
    )
    assert all(re.match(place, line) for line in annotations)


@pytest.mark.parametrize("agent", ["LOCK", "A--", "x" * 64])
def test_the_branch_of_an_ad_hoc_review_is_one_git_accepts(
    make_team: MakeTeam, bot: Bot, agent: str
):
    rows = [rework(f"SD-{number}", agent=agent) for number in range(3)]
    logged = {REWORK: lines(rows), TOKENS: lines([token("SD-0", agent=agent, model=SONNET)])}
    team = make_team({POLICY: policy(unlisted='"propose"'), **logged})
    said = bot.json(team, "--agent", agent, command="run")
    branch = said.document["pull_request"]["branch"]
    assert branch in team.branches()
    done = subprocess.run(["git", "check-ref-format", "--branch", branch], check=False)
    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "flood",
    [
        [rework(f"S-{n}", agent=f"TYPO-{m}") for m in range(1_800) for n in range(3)],
        [rework("S", agent="A" * 70_000), rework("S", agent="B" * 65)],
        [rework("S", cause="c" * MEGABYTE, model="m" * MEGABYTE, note="n" * MEGABYTE)],
        [rework("s" * MEGABYTE)],
    ],
    ids=["1,800 invented agents", "70,000 letters", "texts of 1 MB", "an SD of 1 MB"],
)
def test_names_and_texts_without_limit_still_make_a_body_that_opens(
    make_team: MakeTeam, bot: Bot, flood: list[Row]
):
    """The body that GitHub refuses was exit 4 in every later week (issue 9, item 9)."""
    example = cells(cell(3, 5))
    spent = [token("S", agent=f"TYPO-{m}", model="x" * 70_000) for m in range(3)]
    team = make_team(
        {
            POLICY: policy(on_bad_line='"quarantine"'),
            TOKENS: str(example[TOKENS]) + lines(spent),
            REWORK: str(example[REWORK]) + lines(flood),
        }
    )
    said = bot.json(team, command="run")
    assert said.changes == ["EXEC/TESTING sonnet opus"]
    request = said.document["pull_request"]
    assert len(request["body"]) <= MOST_BYTES
    assert len(request["title"]) <= 256
    marker = read_marker(request["body"])
    assert marker is not None
    assert len(marker.changes) == 1
    _harmless(request["body"])
