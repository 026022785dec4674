"""`collect git`: trailers and reverts on base become outcomes (issue 11, item 1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Bot
from tests.support.repositories import Workshop, new_repository
from tests.support.teams import EXAMPLE, POLICY, TABLE, policy, table

RULES = """
[[collect]]
when = "reverted"
phase = "EXEC"
agent = "DESIGN"
always = true
"""
HEX = "0123456789abcdef" * 2 + "01234567"


class Desk:
    """A repository without a remote, and what `collect git` says of it."""

    def __init__(self, path: Path, bot: Bot, rules: str) -> None:
        self.work: Workshop = new_repository(path)
        self.work.commit({POLICY: policy() + rules, TABLE: table()}, "Start")
        self._bot = bot

    def commit(self, message: str, **extra: str) -> str:
        return self.work.commit({}, message, **extra)

    def collect(self, *args: str) -> Any:
        """The document of a collection."""
        options = ("git", "--repo", str(self.work.path), "--format", "json", *args)
        said = self._bot("collect", None, *options)
        assert said.code == 0, said.err
        return said.document

    def rows(self) -> list[dict[str, Any]]:
        """Every collected row, by time."""
        files = sorted(self.work.path.glob(".calibration/logs/*/rework-collect-*.jsonl"))
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        return sorted((row for row in lines if "cursor" not in row), key=lambda row: row["ts"])

    def brief(self) -> list[str]:
        """`SD AGENT/PHASE rework cause`, one a row."""
        return [_brief(row) for row in self.rows()]


def _brief(row: dict[str, Any]) -> str:
    kind = "rework" if row["rework"] else "issue" if row.get("issue") else "passed"
    said = [row["sd"], f"{row['agent']}/{row['phase']}", kind, row.get("cause")]
    return " ".join(filter(None, said))


@pytest.fixture
def desk(tmp_path: Path, bot: Bot) -> Desk:
    return Desk(tmp_path / "r", bot, "")


@pytest.fixture
def ruled(tmp_path: Path, bot: Bot) -> Callable[..., Desk]:
    def make(rules: str = RULES) -> Desk:
        return Desk(tmp_path / "r", bot, rules)

    return make


def test_a_trailer_of_each_kind_becomes_a_row_of_its_sd(desk: Desk) -> None:
    sha = desk.commit(
        "Fix login\n\nA body.\n\n"
        "SD: SD-7\n"
        "Rework: testing-agent/exec edge-case-detection empty list\n"
        "Issue: DESIGN/PLAN\n"
        "Passed: API/EXEC\n"
    )
    document = desk.collect()
    assert (document["rework"], document["issues"], document["passed"]) == (1, 1, 1)
    assert sorted(desk.brief()) == [
        "SD-7 API/EXEC passed",
        "SD-7 DESIGN/PLAN issue",
        "SD-7 TESTING/EXEC rework edge-case-detection",
    ]
    (row,) = [row for row in desk.rows() if row["rework"]]
    assert row["source"] == "git"
    assert row["ts"] == "2025-12-01T00:01:00.000Z"
    assert row["note"] == f"commit {sha} empty list"
    assert row["id"].startswith("git-rework-")
    assert len(row["id"].removeprefix("git-rework-")) == 64


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("x\n\nSD: A\nREWORK: TESTING/EXEC\n", ["A TESTING/EXEC rework"]),
        ("x\n\nsd: A\nrework : TESTING/EXEC\n", ["A TESTING/EXEC rework"]),
        (
            "x\n\nSD: A\nRework: TESTING/EXEC\n  flaky-test\n  again\n",
            ["A TESTING/EXEC rework flaky-test"],
        ),
        ("x\n\nSD: A\nRework: API/EXEC Flaky-Test\n", ["A API/EXEC rework flaky-test"]),
        ("x\n\nSD: A\nIssue: API/EXEC HALLUCINATION x\n", ["A API/EXEC issue hallucination"]),
        ("x\n\nSD: A\nRework: TESTING/EXEC Missed it\n", ["A TESTING/EXEC rework unknown"]),
        ("x\n\nSD: A\nSD: B\nRework: TESTING/EXEC\n", ["A TESTING/EXEC rework"]),
        (
            "x\n\nSD: A\nRework: TESTING/EXEC\nRework: TESTING/EXEC flaky-test\nRework: API/EXEC\n",
            ["A API/EXEC rework", "A TESTING/EXEC rework"],
        ),
        ("x\n\nSD: A\nRework: TESTING/EXEC\nSigned-off-by: B <b@x>\n", ["A TESTING/EXEC rework"]),
        ("x\n\nRework: TESTING/EXEC\n", []),
        ("x\n\nSD: A\nRework: TESTING/DEPLOY\n", []),
        ("x\n\nSD: A\nRework: TESTING\n", []),
        ("x\n\nSD: A\nRework: 1/EXEC\n", []),
        ("x\n\nSD: A\nRework:\n", []),
        ("x\n\nSD: A\nRework: TESTING/EXEC\n\nand so on\n", []),
        ("x\n\nRework: TESTING/EXEC is what to write\nin a message\nSD: A is too\nyes\nyes\n", []),
        ("x\n\n> SD: A\n> Rework: TESTING/EXEC\n", []),
        ("x\n\nLike this:\n\n    SD: A\n    Rework: TESTING/EXEC\n", []),
        ("x\n\n```\nLike this\n\nSD: A\nRework: TESTING/EXEC\nSigned-off-by: B <b@x>\n```\n", []),
        ("x\n\n```\nLike this\n\nSD: A\nRework: TESTING/EXEC\n", []),
        ("x\n\n-----Original Message-----\nFrom: b\n\nSD: A\nRework: TESTING/EXEC\n", []),
        (
            "x\n\n```\nRework: API/EXEC\n```\n\nSD: A\nRework: TESTING/EXEC\n",
            ["A TESTING/EXEC rework"],
        ),
        ("x (#12)\n\n* First\n\nSD: B\n\n* Second\n\nSD: A\nRework: TESTING/EXEC\n", []),
        ("x\n\nSquashed commit:\n\ncommit 1\n\n    y\n\n    SD: A\n    Rework: TESTING/EXEC\n", []),
        ("x" * 1_000_000 + "\n\nSD: A\nRework: TESTING/EXEC\n", []),
        ("x\n\nSD: \u202eA\nRework: TESTING/EXEC\n", []),
        (f"x\n\nSD: {'A' * 300}\nRework: TESTING/EXEC\n", []),
    ],
)
def test_what_a_message_says_is_what_git_calls_its_trailers_and_nobody_quotes(
    desk: Desk, message: str, expected: list[str]
) -> None:
    desk.work.git(
        "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-F", "-", feed=message.encode()
    )
    desk.collect()
    assert sorted(desk.brief()) == expected


def test_what_says_nothing_is_counted_and_listed(desk: Desk) -> None:
    nobody = desk.commit("a\n\nRework: TESTING/EXEC\n")
    nowhere = desk.commit("b\n\nSD: A\nIssue: TESTING/DEPLOY\n")
    foreign = desk.commit(f"c\n\nThis reverts commit {HEX}.\n")
    left = {one["reason"]: one["places"] for one in desk.collect()["left_out"]}
    assert [(reason.split(":")[0][:40], places) for reason, places in sorted(left.items())] == [
        ("reverts what is no commit of base's hist", [foreign]),
        ("trailer issue 'TESTING/DEPLOY' names no ", [nowhere]),
        ("trailer rework", [nobody]),
    ]


def test_a_second_sd_of_a_commit_is_said_and_not_used(desk: Desk) -> None:
    sha = desk.commit("x\n\nSD: X-1\nSD: X-2\nSD: X-1\nSD: X-3\nRework: TESTING/EXEC\n")
    said = {"reason": "SD: 'X-2, X-3' is not used; the first, 'X-1', counts", "places": [sha]}
    assert said.items() <= desk.collect()["left_out"][0].items()
    assert desk.brief() == ["X-1 TESTING/EXEC rework"]


@pytest.mark.parametrize("more", ["", "SD: X-1\n"])
def test_an_empty_sd_of_a_commit_is_as_if_it_were_not_there(
    ruled: Callable[..., Desk], more: str
) -> None:
    desk = ruled('\n[imports]\nsd_from = "pull-request"\n')
    desk.commit(f"empty (#23)\n\nSD:\n{more}Rework: TESTING/EXEC\n")
    assert desk.collect()["left_out"] == []
    assert desk.brief() == [f"{'X-1' if more else '23'} TESTING/EXEC rework"]


def test_text_is_cut_and_shows_no_controls(desk: Desk) -> None:
    desk.commit(f"x\n\nSD: A\nRework: TESTING/EXEC flaky-test \x1b[31m\u202e{'y' * 900}\n")
    desk.collect()
    (row,) = desk.rows()
    assert len(row["note"]) == 500
    assert row["note"].isprintable()


def test_collecting_twice_adds_nothing(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    sha = desk.commit("x\n\nSD: A\n")
    desk.commit(f"Revert\n\nThis reverts commit {sha}.\n")
    first = desk.collect()
    assert first["files"]
    before = sorted(desk.work.path.rglob("*.jsonl"))
    again = desk.collect()
    assert (again["rework"], again["passed"], again["files"]) == (0, 0, [])
    assert again["already_logged"] == 2
    assert sorted(desk.work.path.rglob("*.jsonl")) == before


def test_a_revert_is_rework_of_the_reverted_sd_where_a_rule_says_so(
    ruled: Callable[..., Desk],
) -> None:
    desk = ruled()
    sha = desk.commit("Add x\n\nSD: A\n")
    revert = desk.commit(f'Revert "Add x"\n\nThis reverts commit {sha}.\n')
    desk.collect()
    assert desk.brief() == ["A DESIGN/EXEC passed", "A DESIGN/EXEC rework"]
    assert desk.rows()[1]["note"] == f"commit {revert} reverts {sha}"


def test_without_a_rule_a_revert_says_nothing(desk: Desk) -> None:
    sha = desk.commit("Add x\n\nSD: A\n")
    desk.commit(f"Revert\n\nThis reverts commit {sha}.\n")
    (left,) = desk.collect()["left_out"]
    assert left["reason"].startswith("reverted: no [[collect]] rule")
    assert desk.rows() == []


@pytest.mark.parametrize(("times", "rework"), [(1, 1), (2, 1), (3, 1), (4, 1)])
def test_a_revert_of_a_revert_puts_back_and_faults_nobody(
    ruled: Callable[..., Desk], times: int, rework: int
) -> None:
    desk = ruled()
    sha = desk.commit("Add x\n\nSD: A\n")
    for _ in range(times):
        sha = desk.commit(f"Revert\n\nThis reverts commit {sha}.\n")
    document = desk.collect()
    assert document["rework"] == rework
    puts_back = [one for one in document["left_out"] if one["reason"].startswith("puts back")]
    assert sum(len(one["places"]) for one in puts_back) == times // 2


def test_a_revert_by_its_first_digits_and_of_several_at_once(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    first, second = desk.commit("a\n\nSD: A\n"), desk.commit("b\n\nSD: B\n")
    said = f"This reverts commit {first[:9]} (a, 2025-12-01).\nThis reverts commit {second}.\n"
    desk.commit(f"Back\n\n{said}")
    desk.collect()
    assert [line for line in desk.brief() if "rework" in line] == [
        "A DESIGN/EXEC rework",
        "B DESIGN/EXEC rework",
    ]
    assert len({row["id"] for row in desk.rows()}) == 4


def test_a_branch_named_like_a_commit_is_none(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    desk.commit("a\n\nSD: A\n")
    desk.work.git("branch", "deadbee")
    desk.commit("Back\n\nThis reverts commit deadbee.\n")
    desk.collect()
    assert desk.brief() == ["A DESIGN/EXEC passed"]


def test_a_commit_that_base_does_not_reach_is_foreign(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    desk.work.git("switch", "--quiet", "-c", "side")
    sha = desk.commit("a\n\nSD: A\n")
    desk.work.git("switch", "--quiet", "main")
    desk.commit(f"Back\n\nThis reverts commit {sha}.\n")
    (left,) = desk.collect()["left_out"]
    assert left["reason"] == "reverts what is no commit of base's history"
    assert desk.rows() == []


def test_what_a_revert_says_of_agents_is_about_what_it_takes_back(desk: Desk) -> None:
    sha = desk.commit("a\n\nSD: A\n")
    desk.commit(f"Back\n\nThis reverts commit {sha}.\n\nRework: TESTING/EXEC edge-case-detection\n")
    desk.collect()
    assert desk.brief() == ["A TESTING/EXEC rework edge-case-detection"]


def test_quoted_reverts_take_nothing_back(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    sha = desk.commit("a\n\nSD: A\n")
    desk.commit(f"b\n\n> This reverts commit {sha}.\n\n```\nThis reverts commit {sha}.\n```\n")
    desk.commit(f"c\n\n    This reverts commit {sha}.\n")
    desk.collect()
    assert desk.brief() == ["A DESIGN/EXEC passed"]


SQUASHES = {
    "of its own branch": 'Add y (#13)\n\n* wip\n\n* Revert "wip"\n\nThis reverts commit {foreign}.\n\n* real',
    "of base, put back": 'Add y (#13)\n\n* Revert "Add x"\n\nThis reverts commit {sha}.\n\n'
    '* Reapply "Add x"\n\nThis reverts commit {foreign}.\n\n* y',
}


@pytest.mark.parametrize("message", SQUASHES.values(), ids=SQUASHES)
def test_reverts_that_a_squash_merge_lists_take_nothing_back_and_its_own_work_passes(
    ruled: Callable[..., Desk], message: str
) -> None:
    desk = ruled(BRANCHES.format("pull-request") + RULES)
    sha = desk.commit("Add x (#3)")
    squash = desk.commit(message.format(sha=sha, foreign=HEX))
    assert desk.collect()["left_out"] == [
        {
            "reason": "reverts among the commits that a squash merge lists are not the merger's words",
            "places": [squash],
        }
    ]
    assert desk.brief() == ["3 DESIGN/EXEC passed", "13 DESIGN/EXEC passed"]


REVERTS = {
    "by hand": 'Revert "Add x (#3)"\n\nThis reverts commit {sha}.',
    "one commit, squashed": 'Revert "Add x (#3)" (#14)\n\nThis reverts commit {sha}.',
    "several commits, squashed": 'Revert "Add x" (#14)\n\n* Revert "Add x (#3)"\n\n'
    "This reverts commit {sha}.\n\n* Mend a test",
}


@pytest.mark.parametrize("message", REVERTS.values(), ids=REVERTS)
def test_a_revert_takes_back_however_it_was_merged(
    ruled: Callable[..., Desk], message: str
) -> None:
    desk = ruled(BRANCHES.format("pull-request") + RULES)
    sha = desk.commit("Add x (#3)")
    desk.commit(message.format(sha=sha))
    assert desk.collect()["left_out"] == []
    assert desk.brief() == ["3 DESIGN/EXEC passed", "3 DESIGN/EXEC rework"]


def _merge(desk: Desk, message: str, *branches: str) -> str:
    for branch in branches:
        desk.work.git("switch", "--quiet", "-c", branch, "main")
        desk.work.commit(
            {f"{branch}.txt": branch}, f"{branch}\n\nSD: INNER\nRework: TESTING/EXEC\n"
        )
        desk.work.git("switch", "--quiet", "main")
    desk.work.git("merge", "--quiet", "--no-ff", "-m", message, *branches)
    desk.work.time += 60
    return desk.work.sha("HEAD")


def test_only_what_was_let_in_speaks_an_octopus_included(desk: Desk) -> None:
    _merge(desk, "Merge\n\nSD: OUTER\nIssue: TESTING/EXEC\n", "one", "two", "three")
    desk.collect()
    assert desk.brief() == ["OUTER TESTING/EXEC issue"]


BRANCHES = "\n[imports]\nsd_from = \"{}\"\n[[imports.branches]]\npattern = '(?P<sd>SD-\\d+)'\n"


@pytest.mark.parametrize(
    ("subject", "by_branch", "by_number"),
    [
        ("Merge branch 'SD-7'", "SD-7", "SD-7"),
        ("Merge branch 'SD-7' into main", "SD-7", "SD-7"),
        ("Merge branches 'SD-7' and 'SD-8'", "SD-7", "SD-7"),
        ("Merge remote-tracking branch 'origin/SD-7'", "SD-7", "SD-7"),
        ("Merge pull request #12 from ada/SD-7", "SD-7", "SD-7"),
        ("Merge pull request #12 from ada/login", None, "12"),
        ("Add login (#12)", None, "12"),
        ('Revert "Add login (#12)"', None, None),
        ("Add login", None, None),
    ],
)
def test_work_belongs_to_its_branch_and_else_to_its_pull_request(
    ruled: Callable[..., Desk], subject: str, by_branch: str | None, by_number: str | None
) -> None:
    desk = ruled()
    message = f"{subject}\n\nRework: TESTING/EXEC\n"
    desk.work.commit({POLICY: policy() + BRANCHES.format("branch")}, message)
    desk.collect()
    expected = [by_branch] if by_branch else []
    assert [row["sd"] for row in desk.rows()] == expected
    desk.work.write({POLICY: policy() + BRANCHES.format("pull-request")})
    desk.collect()
    assert [row["sd"] for row in desk.rows()] == ([by_number] if by_number else [])


PASSES = RULES.replace("always = true\n", "")


def test_silence_is_a_pass_only_of_who_ran(ruled: Callable[..., Desk]) -> None:
    desk = ruled(PASSES)
    row = {"ts": "2025-12-01T00:00:00Z", "sd": "A", "phase": "EXEC", "agent": "DESIGN", "tokens": 1}
    desk.work.write({".calibration/logs/2025-W49/tokens.jsonl": json.dumps(row)})
    desk.commit("a\n\nSD: A\n")
    desk.commit("b\n\nSD: B\n")
    desk.collect()
    assert desk.brief() == ["A DESIGN/EXEC passed"]


def test_silence_says_nothing_where_a_rule_asks_for_what_git_cannot_see(
    ruled: Callable[..., Desk],
) -> None:
    desk = ruled(RULES + RULES.replace("reverted", "changes-requested"))
    desk.commit("a\n\nSD: A\n")
    desk.collect()
    assert desk.rows() == []


def test_work_that_somebody_faulted_before_does_not_pass(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    desk.commit("a\n\nSD: A\nRework: DESIGN/EXEC\n")
    desk.commit("b\n\nSD: A\n")
    desk.collect()
    assert desk.brief() == ["A DESIGN/EXEC rework"]


def test_the_next_collection_looks_at_seven_days_before_the_last(
    ruled: Callable[..., Desk],
) -> None:
    desk = ruled()
    desk.commit("a\n\nSD: A\n")
    desk.work.time += 30 * 86_400
    desk.commit("b\n\nSD: B\n")
    assert desk.collect()["since"] is None
    desk.commit("c\n\nSD: C\n")
    document = desk.collect()
    assert document["since"].startswith("2025-12-24")
    assert (document["passed"], document["already_logged"]) == (1, 1)


def test_an_old_commit_that_came_later_is_seen(desk: Desk) -> None:
    desk.work.time += 30 * 86_400
    desk.commit("new")
    desk.collect()
    desk.work.time -= 29 * 86_400
    desk.commit("old\n\nSD: A\nRework: TESTING/EXEC\n")
    desk.collect()
    assert desk.brief() == ["A TESTING/EXEC rework"]


def test_since_a_day_looks_at_what_came_then(desk: Desk) -> None:
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    desk.work.time += 3 * 86_400
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC\n")
    desk.collect("--since", "2025-12-03")
    assert desk.brief() == ["B TESTING/EXEC rework"]


def test_a_first_collection_since_a_day_hides_nothing_from_the_next(desk: Desk) -> None:
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    desk.work.time += 30 * 86_400
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC\n")
    desk.collect("--since", "2025-12-30")
    document = desk.collect()
    assert (document["since"], document["rework"], document["already_logged"]) == (None, 1, 1)
    assert desk.brief() == ["A TESTING/EXEC rework", "B TESTING/EXEC rework"]
    assert desk.collect()["since"].startswith("2025-12-24")


def test_a_first_collection_since_the_beginning_saw_everything(desk: Desk) -> None:
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    assert desk.collect("--since", "2000-01-01")["since"] is None
    assert desk.collect()["since"].startswith("2025-11-24")


def test_a_revert_of_what_was_seen_long_ago_finds_it(ruled: Callable[..., Desk]) -> None:
    desk = ruled()
    sha = desk.commit("a\n\nSD: A\n")
    desk.work.time += 300 * 86_400
    desk.commit(f"back\n\nThis reverts commit {sha}.\n")
    desk.collect("--since", "2026-03-01")
    assert desk.brief() == ["A DESIGN/EXEC rework"]


def test_a_cursor_from_the_future_hides_nothing_from_later_collections(desk: Desk) -> None:
    desk.commit("a")
    desk.collect()
    (file,) = desk.work.path.glob(".calibration/logs/*/rework-collect-*.jsonl")
    cursor = json.loads(file.read_text().splitlines()[-1])
    del cursor["commit"]
    said = {**cursor, "ts": "2099-01-05T00:00:00Z", "id": "from-the-future"}
    file.with_name("rework-hostile.jsonl").write_text(f"{json.dumps(said)}\n")
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC\n")
    assert desk.collect()["since"].startswith("2025-11-24")
    assert desk.brief() == ["B TESTING/EXEC rework"]


def test_a_collected_file_that_somebody_emptied_is_collected_again_beside_it(desk: Desk) -> None:
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    desk.collect()
    (file,) = desk.work.path.glob(".calibration/logs/*/rework-collect-*.jsonl")
    file.write_bytes(b"")
    assert desk.collect()["rework"] == 1
    assert desk.brief() == ["A TESTING/EXEC rework"]
    assert desk.collect()["rework"] == 0


def test_since_a_time_after_the_last_collection_moves_no_cursor(desk: Desk) -> None:
    desk.commit("a")
    desk.collect()
    desk.work.time += 30 * 86_400
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC\n")
    desk.work.time += 30 * 86_400
    desk.commit("c\n\nSD: C\nRework: TESTING/EXEC\n")
    desk.collect("--since", "2026-01-15")
    assert desk.brief() == ["C TESTING/EXEC rework"]
    desk.collect()
    assert desk.brief() == ["B TESTING/EXEC rework", "C TESTING/EXEC rework"]


def test_a_since_that_is_no_time_is_wrong_usage(bot: Bot) -> None:
    said = bot("collect", None, "git", "--repo", "/nowhere", "--since", "yesterday")
    assert said.code == 2
    assert "--since: 'yesterday' is no day or time, e.g. 2025-12-01" in said.err


def test_what_is_a_trailer_is_in_nobodys_configuration(desk: Desk) -> None:
    desk.work.git("config", "trailer.separators", "=")
    desk.work.git("config", "log.showSignature", "true")
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    desk.commit("b\n\nSD= B\nRework= TESTING/EXEC\n")
    desk.collect()
    assert desk.brief() == ["A TESTING/EXEC rework"]


def test_a_commit_from_the_future_waits_until_it_is_past(desk: Desk) -> None:
    desk.work.time = 4_000_000_000
    desk.commit("a\n\nSD: A\nRework: TESTING/EXEC\n")
    (left,) = desk.collect()["left_out"]
    assert left["reason"] == "its date is none that a log can hold"
    assert desk.rows() == []


def test_a_calibration_or_a_revert_that_was_merged_is_no_work_item(
    ruled: Callable[..., Desk],
) -> None:
    desk = ruled(RULES + BRANCHES.format("pull-request"))
    desk.commit("calibration: testing-agent exec upgraded to opus (rework 60 %) (#4)")
    desk.commit("Merge pull request #5 from o/calibration/weekly")
    desk.commit("Merge pull request #7 from o/revert-6-login")
    desk.commit("Add login (#6)")
    desk.collect()
    assert desk.brief() == ["6 DESIGN/EXEC passed"]


def test_text_tells_what_came_in_and_what_did_not(desk: Desk, bot: Bot) -> None:
    nobody = desk.commit("a\n\nRework: TESTING/EXEC\n")
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC flaky-test\nPassed: API/EXEC\n")
    said = bot("collect", None, "git", "--repo", str(desk.work.path))
    head, counts, cause, *rest = said.out.splitlines()
    assert head.startswith("git: main at ")
    assert counts == "2 new outcomes of 1 SD: 1 rework, 0 issues, 1 passed"
    assert cause == "  flaky-test: 1"
    assert rest[-1].startswith("  1 time: trailer rework: belongs to no SD: add an SD: trailer")
    assert rest[-1].endswith(f"({nobody})")


def test_with_sync_a_document_stays_one_and_the_rows_are_on_the_branch(
    desk: Desk, bot: Bot
) -> None:
    desk.commit("b\n\nSD: B\nRework: TESTING/EXEC flaky-test\n")
    assert desk.collect("--sync")["rework"] == 1
    assert desk.work.git("ls-tree", "-r", "--name-only", "calibration/logs").count("rework") == 1
    assert desk.collect("--sync")["rework"] == 0


def test_sync_leaves_the_logs_where_they_are_that_base_has(desk: Desk) -> None:
    """A copy of them on the branch would contradict base once somebody puts one of their rows right."""
    desk.work.commit({**EXAMPLE}, "b\n\nSD: B\nRework: TESTING/EXEC flaky-test\n")
    assert desk.collect("--sync")["rework"] == 1
    (path,) = desk.work.git("ls-tree", "-r", "--name-only", "calibration/logs").splitlines()
    assert "TESTING-EXEC-0" not in desk.work.git("show", f"calibration/logs:{path}")


def test_hostile_messages_are_told_and_obeyed_by_nobody(desk: Desk, bot: Bot) -> None:
    desk.commit("a\n\nSD: A\nRework: ::error::\x1b[31m\u202e|`x`\n")
    desk.commit("::error::b\n\nSD: ::error::B\nRework: TESTING/EXEC \x1b]0;x\x07 ::error::\n")
    said = bot("collect", None, "git", "--repo", str(desk.work.path))
    assert said.code == 0
    assert not {"\x1b", "\u202e", "\x07"} & set(said.out)
    assert not [line for line in said.out.splitlines() if line.startswith("::")]
    assert [row["sd"] for row in desk.rows()] == ["::error::B"]
    assert bot("validate", None, "--repo", str(desk.work.path)).code == 0


def test_collecting_after_every_commit_comes_to_the_same_as_collecting_once(
    ruled: Callable[..., Desk], tmp_path: Path, bot: Bot
) -> None:
    desk = ruled()
    shas: list[str] = []
    for message in (
        "a\n\nSD: A\n",
        "b\n\nSD: B\nRework: DESIGN/EXEC\n",
        "b again\n\nSD: B\nPassed: DESIGN/EXEC\n",
        "back\n\nThis reverts commit {0}.\n",
        "forth\n\nThis reverts commit {3}.\n",
        "a again\n\nSD: A\nIssue: TESTING/EXEC flaky-test\n",
        "back\n\nThis reverts commit {4}.\n\nRework: API/EXEC\n",
        "c\n\nSD: C\n",
    ):
        shas.append(desk.commit(message.format(*shas)))
        desk.collect()
        desk.work.time += 5 * 86_400
    step_by_step = desk.rows()
    assert len(step_by_step) == 7
    for file in desk.work.path.glob(".calibration/logs/*/*"):
        file.unlink()
    desk.collect()
    assert sorted(map(str, desk.rows())) == sorted(map(str, step_by_step))


@pytest.mark.parametrize(
    "ticket",
    ["#12", "PROJ-12", "12", "o/r#12", "https://x/issues/1", "GH-1, GH-2", "PROJ-1 and so"],
)
def test_an_issue_that_is_a_ticket_is_nobodys_and_not_even_listed(desk: Desk, ticket: str) -> None:
    desk.commit(f"a\n\nSD: A\nIssue: {ticket}\n")
    assert desk.collect()["left_out"] == []
    assert desk.rows() == []
