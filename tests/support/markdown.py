"""What GitHub would make of some Markdown: parsed by GitHub's own parser with all its extensions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cmarkgfm import cmark

_EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist"]
_OPTIONS = cmark.Options.CMARK_OPT_UNSAFE | cmark.Options.CMARK_OPT_FOOTNOTES
_OBEYED = re.compile(
    r"@\w|\w#\d|#\d|\bGH-\d|://|\bwww\.|:\w+:|\$|\b(?=[a-f]*\d)[0-9a-f]{7,64}\b|!\[|\]\(|\[\^",
    re.IGNORECASE | re.ASCII,
)


@dataclass
class Page(HTMLParser):
    """The rendered page, taken apart."""

    tags: list[str] = field(default_factory=list)
    """Every start tag with its attributes, in order."""
    code: list[str] = field(default_factory=list)
    """Text of each code span or block."""
    plain: list[str] = field(default_factory=list)
    """Text outside code."""
    comments: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._inside = 0

    def handle_starttag(self, tag, attrs):
        self.tags.append(" ".join([tag, *(f"{key}={value}" for key, value in attrs)]))
        if tag == "code":
            self._inside += 1
            self.code.append("")

    def handle_endtag(self, tag):
        self._inside -= tag == "code"

    def handle_data(self, data):
        if self._inside:
            self.code[-1] += data
        else:
            self.plain.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def to_html(text: str) -> str:
    """Markdown as GitHub's parser makes HTML of it, raw HTML kept."""
    return cmark.markdown_to_html_with_extensions(text, _OPTIONS, _EXTENSIONS)


def render(text: str) -> Page:
    """Parse Markdown as GitHub does, raw HTML kept to be seen."""
    page = Page()
    page.feed(to_html(text))
    page.close()
    return page


def obeyed(page: Page) -> list[str]:
    """What GitHub would still turn into something outside code: references, links, math, emoji."""
    return [match[0] for text in page.plain for match in _OBEYED.finditer(text)]
