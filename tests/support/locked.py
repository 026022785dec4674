"""The locked releases on this machine's disk, for workflows that install them without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

LOCK = Path(__file__).parents[2] / ".ci" / "requirements.txt"
"""What the bot runs on, with hashes."""


def from_disk(wheels: Path) -> dict[str, str]:
    """Fill `wheels` with the locked releases; the environment with which pip takes them from there."""
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", str(LOCK)]
    download = ["download", "--quiet", "--dest", str(wheels), *locked]
    subprocess.run([sys.executable, "-m", "pip", *download], check=True)
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_COMPILE": "1"}


def installed_before(folder: Path, pip: Mapping[str, str]) -> dict[str, str]:
    """`pip` for many installations: `python3 -m venv` then gives a copy that has the locked releases already.

    What a workflow does after that is what it does anywhere; pip finds that there is nothing to fetch.
    """
    made = folder / "made"
    venv.create(made, with_pip=True)
    install = ["install", "--quiet", "--require-hashes", "--requirement", str(LOCK)]
    compiled = {name: value for name, value in pip.items() if name != "PIP_NO_COMPILE"}
    subprocess.run(
        [made / "bin/python", "-m", "pip", *install], env={**os.environ, **compiled}, check=True
    )
    python = folder / "bin/python3"
    python.parent.mkdir()
    python.write_text(_PYTHON.format(python=sys.executable, copy=__file__, made=made))
    python.chmod(0o755)
    around = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**pip, "PATH": f"{python.parent}{os.pathsep}{around}"}


_PYTHON = """#!/bin/sh
[ "$1 $2" = "-m venv" ] && exec {python} {copy} {made} "$3"
exec {python} "$@"
"""


def _copy(made: str, folder: str) -> None:
    """An environment at another place: its files are linked, but for programs, which name their place."""
    shutil.copytree(made, folder, symlinks=True, copy_function=os.link)
    for program in Path(folder, "bin").iterdir():
        text = b"" if program.is_symlink() else program.read_bytes()
        if made.encode() in text:
            program.unlink()
            program.write_bytes(text.replace(made.encode(), folder.encode()))
            program.chmod(0o755)


if __name__ == "__main__":
    _copy(*sys.argv[1:])
