"""Parts of a text that must not be longer than its place allows.

In: parts, each with shorter forms of itself. Out: the lines that fit, and a note on what does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.wording.sections import Lines

NOTE_BYTES = 1_000
"""More than the note on what was left out ever takes."""


@dataclass(frozen=True)
class Part:
    """A part of the text that may be shortened or left out where there is no room."""

    what: str
    """Its name in the note on what was left out."""
    lines: Lines
    heading: str = ""
    brief: Lines | None = None
    """The same with only the first few of its rows; None where it has no shorter form."""
    plain: Lines | None = None
    """The same without links, which is tried before that; None where it has none."""

    @property
    def unlinked(self) -> Lines:
        """All of it, but for links."""
        return self.lines if self.plain is None else self.plain

    def shown(self, lines: Lines) -> Lines:
        """One of its forms, below its heading."""
        return [f"### {self.heading}", "", *lines] if self.heading else lines

    def need(self, lines: Lines) -> int:
        """Bytes that takes, with what parts it from the next."""
        return size(join(self.shown(lines))) + 2


def fitting(parts: Sequence[Part], room: int, cut: Sequence[str] = ()) -> Lines:
    """As many parts as fit, in order, and a note on those that do not; `cut` was left out before.

    A part that does not fit is tried without links, then in brief; links never take another part's room.
    """
    parts = [part for part in parts if part.lines]
    room -= NOTE_BYTES
    spare = max(0, room - sum(part.need(part.unlinked) for part in parts))
    kept: list[Lines] = []
    left_out, shortened = Counter(cut), Counter[str]()
    for part in parts:
        for lines in filter(None, (part.lines, part.plain, part.brief)):
            need = part.need(lines)
            links = max(0, need - part.need(part.unlinked))
            if need <= room and links <= spare:
                kept.append(part.shown(lines))
                room, spare = room - need, spare - links
                shortened[part.what] += lines is not part.lines
                break
        else:
            left_out[part.what] += 1
    note = _note(left_out, +shortened)
    return [join(*kept, note)] if kept or note else []


def _note(left_out: Counter[str], shortened: Counter[str]) -> Lines:
    """What was left out and shortened, in one paragraph; empty for nothing."""
    said = {"Left out": left_out, "Shortened": shortened}
    named = [
        f"{what}, to stay within GitHub's limit: {_names(of)}." for what, of in said.items() if of
    ]
    return [" ".join([*named, "The command to reproduce shows it."])] if named else []


def _names(counts: Counter[str]) -> str:
    return ", ".join(
        name if times == 1 else f"{name} ({times} times)" for name, times in counts.items()
    )


def join(*blocks: Sequence[str]) -> str:
    """Blocks of lines as paragraphs; empty ones vanish."""
    return "\n\n".join("\n".join(block) for block in blocks if block)


def size(text: str) -> int:
    """Bytes of a text as UTF-8."""
    return len(text.encode("utf-8"))
