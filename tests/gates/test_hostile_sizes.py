"""A hostile file costs little: whatever one MiB holds is judged within a second and 200 MiB."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

from bot.allocation.rules import read_rules
from bot.allocation.toml import LARGEST, parse
from bot.errors import InvalidInput
from bot.gates.judgement import MOST_REFUSALS, File, Side, judge, world_of
from bot.gates.refusals import Refusal
from bot.policy import read_policy

POLICY = """\
phases = ["PLAN", "EXEC"]
[[ladder]]
name = "haiku"
[[ladder]]
name = "opus"
"""
TABLE = """\
default = "haiku"
[PLAN]
SECURITY = "opus"
VALIDATION = "opus"
[EXEC]
SECURITY = "opus"
VALIDATION = "opus"
"""
LIMIT_SECONDS, LIMIT_MIB = 1.0, 200

SCRIPT = """
import json, sys, time
from bot.gates.judgement import File, Side, judge, world_of
said = json.load(sys.stdin)
def side(policy, table):
    return Side(File("policy.toml", policy.encode()), File("overrides.toml", table.encode()))
base = world_of(side(*said["base"]))
start = time.process_time()
refusals = judge(base, side(*said["head"]))
spent = time.process_time() - start
with open("/proc/self/status") as status:  # ru_maxrss would also count what the forking test process held
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
words = sum(len(refusal.message) for refusal in refusals)
print(json.dumps([spent, peak, len(refusals), words]))
"""


def side(policy: str, table: str) -> Side:
    return Side(File("policy.toml", policy.encode()), File("overrides.toml", table.encode()))


def filled(start: str, line: str, end: str = "", size: int = LARGEST) -> str:
    """A file of a size: `line` again and again, `#` standing for a number."""
    each = len(line.encode()) + 4 * line.count("#")
    count = (size - len(start) - len(end)) // each
    return start + "".join(line.replace("#", f"{n:05}") for n in range(count)) + end


def phases(count: int) -> str:
    return POLICY.replace('"PLAN"', ",".join(f'"P{n}"' for n in range(count)) + ', "PLAN"')


LONG_NAMES = POLICY.replace(
    '"PLAN"', '"PLAN", ' + ",".join(f'"P{n}{"X" * 7000}"' for n in range(60))
)
GATE = '[[gates]]\nphase = "EXEC"\nagent = "A#"\n'

IN_TABLE = {
    "array-over-2000-lines": TABLE + "X = [\n" + "1,\n" * 1_900 + "]\n",
    "array-over-all-lines": filled(TABLE + "X = [\n", "1,\n", "]\n"),
    "string-over-2000-lines": TABLE + 'X = """\n' + "]\n" * 1_900 + '"""\n',
    "string-over-all-lines": filled(TABLE + "X = '''\n", "}\n", "'''\n"),
    "arrays-in-arrays": filled(TABLE + "X = [\n", "[[\n],\n],\n", "]\n"),
    "dots-256-a-line": filled(TABLE, ".".join(["a#"] * 257) + " = 1\n"),
    "dots-in-one-key": TABLE + ".".join(["a"] * 250_000) + " = 1\n",
    "dots-in-headers": filled(TABLE, "[" + ".".join(["a#"] * 17) + "]\n"),
    "dots-in-inline-tables": filled(TABLE + "X = [", "{" + ".".join(["a#"] * 17) + " = 1},", "]\n"),
    "dots-in-strings": filled(TABLE, "#.'" + "." * 900 + "' = 1\n"),
    "dots-in-comments": TABLE + ("#" + "." * 900 + "\n") * 580,
    "dots-between-empty-names": TABLE + '""."".' * 80_000 + '"" = 1\n',
    "hexadecimal": TABLE + "X = 0x" + "f" * 500_000 + "\n",
    "binary": TABLE + "X = 0b" + "1" * 500_000 + "\n",
    "decimal": TABLE + "X = " + "1" * 500_000 + "\n",
    "wrong-models": filled(TABLE, 'A# = "x"\n'),
    "wrong-phases": filled(TABLE, "[P#]\n"),
    "wrong-agents": filled(TABLE, "'é#' = 'opus'\n"),
    "many-entries": filled(TABLE, "A# = 'opus'\n"),
    "spellings": filled(TABLE, "A#-agent = 'opus'\nA# = 'opus'\n"),
    "nested-arrays": TABLE + "X = " + "[" * 500_000,
    "nested-tables": TABLE + "X = " + "{a=" * 160_000,
    "arrays-of-tables": filled(TABLE, "[[PLAN.x]]\n"),
    "unterminated-string": TABLE + 'X = "' + r"\"" * 250_000,
    "unterminated-long-string": TABLE + 'X = """' + r'\"""' * 130_000,
    "unterminated-literals": TABLE + "X = '''" + "''a" * 160_000,
    "quotes": TABLE + "X = " + '"' * 500_000,
    "brackets-after-dots": TABLE + "a" + "." * 17 + "[" * 500_000,
    "blank-lines": TABLE + "\n" * 500_000,
    "returns": TABLE + "\r\n" * 250_000,
}
IN_POLICY = {
    "phases-1000": phases(1_000),
    "phases-22000": phases(22_000),
    "phases-100000": phases(100_000),
    "rungs": filled(POLICY, '[[ladder]]\nname = "r#"\n'),
    "ids": filled(POLICY + "models = [", '"claude-#",', "]\n"),
    "gates": filled(POLICY, GATE + 'floor = "opus"\n'),
    "gates-twice": filled(POLICY, GATE.replace("#", "")),
    "gates-of-no-phase": filled(POLICY, GATE.replace("EXEC", "NONE")),
    "long-phase-names": LONG_NAMES,
}
CASES = {
    **{f"table-{name}": ((POLICY, TABLE), (POLICY, text)) for name, text in IN_TABLE.items()},
    **{f"policy-{name}": ((POLICY, TABLE), (text, TABLE)) for name, text in IN_POLICY.items()},
    "both-wrong-entries-under-long-phase-names": (
        (LONG_NAMES, TABLE),
        (LONG_NAMES, IN_TABLE["wrong-phases"]),
    ),
    "both-gates-and-entries": ((POLICY, TABLE), (IN_POLICY["gates"], IN_TABLE["many-entries"])),
    "both-over-the-size": (
        (POLICY, TABLE),
        (filled(POLICY, GATE, size=1 << 20), filled(TABLE, "A# = 'x'\n", size=1 << 20)),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("base", "head"), CASES.values(), ids=CASES)
def test_a_hostile_file_is_judged_within_a_second_and_200_mib(
    base: tuple[str, str], head: tuple[str, str]
) -> None:
    """Time of the processor, so that a busy machine is not taken for a slow guard."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps({"base": base, "head": head}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    spent, peak, count, words = json.loads(done.stdout)
    assert spent < LIMIT_SECONDS
    assert peak < LIMIT_MIB
    assert count <= MOST_REFUSALS + 1
    assert words < 200_000


# ---------------------------------------------------------------- the bounds are the same for every command


def refused(policy: str, table: str) -> list[Refusal]:
    return list(judge(world_of(side(POLICY, TABLE)), side(policy, table)))


COMMENTS = {
    "dots": "# " + "." * 5_000 + "\n",
    "dots-after-a-value": "x = 1 # " + "." * 300 + "\n",
    "dots-in-text": f"x = '{'.' * 300}'\n",
    "dots-in-quoted-key": f'"{"." * 300}" = 1\n',
    "dots-in-long-text": 'x = """' + "\n.a.b" * 40 + "." * 40 + '"""\n',
    "dots-in-numbers": "x = [" + "1.5, " * 300 + "]\n",
    "quotes-in-a-comment": "# it's \" ''' " + "." * 300 + "\n",
}


@pytest.mark.parametrize("text", COMMENTS.values(), ids=COMMENTS)
def test_dots_that_part_no_key_are_nothing(text: str) -> None:
    assert parse(text, "a.toml") is not None


@pytest.mark.parametrize("text", [COMMENTS["dots"], "#" + "a.b" * 9_000 + "\n"])
def test_a_comment_of_dots_passes_every_command_alike(text: str) -> None:
    assert refused(POLICY + text, TABLE + text) == []
    assert read_rules(POLICY + text, "p").phases == ("PLAN", "EXEC")


TOO_MUCH = {
    "dots": ("a." * 17 + "a = 1\n", "p:1: has over 16 dots in a key"),
    "dots-in-a-header": ("x = 1\n[" + "a." * 17 + "a]\n", "p:2: has over 16 dots in a key"),
    "dots-below-long-text": (
        "x = '''\n\n\n'''\n" + '"a".' * 17 + "b = 1\n",
        "p:5: has over 16 dots in a key",
    ),
    "dots-in-an-inline-table": (
        "x = { y = [{" + "a . " * 17 + "a = 1}] }\n",
        "p:1: has over 16 dots in a key",
    ),
    "hexadecimal": (
        "x = 0x1" + "0" * 16 + "\n",
        "p:1: x: is a number of more than 64 bits; write a smaller one",
    ),
    "number-in-an-array": (
        "x = [[-9223372036854775809]]\n",
        "p:1: x[0][0]: is a number of more than 64 bits",
    ),
    "phases": (phases(63), "p:1: phases: lists 65 phases; 64 are the most"),
    "rungs": (
        'phases = ["A"]\n' + "".join(f'[[ladder]]\nname = "r{n}"\n' for n in range(65)),
        "p:2: ladder: lists 65 rungs; 64 are the most",
    ),
}


@pytest.mark.parametrize(("text", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_over_a_bound_is_refused_by_every_command_alike(text: str, message: str) -> None:
    for read in (read_rules, read_policy):
        with pytest.raises(InvalidInput) as caught:
            read(text, "p")
        assert message in str(caught.value)
    said = [r.message for r in refused(text, TABLE)]
    assert any(message.rpartition(": ")[2] in one for one in said)


def test_what_just_keeps_the_bounds_is_read() -> None:
    read_rules(phases(62), "p")
    parse("a." * 16 + "a = 1\n", "p")
    parse("x = [9223372036854775807, -9223372036854775808]\n", "p")


@pytest.mark.parametrize("count", [99, 100, 101, 5_000])
def test_a_hundred_refusals_are_put_into_words_and_the_rest_is_counted(count: int) -> None:
    found = refused(POLICY, TABLE + "".join(f'A{n} = "x"\n' for n in range(count)))
    assert len(found) == min(count, MOST_REFUSALS + 1)
    counted = [r.message for r in found if "more reasons" in r.message]
    more = count - MOST_REFUSALS
    said = f"and {more} more reasons, not listed; mend those listed first"
    assert counted == ([said] if more > 0 else [])
