"""What the guard asks of git: names of commits, the tree in the index, where a file went."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path

from bot.errors import BotError
from bot.git.objects import DamagedTree
from bot.git.own_folder import NO_ATTRIBUTES, own_folder
from bot.git.process import Git, failed
from bot.git.remote import preferred

# A full SHA, HEAD (git looks for these first), and what is no name (`:/text`).
_AS_GIVEN = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?|HEAD|@|")
_LIKE_HEAD = re.compile(r"[A-Z_]+_HEAD")
_SHORT_SHA = re.compile(r"[0-9a-f]{4,64}")
_SUFFIX = re.compile(r"(?:[~^:]|@\{).*", re.DOTALL)

_UNSET = ("unspecified", "unset")


def resolve(git: Git, name: str, *, own_first: bool = False) -> str | None:
    """Full SHA of the commit that a name stands for, None if it stands for none.

    A branch before a tag, the remote's before our own (`own_first`: ours before the remote's, for work that
    is not pushed yet). Raises BotError where a name means two commits otherwise: git itself would take the
    tag, which anybody who may push can set.
    """
    plain, suffix = _parts(name)
    if _AS_GIVEN.fullmatch(plain) or _is_kin_of_head(git, plain):
        return _commit(git, name)
    if plain.startswith("refs/"):  # whole: where it is not there, git would look for its like
        return _commit(git, name) if plain in _refs(git, plain) else None
    tracked, own, others = _named(git, plain)
    branch = next(filter(None, (own, tracked) if own_first else (tracked, own)), None)
    found = [ref for ref in (branch, *others) if ref is not None and _commit(git, ref)]
    if len({_commit(git, ref) for ref in found}) > 1:
        said = " and ".join(found)
        raise BotError(
            f"{plain} is ambiguous: {said} are different commits; name one of them whole"
        )
    return _commit(git, f"{found[0]}{suffix}" if found else name)


def _parts(name: str) -> tuple[str, str]:
    """What names a ref, and what walks on from there (`~1`, `^2`, `@{1}`)."""
    plain = _SUFFIX.sub("", name)
    return plain, name[len(plain) :]


def _is_kin_of_head(git: Git, name: str) -> bool:
    """Whether it is a file such as `FETCH_HEAD`; where git wrote none, branches and tags can be called so."""
    if not _LIKE_HEAD.fullmatch(name):
        return False
    return Path(git.check("rev-parse", "--path-format=absolute", "--git-path", name).text).is_file()


def _named(git: Git, name: str) -> tuple[str | None, str | None, list[str]]:
    """What a short name may mean: the remote's branch, our own, and whatever else."""
    place = preferred(git)
    tracked = None if place is None else f"refs/remotes/{place}/{name}"
    own = f"refs/heads/{name}"
    rest = [f"refs/remotes/{name}", f"refs/remotes/{name}/HEAD", f"refs/tags/{name}"]
    if "/" in name:  # `heads/main` as git itself reads it
        rest.append(f"refs/{name}")
    there = _refs(git, *filter(None, (tracked, own, *rest)))
    others = [ref for ref in rest if ref in there]
    if _SHORT_SHA.fullmatch(name):
        others += git.run("rev-parse", f"--disambiguate={name}").lines
    return tracked if tracked in there else None, own if own in there else None, others


def _refs(git: Git, *names: str) -> set[str]:
    """Which refs are there; it lists what is below one of that name, too."""
    return set(git.check("for-each-ref", "--format=%(refname)", *names).lines)


def _commit(git: Git, name: str) -> str | None:
    args = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    answer = git.run(*args)
    return answer.text if answer.status == 0 else None


def tracked(git: Git) -> frozenset[str]:
    """Paths of every file that the index knows."""
    said = git.check("ls-files", "-z").out.decode("utf-8", "surrogateescape")
    return frozenset(said.split("\0")[:-1])


def staged(git: Git) -> str:
    """SHA of the tree that the index would commit, from a copy of it: git may rewrite what it reads."""
    index = Path(git.check("rev-parse", "--path-format=absolute", "--git-path", "index").text)
    copy = git.folder / "index"
    if index.exists():
        shutil.copyfile(index, copy)
    answer = git.run("write-tree", extra={"GIT_INDEX_FILE": str(copy)})
    if answer.status:
        said = answer.err.strip() or "no reason given"
        raise BotError(f"the index cannot be committed as it is; resolve its conflicts ({said})")
    return answer.text


def moved_to(git: Git, before: str, after: str, path: str) -> str | None:
    """Where a file of tree `before` went in tree `after`, edited or not; None if it is nowhere."""
    shape = ("--name-status", "-r", "-z", "--find-renames", "--diff-filter=R")
    said = git.check("diff-tree", *shape, before, after).out.decode("utf-8", "backslashreplace")
    fields = said.split("\0")
    renames = zip(fields[1::3], fields[2::3], strict=False)
    return next((new for old, new in renames if old == path), None)


def touching(git: Git, commit: str, paths: Sequence[str]) -> Iterator[str]:
    """First-parent commits up to `commit` that changed any of the files, newest first."""
    yield from git.check("rev-list", "--first-parent", commit, "--", *paths).text.split()


def attribute_files(path: str) -> Iterator[str]:
    """Where attributes of a file may stand: in each folder on the way to it."""
    folders = path.split("/")[:-1]
    return ("/".join((*folders[:depth], ".gitattributes")) for depth in range(len(folders) + 1))


def attributes(
    git: Git, tree: str, names: Sequence[str], paths: Sequence[str]
) -> tuple[tuple[str, str, str], ...]:
    """What the `.gitattributes` of a tree say of some paths: path, attribute, value; unset ones are left out.

    By git itself, macros and folders included, in each way that it may come to read them: from the index as
    a clone does, from files as later checkouts do (there alone a byte order mark is skipped), and patterns as
    file systems that fold case do and as others do. In a git folder of our own: the user's `info/attributes`
    would win over those of the tree. Raises DamagedTree for a tree that git checks out nowhere.
    """
    own = own_folder(git)
    answer = git.run("read-tree", tree, extra=own)
    if "invalid path" in answer.err:
        raise DamagedTree(f"git checks the change out nowhere: {answer.err.strip()}; remove that")
    if answer.status:
        raise failed(("read-tree",), answer)
    files = git.folder / "attributes"
    _lay_out(git, own, {file for path in paths for file in attribute_files(path)}, files)
    as_files = ("-C", str(files), "-c", "core.bare=false")
    found: dict[tuple[str, str, str], None] = {}
    for folding, (place, flag) in product(("false", "true"), (((), "--cached"), (as_files, "-z"))):
        settings = (*place, "-c", f"core.ignoreCase={folding}", *NO_ATTRIBUTES)
        args = (*settings, "check-attr", flag, "-z", *names, "--", *paths)
        extra = {**own, "GIT_WORK_TREE": str(files)} if place else own
        fields = git.check(*args, extra=extra).out.decode("utf-8", "backslashreplace").split("\0")
        found |= dict.fromkeys(zip(fields[::3], fields[1::3], fields[2::3], strict=False))
    return tuple(one for one in found if one[2] not in _UNSET)


def _lay_out(git: Git, own: dict[str, str], names: Iterable[str], folder: Path) -> None:
    """Write files of our own index below a folder, to the byte."""
    folder.mkdir(exist_ok=True)
    for name in names:
        answer = git.run("cat-file", "blob", f":{name}", extra=own)
        if answer.status == 0:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(answer.out)
