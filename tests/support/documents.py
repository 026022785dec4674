"""Generated tables in every spelling TOML has, with an independent account of what an edit must give.

A document is lines of pieces; a piece is text or the value of a cell. The expected result of an edit is
made on the pieces and written out, without looking at TOML at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from bot.allocation.names import Cell
from tests.support.tables import LADDER, PHASES

AGENTS = ("API", "DATABASE", "RISK", "SECURITY", "TESTING", "UAT")
MODELS = LADDER.names


@dataclass(frozen=True)
class Value:
    """The value of a cell: what stands between which quotes."""

    cell: Cell
    quotes: str
    written: str

    def __str__(self) -> str:
        return f"{self.quotes}{self.written}{self.quotes}"


Piece = str | Value


@dataclass(frozen=True)
class Line:
    """A statement, comment or blank line, without its line end."""

    pieces: tuple[Piece, ...]
    phase: str | None = None
    """The phase it belongs to as header or entry; a new key goes below the last such line."""
    new_key: str = ""
    """What a new key of that phase starts with: indentation and dotted prefix."""
    inline: bool = False
    """Whether it is the whole phase in braces; a new key then goes into them."""

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))

    @property
    def cells(self) -> list[Cell]:
        return [piece.cell for piece in self.pieces if isinstance(piece, Value)]


@dataclass(frozen=True)
class Document:
    """A whole file."""

    lines: tuple[Line, ...]
    line_end: str
    final: bool
    mark: bool

    def __str__(self) -> str:
        text = self.line_end.join(map(str, self.lines)) + (self.line_end if self.final else "")
        return "\ufeff" * self.mark + text

    @property
    def cells(self) -> list[Cell]:
        return [cell for line in self.lines for cell in line.cells]

    def edited(self, models: Mapping[Cell, str]) -> Document:
        """What the edit must give."""
        document = self
        for cell, model in models.items():
            change = document._replaced if cell in self.cells else document._added
            document = change(cell, model)
        return document

    def _replaced(self, cell: Cell, model: str) -> Document:
        def new(piece: Piece) -> Piece:
            if isinstance(piece, Value) and piece.cell == cell:
                return replace(piece, written=model)
            return piece

        lines = (replace(line, pieces=tuple(map(new, line.pieces))) for line in self.lines)
        return replace(self, lines=tuple(lines))

    def _added(self, cell: Cell, model: str) -> Document:
        statement: tuple[Piece, ...] = (f"{cell.agent} = ", Value(cell, '"', model))
        own = [i for i, line in enumerate(self.lines) if line.phase == cell.phase]
        if not own:
            blank = () if self.final and not str(self.lines[-1]) else (Line(("",)),)
            new = (Line((f"[{cell.phase}]",), cell.phase), Line(statement, cell.phase))
            return replace(self, lines=(*self.lines, *blank, *new))
        last = self.lines[own[-1]]
        if last.inline:
            return self._with(own[-1], [_inline(last, statement)])
        line = Line((last.new_key, *statement), cell.phase, last.new_key)
        return self._with(own[-1], [last, line])

    def _with(self, index: int, lines: list[Line]) -> Document:
        return replace(self, lines=(*self.lines[:index], *lines, *self.lines[index + 1 :]))


def _inline(line: Line, statement: tuple[Piece, ...]) -> Line:
    start, *middle, end = line.pieces
    if not middle:
        assert isinstance(start, str)
        return replace(line, pieces=(start.rstrip() + " ", *statement, " " + str(end).lstrip()))
    return replace(line, pieces=(start, *middle, ", ", *statement, end))


blanks = st.sampled_from(["", " ", "  ", "\t", " \t"])
comments = st.one_of(
    st.just(""),
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12).map("#{}".format),
    st.sampled_from(["# TESTING = 'opus'", '# "', "# [EXEC]", "#\té 🦆", "# '''"]),
)
tails = st.builds("{}{}".format, blanks, comments)
equals = st.builds("{}={}".format, blanks, blanks)


@st.composite
def values(draw: st.DrawFn, cell: Cell, *, one_line: bool = False) -> Value:
    quotes = draw(st.sampled_from(['"', "'", '"""', "'''"]))
    written = draw(st.sampled_from(MODELS))
    disguised = draw(st.sampled_from(["plain", "plain", "escaped", "two lines"]))
    if disguised == "escaped" and '"' in quotes:
        written = f"\\u{ord(written[0]):04x}{written[1:]}"
    if disguised == "two lines" and len(quotes) == 3 and not one_line:
        written = f"\n{written}"
    return Value(cell, quotes, written)


@st.composite
def keys(draw: st.DrawFn, name: str) -> str:
    spelled = draw(st.sampled_from([name, name.lower(), name.title()]))
    quote = draw(st.sampled_from(["", '"', "'"]))
    return f"{quote}{spelled}{quote}"


@st.composite
def agent_keys(draw: st.DrawFn, agent: str) -> str:
    return draw(keys(agent + draw(st.sampled_from(["", "", "-AGENT", "_agent"]))))


fillers = st.builds(lambda text: Line((text,)), tails)


@st.composite
def headers(draw: st.DrawFn, phase: str, agents: list[str]) -> list[Line]:
    """A phase as `[PHASE]` with a line an entry, comments and blank lines between."""
    indent = draw(blanks)
    name = draw(st.builds("{}{}{}".format, blanks, keys(phase), blanks))
    lines = [Line((f"{indent}[{name}]{draw(tails)}",), phase, indent)]
    for agent in agents:
        lines += draw(st.lists(fillers, max_size=1))
        indent, value = draw(blanks), draw(values(Cell(phase, agent)))
        start = f"{indent}{draw(agent_keys(agent))}{draw(equals)}"
        lines.append(Line((start, value, draw(tails)), phase, indent))
    return lines + draw(st.lists(fillers, max_size=2))


@st.composite
def dotted(draw: st.DrawFn, phase: str, agents: list[str]) -> list[Line]:
    """A phase as `PHASE.AGENT = …` lines."""
    name = draw(keys(phase))
    lines = []
    for agent in agents:
        indent, value = draw(blanks), draw(values(Cell(phase, agent)))
        dot = draw(st.builds("{}.{}".format, blanks, blanks))
        start = f"{indent}{name}{dot}{draw(agent_keys(agent))}{draw(equals)}"
        lines.append(Line((start, value, draw(tails)), phase, f"{indent}{name}."))
    return lines


@st.composite
def inline(draw: st.DrawFn, phase: str, agents: list[str]) -> list[Line]:
    """A phase as `PHASE = { AGENT = … }`."""
    start = f"{draw(blanks)}{draw(keys(phase))}{draw(equals)}{{{draw(blanks)}"
    pieces: list[Piece] = []
    for agent in agents:
        comma = draw(st.builds("{},{}".format, blanks, blanks)) if pieces else ""
        pieces.append(f"{comma}{draw(agent_keys(agent))}{draw(equals)}")
        pieces.append(draw(values(Cell(phase, agent), one_line=True)))
    return [Line((start, *pieces, f"{draw(blanks)}}}{draw(tails)}"), phase, inline=True)]


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A table whose phases are spelled each in its own way, in any order, the dotted ones in pieces."""
    top = [Line((f"{draw(blanks)}default{draw(equals)}", '"sonnet"', draw(tails)))]
    below: list[Line] = []
    for phase in draw(st.permutations(PHASES)):
        agents = draw(st.lists(st.sampled_from(AGENTS), unique=True, max_size=4))
        form = draw(st.sampled_from([headers, headers, dotted, inline, None]))
        if form is headers:
            below += draw(headers(phase, agents))
        elif form is not None:
            top += draw(form(phase, agents))
    top = draw(st.permutations(top + draw(st.lists(fillers, max_size=3))))
    final = draw(st.booleans()) or not str((top + below)[-1])  # an empty last line is a newline
    shown = final or len(top + below) > 1  # without any line end in the text, a new one is plain
    line_end = draw(st.sampled_from(["\n", "\r\n"])) if shown else "\n"
    lines = [replace(line, pieces=_wrapped(line, line_end)) for line in top + below]
    return Document(tuple(lines), line_end, final, mark=draw(st.booleans()))


def _wrapped(line: Line, line_end: str) -> tuple[Piece, ...]:
    """The pieces with the document's line end inside values of two lines too."""
    return tuple(
        replace(p, written=p.written.replace("\n", line_end)) if isinstance(p, Value) else p
        for p in line.pieces
    )


@st.composite
def edits(draw: st.DrawFn) -> tuple[Document, dict[Cell, str]]:
    """A document and some models for cells it has and cells it has not."""
    document = draw(documents())
    everywhere = st.builds(Cell, st.sampled_from(PHASES), st.sampled_from((*AGENTS, "NEW")))
    present = document.cells
    cells = st.one_of(everywhere, st.sampled_from(present)) if present else everywhere
    return document, draw(st.dictionaries(cells, st.sampled_from(MODELS), max_size=4))
