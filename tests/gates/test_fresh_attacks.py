"""A reviewer's own attacks on the guard, by what the two files say: each through git and the command.

Every attack has what SPEC § 5 demands of it: the reasons it is refused for (exit 3), or none (exit 0).
"""

from __future__ import annotations

import json

import pytest

from bot.cli import main
from tests.support.attacks import (
    Change,
    base,
    both,
    entry,
    gate,
    on_policy,
    on_table,
    phases,
    replaced,
    rung,
    with_ladder,
    without_gate,
)
from tests.support.repositories import Workshop, new_repository
from tests.support.tables import cell

POLICY, TABLE = "config/policy.toml", "config/overrides.toml"
LINE = 'SECURITY = "{model}"'


def security(statement: str) -> Change:
    """The entry of SECURITY/EXEC as another statement."""
    return on_table(entry(cell("SECURITY/EXEC"), statement))


def at_end(text: str) -> Change:
    """More at the end of the table, where the last table is [EXEC]."""
    return on_table(lambda table: table + text)


def at_top(text: str) -> Change:
    """More at the top of the table, before the default."""
    return on_table(lambda table: text + table)


def lowered(name: str, model: str = "haiku") -> Change:
    """One entry on a lower model."""
    where = cell(name)
    return on_table(entry(where, f'{where.agent} = "{model}"'))


def policy(old: str, new: str) -> Change:
    """The first `old` in the policy as `new`."""
    return on_policy(replaced(old, new))


def more_rungs(*rungs: str) -> Change:
    """Rungs of our own above opus."""
    return with_ladder(lambda parts: [*parts.values(), *rungs])


def first(*rungs: str) -> Change:
    """Rungs of our own below haiku."""
    return with_ladder(lambda parts: [*rungs, *parts.values()])


INLINE_LADDER = (
    'ladder = [ {{ name = "{0}", relative_cost = 1 }}, {{ name = "{1}", relative_cost = 2 }}, '
    '{{ name = "{2}", relative_cost = 5 }} ]\n'
)


def inline_ladder(*names: str) -> Change:
    """The whole ladder as one inline array at the top of the policy."""
    gone = with_ladder(lambda parts: [])
    return both(gone, policy("phases =", INLINE_LADDER.format(*names) + "phases ="))


REFUSED = {
    "a sub-table in place of an entry": (
        security('SECURITY.model = "{model}"'),
        {"bad-table SECURITY/EXEC"},
    ),
    "a table of its own in place of an entry": (
        both(security("# "), at_end('[EXEC.SECURITY]\nmodel = "opus"\n')),
        {"bad-table SECURITY/EXEC"},
    ),
    "an array of tables in place of an entry": (
        both(security("# "), at_end('[[EXEC.SECURITY]]\nmodel = "opus"\n')),
        {"bad-table SECURITY/EXEC"},
    ),
    "a quoted key with a dot in it": (
        both(security("# "), at_top('"EXEC.SECURITY" = "opus"\n')),
        {"entry-removed SECURITY/EXEC", "bad-name"},
    ),
    "a whole table opened twice": (at_end('[EXEC]\nSECURITY = "haiku"\n'), {"duplicate-key"}),
    "a table in another case beside it": (
        at_end('[exec]\nSECURITY = "haiku"\n'),
        {"duplicate-key"},
    ),
    "a table whose key is spelled by escapes": (
        at_end('["\\u0045XEC"]\nSECURITY = "haiku"\n'),
        {"duplicate-key"},
    ),
    "a lower value in an eight-digit escape": (
        security('"SECURIT\\U00000059" = "ha\\U00000069ku"'),
        {"entry-lowered SECURITY/EXEC"},
    ),
    "a dotted key beside the table it extends": (
        at_top('EXEC.SECURITY = "haiku"\n'),
        {"duplicate-key"},
    ),
    "two byte order marks": (
        on_table(lambda t: "\ufeff\ufeff" + t),
        {"file-unreadable"},
    ),
    "a byte order mark before a header": (
        on_table(replaced("[EXEC]", "\ufeff[EXEC]")),
        {"file-unreadable"},
    ),
    "a pointer of git lfs in place of the table": (
        on_table(lambda _: "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
        {"file-unreadable"},
    ),
    "line ends of old Macintosh files": (
        on_table(lambda t: t.replace("\n", "\r")),
        {"file-unreadable"},
    ),
    "a date for a model": (security("SECURITY = 2025-12-01"), {"bad-table SECURITY/EXEC"}),
    "not a number for a model": (security("SECURITY = nan"), {"bad-table SECURITY/EXEC"}),
    "an empty key beside the entry": (
        security('"" = "opus"\nSECURITY = "haiku"'),
        {
            "entry-lowered SECURITY/EXEC",
            "bad-name",
        },
    ),
    "a suffix twice, beside the entry": (
        security('SECURITY = "opus"\nSECURITY-AGENT_agent = "haiku"'),
        {"duplicate-key SECURITY/EXEC"},
    ),
    "a soft hyphen in the key": (
        security('"SECUR\\u00adITY" = "opus"'),
        {"entry-removed SECURITY/EXEC", "bad-name"},
    ),
    "a table of the default's": (
        on_table(replaced('default = "sonnet"', 'default = { model = "sonnet" }')),
        {"bad-table"},
    ),
    "the inline ladder turned round": (
        inline_ladder("opus", "sonnet", "haiku"),
        {"ladder-reordered"},
    ),
    "a ladder that lists a rung twice": (
        with_ladder(lambda p: [p["opus"], *p.values()]),
        {"bad-policy"},
    ),
    "a ladder that is a table": (
        policy("phases =", 'ladder.name = "opus"\nphases ='),
        {"duplicate-key"},
    ),
    "a gate of the code given a low floor": (
        both(
            policy(gate(cell("STORIES/PLAN")), gate(cell("SECURITY/EXEC")) + 'floor = "haiku"\n'),
            lowered("SECURITY/EXEC"),
        ),
        {"entry-lowered SECURITY/EXEC"},
    ),
    "the gates emptied as the entry falls": (
        both(
            without_gate(cell("STORIES/PLAN")),
            without_gate(cell("TESTING/EXEC")),
            policy("phases =", "gates = []\nphases ="),
            lowered("TESTING/EXEC", "sonnet"),
        ),
        {"gate-removed TESTING/EXEC"},
    ),
    "a gate moved to another phase as its entry falls": (
        both(
            policy('phase = "EXEC"\nagent = "TESTING"', 'phase = "LEAD"\nagent = "TESTING"'),
            lowered("TESTING/EXEC", "sonnet"),
        ),
        {"gate-removed TESTING/EXEC", "below-floor TESTING/LEAD"},
    ),
    "a phase under a new name in both files": (
        both(
            phases("LEAD", "PLAN", "SHIP"),
            policy('phase = "EXEC"', 'phase = "SHIP"'),
            on_table(replaced("[EXEC]", "[SHIP]")),
        ),
        {"phase-removed SECURITY/EXEC", "phase-removed TESTING/EXEC"},
    ),
    "a phase swapped with another in the table": (
        on_table(
            lambda t: (
                t.replace("[PLAN]", "[X]").replace("[EXEC]", "[PLAN]").replace("[X]", "[EXEC]")
            )
        ),
        {"entry-lowered STORIES/PLAN", "entry-lowered TESTING/EXEC"},
    ),
    "opus made cheap so that a cheap rung may stand above it": (
        both(
            policy("relative_cost = 5", 'relative_cost = "1/100"'),
            more_rungs(rung("nano", "1/50")),
            lowered("SECURITY/EXEC", "nano"),
        ),
        {"ladder-cost"},
    ),
    "a cheap id put on opus by what its letters are not": (
        both(
            on_policy(lambda t: t.replace('"claude-haiku-*", ', "", 1)),
            policy('  "claude-opus-*",', '  "claude-[!so]*-4-5",\n  "claude-opus-*",'),
        ),
        {"alias-redefined"},
    ),
    "a cheap id put on opus behind a cloud's prefix": (
        policy('  "claude-opus-*",', '  "us.anthropic.claude-haiku-4-5-v1:0",\n  "claude-opus-*",'),
        {"alias-redefined"},
    ),
    "the name of a cheap rung as an alias of opus": (
        policy('  "claude-opus-*",', '  "haiku",\n  "claude-opus-*",'),
        {"bad-policy"},
    ),
    "a sixty-fifth rung": (
        more_rungs(*(rung(f"r{i}", "9") for i in range(62))),
        {"bad-policy"},
    ),
    "the entry lowered where the new default is as high": (
        both(
            lowered("SECURITY/EXEC"), on_table(replaced('default = "sonnet"', 'default = "opus"'))
        ),
        {"entry-lowered SECURITY/EXEC"},
    ),
    "what is no gate but protected": (
        lowered("VALIDATION/LEAD"),
        {"entry-lowered VALIDATION/LEAD"},
    ),
    "the policy as a table and the table as a policy": (
        lambda files: type(files)(files.table, files.policy),
        {"bad-policy", "unknown-phase"},
    ),
}
"""What is done, and some of the reasons that must be given for refusing it."""

PASSES = {
    "an inline ladder that says the same": inline_ladder("haiku", "sonnet", "opus"),
    "gates in lower case and with a suffix": policy(
        'phase = "EXEC"\nagent = "TESTING"', 'phase = "exec"\nagent = "testing-agent"'
    ),
    "phases in another order": phases("EXEC", "PLAN", "LEAD"),
    "a gate removed while its entry stays": without_gate(cell("TESTING/EXEC")),
    "a gate's floor weakened while its entry stays": policy(
        'agent = "TESTING"\n', 'agent = "TESTING"\nfloor = "sonnet"\n'
    ),
    "a gate removed while its entry is spelled otherwise": both(
        without_gate(cell("TESTING/EXEC")),
        on_table(entry(cell("TESTING/EXEC"), "'testing-agent' = 'opus'")),
    ),
    "a new rung below all others": first(rung("nano", "1/50", "gpt-nano")),
    "a new rung above all others, and a gate on it": both(
        more_rungs(rung("ultra", "9", "claude-ultra-*")),
        on_table(entry(cell("SECURITY/EXEC"), 'SECURITY = "ultra"')),
    ),
    "an id that base knows put lower": policy(
        '  "claude-haiku-*",', '  "claude-opus-3",\n  "claude-haiku-*",'
    ),
    "an id that base does not know": policy('  "claude-opus-*",', '  "gpt-9",\n  "claude-opus-*",'),
    "a rung above opus for every id that no other rung knows": more_rungs(rung("ultra", "9", "*")),
    "a pattern of opus for an id that the pattern of a lower rung keeps": policy(
        '  "claude-opus-*",', '  "[c]laude-haiku-4-5",\n  "claude-opus-*",'
    ),
    "logs elsewhere": policy('tokens = ".calibration', 'tokens = ".elsewhere'),
    "a default above what it was": on_table(replaced('default = "sonnet"', 'default = "opus"')),
    "a default below what it was, under no gate": on_table(
        replaced('default = "sonnet"', 'default = "haiku"')
    ),
    "an ordinary entry lowered": lowered("STORIES/LEAD"),
    "a line that a terminal and Unicode would part": on_table(
        lambda t: t.replace("# gate: never lower", "# gate:\u2028\u0085never lower")
    ),
    "a new phase with its gate": both(
        phases("LEAD", "PLAN", "EXEC", "SHIP"), at_end('[SHIP]\nSECURITY = "opus"\n')
    ),
}
"""What is done, and is nobody's business to refuse."""


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A repository with the two files on `main`."""
    workshop = new_repository(tmp_path_factory.mktemp("fresh") / "arena")
    workshop.commit({POLICY: base().policy, TABLE: base().table})
    return workshop


def judged(
    arena: Workshop, change: Change, capsys: pytest.CaptureFixture[str]
) -> tuple[int, set[str]]:
    """Exit code of guarding a change, and each reason with its cell."""
    files = change(base())
    assert files != base()
    arena.git("checkout", "--quiet", "-B", "change", "main")
    arena.commit({POLICY: files.policy, TABLE: files.table})
    capsys.readouterr()
    args = ("--repo", str(arena.path), "--base", "main", "--head", "change", "--format", "json")
    code = main(["guard", *args])
    found = json.loads(capsys.readouterr().out)["violations"]
    return code, {
        f"{v['reason']} {v['agent']}/{v['phase']}" if v["agent"] else v["reason"] for v in found
    }


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, arena: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    change, reasons = REFUSED[name]
    code, found = judged(arena, change, capsys)
    assert (code, reasons - found) == (3, set()), found


@pytest.mark.parametrize("name", PASSES)
def test_it_passes(name: str, arena: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(arena, PASSES[name], capsys) == (0, set())
