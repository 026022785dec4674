"""Writes every generated page and the picture: the one command after a change of what they are made of."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.cli import main
from tests.handbook.pages import PAGES, PICTURE
from tests.handbook.picture import drawn

GITHUB = Path(__file__).parents[2] / ".github"


def write() -> None:
    """Write all of them."""
    for name, made in PAGES.items():
        (GITHUB / name).write_text(made(), encoding="utf-8")
    with TemporaryDirectory() as place, redirect_stdout(StringIO()) as out:
        folder = Path(place) / "demo"
        main(["demo", "--keep", str(folder)])
        body = (folder / "pull-request.md").read_text("utf-8")
    (GITHUB / PICTURE).write_text(drawn(out.getvalue(), body), encoding="utf-8")


write()
