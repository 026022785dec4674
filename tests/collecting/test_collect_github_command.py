"""`calibration-bot collect github` as it is called: options, output, and where it may not go (issue 11)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Bot
from tests.support.forge.bare import Signature
from tests.support.forge.host import Shape
from tests.support.forge.plugin import HostMaker
from tests.support.forge.tokens import Token, TokenKind
from tests.support.github_desk import PERMISSIONS, RULES, GitHubDesk
from tests.support.teams import POLICY, TABLE, policy, table

READS = ("contents", "pull_requests", "checks", "statuses", "metadata")
READER = Token(
    "ghs_collects", "github-actions[bot]", TokenKind.ACTIONS, (), dict.fromkeys(READS, "read")
)
"""GITHUB_TOKEN of a job that may read what collecting needs, and nothing else."""

ADA = Signature("Ada", "ada@example.org", "1764770400 +0000")


def test_the_text_says_what_came_in_and_what_belongs_to_nobody(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    shop.memory.comment(pull, "/rework RISK/EXEC flaky-test")
    shop.memory.comment(pull, "/rework RISK/EXEC", "eve")
    said = shop.bot("collect", None, "github", "--repo", str(shop.path))
    assert said.code == 0, said.err
    (file,) = shop.path.glob(".calibration/logs/2025-W49/rework-collect-*.jsonl")
    assert said.out == (
        "github: 1 pull request into main, all of it\n"
        "1 new outcome of 1 SD: 1 rework, 0 issues, 0 passed\n"
        "  flaky-test: 1\n"
        f"  {file.relative_to(shop.path)}\n"
        "left out:\n"
        "  1 time: /rework by somebody without write access "
        f"({shop.host.url}/acme/widget/pull/1#issuecomment-1)\n"
    )


@pytest.mark.parametrize("source", ["git", "github"])
def test_a_dry_run_says_the_same_and_writes_nothing(shop: GitHubDesk, source: str) -> None:
    shop.memory.review(shop.memory.pull("SD-1-x"))
    shop.host.repository.commit("main", {"a": "a"}, "a\n\nSD: A\nRework: RISK/EXEC\n", ADA)
    dry = shop.bot("collect", None, source, "--repo", str(shop.path), "--dry-run")
    assert (dry.code, shop.lines()) == (0, [])
    assert "1 new outcome of 1 SD" in dry.out
    assert dry.out.endswith("nothing was written (--dry-run)\n")
    real = shop.bot("collect", None, source, "--repo", str(shop.path))
    assert real.out.splitlines()[:2] == dry.out.splitlines()[:2]
    assert len(shop.lines()) == 2


def test_since_leaves_out_what_did_not_change_since(shop: GitHubDesk) -> None:
    shop.memory.review(shop.memory.pull("SD-1-x", at="2025-12-01T23:00:00Z"))
    shop.memory.review(shop.memory.pull("SD-2-x", at="2025-12-02T00:00:00Z"))
    assert shop.collected("--since", "2025-12-02")["since"] == "2025-12-02T00:00:00.000Z"
    assert shop.brief() == ["SD-2 API/EXEC issue"]


def test_a_first_collection_since_a_day_hides_no_pull_request_from_the_next(
    shop: GitHubDesk,
) -> None:
    shop.memory.review(shop.memory.pull("SD-1-x", at="2025-10-01T23:00:00Z"))
    shop.memory.review(shop.memory.pull("SD-2-x", at="2025-12-03T00:00:00Z"))
    shop.collected("--since", "2025-12-02")
    assert shop.brief() == ["SD-2 API/EXEC issue"]
    assert shop.collected()["since"] is None
    assert shop.brief() == ["SD-1 API/EXEC issue", "SD-2 API/EXEC issue"]


def test_the_next_collection_begins_7_days_before_the_last_ended(shop: GitHubDesk) -> None:
    shop.memory.pull("SD-1-x", at="2025-12-03T10:00:00Z")
    shop.collected()
    assert shop.collected()["since"] == "2025-11-26T10:00:00.000Z"


def test_a_cursor_from_the_future_hides_no_pull_request(shop: GitHubDesk) -> None:
    shop.memory.pull("SD-1-x", at="2025-12-03T10:00:00Z")
    shop.collected()
    (cursor,) = (json.loads(line) for line in shop.lines() if '"cursor"' in line)
    said = {**cursor, "ts": "2099-01-05T00:00:00Z", "id": "from-the-future"}
    log = shop.path / ".calibration/logs/2025-W49/rework-hostile.jsonl"
    log.write_text(f"{json.dumps(said)}\n")
    assert shop.collected()["since"] == "2025-11-26T10:00:00.000Z"


@pytest.mark.parametrize(
    "args", [("--sync", "--dry-run"), ("--since", "yesterday"), ("--format", "markdown")], ids=str
)
def test_wrong_usage_asks_nobody(shop: GitHubDesk, args: tuple[str, ...]) -> None:
    assert shop.collect(*args).code == 2
    assert shop.host.log == []


def test_without_a_github_there_is_nobody_to_ask(
    shop: GitHubDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    said = shop.collect()
    assert said.code == 2
    assert said.err.startswith("error: collect github needs GITHUB_REPOSITORY and GITHUB_TOKEN")


def test_help_says_what_is_read_and_an_example(bot: Bot) -> None:
    said = bot("collect", None, "github", "--help")
    assert "/rework TESTING/EXEC edge-case-detection" in " ".join(said.out.split())
    assert "--dry-run" in said.out
    assert "github" in bot("collect", None, "--help").out


def test_a_repository_that_was_renamed_is_found_by_both_names(
    shop: GitHubDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.memory.old_name = "acme/old"
    shop.host.old_name = ("acme/old", 301)
    shop.memory.review(shop.memory.pull("SD-1-x"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/old")
    shop.collected()
    assert shop.brief() == ["SD-1 API/EXEC issue"]


def test_globs_that_matched_are_kept_for_validate(shop: GitHubDesk) -> None:
    pull = shop.memory.pull("SD-1-x")
    shop.memory.push(pull, "a" * 40)
    shop.memory.check("a" * 40, "SUCCESS", "e2e (x)")
    shop.collected()
    (cursor,) = [line for line in shop.lines() if '"cursor"' in line]
    assert '"matched": ["e2e*"]' in cursor


@pytest.mark.parametrize("shape", Shape)
def test_both_shapes_of_github_are_asked_at_their_own_place(
    make_host: HostMaker, bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Shape
) -> None:
    host = make_host(shape)
    host.seed({POLICY: policy() + RULES, TABLE: table()})
    for name, value in host.environment(READER).items():
        monkeypatch.setenv(name, value)
    host.add_token(READER)
    host.memory.permissions |= PERMISSIONS
    shop = GitHubDesk(host, host.clone(tmp_path / "work"), bot)
    pull = host.memory.pull("SD-1-x")
    host.memory.push(pull, "a" * 40)
    host.memory.check("a" * 40)
    shop.collected()
    assert shop.brief() == ["SD-1 TESTING/EXEC rework tool-use"]


def test_an_app_collects_with_its_installations_token(
    shop: GitHubDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBRATION_APP_ID", str(shop.host.app_id))
    monkeypatch.setenv("CALIBRATION_APP_PRIVATE_KEY", shop.host.app_private_key)
    monkeypatch.delenv("GITHUB_TOKEN")
    pull = shop.memory.pull("SD-1-x")
    shop.memory.review(pull)
    shop.memory.push(pull, "a" * 40)
    said = shop.collect()
    assert (said.code, said.err.count("give the App the repository permission")) == (1, 1)
    monkeypatch.setattr(shop.host.api, "app_permissions", dict(READER.permissions))
    shop.collected()
    assert shop.brief() == ["SD-1 API/EXEC issue"]
