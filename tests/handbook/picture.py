"""`.github/pull-request.svg`: the demo's pull request as a reviewer sees it, drawn from its real output.

The text is what GitHub's own parser makes of the Markdown; browsers draw it inside the SVG, which asks nobody
for anything. What changes there changes here: the picture is compared to the byte.
"""

from __future__ import annotations

import re
from html import escape

from tests.support.markdown import to_html

_WIDE, _HIGH = 880, 640
"""Pixels, in which every system's fonts have room."""
_STYLE = """
.page { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328;
  background: #fff; border: 1px solid #d1d9e0; border-radius: 8px; box-sizing: border-box;
  overflow: hidden; padding: 18px 24px; }
h1 { font-size: 22px; font-weight: 400; margin: 0 0 8px; line-height: 1.25; }
.open { background: #1f883d; color: #fff; border-radius: 16px; padding: 3px 12px; margin-right: 8px; }
.text { border: 1px solid #d1d9e0; border-radius: 6px; padding: 4px 16px; margin-top: 14px; }
p, ul { margin: 9px 0; } ul { padding-left: 24px; } h3 { font-size: 16px; margin: 14px 0 6px; }
li:has(input) { list-style: none; } input { margin: 0 6px 0 -20px; vertical-align: middle; }
code, pre { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
code { background: #818b981f; border-radius: 6px; padding: 2px 5px; }
pre { border: 1px solid #d1d9e0; border-radius: 6px; margin: 14px 0 0; overflow: hidden; }
pre span { display: block; padding: 0 12px; }
.removed { background: #ffebe9; } .added { background: #dafbe1; }
.quiet { color: #59636e; }
@media (prefers-color-scheme: dark) {
  .page { color: #f0f6fc; background: #0d1117; } .page, .text, pre { border-color: #3d444d; }
  .open { background: #238636; } .quiet { color: #9198a1; }
  .removed { background: #f851491a; } .added { background: #2ea04326; }
}
"""
_COLOURED = {"+": "added", "-": "removed"}


def drawn(printed: str, body: str) -> str:
    """The picture, from what `demo` printed and the text of its pull request."""
    branch, title = re.findall(r"^Pull request from (.*):\n  (.*)$", printed, re.MULTILINE)[0]
    merge = f"calibration-bot wants to merge 1 commit into main from {branch}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}"'
        f' viewBox="0 0 {_WIDE} {_HIGH}" role="img">\n<title>{escape(title)}</title>\n'
        f'<foreignObject width="{_WIDE}" height="{_HIGH}">\n'
        f'<div xmlns="http://www.w3.org/1999/xhtml" class="page">\n<style>{_STYLE}</style>\n'
        f"<h1>{escape(title)}</h1>\n"
        f'<div><span class="open">Open</span> <span class="quiet">{escape(merge)}</span></div>\n'
        f'<div class="text">\n{_shown(body)}</div>\n<pre>{_diff(printed)}</pre>\n'
        f"</div>\n</foreignObject>\n</svg>\n"
    )


def _shown(body: str) -> str:
    """The text down to what is folded, as XHTML."""
    above = body.partition("<details>")[0]
    return re.sub(r"\s*<!--.*?-->", "", to_html(above), flags=re.DOTALL)


def _diff(printed: str) -> str:
    lines = printed[printed.index("--- a/") :].partition("\n\n")[0].splitlines()
    (path,) = (line.removeprefix("+++ b/") for line in lines if line.startswith("+++ b/"))
    told = ((_COLOURED.get(line[:1], "kept"), line) for line in lines[3:])
    shown = (f'<span class="{kind}">{escape(line, quote=False)}</span>' for kind, line in told)
    return f'<span class="quiet">{escape(path)}</span>{"".join(shown)}'
