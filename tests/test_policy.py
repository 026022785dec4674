"""The policy is strict: it is what its schema says, and everything wrong with one is said at once."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from datetime import time
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from msgspec.structs import replace

from bot.errors import InvalidInput
from bot.policy import Policy, read_policy, schema, sound_policy

CONFIG = Path(__file__).parents[1] / "config"
SCHEMA = CONFIG / "policy.schema.json"
SHIPPED = (CONFIG / "policy.toml").read_text("utf-8")
LEAST = """\
phases = ["EXEC"]
[[ladder]]
name = "sonnet"
relative_cost = 1
"""


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_policy(text, "p")
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_schema_is_the_one_of_the_code() -> None:
    assert SCHEMA.read_text("utf-8") == schema()


def test_the_shipped_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))


def test_the_first_line_of_the_policy_names_its_schema() -> None:
    first, _ = SHIPPED.split("\n", 1)
    directive, name = first.split(" ")
    assert directive == "#:schema"
    assert (CONFIG / name).resolve() == SCHEMA.resolve()


@pytest.mark.parametrize("text", [SHIPPED, LEAST], ids=["shipped", "least"])
def test_a_good_policy_satisfies_the_schema_too(text: str) -> None:
    read_policy(text, "p")
    jsonschema.validate(tomllib.loads(text), json.loads(schema()))


def test_what_the_shipped_policy_writes_out_is_what_is_meant_without_it() -> None:
    """The shipped file shows every default; only labels, causes and ladder are its own."""
    shipped, least = read_policy(SHIPPED, "p"), read_policy(LEAST, "p")
    for section in ("promotion", "week", "budget", "logs"):
        assert getattr(shipped, section) == getattr(least, section)
    assert replace(shipped.pull_request, labels=[]) == least.pull_request


def test_the_shipped_ladder_is_the_one_of_the_specification() -> None:
    policy = read_policy(SHIPPED, "p")
    rungs = [(rung.name, rung.relative_cost, rung.expected_rework) for rung in policy.ladder]
    assert rungs == [
        ("haiku", Fraction(1, 3), 15),
        ("sonnet", Fraction(1), 10),
        ("opus", Fraction(5), None),
    ]
    assert policy.rung("opus") is policy.ladder[2]


def test_a_policy_gives_the_rules_of_the_allocation_room() -> None:
    rules = read_policy(SHIPPED, "p").rules
    assert rules.phases == ("LEAD", "PLAN", "EXEC")
    assert rules.ladder.rung_of("claude-opus-4-1-20250805") == "opus"
    assert [str(cell) for cell in rules.extra_gates] == ["STORIES/PLAN", "TESTING/EXEC"]


def test_a_policy_built_by_hand_that_is_not_valid_has_no_rules() -> None:
    empty = Policy(phases=[], ladder=[], gates=[])
    with pytest.raises(ValueError, match="allocation rules"):
        _ = empty.rules


@pytest.mark.parametrize(
    ("written", "cost"),
    [
        ("5", Fraction(5)),
        ('"5"', Fraction(5)),
        ('"1/3"', Fraction(1, 3)),
        ('"0.25"', Fraction(1, 4)),
    ],
)
def test_a_cost_is_exact_however_it_is_written(written: str, cost: Fraction) -> None:
    text = LEAST.replace("relative_cost = 1", f"relative_cost = {written}")
    assert read_policy(text, "p").ladder[0].relative_cost == cost
    jsonschema.validate(tomllib.loads(text), json.loads(schema()))


def test_a_week_may_start_on_any_day_hour_and_zone() -> None:
    text = LEAST + '[week]\nstarts_on = "friday"\nstarts_at = "14:30"\ntime_zone = "Asia/Kolkata"\n'
    week = read_policy(text, "p").week
    assert (week.starts_on, week.starts_at, week.time_zone) == (
        "friday",
        time(14, 30),
        "Asia/Kolkata",
    )


def test_names_in_the_imports_are_made_canonical() -> None:
    text = LEAST + "[imports]\nmain_agent = 'lead-agent'\n[[imports.branches]]\n"
    imports = read_policy(text + "pattern = 'x/(?P<sd>.+)'\nphase = 'exec'\n", "p").imports
    assert (imports.main_agent, imports.branches[0].phase) == ("LEAD", "EXEC")


HUGE = "is a number of more than 64 bits; write a smaller one"
COST = 'must be a whole number or a fraction in quotes, above 0, e.g. 5 or "1/3"'
CLOCK = 'must be a time of day in quotes, e.g. "14:00"'
ZONE = "must be an IANA time zone, e.g. America/Los_Angeles"
LINE = "must be one line of text, without < and >"
SLUG = 'must be lower-case words joined by hyphens, e.g. "edge-case-detection"'
TOP = "must be a path or pattern that starts at the top of the repository, without / and .."
MEMORY = 'must be an amount of memory in quotes, MiB or GiB, e.g. "512MiB"'
BRANCH = 'must be the name of a branch, e.g. "main"'
UNKNOWN = "is no key of the policy; remove it or correct its spelling"
WEEKS = 'must be a week or a range of weeks in quotes, e.g. "2025-W49" or "2025-W49..2026-W02"'
DAYS = "must be 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday' or 'sunday'"

LINK = 'must be an https address with {sd} once, behind its host, e.g. "https://example.org/browse/{sd}"'

WRONG = [
    ("links", 'sd = "http://example.org/{sd}"', "sd", LINK),
    ("links", 'sd = "https://example.org/"', "sd", LINK),
    ("links", 'sd = "https://example.org/{sd}/{sd}"', "sd", LINK),
    ("links", 'sd = "https://{sd}.example.org/"', "sd", LINK),
    ("links", 'sd = "https://example.org/{sd}{id}"', "sd", LINK),
    ("links", 'sd = "https://example.org/{sd})"', "sd", LINK),
    ("links", 'sd = "https://example.org/ {sd}"', "sd", LINK),
    ("links", 'sd = "https://me:pass@example.org/{sd}"', "sd", LINK),
    ("links", 'sd = "https://example.org/{sd}\\n"', "sd", LINK),
    ("links", "sd = 1", "sd", "must be text in quotes"),
    ("links", 'issue = "x"', "issue", UNKNOWN),
    ("promotion", 'rule = "sprt"', "rule", "must be 'cusum' or 'threshold'"),
    ("promotion", "promote_above = 20.0", "promote_above", "must be a whole number"),
    ("promotion", 'promote_above = "20"', "promote_above", "must be a whole number"),
    ("promotion", "promote_above = true", "promote_above", "must be a whole number"),
    ("promotion", "promote_above = 101", "promote_above", "must be less than or equal to 100"),
    ("promotion", "promote_above = -1", "promote_above", "must be greater than or equal to 0"),
    ("promotion", "keep_below = 21", "keep_below", "must not be above promote_above"),
    ("promotion", "count_issues = 1", "count_issues", "must be true or false"),
    ("promotion", "bar = 0", "bar", "must be greater than or equal to 1"),
    ("promotion", "cap = 0", "cap", "must be greater than or equal to 1"),
    ("promotion", "floor = 1", "floor", "must be less than or equal to 0"),
    ("promotion", "window_weeks = 0", "window_weeks", "must be greater than or equal to 1"),
    ("promotion", "min_sds = 0", "min_sds", "must be greater than or equal to 1"),
    ("promotion", "max_promotions = -1", "max_promotions", "must be greater than or equal to 0"),
    (
        "promotion",
        'accepted_shifts = "2025-W49"',
        "accepted_shifts",
        "must be a list in square brackets",
    ),
    ("promotion", 'accepted_shifts = ["2025-49"]', "accepted_shifts[0]", WEEKS),
    ("promotion", 'accepted_shifts = ["2025-W49.."]', "accepted_shifts[0]", WEEKS),
    ("promotion", 'accepted_shifts = ["2025-W49\\n"]', "accepted_shifts[0]", WEEKS),
    (
        "promotion",
        'accepted_shifts = ["2025-W49", "2026-W02..2025-W49"]',
        "accepted_shifts[1]",
        "must not end before it begins",
    ),
    (
        "promotion",
        'accepted_shifts = ["2025-W53"]',
        "accepted_shifts[0]",
        "the year 2025 has no week 53; write an ISO week such as 2025-W49",
    ),
    ("promotion", "barr = 2", "barr", UNKNOWN),
    ("causes", 'count = ["Edge Case"]', "count[0]", SLUG),
    ("causes", 'count = ["a", "b-"]', "count[1]", SLUG),
    ("causes", 'count = ["a\\n"]', "count[0]", SLUG),
    ("causes", 'count = "a"', "count", "must be a list in square brackets"),
    ("causes", "count = [1]", "count[0]", "must be text in quotes"),
    ("week", 'starts_on = "Monday"', "starts_on", DAYS),
    ("week", 'starts_at = "24:00"', "starts_at", CLOCK),
    ("week", 'starts_at = "14"', "starts_at", CLOCK),
    ("week", 'starts_at = "14:00:30"', "starts_at", CLOCK),
    ("week", 'starts_at = "14:00Z"', "starts_at", CLOCK),
    ("week", 'starts_at = "14:00\\n"', "starts_at", CLOCK),
    ("week", "starts_at = 14:00:00", "starts_at", CLOCK),
    ("week", 'time_zone = "PST8PDT9"', "time_zone", ZONE),
    ("week", 'time_zone = "America"', "time_zone", ZONE),
    ("week", 'time_zone = "../UTC"', "time_zone", ZONE),
    ("week", 'time_zone = ""', "time_zone", ZONE),
    ("week", 'time_zone = "right/UTC"', "time_zone", ZONE),
    ("week", 'time_zone = "posix/Europe/Berlin"', "time_zone", ZONE),
    ("week", 'time_zone = "localtime"', "time_zone", ZONE),
    ("budget", "weekly_tokens = 0", "weekly_tokens", "must be greater than or equal to 1"),
    ("budget", 'weekly_tokens = "500000"', "weekly_tokens", "must be a whole number"),
    ("budget", f"yellow = {'9' * 30}", "yellow", HUGE),
    ("budget", "yellow = 2000-01-01", "yellow", "must be a whole number"),
    ("budget", "orange = 69", "orange", "must not be below yellow"),
    ("budget", "red = 84", "red", "must not be below orange"),
    ("logs", 'on_bad_line = "skip"', "on_bad_line", "must be 'fail' or 'quarantine'"),
    ("logs", 'tokens = "/var/log/*.jsonl"', "tokens", TOP),
    ("logs", 'rework = ""', "rework", TOP),
    ("logs", 'rework = "../rework.jsonl"', "rework", TOP),
    ("logs", 'tokens = "logs/*/../tokens.jsonl"', "tokens", TOP),
    ("logs", 'tokens = "logs/.."', "tokens", TOP),
    ("logs", 'ref = "-x"', "ref", BRANCH),
    ("logs", "memory = 512", "memory", MEMORY),
    ("logs", 'memory = "512MB"', "memory", MEMORY),
    ("logs", 'memory = "0GiB"', "memory", MEMORY),
    ("logs", 'memory = "255MiB"', "memory", "must be at least 256MiB"),
    (
        "imports",
        'main_agent = "1"',
        "main_agent",
        "must be the name of an agent: letters, digits, _ and -, starting with a letter, at most 64",
    ),
    (
        "imports",
        'branches = [{ pattern = "sd/.*" }]',
        "branches[0].pattern",
        "must name the SD's part of the branch: (?P<sd>…)",
    ),
    (
        "imports",
        'branches = [{ pattern = "(" }]',
        "branches[0].pattern",
        "must be a regular expression: missing ), unterminated subpattern at position 0",
    ),
    (
        "imports",
        "branches = [{ pattern = '(?P<phase>.)/(?P<sd>.)', phase = 'EXEC' }]",
        "branches[0].phase",
        "is in the pattern too; keep one",
    ),
    ("pull_request", 'base = "a b"', "base", BRANCH),
    ("pull_request", 'labels = ["a\\nb"]', "labels[0]", LINE),
    ("pull_request", 'reviewers = [""]', "reviewers[0]", LINE),
    ("pull_request", 'author = "a\\u0000"', "author", LINE),
    ("pull_request", "draft = 0", "draft", "must be true or false"),
    ("pull_request", 'commits = "me"', "commits", "must be a table"),
    ("pull_request.commits", 'email = "<a@b>"', "email", LINE),
    ("pull_request.commits", 'name = ""', "name", LINE),
    ("pull_request.commits", 'sign = "gpg"', "sign", "must be 'github'"),
]


@pytest.mark.parametrize(
    ("section", "statement", "key", "message"), WRONG, ids=[f"{w[0]}: {w[1]}" for w in WRONG]
)
def test_a_wrong_value_is_named_with_file_line_and_key(
    section: str, statement: str, key: str, message: str
) -> None:
    text = f"{LEAST}\n[{section}]\n{statement}\n"
    assert problems(text) == [f"p:7: {section}.{key}: {message}"]


RUNGS = [
    ("relative_cost = 0.5", "ladder[1].relative_cost", COST),
    ("relative_cost = 0", "ladder[1].relative_cost", COST),
    ("relative_cost = -1", "ladder[1].relative_cost", COST),
    ("relative_cost = true", "ladder[1].relative_cost", COST),
    (f"relative_cost = {'9' * 30}", "ladder[1].relative_cost", HUGE),
    ('relative_cost = "1\\n"', "ladder[1].relative_cost", COST),
    ('relative_cost = "0.00"', "ladder[1].relative_cost", COST),
    ('relative_cost = "1/0"', "ladder[1].relative_cost", COST),
    ('relative_cost = "0/3"', "ladder[1].relative_cost", COST),
    ('relative_cost = "1/2.5"', "ladder[1].relative_cost", COST),
    ('relative_cost = "1e3"', "ladder[1].relative_cost", COST),
    ('relative_cost = "cheap"', "ladder[1].relative_cost", COST),
    ("relative_cost = 1\nusd_per_million_tokens = 0", "ladder[1].usd_per_million_tokens", COST),
    (
        "relative_cost = 1\nexpected_rework = 101",
        "ladder[1].expected_rework",
        "must be less than or equal to 100",
    ),
    ("relative_cost = 1\ncost = 2", "ladder[1].cost", UNKNOWN),
    ("", "ladder[1].relative_cost", "is missing; add it"),
    (
        'relative_cost = 1\nmodels = ["sonnet"]',
        "ladder[1].models[0]",
        "'sonnet' is already on rung 'sonnet'; keep one",
    ),
]


@pytest.mark.parametrize(("statement", "key", "message"), RUNGS, ids=[r[0] for r in RUNGS])
def test_a_wrong_rung_is_named_by_its_place_in_the_ladder(
    statement: str, key: str, message: str
) -> None:
    text = f'{LEAST}[[ladder]]\nname = "opus"\n{statement}\n'
    (problem,) = problems(text)
    place, said = problem.split(": ", 1)
    assert said == f"{key}: {message}"
    assert place == f"p:{text.rstrip().count(chr(10)) + 1 if statement else 5}"


def test_every_problem_of_a_policy_is_listed_at_once_in_the_order_of_the_file() -> None:
    text = (
        'phase = ["EXEC"]\r\n'
        "[[ladder]]\r\n"
        "relative_cost = 0\r\n"
        "colour = 1\r\n"
        "[[gates]]\r\n"
        'floor = "opus"\r\n'
        "[promotion]\r\n"
        'rule = "x"\r\n'
        "bar = 2.5\r\n"
        "[causes]\r\n"
        'count = ["a", "b"]\r\n'
        'ignore = ["c", "b", "a"]\r\n'
    )
    assert problems(text) == [
        'p: phases: must be a list of at least one phase, e.g. ["LEAD", "PLAN"]',
        "p:1: phase: " + UNKNOWN,
        'p:2: ladder[0].name: must name the rung in at most 64 characters, e.g. name = "sonnet"',
        "p:3: ladder[0].relative_cost: " + COST,
        "p:4: ladder[0].colour: " + UNKNOWN,
        "p:5: gates[0].phase: is missing; add it",
        "p:5: gates[0].agent: is missing; add it",
        "p:8: promotion.rule: must be 'cusum' or 'threshold'",
        "p:9: promotion.bar: must be a whole number",
        "p:12: causes.ignore: must not repeat what is in count: a, b",
    ]


def test_a_problem_is_said_once_though_two_checks_find_it() -> None:
    assert problems('phases = "EXEC"\nladder = ["opus"]\ngates = [1]\n') == [
        'p:1: phases: must be a list of at least one phase, e.g. ["LEAD", "PLAN"]',
        'p:2: ladder[0].name: must name the rung in at most 64 characters, e.g. name = "sonnet"',
        "p:3: gates[0]: must be a table",
    ]


def test_a_key_is_held_against_the_default_of_another_too() -> None:
    text = LEAST + "[promotion]\npromote_above = 14\n[budget]\nyellow = 99\n"
    assert problems(text) == [
        "p:5: promotion.keep_below: must not be above promote_above",
        "p:7: budget.orange: must not be below yellow",
    ]


def test_what_a_broken_key_would_exclude_is_not_said_on_top() -> None:
    text = LEAST + '[budget]\nyellow = "90"\norange = 80\n'
    assert problems(text) == ["p:6: budget.yellow: must be a whole number"]


@pytest.mark.parametrize(
    ("section", "statement"), [wrong[:2] for wrong in WRONG if wrong[3] in (SLUG, TOP, LINE, CLOCK)]
)
def test_what_a_pattern_refuses_the_schema_refuses_too(section: str, statement: str) -> None:
    document = tomllib.loads(f"{LEAST}\n[{section}]\n{statement}\n")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(schema()))


@pytest.mark.parametrize("statement", [rung[0] for rung in RUNGS if rung[2] == COST])
def test_a_cost_that_is_refused_the_schema_refuses_too(statement: str) -> None:
    document = tomllib.loads(f'{LEAST}[[ladder]]\nname = "opus"\n{statement}\n')
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(schema()))


def test_of_a_broken_policy_the_sound_sections_hold() -> None:
    text = (
        LEAST
        + "[week]\nstarts_on = 'friday'\n[budget]\nyellow = 60\nred = 101\n[causes]\ncount = 1\n"
    )
    policy, wrong = sound_policy(text, "p")
    assert policy is not None
    assert (policy.week.starts_on, policy.budget.yellow) == ("friday", 70)
    assert [problem.key for problem in wrong] == ["budget.red", "causes.count"]


def test_without_a_sound_ladder_a_broken_policy_says_nothing() -> None:
    policy, wrong = sound_policy(LEAST.replace("= 1", "= 0"), "p")
    assert (policy, [problem.key for problem in wrong]) == (None, ["ladder[0].relative_cost"])


def test_reading_a_policy_loads_nothing_heavy() -> None:
    heavy = "{'pydantic', 'duckdb', 'git', 'github', 'tomlkit', 'rich', 'zoneinfo', 'fractions'}"
    script = (
        "import sys\nfrom bot.policy import read_policy\n"
        f"read_policy({SHIPPED!r}, 'p').rules\nprint(sorted({heavy} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


def test_a_policy_that_is_no_toml_is_refused_with_its_line() -> None:
    assert problems("phases = [\n") == ["p:1: is not valid TOML: Invalid value"]


BRANCHES = [
    *("main", "a/b", "a.b", "@x", "x@", "käse", "calibration/logs", "a-", "lock", "head"),
    *("", "HEAD", "-a", "/a", "a/", "a//b", ".a", "a/.b", "a.", "a..b", "a.lock", "a.lock/b"),
    *("a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a@{b", "a\tb", "a\x7fb"),
]


def test_at_is_no_branch_though_git_reads_it_as_head() -> None:
    assert problems(LEAST + '[pull_request]\nbase = "@"\n') == [f"p:6: pull_request.base: {BRANCH}"]


@pytest.mark.parametrize(
    "name",
    [
        "calibration",
        "calibration/weekly",
        "Calibration/Weekly",
        "calibration/weekly/logs",
        "calibration/adhoc-testing.exec",
        "calibration/backup",
        "calibration/backup/weekly-0123456789ab",
        "calibration/signing/0123456789ab",
    ],
)
def test_logs_are_on_no_branch_of_the_bots_own_nor_in_the_way_of_one(name: str) -> None:
    (said,) = problems(LEAST + f'[logs]\nref = "{name}"\n')
    assert said.startswith("p:6: logs.ref: must be none of the bot's own branches (calibration/")
    assert 'e.g. "calibration/logs"' in said


@pytest.mark.parametrize(
    "name", ["calibration/logs", "calibration/weekly-logs", "calibration/adhoc", "logs/calibration"]
)
def test_logs_are_on_any_branch_of_a_like_name(name: str) -> None:
    assert read_policy(LEAST + f'[logs]\nref = "{name}"\n', "p").logs.ref == name


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_name_is_one_exactly_when_git_says_so(name: str) -> None:
    asked = ["git", "check-ref-format", "--branch", name]
    by_git = subprocess.run(asked, capture_output=True, check=False).returncode == 0
    text = LEAST + f"[pull_request]\nbase = {json.dumps(name)}\n"
    try:
        read_policy(text, "p")
    except InvalidInput:
        assert not by_git
    else:
        assert by_git
