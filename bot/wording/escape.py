"""The one place where hostile text becomes harmless: one function a target.

In: what machines and strangers wrote (sd, agent, cause, note, model, messages that quote them). Out: text
that its target shows and never obeys. Everything that prints log text goes through here.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from itertools import dropwhile
from urllib.parse import quote

from bot.allocation.names import LONGEST_NAME, Cell

# Letters that look like nothing: Hangul fillers, the grapheme joiner, Khmer vowels, the empty Braille cell.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARKS_KEPT = 3  # in a row; more of them climb over the neighbouring lines
_REFERENCE = re.compile(r"(@|#|://|\bGH-)(?=\S)", re.IGNORECASE)
_GITHUB_ISSUE = re.compile(r"(?<![A-Z0-9_])(GH)-(?=\d)", re.IGNORECASE)
_COMMIT_ID = re.compile(r"\b(?=[a-f]*[0-9])([0-9a-f]{6})[0-9a-f]{1,58}\b", re.IGNORECASE)
_MARKDOWN = str.maketrans({"`": "'", "|": "¦", "<": "\u2039", ">": "\u203a"})
_NOT_IN_PROSE = re.compile(
    r"[^\w\s.,;:%()→…'\"/-]|[:-](?=[^\w\s]|$)|(?<=[^\W\d_])[.:](?=\w)"
    r"|(?<!\d):(?=\w)|:(?=\w)(?!\d\d(?:Z|\W|$))"  # a time of day keeps its colons
)
_NOT_IN_BRANCH = re.compile(r"[^a-z0-9_-]+")
_NAMELESS = "unnamed"
_LONGEST_IN_ADDRESS = 200
_MOST_SOURCES = 3
_SOURCE = re.compile(
    r"(?:(?P<review>pull/[0-9]+#pullrequestreview-[0-9]+)"
    r"|(?P<comment>pull/[0-9]+#(?:issuecomment-|discussion_r)[0-9]+)"
    r"|(?P<check>(?:actions/)?runs/[0-9]+(?:/job/[0-9]+)?|commit/[0-9a-f]{40}/checks/[0-9]+)"
    r"|(?P<pull_request>pull/[0-9]+)"
    r"|(?P<commit>commit/(?:[0-9a-f]{40}|[0-9a-f]{64})))"
)
"""What a row may come from, below the address of its repository."""
ADDRESS = re.compile(r"https?://[A-Za-z0-9.:/_-]+")
"""An address that is harmless in Markdown as it is."""


def markdown(text: str, limit: int = 80) -> str:
    """GitHub Markdown: one code span, on one line, safe in prose, lists and table cells.

    Stops everything Markdown obeys: mentions, issue and commit references, links, images, bare URLs, HTML,
    comments, footnotes, fences, table pipes, headings, emoji, math. A code span needs no escapes but knows
    none either, and a table cuts its cells before it looks for code spans, so what could end either one is
    replaced by a look-alike: the backtick by ', the pipe by ¦, angle brackets by angle quotes. That also
    keeps `-->` and `</details>` out of the source. A pull request's body can become the message of a squash
    commit, where code spans mean nothing: `@`, `#`, `GH-` and `://` are therefore followed by a space. The
    result holds at most `limit` characters between its backticks.
    """
    spaced = _REFERENCE.sub(r"\1 ", _line(text, limit))
    return f"`{_cut(spaced.translate(_MARKDOWN), limit) or '(empty)'}`"


def sd_link(sd: str, template: str | None) -> str:
    """GitHub Markdown: an SD as a code span, linked where the policy says where it can be looked up.

    The id is percent-encoded, so that it ends neither the link nor its part of the address. Left plain:
    what is too long for an address, and an id of dots alone, which would be a path of its own.
    """
    address = sd_address(sd, template)
    return markdown(sd) if address is None else f"[{markdown(sd)}]({address})"


def sd_address(sd: str, template: str | None) -> str | None:
    """The address of an SD by the policy's template, of URL characters only; None where it gets none."""
    if template is None or len(sd) > _LONGEST_IN_ADDRESS or not sd.strip("."):
        return None
    return template.replace("{sd}", quote(sd, safe="", errors="replace"))


def source_links(notes: Iterable[str], web: str | None) -> str:
    """GitHub Markdown: what an SD's collected rows came from, in brackets: ` ([review](…), [check](…))`.

    Empty where none of it can be linked.
    """
    links = [f"[{what}]({address})" for what, address in source_addresses(notes, web)]
    return f" ({', '.join(links)})" if links else ""


def source_addresses(notes: Iterable[str], web: str | None) -> tuple[tuple[str, str], ...]:
    """What collected rows came from, by the beginnings of their notes: (`review`, its address), each once.

    Whatever a note says, an address leads to a pull request, review, comment, check or commit of the
    repository at `web`, and holds nothing that Markdown or HTML obeys. What is none of these is left out, as
    is what comes after the third.
    """
    found = (_SOURCE.fullmatch(_below(note, web)) for note in notes) if web else ()
    named = ((of.lastgroup or "", f"{web}/{of[0]}") for of in found if of)
    return tuple(dict.fromkeys((what.replace("_", " "), at) for what, at in named))[:_MOST_SOURCES]


def _below(note: str, web: str) -> str:
    """The first word of a note, below the repository's address; a commit of git's has none, but its own."""
    first, _, rest = note.partition(" ")
    if first == "commit":
        return f"commit/{rest.partition(' ')[0]}"
    below = first.lower().startswith(f"{web}/".lower()) and len(first) <= _LONGEST_IN_ADDRESS
    return first[len(web) + 1 :] if below else ""


def page_text(text: str, limit: int = 80) -> str:
    """One line for a page, as text: its templates escape what HTML would obey.

    Stops what needs no markup: overrides of direction, hidden and control characters, marks that climb over
    other lines, line breaks, and text of any length. Never empty.
    """
    return _line(text, limit) or "(empty)"


def prose(text: str, limit: int = 400) -> str:
    """GitHub Markdown: a sentence of our own that may hold a name or a cause, as running text.

    Keeps letters, digits and the punctuation of sentences; the rest becomes a space. Stops the same as
    `markdown`, by leaving nothing to parse: no `@ # < > [ ] ! $ * ~ |` or backtick, no colon or full stop
    inside a word (`:x:`, `www.`) but those of a time of day, no `GH-1` and no commit id; `_` is escaped. Not
    for the start of a line.
    """
    words = _NOT_IN_PROSE.sub(" ", _line(text, limit))
    shown = _COMMIT_ID.sub(r"\1…", _GITHUB_ISSUE.sub(r"\1 ", words))
    return " ".join(shown.split()).replace("_", r"\_")


def plain_words(text: str, limit: int = 50) -> str:
    """Plain words, for a commit subject or a sentence: `edge-case-detection` → `edge case detection`.

    Only letters, digits and single spaces are left. Stops line breaks and hidden characters, references
    (`#1`, `@x`, `GH-1`, commit ids), leading dashes, and anything that looks like a trailer or Markdown.
    """
    letters = "".join(c if _is_letter(c) else " " for c in text[: 4 * limit])
    pieces = _visible(letters).split()
    words = filter(None, ("".join(dropwhile(_is_mark, piece)) for piece in pieces))
    return _cut(_COMMIT_ID.sub(r"\1…", " ".join(words)), limit) or _NAMELESS


def name(text: str, limit: int = LONGEST_NAME) -> str:
    """A canonical name (`[A-Z][A-Z0-9_-]*`, either case) or a rung, where it stands in running text.

    The pattern leaves little to stop: a name of any length, one that reads as an issue (`GH-1` → `GH_1`)
    and one that reads as a commit id (cut). Whatever else is not of the pattern becomes `_`.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", text[: limit + 1])
    return _cut(_COMMIT_ID.sub(r"\1…", _GITHUB_ISSUE.sub(r"\1_", plain)), limit)


def json_text(document: object) -> str:
    r"""A document as indented ASCII JSON, ending in a line break.

    ASCII, because a bidirectional override or a C1 control in a string would reach the terminal; and `##[`
    is written with an escape, because a workflow runner obeys it anywhere in a line.
    """
    return json.dumps(document, indent=2).replace("##[", r"#\u0023[") + "\n"


def cell_label(cell: Cell) -> str:
    """`TESTING/EXEC`, harmless wherever it stands; the agent alone where a team has no phases."""
    return "/".join(map(name, cell.shown))


def trailer_value(text: str, limit: int = 200) -> str:
    """The value of a commit trailer: one line, never empty.

    Stops a line break that would start a trailer of its own (`Co-authored-by:`, `Signed-off-by:`), and the
    references and mentions that GitHub reads in commit messages.
    """
    return _cut(_REFERENCE.sub(r"\1 ", _line(text, limit)), limit) or "none"


def branch_part(text: str, limit: int = LONGEST_NAME) -> str:
    """A piece of a branch name, `[a-z0-9_-]+`, that `git check-ref-format` accepts anywhere in one.

    Stops `..`, `@{`, `.lock`, leading dashes, slashes, spaces and control characters. A canonical name only
    becomes lower case; where more has to change, a short hash of the text keeps two names two branches.
    """
    lower = text.lower()
    part = _NOT_IN_BRANCH.sub("-", lower[:limit]).strip("-")
    # "lock" alone would end a branch in ".lock", which git refuses.
    if part == lower and part and part != "lock" and text.isascii():
        return part
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{part or _NAMELESS}-{digest}"


def workflow_data(text: str, limit: int = 4000) -> str:
    """The message of a GitHub workflow command (`::error::…`). Line breaks arrive as line breaks.

    Stops `%0A` and real line breaks from starting another command, `##[`, which a runner obeys anywhere in a
    line, and hidden characters.
    """
    lines = _cut(_visible(text[:limit], keep="\r\n"), limit).replace("##[", "## [")
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """A property of a GitHub workflow command (`file=…`): as the data, and `:` and `,` end nothing."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def output_value(text: str, limit: int = 4000) -> str:
    """The value in a `name=value` line of `$GITHUB_OUTPUT`.

    One line: without a line break there is no second output, and without a delimiter none to close.
    """
    return _line(text, limit)


def terminal(text: str, limit: int = 2000) -> str:
    r"""One line for a terminal or a job's log; line breaks and tabs show as `\n` and `\t`.

    Stops ANSI escapes, C0 and C1 controls, bidirectional overrides, zero-width characters and NUL, all of
    which show as escapes, and workflow commands: a runner obeys `::` at the start of a line and `##[`
    anywhere in it, so both get a space inside.
    """
    shown = _cut(_visible(text[: limit + 1]), limit).replace("##[", "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", shown)


def _line(text: str, limit: int) -> str:
    # Four times the limit is read: enough to fill it, little enough for a megabyte to cost nothing.
    more = "…" if len(text) > 4 * limit else ""
    return _cut(_visible(" ".join(text[: 4 * limit].split())) + more, limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _is_letter(char: str) -> bool:
    return (char.isalnum() or _is_mark(char)) and char.isprintable() and char not in _BLANKS


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc", "Me")


def _visible(text: str, keep: str = "") -> str:
    r"""The text with everything unprintable as an escape (`\x1b`, `\u202e`) and few marks in a row."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0  # in a row
    for char in text:
        marks = marks + 1 if _is_mark(char) else 0
        if marks > _MARKS_KEPT:
            continue
        plain = char in keep or (char.isprintable() and char not in _BLANKS)
        shown.append(char if plain else char.encode("unicode_escape").decode("ascii"))
    return "".join(shown)
