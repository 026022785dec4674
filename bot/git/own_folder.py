"""A git folder of our own beside the user's: the same objects and configuration, and nothing else of theirs.

What git works out there knows no `info/attributes`, work tree, index or ref of the user's: commits and trees
are named by SHA.
"""

from __future__ import annotations

from pathlib import Path

from bot.git.process import Git


def own_folder(git: Git) -> dict[str, str]:
    """The variables by which a child works there. Where the objects are, every child is told anyway."""
    folder = git.folder / "own.git"
    if not folder.exists():
        _make(git, folder)
    attributes = {"GIT_ATTR_NOSYSTEM": "1", "GIT_INDEX_FILE": str(folder / "index")}
    return {"GIT_DIR": str(folder), **attributes}


NO_ATTRIBUTES = ("-c", "core.attributesFile=/dev/null", "-c", "attr.tree=")
"""Nothing of the user's attributes for all repositories either, nor (git 2.43) of another tree's."""
AS_A_SERVER = (
    *NO_ATTRIBUTES,
    # A name that no driver has is git's own merge of texts; `text` itself may be the user's.
    *("-c", "merge.default=calibration-bot-has-no-driver"),
    *("-c", "merge.renormalize=false"),
    *("-c", "merge.renames=true", "-c", "merge.directoryRenames=conflict"),
    *("-c", "merge.renameLimit=7000"),
)
"""A merge as a server makes it: with git's defaults, whatever the user has configured for their own."""


def _make(git: Git, folder: Path) -> None:
    ask = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format")
    common, _, kind = git.check(*ask).text.rpartition("\n")
    for part in ("objects", "refs"):
        (folder / part).mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    # The user's configuration names the remote that a partial clone fetches from; ours comes after it.
    lines = (
        *("[include]", f"path = {_quoted(f'{common}/config')}"),
        *("[core]", "repositoryFormatVersion = 1", "bare = true"),
        *("[extensions]", f"objectFormat = {kind}"),
    )
    text = "\n".join(lines) + "\n"
    (folder / "config").write_bytes(text.encode("utf-8", "surrogateescape"))


def _quoted(value: str) -> str:
    """A value as a configuration file has it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
