"""Ways to weaken a gate, and changes that only look like one: functions from two texts to two texts.

The base is the shipped policy and table, with VALIDATION/LEAD on sonnet so that it can fall too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.allocation.names import Cell
from bot.gates.refusals import Weakening

CONFIG = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Files:
    """Both files of one side, as bytes."""

    policy: bytes
    table: bytes


@cache
def base() -> Files:
    """What every attack starts from."""
    table = (CONFIG / "overrides.toml").read_text("utf-8")
    table = table.replace('VALIDATION = "haiku" ', 'VALIDATION = "sonnet"', 1)
    return Files((CONFIG / "policy.toml").read_bytes(), table.encode())


BUILT_IN = tuple(
    Cell(phase, agent) for phase in ("LEAD", "PLAN", "EXEC") for agent in ("SECURITY", "VALIDATION")
)
EXTRA = (Cell("PLAN", "STORIES"), Cell("EXEC", "TESTING"))
CELLS = (*BUILT_IN, *EXTRA)

Edit = Callable[[str], str]
Change = Callable[[Files], Files]


@dataclass(frozen=True)
class Attack:
    """One way to weaken one gate, or all of them."""

    name: str
    change: Change
    reason: Weakening
    cell: Cell | None = None
    """The assignment the refusal must name, None where it concerns every gate."""
    start: Change = lambda files: files
    """What base looks like, where it is not `base()`."""

    def __str__(self) -> str:
        return self.name if self.cell is None else f"{self.name}-{self.cell}".replace("/", "-")


# ---------------------------------------------------------------- building blocks


def on_table(edit: Edit) -> Change:
    """A change of the table's text."""
    return lambda files: Files(files.policy, edit(files.table.decode()).encode())


def on_policy(edit: Edit) -> Change:
    """A change of the policy's text."""
    return lambda files: Files(edit(files.policy.decode()).encode(), files.table)


def both(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(files: Files) -> Files:
        for one in changes:
            files = one(files)
        return files

    return change


def replaced(old: str, new: str) -> Edit:
    """The first `old`, which must be there, as `new`."""

    def edit(text: str) -> str:
        assert old in text, f"{old!r} is not in the text"
        return text.replace(old, new, 1)

    return edit


def section(text: str, phase: str) -> re.Match[str]:
    """The part of the table from `[PHASE]` to the next header or the end."""
    found = re.search(rf"^\[{phase}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    return found


def entry(cell: Cell, statement: str) -> Edit:
    """The statement of a cell (without its comment) as another; `{model}` is its model of before."""

    def edit(text: str) -> str:
        whole = section(text, cell.phase)
        line = re.search(rf'^{cell.agent} = "(\w+)"(.*)$', whole[0], re.MULTILINE)
        assert line
        start = whole.start() + line.start()
        new = statement.replace("{model}", line[1]) + line[2]
        return text[:start] + new + text[start + len(line[0]) :]

    return edit


def agents(text: str, phase: str) -> Iterator[tuple[str, str]]:
    """Agents and models of one phase."""
    for line in section(text, phase)[1].splitlines():
        if found := re.match(r'(\w+) = "(\w+)"', line):
            yield found[1], found[2]


def respelled(cell: Cell, spell: Callable[[str, list[tuple[str, str]]], str], model: str) -> Edit:
    """The cell's phase in another spelling at the top of the file, the cell on `model`."""

    def edit(text: str) -> str:
        whole = section(text, cell.phase)
        pairs = [
            (a, model.replace("{model}", m) if a == cell.agent else m)
            for a, m in agents(text, cell.phase)
        ]
        rest = text[: whole.start()] + text[whole.end() :]
        top = re.search(r"^default = .*\n", rest, re.MULTILINE)
        assert top
        return rest[: top.end()] + spell(cell.phase, pairs) + rest[top.end() :]

    return edit


def dotted(phase: str, pairs: list[tuple[str, str]]) -> str:
    """`EXEC.SECURITY = "opus"` and so on."""
    return "".join(f'{phase}.{agent} = "{model}"\n' for agent, model in pairs)


def inline(phase: str, pairs: list[tuple[str, str]]) -> str:
    """`EXEC = { SECURITY = "opus", … }`."""
    inside = ", ".join(f'{agent} = "{model}"' for agent, model in pairs)
    return f"{phase} = {{ {inside} }}\n"


# ---------------------------------------------------------------- attacks on an entry

SPELLINGS = {
    "plain": '{agent} = "{to}"',
    "lower-case": '{lower} = "{to}"',
    "mixed-case": '{mixed} = "{to}"',
    "with-suffix": '{agent}-AGENT = "{to}"',
    "with-lower-suffix": '{lower}_agent = "{to}"',
    "quoted-key": '"{agent}" = "{to}"',
    "single-quoted-key": "'{agent}' = \"{to}\"",
    "escaped-key": '"\\u{first}{rest}" = "{to}"',
    "single-quoted": "{agent} = '{to}'",
    "multi-line": '{agent} = """\n{to}"""',
    "multi-line-literal": "{agent} = '''\n{to}'''",
    "multi-line-joined": '{agent} = """\\\n   {to}"""',
    "spaced": '  {agent}\t=   "{to}"',
}
"""Of one entry; harmless with the same value, an attack with a lower one."""

LOOK_ALIKES = {
    "cyrillic": {"E": "Е", "T": "Т", "A": "А", "S": "Ѕ"},
    "greek": {"E": "Ε", "T": "Τ", "A": "Α", "I": "Ι"},
    "full-width": {"E": "Ｅ", "T": "Ｔ", "A": "Ａ", "I": "Ｉ"},
    "long-s": {"S": "ſ"},
    "combining": {"E": "E\u0301", "A": "A\u0301", "I": "I\u0307", "T": "T\u0308"},
    "zero-width": {"T": "T\u200b", "A": "A\u200d"},
    "trailing-space": {"Y": "Y ", "N": "N ", "G": "G ", "S": "S "},
}


def spelled(cell: Cell, spelling: str, to: str) -> Edit:
    """An entry in another spelling, on the model `to` (`{model}`: unchanged)."""
    first, rest = f"{ord(cell.agent[0]):04x}", cell.agent[1:]
    mixed = cell.agent[0] + rest.lower()
    statement = SPELLINGS[spelling]
    names = {
        "agent": cell.agent,
        "lower": cell.agent.lower(),
        "mixed": mixed,
        "first": first,
        "rest": rest,
    }
    for name, value in {**names, "to": to}.items():
        statement = statement.replace(f"{{{name}}}", value)
    return entry(cell, statement)


def disguised(cell: Cell, letters: dict[str, str]) -> str:
    """The agent's name with its last replaceable letter replaced."""
    for position in range(len(cell.agent) - 1, -1, -1):
        letter = cell.agent[position]
        if letter in letters:
            return cell.agent[:position] + letters[letter] + cell.agent[position + 1 :]
    raise AssertionError(f"{cell.agent} has none of {sorted(letters)}")


def on_entry(cell: Cell) -> Iterator[Attack]:
    """Every attack on the entry of one cell."""

    def attack(name: str, edit: Edit, reason: Weakening, named: Cell | None = cell) -> Attack:
        return Attack(name, on_table(edit), reason, named)

    for spelling in SPELLINGS:
        yield attack(
            f"lowered-{spelling}", spelled(cell, spelling, "haiku"), Weakening.ENTRY_LOWERED
        )
    for name, spell in (("dotted", dotted), ("inline", inline)):
        yield attack(f"lowered-{name}", respelled(cell, spell, "haiku"), Weakening.ENTRY_LOWERED)
    lowered = entry(cell, f'{cell.agent} = "haiku"')
    header = f"[{cell.phase}]\n"
    for name, new in {
        "phase-lower-case": f"[{cell.phase.lower()}]\n",
        "phase-quoted": f'["{cell.phase}"]\n',
        "phase-spaced": f"[ {cell.phase} ] # {{\n",
    }.items():
        edit = _then(lowered, replaced(header, new))
        yield attack(f"lowered-{name}", edit, Weakening.ENTRY_LOWERED)
    yield attack("lowered-bom", lambda text: "\ufeff" + lowered(text), Weakening.ENTRY_LOWERED)
    yield attack(
        "lowered-crlf", lambda text: lowered(text).replace("\n", "\r\n"), Weakening.ENTRY_LOWERED
    )
    yield from _removals(cell, attack)
    yield from _wrong_names(cell, attack)
    yield from _wrong_models(cell, attack)


def _then(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def _removals(cell: Cell, attack: Callable[..., Attack]) -> Iterator[Attack]:
    header = f"[{cell.phase}]\n"
    yield attack("deleted", entry(cell, "# "), Weakening.ENTRY_REMOVED)
    yield attack(
        "commented-out", entry(cell, f'# {cell.agent} = "{{model}}"'), Weakening.ENTRY_REMOVED
    )
    yield attack("renamed", entry(cell, f'{cell.agent}S = "{{model}}"'), Weakening.ENTRY_REMOVED)
    yield attack(
        "renamed-prefix", entry(cell, f'X{cell.agent} = "{{model}}"'), Weakening.ENTRY_REMOVED
    )
    again = f'{cell.agent} = "haiku"\n{cell.agent} = "{{model}}"'
    yield attack("duplicated", entry(cell, again), Weakening.DUPLICATE_KEY, None)
    other = f'{cell.agent} = "{{model}}"\n{cell.agent.lower()} = "haiku"'
    yield attack("duplicated-other-case", entry(cell, other), Weakening.DUPLICATE_KEY)
    suffix = f'{cell.agent} = "{{model}}"\n{cell.agent}-AGENT = "haiku"'
    yield attack("duplicated-suffix", entry(cell, suffix), Weakening.DUPLICATE_KEY)
    yield attack(
        "table-deleted", lambda t: t.replace(section(t, cell.phase)[0], ""), Weakening.ENTRY_REMOVED
    )
    yield attack("table-renamed", replaced(header, f"[{cell.phase}S]\n"), Weakening.ENTRY_REMOVED)
    yield attack(
        "table-renamed-unknown",
        replaced(header, f"[{cell.phase}S]\n"),
        Weakening.UNKNOWN_PHASE,
        None,
    )
    other_phase = "PLAN" if cell.phase != "PLAN" else "LEAD"
    nested = replaced(header, f"[{other_phase}.{cell.phase}]\n")
    yield attack("table-moved", nested, Weakening.ENTRY_REMOVED)
    yield attack(
        "table-as-array", replaced(header, f"[[{cell.phase}]]\n"), Weakening.BAD_TABLE, None
    )
    yield attack(
        "table-as-array-removed", replaced(header, f"[[{cell.phase}]]\n"), Weakening.ENTRY_REMOVED
    )
    low = _then(entry(cell, "# "), replaced('default = "sonnet"', 'default = "haiku"'))
    yield attack("default-lowered-key-removed", low, Weakening.ENTRY_REMOVED)
    high = _then(entry(cell, "# "), replaced('default = "sonnet"', 'default = "opus"'))
    yield attack("default-raised-key-removed", high, Weakening.ENTRY_REMOVED)
    as_top = _then(entry(cell, "# "), replaced("[LEAD]", f'{cell.agent} = "opus"\n[LEAD]'))
    yield attack("moved-to-top", as_top, Weakening.ENTRY_REMOVED)


def _wrong_names(cell: Cell, attack: Callable[..., Attack]) -> Iterator[Attack]:
    for look, letters in LOOK_ALIKES.items():
        if not any(letter in cell.agent for letter in letters):
            continue
        disguise = f'"{disguised(cell, letters)}" = "{{model}}"'
        yield attack(f"look-alike-{look}", entry(cell, disguise), Weakening.ENTRY_REMOVED)
        yield attack(f"look-alike-{look}-named", entry(cell, disguise), Weakening.BAD_NAME, None)
        beside = f'{cell.agent} = "haiku"\n{disguise}'
        yield attack(
            f"look-alike-{look}-beside-lowered", entry(cell, beside), Weakening.ENTRY_LOWERED
        )


def _wrong_models(cell: Cell, attack: Callable[..., Attack]) -> Iterator[Attack]:
    for name, model in {
        "unknown": "gpt-9",
        "case": "Opus",
        "upper-case": "OPUS",
        "concrete-id": "claude-opus-4-1",
        "cheap-id": "claude-haiku-4-5",
        "trailing-space": "opus ",
        "cyrillic": "оpus",
        "zero-width": "opus\\u200b",
        "line-break": "opus\\n",
        "empty": "",
    }.items():
        edit = entry(cell, f'{cell.agent} = "{model}"')
        yield attack(f"model-{name}", edit, Weakening.UNKNOWN_MODEL)
    for name, value in {"number": "5", "list": '["opus"]', "table": '{ model = "opus" }'}.items():
        yield attack(f"model-{name}", entry(cell, f"{cell.agent} = {value}"), Weakening.BAD_TABLE)


def on_default(cell: Cell) -> Iterator[Attack]:
    """Attacks on a cell that stands on the default, which is opus."""
    start = on_table(_then(entry(cell, "# "), replaced('default = "sonnet"', 'default = "opus"')))
    for low in ("sonnet", "haiku"):
        lower = on_table(replaced('default = "opus"', f'default = "{low}"'))
        extra = cell in EXTRA
        yield Attack(f"default-to-{low}", lower, Weakening.DEFAULT_LOWERED, cell, start)
        added = on_table(replaced(f"[{cell.phase}]\n", f'[{cell.phase}]\n{cell.agent} = "{low}"\n'))
        yield Attack(f"entry-{low}-over-default", added, Weakening.ENTRY_LOWERED, cell, start)
        if extra:
            both_fall = both(lower, without_gate(cell))
            yield Attack(
                f"gate-removed-default-{low}", both_fall, Weakening.GATE_REMOVED, cell, start
            )
    gone = on_table(replaced('default = "opus"', "# default"))
    yield Attack("default-removed", gone, Weakening.BAD_TABLE, None, start)
    unknown = on_table(replaced('default = "opus"', 'default = "best"'))
    yield Attack("default-unknown", unknown, Weakening.UNKNOWN_MODEL, None, start)
    other = on_table(replaced('default = "opus"', 'DEFAULT = "haiku"\ndefault = "opus"'))
    yield Attack("default-twice", other, Weakening.BAD_NAME, None, start)


# ---------------------------------------------------------------- attacks on the policy


def gate(cell: Cell) -> str:
    """The statement of a shipped extra gate."""
    return f'[[gates]]\nphase = "{cell.phase}"\nagent = "{cell.agent}"\n'


def without_gate(cell: Cell) -> Change:
    """The policy without one of its extra gates."""
    return on_policy(replaced(gate(cell), ""))


def rungs(text: str) -> dict[str, str]:
    """Each rung's part of the policy."""
    parts = re.findall(r'^\[\[ladder\]\]\nname = "(\w+)"\n(?:.+\n)*', text, re.MULTILINE)
    whole = re.findall(r'^\[\[ladder\]\]\nname = "\w+"\n(?:.+\n)*', text, re.MULTILINE)
    return dict(zip(parts, whole, strict=True))


def with_ladder(arrange: Callable[[dict[str, str]], list[str]]) -> Change:
    """The policy with its rungs arranged anew."""

    def edit(text: str) -> str:
        parts = rungs(text)
        for part in parts.values():
            text = text.replace(part, "", 1)
        rule = "# ------------------------------------------------------------------- the gates"
        return text.replace(rule, "\n".join(arrange(parts)) + "\n" + rule, 1)

    return on_policy(edit)


def rung(name: str, cost: str = "9", *models: str) -> str:
    """A rung of our own."""
    listed = ", ".join(f'"{model}"' for model in models)
    return f'[[ladder]]\nname = "{name}"\nmodels = [{listed}]\nrelative_cost = "{cost}"\n'


def arranged(*names: str) -> Change:
    """The shipped rungs in another order, or fewer of them."""
    return with_ladder(lambda parts: [parts[name] for name in names])


def _models(rung: str, *models: str, besides: bool = False) -> Change:
    """Other ids on a rung, or some `besides` those it has."""
    listed = "".join(f'"{model}", ' for model in models)

    def edit(text: str) -> str:
        start = rf'(name = "{rung}"\nmodels = \[)'
        pattern = rf"{start}\n" if besides else rf"{start}.*?\n]"
        changed, count = re.subn(
            pattern, rf"\1{listed}\n" if besides else rf"\1{listed}]", text, flags=re.DOTALL
        )
        assert count == 1, rung
        return changed

    return on_policy(edit)


def opus_models(*models: str, besides: bool = False) -> Change:
    """Other ids on the rung `opus`."""
    return _models("opus", *models, besides=besides)


def haiku_models(*models: str, besides: bool = False) -> Change:
    """Other ids on the rung `haiku`."""
    return _models("haiku", *models, besides=besides)


def all_gates_to(model: str) -> Change:
    """Every gate entry on one model."""
    return both(*(on_table(entry(cell, f'{cell.agent} = "{model}"')) for cell in CELLS))


def on_ladder() -> Iterator[Attack]:
    """Attacks on the rungs and on what they stand for."""
    moved, lost, alias = (
        Weakening.LADDER_REORDERED,
        Weakening.LADDER_SHORTENED,
        Weakening.ALIAS_REDEFINED,
    )
    yield Attack("opus-lowest", arranged("opus", "haiku", "sonnet"), moved)
    yield Attack("opus-middle", arranged("haiku", "opus", "sonnet"), moved)
    yield Attack("low-swapped", arranged("sonnet", "haiku", "opus"), moved)
    yield Attack("reversed", arranged("opus", "sonnet", "haiku"), moved)
    yield Attack("without-opus", both(arranged("haiku", "sonnet"), all_gates_to("sonnet")), lost)
    yield Attack("without-haiku", arranged("sonnet", "opus"), lost)
    yield Attack("only-opus", arranged("opus"), lost)
    renamed = on_policy(replaced('name = "opus"', 'name = "Opus"'))
    yield Attack("opus-renamed", both(renamed, all_gates_to("Opus")), lost)
    yield Attack("opus-renamed-entries-stay", renamed, lost)
    swapped = on_policy(
        _then(
            replaced('name = "haiku"', 'name = "x"'),
            replaced('name = "opus"', 'name = "haiku"'),
            replaced('name = "x"', 'name = "opus"'),
        )
    )
    yield Attack("names-swapped", swapped, moved)
    dearer = with_ladder(
        lambda p: [p["haiku"], p["sonnet"], p["opus"], rung("turbo", "1/10", "gpt-nano")]
    )
    yield Attack("cheap-rung-on-top", both(dearer, all_gates_to("turbo")), Weakening.LADDER_COST)
    no_cost = with_ladder(
        lambda p: [p["haiku"], p["sonnet"], p["opus"], '[[ladder]]\nname = "turbo"\n']
    )
    yield Attack(
        "rung-without-cost-on-top", both(no_cost, all_gates_to("turbo")), Weakening.LADDER_COST
    )
    yield Attack("exact-id", opus_models("claude-opus-*", "claude-haiku-4-5"), alias)
    yield Attack("exact-sonnet-id", opus_models("claude-sonnet-4-5"), alias)
    yield Attack("glob-of-haiku", both(haiku_models(), opus_models("claude-haiku-*")), alias)
    yield Attack(
        "glob-of-all", both(haiku_models("claude-3-haiku-*"), opus_models("claude-*")), alias
    )
    yield Attack("glob-star", both(haiku_models(), opus_models("*")), alias)
    yield Attack("glob-set", both(haiku_models(), opus_models("claude-[gh]aiku-4-?")), alias)
    yield Attack("glob-question", both(haiku_models(), opus_models("claude-haiku-4-??")), alias)
    yield Attack(
        "sonnet-takes-haiku",
        both(haiku_models(), on_policy(replaced('"claude-sonnet-*"', '"claude-haiku-*"'))),
        alias,
    )
    exact = with_ladder(
        lambda p: [p["haiku"], p["sonnet"], p["opus"], rung("claude-haiku-4-5", "9")]
    )
    yield Attack("rung-named-as-cheap-id", both(exact, all_gates_to("claude-haiku-4-5")), alias)
    above = with_ladder(
        lambda p: [p["haiku"], p["sonnet"], p["opus"], rung("ultra", "9", "claude-sonnet-4-5")]
    )
    yield Attack("cheap-id-above-opus", both(above, all_gates_to("ultra")), alias)


def on_extra_gates() -> Iterator[Attack]:
    """Attacks on the gates of the policy."""
    for cell in EXTRA:
        lowered = on_table(entry(cell, f'{cell.agent} = "sonnet"'))
        yield Attack(
            "gate-removed-entry-lowered",
            both(without_gate(cell), lowered),
            Weakening.GATE_REMOVED,
            cell,
        )
        weaker = on_policy(replaced(gate(cell), gate(cell) + 'floor = "haiku"\n'))
        yield Attack(
            "gate-weakened-entry-lowered", both(weaker, lowered), Weakening.GATE_REMOVED, cell
        )
        other = on_policy(replaced(gate(cell), gate(cell).replace(cell.agent, cell.agent + "S")))
        yield Attack(
            "gate-renamed-entry-lowered", both(other, lowered), Weakening.GATE_REMOVED, cell
        )
        removed = on_table(entry(cell, "# "))
        yield Attack(
            "gate-removed-entry-deleted",
            both(without_gate(cell), removed),
            Weakening.ENTRY_REMOVED,
            cell,
        )
    added = on_policy(replaced(gate(EXTRA[0]), gate(EXTRA[0]) + gate(Cell("EXEC", "DESIGN"))))
    yield Attack("gate-added-unmet", added, Weakening.BELOW_FLOOR, Cell("EXEC", "DESIGN"))


def phases(*names: str) -> Change:
    """Other phases in the policy."""
    listed = ", ".join(f'"{name}"' for name in names)
    return on_policy(replaced('phases = ["LEAD", "PLAN", "EXEC"]', f"phases = [{listed}]"))


def on_phases() -> Iterator[Attack]:
    """Attacks through the list of phases."""
    more = phases("LEAD", "PLAN", "EXEC", "SHIP")
    security = Cell("SHIP", "SECURITY")
    yield Attack("phase-added", more, Weakening.PHASE_WITHOUT_GATE, security)
    listed = on_table(lambda text: text + '\n[SHIP]\nAPI = "opus"\n')
    yield Attack(
        "phase-added-with-others", both(more, listed), Weakening.PHASE_WITHOUT_GATE, security
    )
    low = on_table(lambda text: text + '\n[SHIP]\nSECURITY = "sonnet"\n')
    yield Attack("phase-added-low", both(more, low), Weakening.PHASE_WITHOUT_GATE, security)
    for phase in ("LEAD", "PLAN", "EXEC"):
        rest = [name for name in ("LEAD", "PLAN", "EXEC") if name != phase]
        gates = [without_gate(cell) for cell in EXTRA if cell.phase == phase]
        cut = on_table(lambda text, phase=phase: text.replace(section(text, phase)[0], ""))
        for agent in ("SECURITY", "VALIDATION"):
            named = Cell(phase, agent)
            yield Attack(
                "phase-removed", both(phases(*rest), *gates, cut), Weakening.PHASE_REMOVED, named
            )
    only_policy = both(phases("LEAD", "PLAN"), without_gate(EXTRA[1]))
    yield Attack("phase-removed-table-stays", only_policy, Weakening.UNKNOWN_PHASE)


# ---------------------------------------------------------------- attacks on the files


def on_content() -> Iterator[Attack]:
    """Attacks on the bytes of a file, of either."""
    lowered = entry(Cell("EXEC", "SECURITY"), 'SECURITY = "haiku"')
    for name, change in (("policy", on_policy), ("table", on_table)):
        yield Attack(f"{name}-emptied", change(lambda _: ""), Weakening.FILE_EMPTIED)
        yield Attack(f"{name}-blank", change(lambda _: "\ufeff \r\n\t\n"), Weakening.FILE_EMPTIED)
        yield Attack(f"{name}-nul", change(lambda text: text + "# \0\n"), Weakening.FILE_NOT_TEXT)
        yield Attack(
            f"{name}-cut", change(lambda text: text + "x = [\n"), Weakening.FILE_UNREADABLE
        )
        yield Attack(
            f"{name}-cr", change(lambda text: text + "# \r x\n"), Weakening.FILE_UNREADABLE
        )
        yield Attack(
            f"{name}-deep",
            change(lambda text: text + "x = " + "[" * 100_000),
            Weakening.FILE_UNREADABLE,
        )
        yield Attack(
            f"{name}-dots",
            change(lambda text: "a." * 100_000 + "b = 1\n" + text),
            Weakening.FILE_UNREADABLE,
        )
        yield Attack(
            f"{name}-digits",
            change(lambda text: "z = " + "9" * 5_000 + "\n" + text),
            Weakening.FILE_UNREADABLE,
        )
        yield Attack(
            f"{name}-large", change(lambda text: text + "#" * (1 << 20)), Weakening.FILE_TOO_LARGE
        )
    for name, encoding in (("utf-16", "utf-16"), ("latin-1", "latin-1")):
        recoded = lambda files, e=encoding: Files(  # noqa: E731 - one of a table
            files.policy, (files.table.decode() + "# café\n").encode(e)
        )
        yield Attack(f"table-{name}", recoded, Weakening.FILE_NOT_TEXT)
    raw = lambda files: Files(files.policy + b"# \xff\xfe\n", files.table)  # noqa: E731 - one of a table
    yield Attack("policy-invalid-utf-8", raw, Weakening.FILE_NOT_TEXT)
    no_rules = on_policy(lambda text: text.replace("[[ladder]]", "[[stairs]]"))
    yield Attack("policy-without-ladder", no_rules, Weakening.BAD_POLICY)
    cell = Cell("EXEC", "SECURITY")
    broken = both(on_policy(lambda _: "x"), on_table(lowered))
    yield Attack("policy-broken-entry-lowered", broken, Weakening.ENTRY_LOWERED, cell)
    yield Attack("policy-broken-named", broken, Weakening.FILE_UNREADABLE)


ATTACKS: tuple[Attack, ...] = (
    *(attack for cell in CELLS for attack in on_entry(cell)),
    *(
        attack
        for cell in CELLS
        if cell != Cell("LEAD", "VALIDATION")
        for attack in on_default(cell)
    ),
    *on_ladder(),
    *on_extra_gates(),
    *on_phases(),
    *on_content(),
)


# ---------------------------------------------------------------- harmless changes


def with_company(files: Files) -> Files:
    """Harmless edits of the table to hide an attack among; files beyond repair stay as they are."""
    try:
        text = files.table.decode()
    except UnicodeDecodeError:
        return files
    if "GITHUB" not in text:
        return files
    text = text.replace('GITHUB = "haiku"', 'GITHUB = "sonnet"').replace(
        'RISK = "sonnet"', 'Risk = "haiku"'
    )
    return Files(files.policy, (text + "# reviewed\n").encode())


def harmless() -> dict[str, tuple[Change, Change]]:
    """By name: what base looks like, and the change."""
    same: Change = lambda files: files  # noqa: E731 - a name for nothing
    top = with_ladder(
        lambda p: [p["haiku"], p["sonnet"], p["opus"], rung("ultra", "25", "claude-ultra-*")]
    )
    found: dict[str, tuple[Change, Change]] = {
        "nothing": (same, same),
        "comment-in-table": (same, on_table(lambda text: "# hello\n" + text)),
        "comment-in-policy": (same, on_policy(lambda text: text + "# hello\n")),
        "comments-removed": (same, on_table(lambda text: re.sub(r" *#.*", "", text))),
        "crlf": (same, both(on_table(_crlf), on_policy(_crlf))),
        "bom": (same, both(on_table(_bom), on_policy(_bom))),
        "no-final-newline": (same, on_table(str.rstrip)),
        "sections-reordered": (same, on_table(_exec_first)),
        "entries-sorted-backwards": (same, on_table(_backwards)),
        "blank-lines": (same, on_table(lambda text: text.replace("\n", "\n\n"))),
        "promotion": (same, on_table(entry(Cell("EXEC", "API"), 'API = "opus"'))),
        "validation-lead-raised": (
            same,
            on_table(entry(Cell("LEAD", "VALIDATION"), 'VALIDATION = "opus"')),
        ),
        "demotion-by-hand": (same, on_table(entry(Cell("PLAN", "RISK"), 'RISK = "haiku"'))),
        "ordinary-entry-removed": (same, on_table(entry(Cell("PLAN", "RISK"), "# "))),
        "agent-added": (same, on_table(replaced("[EXEC]\n", '[EXEC]\nLINTER = "haiku"\n'))),
        "default-lowered-with-entries": (
            same,
            on_table(replaced('default = "sonnet"', 'default = "haiku"')),
        ),
        "default-raised": (same, on_table(replaced('default = "sonnet"', 'default = "opus"'))),
        "rung-added-on-top": (same, top),
        "rung-added-below": (
            same,
            with_ladder(lambda p: [rung("nano", "1/10", "claude-nano-*"), *p.values()]),
        ),
        "rung-added-between": (
            same,
            with_ladder(lambda p: [p["haiku"], rung("midi", "1/2"), p["sonnet"], p["opus"]]),
        ),
        "gates-raised-with-rung": (same, both(top, all_gates_to("ultra"))),
        "gates-raised-on-longer-ladder": (top, all_gates_to("ultra")),
        "new-ids": (same, opus_models("claude-5-opus", "o5-*", besides=True)),
        "ids-dropped": (same, opus_models()),
        "ids-moved-down": (
            same,
            both(opus_models("claude-3-opus-*"), haiku_models("claude-opus-*", besides=True)),
        ),
        "id-narrowed": (same, on_policy(replaced('"claude-haiku-*"', '"claude-haiku-4-*"'))),
        "gate-added": (
            same,
            on_policy(
                replaced(
                    gate(EXTRA[0]),
                    gate(EXTRA[0]) + gate(Cell("EXEC", "DESIGN")) + 'floor = "sonnet"\n',
                )
            ),
        ),
        "gate-added-with-entry": (
            same,
            both(
                on_policy(replaced(gate(EXTRA[0]), gate(EXTRA[0]) + gate(Cell("EXEC", "DESIGN")))),
                on_table(entry(Cell("EXEC", "DESIGN"), 'DESIGN = "opus"')),
            ),
        ),
        "phase-added-with-gate": (
            same,
            both(
                phases("LEAD", "PLAN", "EXEC", "SHIP"),
                on_table(lambda text: text + '\n[SHIP]\nSECURITY = "opus"\n'),
            ),
        ),
        "phases-reordered": (same, phases("EXEC", "PLAN", "LEAD")),
        "cause-added": (
            same,
            on_policy(replaced('"context-loss",', '"context-loss",\n  "sloth",')),
        ),
        "budget-changed": (same, on_policy(replaced("500_000", "900_000"))),
        "cost-changed": (same, on_policy(replaced("relative_cost = 5", "relative_cost = 2"))),
        "broken-gate-repaired": (
            on_table(entry(Cell("EXEC", "SECURITY"), 'SECURITY = "haiku"')),
            on_table(entry(Cell("EXEC", "SECURITY"), 'SECURITY = "opus"')),
        ),
    }
    for cell in CELLS:
        found |= {
            f"same-{spelling}-{cell}": (same, on_table(spelled(cell, spelling, "{model}")))
            for spelling in SPELLINGS
        }
        found[f"same-dotted-{cell}"] = (same, on_table(respelled(cell, dotted, "{model}")))
        found[f"same-inline-{cell}"] = (same, on_table(respelled(cell, inline, "{model}")))
    for cell in EXTRA:
        found[f"gate-removed-entry-stays-{cell}"] = (same, without_gate(cell))
        found[f"gate-gone-then-lowered-{cell}"] = (
            without_gate(cell),
            on_table(entry(cell, f'{cell.agent} = "haiku"')),
        )
    return found


def _crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def _bom(text: str) -> str:
    return f"\ufeff{text}"


def _exec_first(text: str) -> str:
    part = section(text, "EXEC")[0]
    return text.replace(part, "").replace("[LEAD]", f"{part}\n[LEAD]")


def _backwards(text: str) -> str:
    part = section(text, "PLAN")
    return text.replace(part[1], "\n".join(reversed(part[1].strip().splitlines())) + "\n\n")
