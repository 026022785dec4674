"""Files that others own get what is missing, once, below what is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.adoption.own_lines import ATTRIBUTES, IGNORED, owned, read_owner
from bot.errors import UsageError
from tests.adoption.conftest import SOURCE, NewUser

HEADING = IGNORED.heading.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", HEADING + b"\n/.calibration/logs/\n"),
        (b"/build/\n", b"/build/\n\n" + HEADING + b"\n/.calibration/logs/\n"),
        (b"/build/", b"/build/\n\n" + HEADING + b"\n/.calibration/logs/\n"),
        (b"/build/\r\n", b"/build/\r\n\r\n" + HEADING + b"\r\n/.calibration/logs/\r\n"),
        (b"\xff\xfe\n", b"\xff\xfe\n\n" + HEADING + b"\n/.calibration/logs/\n"),
        (b"/.calibration/logs/\n", b"/.calibration/logs/\n"),
        (b"a\n.calibration/logs\nb", b"a\n.calibration/logs\nb"),
        (b"# /.calibration/logs/  we keep ours\n", b"# /.calibration/logs/  we keep ours\n"),
    ],
    ids=[
        "new",
        "below",
        "no end",
        "crlf",
        "bytes",
        "there",
        "otherwise spelt",
        "taken out by them",
    ],
)
def test_lines_are_added_below_in_the_files_own_line_ends(before: bytes, after: bytes) -> None:
    assert IGNORED.added_to(before) == after
    assert IGNORED.added_to(after) == after


def test_only_the_line_that_is_missing_is_added() -> None:
    added = ATTRIBUTES.added_to(b"config/policy.schema.json -diff\n")
    assert added.splitlines()[-1] == b"/.calibration/logs/**  merge=union linguist-generated"
    assert added.count(b"policy.schema.json") == 1


@pytest.mark.parametrize(
    ("existing", "said", "owner"),
    [
        (b"", ("@acme/gates", "@ada"), "@acme/gates @ada"),
        (b"*  @acme/all me@example.org # ours\n/docs/ @w\n", (), "@acme/all me@example.org"),
        (b"* @first\n* @last\r\n", (), "@last"),
        (b"* @acme/all\n", ("@ada",), "@ada"),
    ],
    ids=["said", "of everything", "the last rule", "said wins"],
)
def test_owners_are_those_named_else_those_of_everything(
    existing: bytes, said: tuple[str, ...], owner: str
) -> None:
    assert {line.split(maxsplit=1)[1] for line in owned(existing, said).lines} == {owner}


def test_without_owners_the_lines_are_commented() -> None:
    assert all(line.startswith("# /") for line in owned(b"/docs/ @w\n", ()).lines)


@pytest.mark.parametrize("place", ["CODEOWNERS", "docs/CODEOWNERS", ".github/CODEOWNERS"])
def test_the_file_that_github_reads_gets_the_lines(
    new_user: Callable[..., NewUser], place: str
) -> None:
    user = new_user({place: "* @acme/all\n/.github/ @acme/infra\n"})
    user.init()
    text = user.read(place)
    assert text.startswith("* @acme/all\n/.github/ @acme/infra\n\n# calibration-bot")
    assert text.count(".github/") == 1
    assert "/config/policy.toml      @acme/all\n" in text
    user.init("--owner", "@ada", "--force")
    assert user.read(place) == text


@pytest.mark.parametrize("text", ["ada", "@", "@a b", "@a\n* @b", "@a/b/c", "-x", "#"])
def test_an_owner_that_github_would_not_know_is_wrong_usage(
    new_user: Callable[..., NewUser], text: str
) -> None:
    with pytest.raises(UsageError):
        read_owner(text)
    assert new_user({})("init", "--source", SOURCE, f"--owner={text}").code == 2


def test_a_place_that_github_does_not_read_is_no_hindrance(
    new_user: Callable[..., NewUser],
) -> None:
    user = new_user({"docs": "a file\n"})
    (user.work.path / "CODEOWNERS").symlink_to("docs")
    user.init()
    assert (user.work.path / ".github/CODEOWNERS").is_file()
