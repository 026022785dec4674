"""Which rows and files are read, and what is never done to them."""

from __future__ import annotations

import pytest

from bot.errors import InvalidInput
from bot.evidence.gather import NOTHING
from bot.evidence.read import read_evidence
from bot.paths import LogFile
from tests.support.logs import (
    cell_week,
    counts,
    evidence,
    lines,
    log,
    question,
    rework,
    stamp,
    tokens,
)

W49, W50 = "2025-W49", "2025-W50"


def test_rows_at_or_after_the_end_of_the_week_are_ignored(tmp_path):
    before = evidence(tmp_path, [tokens("SD-1", 6.999)], [rework("SD-1", 6.9999)])
    after = evidence(
        tmp_path,
        [tokens("SD-1", 6.999), tokens("SD-2", 7), tokens("SD-1", 7, model="opus")],
        [rework("SD-1", 6.9999), rework("SD-1", 20), rework("SD-3", 7)],
    )
    assert after == before


def test_a_rows_week_is_its_time_in_its_own_offset_not_its_file(tmp_path):
    found = evidence(
        tmp_path,
        [tokens(ts="2025-12-08T01:00:00+02:00"), tokens("SD-2", ts="2025-12-07T23:00:00-02:00")],
        week=W50,
    )
    assert [(row.week, row.sds) for row in found.cell_weeks] == [(W49, 1), (W50, 1)]


def test_rows_of_the_reviewed_week_are_counted_in_both_logs(tmp_path):
    found = evidence(
        tmp_path, [tokens(day=1), tokens(day=8), tokens(day=9)], [rework(day=10)], week=W50
    )
    assert found.rows == 3


def test_one_id_twice_with_the_same_content_counts_once(tmp_path):
    row = tokens(id="a1", model="opus", note="retry")
    shuffled = {key: row[key] for key in reversed(row)} | {"extra": 1}
    other_spelling = row | {"ts": "2025-12-02T01:00:00+01:00", "agent": "testing-agent"}
    found = evidence(tmp_path, [row, shuffled, other_spelling], [rework(id="a1", model="opus")])
    assert found.rejected == ()
    assert found.usage[0].tokens == 100
    assert found.rows == 2


def test_rows_without_id_count_each_time(tmp_path):
    found = evidence(tmp_path, [tokens(id=""), tokens(), tokens()])
    assert found.usage[0].tokens == 300


def test_no_logs_at_all_are_no_evidence():
    assert read_evidence([], [], question()) == NOTHING


def test_empty_and_blank_files_are_no_evidence(tmp_path):
    files = [log(tmp_path, "a.jsonl", b""), log(tmp_path, "b.jsonl", b"\n \r\n\t\n")]
    assert read_evidence(files, [], question()) == NOTHING


def test_a_token_log_alone_and_a_rework_log_alone_are_read(tmp_path):
    some = log(tmp_path, "a.jsonl", lines([tokens()]))
    other = log(tmp_path, "b.jsonl", lines([rework()]))
    assert counts(read_evidence([some], [], question())) == (1, 0)
    assert counts(read_evidence([], [other], question())) == (1, 1)


def test_log_files_of_any_name_are_read(tmp_path):
    folder = tmp_path / "we'ird [1]*?{a},b" / "week=2025-W49"
    folder.mkdir(parents=True)
    (tmp_path / "we'ird 1").mkdir()
    content = lines([tokens("SD-1")])
    files = [log(folder, name, content) for name in ("a[b].jsonl", "tokens.gz.jsonl", "*.jsonl")]
    found = read_evidence(files, [], question())
    assert found.usage[0].tokens == 300


def test_a_missing_file_and_a_folder_are_named_as_the_user_knows_them(tmp_path):
    files = [
        LogFile("logs/gone.jsonl", tmp_path / "0"),
        LogFile("logs/here.jsonl", tmp_path),
    ]
    with pytest.raises(InvalidInput) as caught:
        read_evidence(files, [], question())
    assert str(caught.value).splitlines() == [
        "logs/gone.jsonl: cannot be read: No such file or directory; "
        "make it a readable file or remove it",
        "logs/here.jsonl: cannot be read: Is a directory; make it a readable file or remove it",
    ]


def test_reading_writes_nothing_beside_the_logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evidence(tmp_path, [tokens(), {"sd": 5}])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rework.jsonl", "tokens.jsonl"]


def test_hostile_text_comes_through_as_it_is(tmp_path):
    text = "\x00'; DROP TABLE line; --\u202e\U0001f600\"\\\n$x"
    found = evidence(
        tmp_path, [tokens(text, model=text)], [rework(text, model=text, cause=text, note=text)]
    )
    row = cell_week(found)
    assert (row.raw_model, row.runs[0].sd, row.runs[0].causes) == (text, text, (text,))
    assert found.unknown_causes == (text,)


def test_times_are_written_in_every_way_rfc_3339_allows(tmp_path):
    written = [
        stamp(1),
        "2025-12-02t00:00:00z",
        "2025-12-02 00:00:00Z",
        "2025-12-02T00:00:00.5Z",
        "2025-12-02T00:00:00.123456789123Z",
        "2025-12-02T00:00:00-00:00",
        "2025-12-02T23:59:59+23:59",
        "2025-12-02T00:00:00-23:59",
    ]
    found = evidence(tmp_path, [tokens(f"SD-{i}", ts=ts) for i, ts in enumerate(written)])
    assert found.rejected == ()
    assert counts(found) == (len(written), 0)
