"""What a collection tells the job that runs it: its summary, and that there was nothing to do (issue 11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.allocation.names import Cell
from bot.collecting.fact_records import LeftOut, Origin
from bot.collecting.landed_facts import NO_SD
from bot.collecting.outcomes import Collected, NewRow
from bot.reports.collect_report import Collection, collection_markdown
from tests.support.commands import Bot
from tests.support.forge.host import Host
from tests.support.github_desk import GitHubDesk
from tests.support.hostile import ALL
from tests.support.markdown import obeyed, render
from tests.support.teams import POLICY, TABLE, policy, table


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the job's summary is written."""
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    return path


@pytest.mark.slow
def test_the_summary_says_sds_passes_rework_by_cause_and_what_belongs_to_no_sd(
    shop: GitHubDesk, summary: Path
) -> None:
    shop.ran("SD-3")
    first, second, _, nobodys = (
        shop.memory.pull(branch) for branch in ("SD-1-x", "SD-2-x", "SD-3-x", "tidy-up")
    )
    for pull in (first, second, nobodys):
        shop.memory.comment(pull, "/rework RISK/EXEC flaky-test")
    shop.memory.comment(first, "/issue API/EXEC")
    shop.collected()
    assert summary.read_text("utf-8") == (
        "## Collected from github\n\n"
        "Looked at 4 pull requests into main, all of it.\n\n"
        "**8 new outcomes of 3 SDs: 2 rework, 1 issue, 5 passed**\n\n"
        "Rework and issues by cause: `flaky-test` 2; `(no cause)` 1.\n\n"
        "Belongs to no SD: 1 fact.\n\n"
        "Left out:\n\n"
        "- 1 time: rework: belongs to no SD: add an SD: trailer, or a pattern to the policy's imports "
        f"branches (`{shop.host.url.replace('://', ':// ')}/acme/widget/pull/4# issuecomment-0`)\n\n"
    )
    shop.collected()
    assert "Logged before: 8 outcomes.\n" in summary.read_text("utf-8")


def test_what_could_not_be_collected_is_the_summary_with_what_to_do(
    shop: GitHubDesk, summary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_of_nobody")
    assert shop.collect().code == 1
    head, _, caution, why, _, then, *_ = summary.read_text("utf-8").split("\n")
    assert (head, caution) == ("## Collecting stopped", "> [!CAUTION]")
    assert why.startswith("> `")
    assert then.startswith("**Next**: ")


@pytest.mark.parametrize("source", ["git", "github"])
def test_without_rules_nothing_is_collected_where_that_was_asked_for_and_nobody_is_asked(
    github: Host,
    bot: Bot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    summary: Path,
    source: str,
) -> None:
    github.seed({POLICY: policy(), TABLE: table()})
    for name, value in github.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_of_nobody")
    clone = github.clone(tmp_path / "work")
    github.log.clear()
    said = bot("collect", None, source, "--repo", str(clone), "--if-rules", "--sync")
    assert (said.code, said.out) == (0, "")
    assert said.err == "nothing to collect: the policy has no [[collect]] rules\n"
    assert (github.log, summary.exists()) == ([], False)


def test_with_rules_if_rules_changes_nothing(shop: GitHubDesk) -> None:
    shop.memory.review(shop.memory.pull("SD-1-x"))
    shop.collected("--if-rules")
    assert shop.brief() == ["SD-1 API/EXEC issue"]


@pytest.mark.parametrize("text", ALL)
def test_no_text_of_a_stranger_is_obeyed_in_the_summary(text: str) -> None:
    row = NewRow("a", "rework", text, 0, Cell("EXEC", "API"), rework=True, cause=text, note=text)
    left = (LeftOut(f"{text}: {NO_SD}", text), LeftOut(text, text))
    done = Collection(Origin("github", text), text, None, Collected((row,), 0, left), (text,))
    page = render(collection_markdown(done))
    assert obeyed(page) == []
    assert set(page.tags) <= {"h2", "p", "strong", "code", "ul", "li"}
