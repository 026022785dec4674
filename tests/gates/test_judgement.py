"""Two pairs of files in, every reason to refuse out, each with the file and line where to fix it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.allocation.toml import LARGEST
from bot.gates.floors import World
from bot.gates.judgement import File, Side, judge, world_of
from bot.gates.refusals import Weakening

POLICY = """\
phases = ["PLAN", "EXEC"]

[[ladder]]
name = "haiku"
models = ["c-haiku-*"]
relative_cost = 1

[[ladder]]
name = "opus"
models = [
  "c-opus-*",
]
relative_cost = 5

[[gates]]
phase = "EXEC"
agent = "TESTING"
"""

TABLE = """\
default = "haiku"

[PLAN]
SECURITY = "opus"
VALIDATION = "opus"

[EXEC]
SECURITY = "opus"
TESTING = "opus"
VALIDATION = "opus"
"""


def side(policy: str | bytes, table: str | bytes) -> Side:
    """Both files in a folder `c`."""
    return Side(_file("c/policy.toml", policy), _file("c/overrides.toml", table))


def _file(path: str, content: str | bytes) -> File:
    return File(path, content.encode() if isinstance(content, str) else content)


def base() -> World | None:
    """The world of the two texts above; the judgement must accept that one itself."""
    return world_of(side(POLICY, TABLE))


def found(policy: str | bytes = POLICY, table: str | bytes = TABLE) -> list[tuple[str, str]]:
    """`file:line` and `reason cell` of each refusal of a change to these two texts."""
    refusals = judge(base(), side(policy, table))
    return [
        (
            f"{r.file}:{r.line}",
            r.reason.value if r.cell is None else f"{r.reason} {r.cell}",
        )
        for r in refusals
    ]


LOCATED = {
    "entry": (
        POLICY,
        TABLE.replace('[EXEC]\nSECURITY = "opus"', '[EXEC]\nSECURITY = "haiku"'),
        [("c/overrides.toml:8", "entry-lowered SECURITY/EXEC")],
    ),
    "entry-after-a-multi-line-value": (
        POLICY,
        TABLE.replace(
            '[EXEC]\nSECURITY = "opus"', '[EXEC]\nAPI = """\nhaiku"""\nSECURITY = "haiku"'
        ),
        [("c/overrides.toml:10", "entry-lowered SECURITY/EXEC")],
    ),
    "entry-gone": (
        POLICY,
        TABLE.replace('TESTING = "opus"\n', ""),
        [("c/overrides.toml:7", "entry-removed TESTING/EXEC")],
    ),
    "dotted": (
        POLICY,
        TABLE.partition("\n[EXEC]")[0].replace(
            "\n\n", '\nEXEC.VALIDATION = "opus"\nEXEC.TESTING = "opus"\nEXEC.SECURITY = "haiku"\n\n'
        ),
        [("c/overrides.toml:4", "entry-lowered SECURITY/EXEC")],
    ),
    "unknown-model": (
        POLICY,
        TABLE.replace('[PLAN]\nSECURITY = "opus"', '[PLAN]\nSECURITY = "best"'),
        [
            ("c/overrides.toml:4", "unknown-model SECURITY/PLAN"),
            ("c/overrides.toml:3", "entry-removed SECURITY/PLAN"),
        ],
    ),
    "bad-name": (
        POLICY,
        TABLE + '"ТESTING" = "haiku"\n',
        [("c/overrides.toml:11", "bad-name")],
    ),
    "duplicate-in-another-spelling": (
        POLICY,
        TABLE + 'testing-agent = "haiku"\n',
        [("c/overrides.toml:11", "duplicate-key TESTING/EXEC")],
    ),
    "duplicate": (
        POLICY,
        TABLE + 'TESTING = "haiku"\n',
        [("c/overrides.toml:11", "duplicate-key")],
    ),
    "duplicate-table": (
        POLICY,
        TABLE + '[exec]\nTESTING = "haiku"\n',
        [("c/overrides.toml:11", "duplicate-key")],
    ),
    "unknown-phase": (
        POLICY,
        TABLE + '\n[SHIP]\nSECURITY = "haiku"\n',
        [("c/overrides.toml:12", "unknown-phase")],
    ),
    "phase-is-no-table": (
        POLICY.replace('"EXEC"]', '"EXEC", "SHIP"]'),
        'SHIP = "opus"\n' + TABLE,
        [
            ("c/overrides.toml:1", "bad-table"),
            ("c/overrides.toml:2", "phase-without-gate SECURITY/SHIP"),
        ],
    ),
    "default-gone": (
        POLICY,
        TABLE.replace('default = "haiku"\n', ""),
        [("c/overrides.toml:None", "bad-table")],
    ),
    "default-unknown": (
        POLICY,
        TABLE.replace('default = "haiku"', 'default = "best"'),
        [("c/overrides.toml:1", "unknown-model")],
    ),
    "default-of-another-type": (
        POLICY,
        TABLE.replace('default = "haiku"', "default = 1"),
        [("c/overrides.toml:1", "bad-table")],
    ),
    "default-in-capitals": (
        POLICY,
        'Default = "opus"\n' + TABLE,
        [("c/overrides.toml:1", "bad-name")],
    ),
    "reserved-agent": (POLICY, TABLE + 'default = "opus"\n', [("c/overrides.toml:11", "bad-name")]),
    "value-of-another-type": (
        POLICY,
        TABLE + "API = 1\n",
        [("c/overrides.toml:11", "bad-table API/EXEC")],
    ),
    "no-toml": (POLICY, TABLE + "API = \n", [("c/overrides.toml:11", "file-unreadable")]),
    "nul": (POLICY, TABLE + "# \0\n", [("c/overrides.toml:11", "file-not-text")]),
    "nul-at-the-start": (POLICY, "\0" + TABLE, [("c/overrides.toml:1", "file-not-text")]),
    "not-utf-8": (POLICY, TABLE.encode() + b"\n# \xff", [("c/overrides.toml:12", "file-not-text")]),
    "empty": (POLICY, "", [("c/overrides.toml:None", "file-emptied")]),
    "alias": (
        POLICY.replace('"c-opus-*",', '"c-opus-*",\n  "c-haiku-9",'),
        TABLE,
        [("c/policy.toml:10", "alias-redefined")],
    ),
    "ladder": (
        POLICY.replace('name = "haiku"', 'name = "fast"'),
        TABLE.replace("haiku", "fast"),
        [("c/policy.toml:3", "ladder-shortened")],
    ),
    "cost": (
        POLICY.replace("[[gates]]", '[[ladder]]\nname = "max"\nrelative_cost = 4\n\n[[gates]]'),
        TABLE,
        [("c/policy.toml:16", "ladder-cost")],
    ),
    "phase-removed": (
        POLICY.replace('"PLAN", ', ""),
        TABLE.replace(TABLE[TABLE.index("[PLAN]") : TABLE.index("[EXEC]")], ""),
        [
            ("c/policy.toml:1", "phase-removed SECURITY/PLAN"),
            ("c/policy.toml:1", "phase-removed VALIDATION/PLAN"),
        ],
    ),
    "bad-policy": (
        POLICY.replace('phase = "EXEC"\nagent = "TESTING"', 'phase = "EXIT"\nagent = "TESTING"'),
        TABLE,
        [("c/policy.toml:16", "bad-policy")],
    ),
    "both-broken": (
        "phases = [",
        "default = ",
        [("c/policy.toml:1", "file-unreadable"), ("c/overrides.toml:1", "file-unreadable")],
    ),
    "policy-broken-table-still-judged-by-base": (
        "phases = [",
        TABLE.replace('[EXEC]\nSECURITY = "opus"', '[EXEC]\nSECURITY = "haiku"'),
        [
            ("c/policy.toml:1", "file-unreadable"),
            ("c/overrides.toml:8", "entry-lowered SECURITY/EXEC"),
        ],
    ),
    "default-gone-under-a-gate": (
        POLICY,
        TABLE.replace('default = "haiku"\n', "").replace("[EXEC]\n", '[EXEC]\nAPI = "haiku"\n')
        + '[SHIP]\nAPI = "haiku"\n',
        [("c/overrides.toml:None", "bad-table"), ("c/overrides.toml:11", "unknown-phase")],
    ),
    "default-gone-under-a-new-phase": (
        POLICY.replace('"EXEC"]', '"EXEC", "SHIP"]'),
        TABLE.replace('default = "haiku"\n', "") + '[SHIP]\nAPI = "opus"\n',
        [
            ("c/overrides.toml:None", "bad-table"),
            ("c/overrides.toml:10", "phase-without-gate SECURITY/SHIP"),
        ],
    ),
    "phase-with-an-agent-suffix": (
        POLICY,
        TABLE + '[EXEC-AGENT]\nSECURITY = "haiku"\n',
        [("c/overrides.toml:11", "unknown-phase")],
    ),
    "reserved-agent-with-a-suffix": (
        POLICY,
        TABLE + 'default-agent = "opus"\n',
        [("c/overrides.toml:11", "bad-name")],
    ),
    "second-gate-without-a-phase": (
        POLICY + '\n[[gates]]\nagent = "API"\n',
        TABLE,
        [("c/policy.toml:19", "bad-policy")],
    ),
    "two-nuls": (POLICY, "\n# \0\n# \0\n" + TABLE, [("c/overrides.toml:2", "file-not-text")]),
    "blank-with-bom": (POLICY, "\ufeff \t\r\n", [("c/overrides.toml:None", "file-emptied")]),
    "one-letter": (POLICY, "X", [("c/overrides.toml:1", "file-unreadable")]),
    "policy-nul": (POLICY + "\0", TABLE, [("c/policy.toml:18", "file-not-text")]),
    "policy-not-utf-8": (POLICY.encode() + b"\xff", TABLE, [("c/policy.toml:18", "file-not-text")]),
    "policy-duplicate": (POLICY + "agent = 1\n", TABLE, [("c/policy.toml:18", "duplicate-key")]),
    "policy-large": (
        POLICY + "#" * LARGEST,
        TABLE,
        [("c/policy.toml:None", "file-too-large")],
    ),
    "dots": (POLICY, TABLE + "a." * 257 + "b = 1", [("c/overrides.toml:11", "file-unreadable")]),
}


@pytest.mark.parametrize(("policy", "table", "expected"), LOCATED.values(), ids=LOCATED)
def test_a_refusal_names_the_file_and_the_line_to_fix(
    policy: str | bytes, table: str | bytes, expected: list[tuple[str, str]]
) -> None:
    assert found(policy, table) == expected


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_lines_are_counted_in_any_spelling_of_their_ends(mark: str, ending: str) -> None:
    low = TABLE.replace('TESTING = "opus"', 'TESTING = "haiku"')
    table = (mark + low).replace("\n", ending)
    assert found(table=table) == [("c/overrides.toml:9", "entry-lowered TESTING/EXEC")]


MESSAGES = {
    "unknown-model": (
        TABLE + 'API = "best"\n',
        "EXEC.API: 'best' is no rung of the ladder; use one of haiku, opus",
    ),
    "look-alike": (
        TABLE + '"ТЕSTING" = "haiku"\n',
        "EXEC.ТЕSTING (U+0422, U+0415): is no agent name; use letters, digits, _ and -, "
        "starting with a letter, at most 64",
    ),
    "empty": ("\n", "c/overrides.toml is empty; restore it"),
    "nul": ("\0", "c/overrides.toml contains a NUL byte; save it as UTF-8 text"),
    "utf-8": (b"\xff", "c/overrides.toml is not UTF-8 text; save it as UTF-8"),
    "large": ("#" * (LARGEST + 1), "c/overrides.toml is over 512 KiB; make it smaller"),
    "dots": ("a." * 17 + "a = 1", "c/overrides.toml has over 16 dots in a key"),
    "toml": (
        "x",
        "c/overrides.toml is not valid TOML: Expected '=' after a key in a key/value pair",
    ),
}


@pytest.mark.parametrize(("table", "message"), MESSAGES.values(), ids=MESSAGES)
def test_a_refused_file_is_told_apart_in_words(table: str | bytes, message: str) -> None:
    assert judge(base(), side(POLICY, table))[0].message == message


def test_a_file_of_the_largest_size_and_with_the_most_dots_is_read() -> None:
    padded = TABLE + "#" + "." * 256 + "\n"
    assert found(table=padded + "#" * (LARGEST - len(padded))) == []


def test_lines_are_not_sought_in_tables_that_nobody_keeps() -> None:
    low = TABLE.replace('TESTING = "opus"', 'TESTING = "haiku"')
    table = low + "\n" * (2_000 - low.count("\n"))
    assert found(table=table) == [("c/overrides.toml:9", "entry-lowered TESTING/EXEC")]
    assert found(table=table + "\n") == [("c/overrides.toml:None", "entry-lowered TESTING/EXEC")]


@pytest.mark.parametrize(
    "reason", [Weakening.FILE_LINK, Weakening.FILE_MISSING, Weakening.FILE_DIRECTORY]
)
def test_what_is_wrong_with_a_file_itself_is_passed_on(reason: Weakening) -> None:
    both = side(POLICY, TABLE)
    for path, gone in (
        ("c/x.toml", replace(both, table=File("c/x.toml", None, reason, "said"))),
        ("c/y.toml", replace(both, policy=File("c/y.toml", None, reason, "said"))),
    ):
        refusals = judge(base(), gone)
        assert [(r.reason, r.message, r.file, r.line) for r in refusals] == [
            (reason, "said", path, None)
        ]
        assert world_of(gone) is None


def test_a_moved_file_is_judged_where_it_is_now() -> None:
    low = TABLE.replace('TESTING = "opus"', 'TESTING = "haiku"').encode()
    moved = File("new/overrides.toml", low, Weakening.FILE_MOVED, "said")
    refusals = judge(base(), replace(side(POLICY, TABLE), table=moved))
    assert world_of(replace(side(POLICY, TABLE), table=moved)) is None
    policy = File("new/policy.toml", POLICY.encode(), Weakening.FILE_MOVED, "said")
    assert world_of(replace(side(POLICY, TABLE), policy=policy)) is None
    assert [(r.reason, r.file, r.line) for r in refusals] == [
        (Weakening.FILE_MOVED, "new/overrides.toml", None),
        (Weakening.ENTRY_LOWERED, "new/overrides.toml", 9),
    ]


def test_nesting_on_the_brink_of_what_python_reads_crashes_nothing() -> None:
    """Somewhere here the text is read once and no second time, from further down the stack."""
    low = TABLE.replace('TESTING = "opus"', 'TESTING = "haiku"')
    reasons = {
        judge(base(), side(POLICY, low + f"API = {'[' * depth}{']' * depth}\n"))[0].reason
        for depth in range(300, 500)
    }
    assert reasons <= {Weakening.BAD_TABLE, Weakening.FILE_UNREADABLE}


# ---------------------------------------------------------------- the first pull request

MISSING = File("c/x.toml", None, Weakening.FILE_MISSING, "gone")


def test_files_that_meet_their_own_gates_may_come_first() -> None:
    assert judge(None, side(POLICY, TABLE)) == ()


def test_the_first_files_answer_to_their_own_policy() -> None:
    first = judge(None, side(POLICY, TABLE.replace('TESTING = "opus"\n', "")))
    assert [(r.reason, str(r.cell), r.line) for r in first] == [
        (Weakening.BELOW_FLOOR, "TESTING/EXEC", 7)
    ]


def test_a_repository_without_the_files_has_nothing_to_lower() -> None:
    assert judge(None, Side(MISSING, MISSING)) == ()


@pytest.mark.parametrize("kept", ["policy", "table"])
def test_one_file_without_the_other_is_refused(kept: str) -> None:
    both = side(POLICY, TABLE)
    half = replace(both, table=MISSING) if kept == "policy" else replace(both, policy=MISSING)
    assert [r.reason for r in judge(None, half)] == [Weakening.FILE_MISSING]
    assert world_of(half) is None


def test_a_first_policy_that_cannot_be_read_is_refused() -> None:
    assert [r.reason for r in judge(None, side("x", TABLE))] == [Weakening.FILE_UNREADABLE]


def test_files_gone_from_a_repository_that_had_them_are_refused() -> None:
    assert [r.reason for r in judge(base(), Side(MISSING, MISSING))] == [Weakening.FILE_MISSING] * 2


@pytest.mark.parametrize(
    ("policy", "table"),
    [
        pytest.param("x", TABLE, id="policy-no-toml"),
        pytest.param(POLICY, "x", id="table-no-toml"),
        pytest.param(POLICY.replace("ladder", "stairs"), TABLE, id="policy-invalid"),
        pytest.param(POLICY, TABLE.replace('"opus"', '"best"'), id="table-invalid"),
    ],
)
def test_a_world_is_only_made_of_two_valid_files(policy: str, table: str) -> None:
    assert world_of(side(policy, table)) is None


# ---------------------------------------------------------------- relative cost


def test_a_world_knows_what_its_rungs_cost() -> None:
    world = base()
    assert world is not None
    assert world.costs == {"haiku": 1, "opus": 5}
    assert world.rules.phases == ("PLAN", "EXEC")
    assert world.table.default == "haiku"


@pytest.mark.parametrize(
    ("cost", "refused"),
    [
        pytest.param("5", False, id="number"),
        pytest.param('"10/2"', False, id="fraction"),
        pytest.param('"5.0"', False, id="decimal"),
        pytest.param('"12345678901234567890"', False, id="as-many-digits-as-the-policy-allows"),
        pytest.param('"123456789012345678901"', True, id="more-digits-than-the-policy-allows"),
        pytest.param("5.0", True, id="float"),
        pytest.param('"14/3"', True, id="lower-fraction"),
        pytest.param('"4.9"', True, id="lower-decimal"),
        pytest.param('"1e999999999"', True, id="exponent"),
        pytest.param('"9/0"', True, id="zero-denominator"),
        pytest.param('"much"', True, id="word"),
        pytest.param("true", True, id="truth-value"),
        pytest.param("[5]", True, id="list"),
    ],
)
def test_a_rung_above_the_gates_states_a_cost_that_is_not_lower(cost: str, refused: bool) -> None:
    new = POLICY.replace(
        "[[gates]]", f'[[ladder]]\nname = "max"\nrelative_cost = {cost}\n\n[[gates]]'
    )
    assert [reason for _, reason in found(policy=new)] == ["ladder-cost"] * refused
