"""Refuses a release that is not whole; prints its notes, the section of CHANGELOG.md, where it is.

usage: .ci/check_release.py DIR TAG REPOSITORY
DIR holds sdist and wheel, TAG is `v` and the version, REPOSITORY the address that releases are made from.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packaging.metadata import Metadata

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
WANTED = ("summary", "description", "license_expression", "keywords", "classifiers", "author")


def main(folder: str, tag: str, repository: str) -> int:
    """Exit code: 0, or 1 with every problem on stderr."""
    notes = notes_of(tag.removeprefix("v"))
    found = [*problems(Path(folder), tag, repository)]
    if not notes:
        found.append(f"CHANGELOG.md has nothing under '## {tag.removeprefix('v')}'")
    print(
        *(f"error: {said}" for said in found), sep="\n", end="\n" if found else "", file=sys.stderr
    )
    if not found:
        print(notes)
    return int(bool(found))


def notes_of(version: str) -> str:
    """What the changelog says of a version; empty where that is nothing."""
    sections = re.split(r"^## ", CHANGELOG.read_text("utf-8"), flags=re.MULTILINE)
    heads = (section.partition("\n") for section in sections[1:])
    return next((body.strip() for head, _, body in heads if head.split()[:1] == [version]), "")


def problems(folder: Path, tag: str, repository: str) -> Iterator[str]:
    """What is wrong with the two files and what they say of themselves."""
    if not folder.is_dir() or sorted(path.suffix for path in folder.iterdir()) != [".gz", ".whl"]:
        yield f"{folder} does not hold one sdist and one wheel, and nothing else"
        return
    try:
        texts = [*_metadata(folder)]
    except (zipfile.BadZipFile, tarfile.TarError, KeyError, OSError) as err:
        yield f"{folder} holds an archive that cannot be read: {err}"
        return
    if len({*texts}) > 1:
        yield "sdist and wheel differ in their metadata"
    try:
        said = Metadata.from_email(texts[0], validate=True)
    except ExceptionGroup as wrong:  # what an index would refuse
        yield from map(str, wrong.exceptions)
        return
    yield from (f"the metadata has no {name}" for name in WANTED if not getattr(said, name))
    if said.description_content_type != "text/markdown":
        yield "the description is not said to be Markdown"
    if f"v{said.version}" != tag:
        yield f"tag {tag} is not v{said.version}, the version in bot/__init__.py"
    named = (said.project_urls or {}).get("Repository")
    if named != repository:
        yield (
            f"[project.urls] in pyproject.toml names {named or 'no Repository'}, and this is {repository}: "
            "set it to where releases are made"
        )


def _metadata(folder: Path) -> Iterator[bytes]:
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            yield from (
                archive.read(n) for n in archive.namelist() if n.endswith(".dist-info/METADATA")
            )
    for sdist in folder.glob("*.tar.gz"):
        with tarfile.open(sdist) as packed:
            file = packed.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
            yield file.read() if file else b""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
