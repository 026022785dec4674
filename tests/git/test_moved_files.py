"""Issue 10, item 5: a file that was moved keeps its past, whatever way it went."""

from __future__ import annotations

from pathlib import Path

from bot.git.repository import Repository
from tests.support.repositories import Workshop, new_repository

OLD, NEW = "models.toml", "config/overrides.toml"
LINES = "".join(f"KEY{number} = 1\n" for number in range(20))


def shop(folder: Path) -> Workshop:
    work = new_repository(folder / "work")
    work.commit({OLD: LINES})
    return work


def moved(work: Workshop, old: str, new: str, text: str | None = None) -> str:
    """Move a file, and edit it in the same commit."""
    (work.path / new).parent.mkdir(exist_ok=True)
    work.git("mv", old, new)
    return work.commit({new: LINES if text is None else text})


def past(work: Workshop, path: str = NEW) -> list[tuple[str, bytes | None]]:
    with Repository.open(work.path) as repository:
        return [(found.commit, found.data) for found in repository.versions("main", path)]


def test_the_versions_at_the_old_place_come_first(tmp_path: Path):
    work = shop(tmp_path)
    first = work.sha("HEAD")
    second = work.commit({OLD: f"{LINES}A = 1\n"})
    third = moved(work, OLD, NEW, f"{LINES}A = 2\n")
    fourth = work.commit({NEW: f"{LINES}A = 3\n"})
    assert [sha for sha, _ in past(work)] == [first, second, third, fourth]
    assert past(work)[2][1] == f"{LINES}A = 2\n".encode()


def test_a_move_that_came_by_a_merge_is_one_step(tmp_path: Path):
    work = shop(tmp_path)
    first = work.sha("HEAD")
    work.git("switch", "--quiet", "--create", "topic")
    moved(work, OLD, NEW)
    work.git("switch", "--quiet", "main")
    work.commit({"README": "hello"})
    work.git("merge", "--quiet", "--no-ff", "-m", "Merge", "topic")
    assert [sha for sha, _ in past(work)] == [first, work.sha("HEAD")]


def test_a_file_that_went_there_and_back_loses_nothing(tmp_path: Path):
    work = shop(tmp_path)
    first = work.sha("HEAD")
    away = moved(work, OLD, NEW)
    edited = work.commit({NEW: f"{LINES}A = 1\n"})
    back = moved(work, NEW, OLD, f"{LINES}A = 1\n")
    found = past(work, OLD)
    assert [sha for sha, data in found if data is not None] == [first, away, edited, back]


def test_a_file_that_replaced_another_one_of_no_likeness_has_no_past_of_it(tmp_path: Path):
    work = shop(tmp_path)
    work.git("rm", "--quiet", OLD)
    added = work.commit({NEW: "default = 'sonnet'\n"})
    assert [sha for sha, _ in past(work)] == [added]


def test_a_file_of_the_first_commit_came_from_nowhere(tmp_path: Path):
    work = new_repository(tmp_path / "work")
    first = work.commit({NEW: LINES})
    assert [sha for sha, _ in past(work)] == [first]
