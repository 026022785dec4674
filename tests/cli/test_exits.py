"""70 is for bugs alone: a machine without room, an absurd date and a signal end as what they are."""

from __future__ import annotations

import argparse
import errno
import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import SCRIPT, Bot
from tests.support.teams import EXAMPLE, LOGS, WEEK, Team, at, token

MakeTeam = Callable[..., Team]
READERS = {
    "plan": ("plan", "--week", WEEK),
    "run": ("run", "--week", WEEK),
    "budget": ("budget", "--week", WEEK),
    "log show": ("log", "show", "--week", WEEK),
    "validate": ("validate",),
}
COPIED = b"\xef\xbb\xbf" + b"".join(
    json.dumps(token(f"SD-{number}", ts=at(1))).encode() + b"\n" for number in range(2000)
)
"""A log of 300 KB that is copied before it is counted: it starts with a byte order mark."""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where a command's temporary folders go."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


# ------------------------------------------------------------------ a machine that lacks something


@pytest.mark.slow
@pytest.mark.parametrize("args", READERS.values(), ids=READERS)
@pytest.mark.parametrize("most", [2_000, 100_000], ids=["nearly nothing", "less than a log"])
def test_a_file_that_may_not_grow_is_no_bug(
    make_team: MakeTeam, scratch: Path, args: tuple[str, ...], most: int
):
    team = make_team({**EXAMPLE, f"{LOGS}/tokens-big.jsonl": COPIED})

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        [str(SCRIPT), *args, "--repo", team.path],
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: File too large; raise the limit of a file's size (ulimit -f); then run again\n"
    )
    assert list(scratch.iterdir()) == []


LACKS = {
    "room": (OSError(errno.ENOSPC, "No space left on device"), "make room"),
    "quota": (
        OSError(errno.EDQUOT, "Disk quota exceeded", "/t/x"),
        "/t/x: Disk quota exceeded; make",
    ),
    "files": (OSError(errno.EMFILE, "Too many open files"), "raise the limit of open files"),
    "a disk that writes": (OSError(errno.EROFS, "Read-only file system"), "name a folder"),
    "a disk that works": (OSError(errno.EIO, "Input/output error"), "see to the disk"),
    "memory": (OSError(errno.ENOMEM, "Cannot allocate memory"), "free some memory"),
    "rights": (OSError(errno.EACCES, "Permission denied", "/t/x"), "see to who may"),
    "memory for Python": (MemoryError(), "the machine has no memory left"),
}


@pytest.mark.parametrize(("err", "said"), LACKS.values(), ids=LACKS)
def test_what_the_machine_lacks_is_said_with_a_remedy(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, err: Exception, said: str
):
    def fails(args: argparse.Namespace) -> int:
        raise err

    monkeypatch.setattr("bot.cli.table.run", fails)
    found = bot("table")
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("error: ")
    assert said in found.err
    assert found.err.endswith("run again\n")


@pytest.mark.parametrize("args", [READERS["plan"], READERS["budget"], ("demo",)], ids=" ".join)
def test_no_place_for_temporary_files_is_no_bug(
    make_team: MakeTeam,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bot: Bot,
    args: tuple[str, ...],
):
    team = make_team(EXAMPLE)
    monkeypatch.setattr("bot.scratch.places", lambda: [tmp_path / "gone", tmp_path / "b"])
    said = bot(args[0], None if args == ("demo",) else team, *args[1:])
    assert said.code == 1
    assert f"no temporary folder can be made ({tmp_path}/gone: No such file" in said.err
    assert said.err.endswith("; set TMPDIR to a folder that can be written\n")


# ------------------------------------------------------------------ dates that no calendar has

DATES = {
    "year 5138": "99999999999 +0000",
    "year 10000": "253402300800 +0000",
    "year 318857": "9999999999999 +0000",
    "2^62": "4611686018427387904 +0000",
    "2^64 - 2": "18446744073709551614 +0000",
    "before 1970": "-5 +0000",
    "no date": "",
    "no number": "yesterday +0000",
    "an odd zone": "1764547200 -9999",
}


def _redated(team: Team, date: str) -> None:
    """Give the newest commit on main another committer date, whatever git would say to it."""
    lines = team.work.git("cat-file", "commit", "HEAD").split("\n")
    place = next(i for i, line in enumerate(lines) if line.startswith("committer "))
    lines[place] = f"{lines[place].partition('>')[0]}> {date}".rstrip()
    text = "\n".join(lines).encode() + b"\n"
    sha = team.work.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", feed=text)
    team.work.git("update-ref", "refs/heads/main", sha)
    objects = team.remote.path / "objects" / sha[:2]
    objects.mkdir(exist_ok=True)
    (objects / sha[2:]).write_bytes(
        (team.work.path / ".git/objects" / sha[:2] / sha[2:]).read_bytes()
    )
    team.remote.git("update-ref", "refs/heads/main", sha)


ASKED = (
    *READERS.values(),
    ("model", "TESTING", "EXEC", "--sd", "SD-1"),
    ("history", "--week", WEEK),
    ("replay", "--from", WEEK, "--to", WEEK),
    ("collect", "git"),
)
EACH_TO_ALL = pytest.param(1, marks=[pytest.mark.slow, pytest.mark.stress], id="every command")


@pytest.mark.slow
@pytest.mark.parametrize("step", [pytest.param(3, id="a third of the commands"), EACH_TO_ALL])
@pytest.mark.parametrize("date", DATES.values(), ids=DATES)
def test_a_commit_of_an_absurd_date_stops_no_command(
    make_team: MakeTeam, bot: Bot, date: str, step: int
):
    """Every date and every command; under stress every one of these with every other."""
    team = make_team(EXAMPLE)
    table = (team.work.path / "config/overrides.toml").read_text("utf-8")
    team.push({"config/overrides.toml": f"{table}\n# changed\n"}, "The table anew")
    _redated(team, date)
    team.work.git("fetch", "--quiet", "origin")
    for args in ASKED[list(DATES.values()).index(date) % step :: step]:
        where = args[:2] if args[0] in ("log", "collect") else args[:1]
        said = bot(where[0], None, *where[1:], "--repo", team.path, *args[len(where) :])
        assert (said.code, "bug" in said.err) == (0, False), (args, said.err)


# ------------------------------------------------------------------ signals


def _started(args: tuple[str, ...], team: Team, scratch: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [str(SCRIPT), *args, "--repo", team.path],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS.items(), ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("whole_group", [True, False], ids=["to all", "to us"])
def test_a_signal_while_git_waits_ends_quietly_with_its_own_code_and_leaves_nothing(
    make_team: MakeTeam,
    tmp_path: Path,
    scratch: Path,
    number: int,
    code: int,
    whole_group: bool,
    monkeypatch: pytest.MonkeyPatch,
):
    """A terminal signals the children too; a supervisor, as of a CI job, only us: its summary says so."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    team = make_team(EXAMPLE)
    fifo = tmp_path / "remote-that-never-answers"
    os.mkfifo(fifo)
    slow = f"cat {fifo} >/dev/null; git-upload-pack"
    team.work.git("config", "remote.origin.uploadpack", slow)
    process = _started(READERS["run"], team, scratch)
    deadline = time.monotonic() + 30
    while not any(scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(scratch.iterdir()) == []
    assert (tmp_path / "summary.md").read_text("utf-8") == (
        f"## Calibration stopped\n\n> [!CAUTION]\n> `stopped from outside ({signal.Signals(number).name}): "
        "cancelled, or out of time`\n\n**Next**: run again: whatever is left to do is done.\n"
    )


ENDLESS = """
import sys
from contextlib import suppress
from unittest.mock import patch
from bot.cli import main
from bot.evidence.database import Database

def busy(self, *args, **kwargs):
    print("busy", flush=True)
    product = "range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5"
    self._run(f"SELECT count(*) FROM {product}")

with patch.object(Database, "count", busy):
    sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS.items(), ids=["SIGINT", "SIGTERM"])
def test_a_signal_while_duckdb_counts_is_no_bug(
    make_team: MakeTeam, scratch: Path, number: int, code: int
):
    """DuckDB itself would look for it only after a slice of its work, of which this join is one alone."""
    team = make_team(EXAMPLE)
    process = subprocess.Popen(
        [SCRIPT.with_name("python"), "-c", ENDLESS, "budget", "--week", WEEK, "--repo", team.path],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"busy\n"
    time.sleep(0.3)
    process.send_signal(number)
    process.send_signal(number)  # an impatient second one does not hit the cleaning
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(scratch.iterdir()) == []


STUCK = """
import sys, threading
from bot.cli import main, stopping, table
from bot.scratch import make_folder

def stuck(args):
    make_folder()
    lock = threading.Lock()
    lock.acquire()
    try:
        print("busy", flush=True)
        lock.acquire()
    finally:
        lock.acquire()  # as a library whose lock a signal left taken

stopping.PATIENCE = 0.5
table.run = stuck
sys.exit(main(["table"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), SIGNALS.items(), ids=["SIGINT", "SIGTERM"])
def test_what_a_signal_left_waiting_for_ever_is_ended(scratch: Path, number: int, code: int):
    process = subprocess.Popen(
        [SCRIPT.with_name("python"), "-c", STUCK],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"busy\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, b"", b"")
    assert list(scratch.iterdir()) == []


MOMENTS = [
    pytest.param(range(0, 12, 4), id="three moments"),
    pytest.param(range(12), marks=pytest.mark.stress, id="twelve moments"),
]


@pytest.mark.slow
@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize(("number", "code"), SIGNALS.items(), ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("args", [READERS["plan"], READERS["budget"]], ids=["plan", "budget"])
def test_a_signal_at_any_moment_leaves_neither_words_nor_folders(
    make_team: MakeTeam,
    scratch: Path,
    args: tuple[str, ...],
    number: int,
    code: int,
    moments: range,
):
    """From the first folder on; before, Python itself is still starting, and answers in its own way."""
    team = make_team(EXAMPLE)
    for moment in moments:
        process = _started(args, team, scratch)
        while process.poll() is None and not any(scratch.iterdir()):
            time.sleep(0.005)
        time.sleep(0.05 * moment)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        done = process.returncode == 0
        assert process.returncode in (0, code)
        assert err == b""
        assert bool(out) is done
        assert list(scratch.iterdir()) == []


@pytest.mark.slow
def test_what_was_started_to_survive_its_terminal_ignores_the_interrupt(
    make_team: MakeTeam, scratch: Path
):
    """As `nohup` and a shell's `&` start it: with SIGINT ignored."""
    team = make_team(EXAMPLE)

    def ignoring() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    process = subprocess.Popen(
        [str(SCRIPT), *READERS["plan"], "--repo", team.path],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=ignoring,
    )
    while process.poll() is None and not any(scratch.iterdir()):
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


WORDY = """
import sys
from bot.cli import main, table
table.run = lambda args: print("x" * 10_000_000) or 0
sys.exit(main(["table"]))
"""


@pytest.mark.slow
def test_a_signal_to_a_command_whose_reader_sleeps_ends_it(make_team: MakeTeam, tmp_path: Path):
    """A full pipe takes no more words: what is left of them must not hold the command up."""
    team = make_team(EXAMPLE)
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [SCRIPT.with_name("python"), "-c", WORDY],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=team.path,
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    os.close(reading)
    os.close(writing)
    assert (process.returncode, err) == (143, b"")


def test_who_calls_the_command_line_from_python_keeps_its_own_handlers(bot: Bot):
    before = [signal.getsignal(number) for number in SIGNALS]
    assert bot("--version").code == 0
    assert [signal.getsignal(number) for number in SIGNALS] == before


# ------------------------------------------------------------------ places that are none


LONG = "a" * 5000
ALL = {
    **READERS,
    "guard": ("guard", "--base", "main"),
    "model": ("model", "TESTING", "EXEC"),
    "model --sd": ("model", "TESTING", "EXEC", "--sd", "SD-1"),
    "table": ("table",),
    "log tokens": ("log", "tokens", "--sd", "S", "--phase", "EXEC", "--tokens", "5"),
    "log sync": ("log", "sync"),
}


@pytest.mark.parametrize("args", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    "place", [LONG, "\udcff", "nothing/here"], ids=["long", "no UTF-8", "none"]
)
def test_a_repository_or_policy_that_cannot_be_is_no_bug(
    make_team: MakeTeam, bot: Bot, args: tuple[str, ...], place: str
):
    team = make_team(EXAMPLE)
    command, *more = args
    for options in (("--repo", place), ("--repo", team.path, "--policy", place)):
        said = bot(command, None, *more, *options)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("error: ")


@pytest.mark.parametrize("args", ALL.values(), ids=ALL)
def test_a_command_started_in_a_folder_that_is_gone_is_no_bug(
    tmp_path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    said = bot(args[0], None, *args[1:])
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: ")


@pytest.mark.parametrize("tool", ["leo", "claude-code", "codex", "otel", "litellm"])
@pytest.mark.parametrize("path", [LONG, "/dev/full", "\udcff"], ids=["long", "endless", "no UTF-8"])
def test_an_import_of_what_is_no_log_of_a_tool_is_no_bug(
    make_team: MakeTeam, bot: Bot, tool: str, path: str
):
    said = bot("log", None, "import", tool, path, "--repo", make_team(EXAMPLE).path)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: ")
