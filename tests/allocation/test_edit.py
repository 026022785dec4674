"""The edit changes the value bytes of the decided keys, adds lines for missing ones, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given

from bot.allocation.edit import EditError, edit, edit_by_edit
from bot.allocation.names import Cell
from bot.allocation.table import Table, read_table
from tests.support.documents import Document, edits
from tests.support.tables import RULES, cell

FILE = "config/overrides.toml"
SHIPPED = Path(__file__).parents[2] / FILE


def edited(text: str, models: dict[str, str]) -> str:
    decided = {cell(name): model for name, model in models.items()}
    return edit(text, read_table(text, FILE, RULES), decided, FILE)


TOP = 'default = "sonnet"\n'
OPUS = {"TESTING/EXEC": "opus"}
TWO = {"API/PLAN": "opus", "TESTING/EXEC": "opus"}

REPLACED = {
    "aligned trailing comments": (
        OPUS,
        TOP + '[EXEC]\nAPI = "sonnet"                # a\nTESTING = "sonnet"            # t\n',
        TOP + '[EXEC]\nAPI = "sonnet"                # a\nTESTING = "opus"            # t\n',
    ),
    "only the cell, not the same agent in another phase": (
        OPUS,
        TOP + '[PLAN]\nTESTING = "sonnet"\n[EXEC]\nTESTING = "sonnet"\n',
        TOP + '[PLAN]\nTESTING = "sonnet"\n[EXEC]\nTESTING = "opus"\n',
    ),
    "CRLF line ends": (
        OPUS,
        'default = "sonnet"\r\n\r\n[EXEC]\r\nTESTING = "sonnet" # t\r\n',
        'default = "sonnet"\r\n\r\n[EXEC]\r\nTESTING = "opus" # t\r\n',
    ),
    "line ends mixed": (
        OPUS,
        'default = "sonnet"\r\n[EXEC]\nAPI = "haiku"\r\nTESTING = "sonnet"\nUAT = "haiku"\r\n',
        'default = "sonnet"\r\n[EXEC]\nAPI = "haiku"\r\nTESTING = "opus"\nUAT = "haiku"\r\n',
    ),
    "byte order mark": (
        OPUS,
        "\ufeff" + TOP + '[EXEC]\nTESTING = "sonnet"\n',
        "\ufeff" + TOP + '[EXEC]\nTESTING = "opus"\n',
    ),
    "no final newline": (
        OPUS,
        TOP + '[EXEC]\nTESTING = "sonnet"',
        TOP + '[EXEC]\nTESTING = "opus"',
    ),
    "single quotes": (
        OPUS,
        TOP + "[EXEC]\nTESTING = 'sonnet'\n",
        TOP + "[EXEC]\nTESTING = 'opus'\n",
    ),
    "triple quotes": (
        OPUS,
        TOP + '[EXEC]\nTESTING = """sonnet"""  # t\n',
        TOP + '[EXEC]\nTESTING = """opus"""  # t\n',
    ),
    "triple single quotes": (
        OPUS,
        TOP + "[EXEC]\nTESTING = '''sonnet'''\n",
        TOP + "[EXEC]\nTESTING = '''opus'''\n",
    ),
    "triple quotes over two lines": (
        OPUS,
        TOP + '[EXEC]\nTESTING = """\nsonnet"""  # t\nUAT = "haiku"\n',
        TOP + '[EXEC]\nTESTING = """opus"""  # t\nUAT = "haiku"\n',
    ),
    "escapes": (
        OPUS,
        TOP + '[EXEC]\nTESTING = "\\u0073onnet"\n',
        TOP + '[EXEC]\nTESTING = "opus"\n',
    ),
    "quoted keys": (
        TWO,
        TOP + "['plan']\n\"api\" = 'sonnet'\n[\"EXEC\"]\n'testing-agent' = \"sonnet\"\n",
        TOP + "['plan']\n\"api\" = 'opus'\n[\"EXEC\"]\n'testing-agent' = \"opus\"\n",
    ),
    "dotted keys": (
        TWO,
        'EXEC.TESTING = "sonnet"\ndefault = "sonnet"\nPLAN . "api" = \'sonnet\'\nEXEC.UAT="haiku"\n',
        'EXEC.TESTING = "opus"\ndefault = "sonnet"\nPLAN . "api" = \'opus\'\nEXEC.UAT="haiku"\n',
    ),
    "inline tables": (
        TWO,
        TOP + "EXEC = { TESTING = \"sonnet\", UAT='haiku' }  # e\nPLAN={API='sonnet'}\n",
        TOP + "EXEC = { TESTING = \"opus\", UAT='haiku' }  # e\nPLAN={API='opus'}\n",
    ),
    "tabs and mixed indentation": (
        OPUS,
        TOP + '  [EXEC]\n\tAPI\t=\t"haiku"\n   TESTING\t=\t"sonnet"\t# t\n \tUAT = "haiku"\n',
        TOP + '  [EXEC]\n\tAPI\t=\t"haiku"\n   TESTING\t=\t"opus"\t# t\n \tUAT = "haiku"\n',
    ),
    "no spaces and trailing spaces": (
        OPUS,
        TOP + '[EXEC]\nTESTING="sonnet"  \n',
        TOP + '[EXEC]\nTESTING="opus"  \n',
    ),
    "the key and value also in comments": (
        OPUS,
        TOP + '# TESTING = "sonnet"\n[EXEC] # TESTING = "sonnet"\nTESTING = "sonnet" # "sonnet"\n',
        TOP + '# TESTING = "sonnet"\n[EXEC] # TESTING = "sonnet"\nTESTING = "opus" # "sonnet"\n',
    ),
    "several at once, tables in another order": (
        {"TESTING/EXEC": "opus", "API/PLAN": "opus", "UAT/LEAD": "sonnet"},
        TOP + '[EXEC]\nTESTING = "sonnet"\n[LEAD]\nUAT = "haiku"\n[PLAN]\nAPI = "sonnet"\n',
        TOP + '[EXEC]\nTESTING = "opus"\n[LEAD]\nUAT = "sonnet"\n[PLAN]\nAPI = "opus"\n',
    ),
}

ADDED = {
    "below the last key of the table": (
        OPUS,
        TOP + '[EXEC]\nAPI = "haiku"  # a\n',
        TOP + '[EXEC]\nAPI = "haiku"  # a\nTESTING = "opus"\n',
    ),
    "above a comment that introduces the next table": (
        {"TESTING/PLAN": "opus"},
        TOP + '[PLAN]\nAPI = "haiku"\n\n# Writing it.\n[EXEC]\nAPI = "haiku"\n',
        TOP + '[PLAN]\nAPI = "haiku"\nTESTING = "opus"\n\n# Writing it.\n[EXEC]\nAPI = "haiku"\n',
    ),
    "with the table's indentation": (
        OPUS,
        TOP + '[EXEC]\n\t API = "haiku"\n\t # end\n',
        TOP + '[EXEC]\n\t API = "haiku"\n\t TESTING = "opus"\n\t # end\n',
    ),
    "with CRLF": (
        {"TESTING/PLAN": "opus"},
        'default = "sonnet"\r\n[PLAN]\r\nAPI = "haiku"\r\n\r\n[EXEC]\r\n',
        'default = "sonnet"\r\n[PLAN]\r\nAPI = "haiku"\r\nTESTING = "opus"\r\n\r\n[EXEC]\r\n',
    ),
    "with CRLF, no final newline": (
        OPUS,
        'default = "sonnet"\r\n[EXEC]\r\nAPI = "haiku"  ',
        'default = "sonnet"\r\n[EXEC]\r\nAPI = "haiku"  \r\nTESTING = "opus"',
    ),
    "with the line end of the line above, where they are mixed": (
        OPUS,
        'default = "sonnet"\n[EXEC]\nAPI = "haiku"\r\n\n',
        'default = "sonnet"\n[EXEC]\nAPI = "haiku"\r\nTESTING = "opus"\r\n\n',
    ),
    "no final newline": (
        OPUS,
        TOP + '[EXEC]\nAPI = "haiku" # a',
        TOP + '[EXEC]\nAPI = "haiku" # a\nTESTING = "opus"',
    ),
    "below a value of two lines": (
        OPUS,
        TOP + '[EXEC]\nAPI = """\nhaiku""" # a\n\n',
        TOP + '[EXEC]\nAPI = """\nhaiku""" # a\nTESTING = "opus"\n\n',
    ),
    "byte order mark": (
        OPUS,
        "\ufeff" + TOP + '[EXEC]\nAPI = "haiku"\n',
        "\ufeff" + TOP + '[EXEC]\nAPI = "haiku"\nTESTING = "opus"\n',
    ),
    "an empty table": (
        {"TESTING/PLAN": "opus"},
        TOP + "\t[PLAN]  # nothing yet\n# Writing it.\n[EXEC]\n",
        TOP + '\t[PLAN]  # nothing yet\n\tTESTING = "opus"\n# Writing it.\n[EXEC]\n',
    ),
    "an empty table at the end, no final newline": (
        OPUS,
        TOP + "[EXEC]",
        TOP + '[EXEC]\nTESTING = "opus"',
    ),
    "a quoted lower-case header": (
        OPUS,
        TOP + "[ 'exec' ] # e\n'api' = 'haiku'\n",
        TOP + "[ 'exec' ] # e\n'api' = 'haiku'\nTESTING = \"opus\"\n",
    ),
    "dotted keys": (
        OPUS,
        TOP + '  exec.API = "haiku"  # a\nPLAN.API = "haiku"\n\n[LEAD]\n',
        TOP + '  exec.API = "haiku"  # a\n  exec.TESTING = "opus"\nPLAN.API = "haiku"\n\n[LEAD]\n',
    ),
    "dotted keys in pieces": (
        OPUS,
        'EXEC.API = "haiku"\nPLAN.API = "haiku"\n"EXEC" . UAT = "haiku"\ndefault = "sonnet"\n',
        'EXEC.API = "haiku"\nPLAN.API = "haiku"\n"EXEC" . UAT = "haiku"\nEXEC.TESTING = "opus"\n'
        'default = "sonnet"\n',
    ),
    "an inline table": (
        OPUS,
        TOP + "EXEC = { API = 'haiku' , UAT = \"haiku\" }  # e\n",
        TOP + 'EXEC = { API = \'haiku\' , UAT = "haiku", TESTING = "opus" }  # e\n',
    ),
    "an empty inline table": (
        OPUS,
        TOP + "EXEC = {}  # e\n",
        TOP + 'EXEC = { TESTING = "opus" }  # e\n',
    ),
    "no table yet": (
        OPUS,
        TOP + '\n[PLAN]\nAPI = "haiku"\n# end\n',
        TOP + '\n[PLAN]\nAPI = "haiku"\n# end\n\n[EXEC]\nTESTING = "opus"\n',
    ),
    "no table yet, blank line at the end": (
        OPUS,
        'default = "sonnet"\r\n\r\n',
        'default = "sonnet"\r\n\r\n[EXEC]\r\nTESTING = "opus"\r\n',
    ),
    "nothing but the default, no final newline": (
        OPUS,
        'default = "sonnet"',
        'default = "sonnet"\n\n[EXEC]\nTESTING = "opus"',
    ),
    "two in a phase that has no table yet, one replaced": (
        {"TESTING/EXEC": "opus", "API/EXEC": "opus", "API/PLAN": "opus"},
        TOP + "PLAN.API = 'sonnet'\n",
        TOP + 'PLAN.API = \'opus\'\n\n[EXEC]\nTESTING = "opus"\nAPI = "opus"\n',
    ),
}


@pytest.mark.parametrize("case", REPLACED)
def test_a_value_is_replaced_and_every_other_byte_kept(case: str) -> None:
    models, before, after = REPLACED[case]
    assert edited(before, models) == after


@pytest.mark.parametrize("case", ADDED)
def test_a_cell_at_default_gets_a_key_in_its_phase(case: str) -> None:
    models, before, after = ADDED[case]
    assert edited(before, models) == after


def test_no_decision_returns_the_text_itself() -> None:
    text = SHIPPED.read_bytes().decode()
    assert edited(text, {}) == text


def test_a_promotion_in_the_shipped_table_is_a_diff_of_one_line() -> None:
    before = SHIPPED.read_bytes().decode()
    after = edited(before, {"DATABASE/PLAN": "opus"})
    changed = zip(before.split("\n"), after.split("\n"), strict=True)
    assert [pair for pair in changed if pair[0] != pair[1]] == [
        (
            'DATABASE = "sonnet"           # schema and migrations',
            'DATABASE = "opus"           # schema and migrations',
        )
    ]


def test_a_model_the_old_quotes_cannot_hold_is_written_in_plain_ones() -> None:
    text = TOP + "[EXEC]\nTESTING = 'sonnet'\n"
    assert edited(text, {"TESTING/EXEC": "it's"}) == TOP + '[EXEC]\nTESTING = "it\'s"\n'


def by_hand(models: str) -> str:
    return (
        f"{FILE}: cannot set {models} without touching anything else; nothing was changed."
        " Edit the file by hand"
    )


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param(TOP, {Cell("EXEC", "TESTING"): ("EXEC", "TESTING")}, id="entry that is gone"),
        pytest.param(TOP + '[EXEC]\nTESTING = "sonnet"\n', {}, id="entry that the table misses"),
    ],
)
def test_a_table_that_is_not_the_texts_own_is_refused_with_what_to_do(
    text: str, paths: dict[Cell, tuple[str, str]]
) -> None:
    stale = Table("sonnet", dict.fromkeys(paths, "sonnet"), paths)
    with pytest.raises(EditError) as caught:
        edit(text, stale, {Cell("EXEC", "TESTING"): "opus"}, FILE)
    assert str(caught.value) == by_hand("TESTING/EXEC to 'opus'")
    assert caught.value.exit_code == 1


def test_a_result_that_reads_back_as_something_else_is_refused() -> None:
    """TOML reads a line end inside a string as a plain newline, so this model would not survive."""
    with pytest.raises(EditError, match="by hand"):
        edited(TOP + '[EXEC]\nTESTING = """sonnet"""\n', {"TESTING/EXEC": "a\r\nb"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('default = "sonnet"\n[EXEC]\nTESTING = ', id="it cannot read"),
        pytest.param('[[x]]\n[EXEC]\nTESTING = "sonnet"\n[[x.y]]\n', id="it would reorder"),
    ],
)
def test_a_text_that_tomlkit_does_not_keep_as_it_is_is_refused(text: str) -> None:
    testing = Cell("EXEC", "TESTING")
    table = Table("sonnet", {testing: "sonnet"}, {testing: ("EXEC", "TESTING")})
    with pytest.raises(EditError, match="by hand"):
        edit(text, table, {testing: "opus"}, FILE)


def test_the_goldens_are_toml_that_means_what_was_decided() -> None:
    for models, before, after in (*REPLACED.values(), *ADDED.values()):
        table = read_table(after, FILE, RULES)
        decided = {cell(name): model for name, model in models.items()}
        assert table.entries == {**read_table(before, FILE, RULES).entries, **decided}


@given(edits())
def test_never_is_another_key_or_byte_touched(case: tuple[Document, dict[Cell, str]]) -> None:
    """Whatever the spelling, the result is the old text with the values and new lines spliced in."""
    document, models = case
    before = str(document)
    table = read_table(before, FILE, RULES)
    after = edit(before, table, models, FILE)
    assert after == str(document.edited(models))
    steps = [dict([*models.items()][: n + 1]) for n in range(len(models))]
    expected = [edit(before, table, some, FILE) for some in steps]
    assert [*edit_by_edit(before, table, models, FILE)] == expected
    again = read_table(after, FILE, RULES)
    assert again.entries == {**table.entries, **models}
    assert again.default == table.default
    assert {cell: again.paths[cell] for cell in table.paths} == table.paths


def test_a_hundred_edits_of_a_thousand_entries_are_soon_made() -> None:
    """A commit each: what finds their places reads the text once, not a hundred times."""
    text = TOP + "".join(f"[{phase}]\n{AGENTS}" for phase in ("LEAD", "PLAN", "EXEC"))
    models = {Cell("EXEC", f"AGENT-{n}"): "opus" for n in range(0, 300, 3)}
    table = read_table(text, FILE, RULES)
    began = time.process_time()
    *_, last = edit_by_edit(text, table, models, FILE)
    assert time.process_time() - began < 3
    assert last == edit(text, table, models, FILE)


AGENTS = "".join(f'AGENT-{n} = "sonnet"  # why\n' for n in range(334))
