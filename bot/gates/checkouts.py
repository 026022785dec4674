"""What a checkout makes of guarded files: attributes that recode them, names that take their place.

In: a repository, a tree of it, the guarded paths. Out: refusals: what is judged must be what people get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.gates.refusals import Document, Refusal, Weakening
from bot.gates.shadows import shadows
from bot.git.index import attribute_files
from bot.git.objects import DamagedTree, Entry
from bot.git.repository import Repository

FOLDER = "40000"
"""Mode of a folder in a tree."""
_RECODING = ("working-tree-encoding", "filter", "ident")


def recoded(
    repository: Repository, tree: str, guarded: Mapping[str, Document]
) -> Iterator[Refusal]:
    """Files that a checkout gives another content than the one judged, and a change it refuses altogether.

    The attributes of the first of the guarded files are guarded with it.
    """
    first = next(iter(guarded))
    recodable = dict.fromkeys((*guarded, *attribute_files(first)))
    try:
        found = repository.attributes(tree, _RECODING, tuple(recodable))
    except DamagedTree as err:
        yield Refusal(Weakening.TREE_DAMAGED, str(err), document=guarded[first], file=first)
        return
    for path, name, value in found:
        kind = guarded.get(path, guarded[first])
        message = f".gitattributes gives {path} {name}={value}; remove it"
        yield Refusal(Weakening.FILE_ATTRIBUTES, message, document=kind, file=path, line=1)


def shadowed(
    repository: Repository, tree: str, guarded: Mapping[str, Document]
) -> tuple[Refusal, ...]:
    """What some file systems take for a guarded file, for its attributes or a folder above: each once."""
    refusals: dict[str, Refusal] = {}
    for path, kind in guarded.items():
        if entry_at(repository, tree, path)[0] is None:
            continue
        for meant in (path, *attribute_files(path)):
            found = next(shadows(repository.entries, f"{tree}^{{tree}}", meant), None)
            if found is not None:
                said = f"{found} is {_taken_for(found, meant)} on some file systems; remove it"
                refusals[found] = Refusal(
                    Weakening.FILE_SHADOWED, said, document=kind, file=found, line=1
                )
    return tuple(refusals.values())


def _taken_for(found: str, path: str) -> str:
    """The part of a path that something on the way to it is taken for."""
    depth = len([part for part in found.replace("\\", "/").split("/") if part not in ("", ".")])
    return "/".join(path.split("/")[:depth])


def entry_at(repository: Repository, tree: str, path: str) -> tuple[Entry | None, str]:
    """What stands at a path, or what stands on the way to it and is no folder; and where that is."""
    found, walked = Entry(FOLDER, f"{tree}^{{tree}}"), ""
    for part in path.split("/"):
        if found.mode != FOLDER:
            return (None if found.regular else found), walked
        below = repository.entries(found.sha).get(part)
        if below is None:
            return None, walked
        found, walked = below, f"{walked}/{part}".removeprefix("/")
    return found, walked
