"""Weeks start on the policy's day and local time, whatever the clocks and the years do."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, time
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.calendar import BEGINNING, DAYS, Calendar, UnknownWeek, are_instants

UTC_WEEKS = Calendar("monday", time(0), "UTC")
LOS_ANGELES = Calendar("monday", time(14), "America/Los_Angeles")
ZONES = [
    "UTC",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",  # skipped the whole of 2011-12-30
    "Africa/Casablanca",
]
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(DAYS),
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(ZONES),
)
INSTANTS = st.integers(BEGINNING, int(datetime(2999, 1, 1, tzinfo=UTC).timestamp()))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("calendar", "instant", "label"),
    [
        pytest.param(UTC_WEEKS, "2025-11-30T23:59:59Z", "2025-W48", id="second-before"),
        pytest.param(UTC_WEEKS, "2025-12-01T00:00:00Z", "2025-W49", id="first-second"),
        pytest.param(UTC_WEEKS, "2025-12-07T23:59:59Z", "2025-W49", id="last-second"),
        pytest.param(LOS_ANGELES, "2025-12-01T13:59:59-08:00", "2025-W48", id="pacific-before"),
        pytest.param(LOS_ANGELES, "2025-12-01T14:00:00-08:00", "2025-W49", id="pacific-start"),
        pytest.param(LOS_ANGELES, "2025-07-07T13:59:59-07:00", "2025-W27", id="pacific-summer"),
        pytest.param(
            LOS_ANGELES, "2025-07-07T14:00:00-07:00", "2025-W28", id="pacific-summer-start"
        ),
        pytest.param(UTC_WEEKS, "2020-12-31T12:00:00Z", "2020-W53", id="week-53"),
        pytest.param(UTC_WEEKS, "2021-01-03T23:59:59Z", "2020-W53", id="week-53-in-january"),
        pytest.param(UTC_WEEKS, "2021-01-04T00:00:00Z", "2021-W01", id="week-1-after-53"),
        pytest.param(UTC_WEEKS, "2021-12-31T12:00:00Z", "2021-W52", id="week-52"),
        pytest.param(UTC_WEEKS, "2024-12-30T00:00:00Z", "2025-W01", id="week-1-in-december"),
        pytest.param(
            Calendar("sunday", time(0), "UTC"),
            "2025-12-07T00:00:00Z",
            "2025-W49",
            id="sunday-start",
        ),
        pytest.param(
            Calendar("sunday", time(0), "UTC"),
            "2025-12-06T23:59:59Z",
            "2025-W48",
            id="sunday-before",
        ),
    ],
)
def test_an_instant_belongs_to_the_week_that_started_last(calendar, instant, label):
    assert calendar.week_of(at(instant)).label == label


@pytest.mark.parametrize(
    ("zone", "label", "start", "hours"),
    [
        pytest.param(
            "America/Los_Angeles", "2025-W10", "2025-03-03T14:00-08:00", 167, id="la-spring"
        ),
        pytest.param(
            "America/Los_Angeles", "2025-W44", "2025-10-27T14:00-07:00", 169, id="la-autumn"
        ),
        pytest.param(
            "Europe/Berlin", "2025-W13", "2025-03-24T14:00+01:00", 167, id="berlin-spring"
        ),
        pytest.param(
            "Europe/Berlin", "2025-W43", "2025-10-20T14:00+02:00", 169, id="berlin-autumn"
        ),
        pytest.param("Europe/Berlin", "2025-W49", "2025-12-01T14:00+01:00", 168, id="berlin-plain"),
    ],
)
def test_the_week_of_a_clock_change_is_an_hour_shorter_or_longer(zone, label, start, hours):
    week = Calendar("monday", time(14), zone).named(label)
    assert week.start == at(start)
    assert week.end - week.start == hours * 3600


@pytest.mark.parametrize(
    ("day", "start_at", "zone", "label", "start"),
    [
        pytest.param(
            "sunday", time(2, 30), "America/Los_Angeles", "2025-W10", "2025-03-09T03:30-07:00",
            id="skipped-hour-comes-when-it-would-have",
        ),
        pytest.param(
            "sunday", time(1, 30), "America/Los_Angeles", "2025-W44", "2025-11-02T01:30-07:00",
            id="doubled-hour-the-first-time",
        ),
        pytest.param(
            "sunday", time(2, 30), "Europe/Berlin", "2025-W43", "2025-10-26T02:30+02:00",
            id="berlin-doubled-hour-the-first-time",
        ),
        pytest.param(
            "friday", time(0), "Pacific/Apia", "2011-W52", "2011-12-31T00:00+14:00",
            id="skipped-day-comes-when-it-would-have",
        ),
    ],
)  # fmt: skip
def test_a_start_that_the_clocks_skip_or_double_is_one_instant(day, start_at, zone, label, start):
    calendar = Calendar(day, start_at, zone)
    assert calendar.named(label).start == at(start)
    assert calendar.week_of(at(start)).label == label
    assert calendar.week_of(at(start) - 1).label != label


def test_a_week_goes_on_when_the_clocks_fall_back_to_the_day_before_it_started():
    calendar = Calendar("sunday", time(0), "America/St_Johns")
    start = at("2010-11-07T00:00-02:30")  # at 00:01 the clocks fell back to Saturday, 23:01
    assert calendar.week_of(start) == calendar.week_of(start + 120) == calendar.named("2010-W44")
    assert calendar.week_of(start - 1).label == "2010-W43"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        pytest.param("2025-W54", "the year 2025 has no week 54", id="no-week-54"),
        pytest.param("2025-W53", "the year 2025 has no week 53", id="year-without-week-53"),
        pytest.param("2025-W00", "the year 2025 has no week 0", id="no-week-0"),
        pytest.param("2025-49", "'2025-49' is no week", id="no-w"),
        pytest.param("2025-w49", "'2025-w49' is no week", id="small-w"),
        pytest.param("2025-W49\n", "is no week", id="newline"),
        pytest.param("２０２５-W49", "is no week", id="other-digits"),
        pytest.param("last", "'last' is no week", id="word"),
        pytest.param("", "'' is no week", id="empty"),
        pytest.param("1999-W51", "outside the years 2000 to 2999", id="before-2000"),
        pytest.param("3000-W02", "outside the years 2000 to 2999", id="after-2999"),
        pytest.param("0000-W01", "the year 0 has no week 1", id="year-0"),
    ],
)
def test_a_label_that_names_no_week_is_refused_with_the_form_to_write(label, said):
    with pytest.raises(UnknownWeek, match=said) as caught:
        UTC_WEEKS.named(label)
    assert "write an ISO week such as 2025-W49" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("instant", "label"),
    [
        pytest.param("2025-12-08T00:00:00Z", "2025-W49", id="at-its-end"),
        pytest.param("2025-12-07T23:59:59Z", "2025-W48", id="a-second-before-its-end"),
        pytest.param("2025-12-14T23:59:59Z", "2025-W49", id="last-second-of-the-next"),
    ],
)
def test_the_last_complete_week_is_the_latest_that_has_ended(instant, label):
    assert UTC_WEEKS.last_complete(at(instant)).label == label


def test_a_week_prints_as_its_label():
    assert str(UTC_WEEKS.named("2025-W49")) == "2025-W49"


def test_no_weeks_lie_before_2000():
    assert UTC_WEEKS.until(UTC_WEEKS.week_of(BEGINNING - 30 * 86_400)) == ()


@pytest.mark.parametrize("zone", ZONES)
def test_all_weeks_since_2000_tile_time_and_end_with_the_one_asked_for(zone):
    calendar = Calendar("monday", time(2, 30), zone)
    week = calendar.named("2026-W27")
    weeks = calendar.until(week)
    assert weeks[0] == calendar.week_of(BEGINNING)
    assert weeks[-1] == week
    assert all(before.end == after.start for before, after in pairwise(weeks))
    assert len({week.label for week in weeks}) == len(weeks)
    assert [week.label for week in weeks] == sorted(week.label for week in weeks)


def test_all_weeks_since_2000_take_milliseconds():
    week = LOS_ANGELES.named("2026-W40")
    took = []
    for _ in range(5):
        began = process_time()
        LOS_ANGELES.until(week)
        took.append(process_time() - began)
    assert min(took) < 0.03  # seconds; 0.005 when the machine has nothing else to do


@given(CALENDARS, INSTANTS)
@example(Calendar("friday", time(0), "Pacific/Apia"), 1_325_239_200)
def test_every_instant_lies_in_the_one_week_that_its_label_names(calendar, instant):
    week = calendar.week_of(instant)
    assert week.start <= instant < week.end
    assert calendar.named(week.label) == week
    assert calendar.week_of(week.start) == week
    assert calendar.week_of(week.end - 1) == week


@given(CALENDARS, INSTANTS)
def test_a_week_ends_where_one_of_another_label_starts(calendar, instant):
    week = calendar.week_of(instant)
    after = calendar.week_of(week.end)
    assert after.start == week.end
    assert after.label > week.label
    assert calendar.last_complete(week.end) == week


def test_the_calendar_loads_nothing_heavy():
    code = (
        "import sys, bot.calendar; "
        "print(sorted({'duckdb', 'pydantic', 'git', 'github', 'tomlkit', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_two_times_in_one_text_are_no_instant() -> None:
    whole = "2025-12-01T00:00:00Z"
    assert are_instants([whole, whole])
    for text in (f"{whole}\n{whole}", f"{whole}\n", f"\n{whole}", "\n", ""):
        assert not are_instants([whole, text])
