"""Talking to the remote: what it has, fetching into the quarantine, pushing with a lease.

The remote's own words are kept in errors, secrets removed. Nothing here moves a ref of this repository or
writes its configuration: what is pushed goes to the remote's URLs, so that no tracking branch follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.errors import BotError
from bot.git.process import Answer, Git, failed

_Urls = dict[str, tuple[str, ...]]
_HEADS = "refs/heads/"
_SIGNED_IN = re.compile(r"(?<=//)[^/]*@|^[^/:]*@")
"""Who signs in, and with what, in a remote's address."""
_ON_THE_WEB = re.compile(
    r"(?:(?P<scheme>https?://)(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?)/"
    r"|ssh://(?P<ssh>[A-Za-z0-9-]+\.[A-Za-z0-9.-]+)(?::[0-9]+)?/"
    r"|(?P<short>[A-Za-z0-9-]+\.[A-Za-z0-9.-]+):)"
    r"(?P<repository>[A-Za-z0-9_-]+/(?!\.+(?:git)?/?$)[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)
"""A remote's address without who signs in: of the web, or of SSH in either spelling."""
_OWN_PORTS = {"https://": ":443", "http://": ":80"}
_SHOWN_AT = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
"""Hosts that speak SSH at the port of the web, and where what they hold is looked at."""
_LINE_END = re.compile(r"[\r\n]+")
_NO_ACCESS = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied",
    "access denied",
    "returned error: 401",
    "returned error: 403",
    "repository not found",
)
_STALE = (
    "(stale info)",
    "(fetch first)",
    "cannot lock ref",
    "failed to update ref",
    "already exists",
)


@dataclass(frozen=True)
class Remote:
    """Where the repository was cloned from."""

    name: str
    push_urls: tuple[str, ...]
    """Where pushes go, each in turn: every `remote.<name>.pushurl`, without one every `url`, as git does.

    As configured, before git rewrites them. May hold a password: never shown.
    """


@dataclass(frozen=True)
class Listing:
    """What one question to the remote told."""

    head: str | None
    """Its default branch, None where it was not asked or names none."""
    branches: Mapping[str, str]
    """SHA of each branch, by name."""


class BranchMoved(BotError):
    """Somebody else moved the branch between looking and pushing: nothing was overwritten."""


def find_remote(git: Git) -> Remote | None:
    """`origin`, else the only remote, else None. Raises BotError where there are several others."""
    urls, pushes = _configured(git)
    pick = _pick(urls)
    if pick is None and urls:
        names = ", ".join(sorted(urls))
        raise BotError(
            f"several remotes ({names}) and none is named origin; rename the one that counts"
        )
    return None if pick is None else Remote(pick, pushes.get(pick, urls[pick]))


def preferred(git: Git) -> str | None:
    """Name of that remote, None also where there are several others."""
    return _pick(_configured(git)[0])


def repository_name(git: Git, remote: Remote | None) -> str:
    """`owner/name` of a remote, the same however a clone spells its address; `""` without one. Hostile."""
    urls = _configured(git)[0].get(remote.name, ()) if remote else ()
    plain = _SIGNED_IN.sub("", urls[0]).rstrip("/").removesuffix(".git") if urls else ""
    return "/".join(re.split(r"[/:]+", plain)[-2:])


def web_address(git: Git, remote: Remote | None) -> str | None:
    """Where a remote is looked at in a browser, `https://host/owner/name`; None for what is on no forge.

    An address that is none of the web is read as `insteadOf` rewrites it. Harmless in Markdown and HTML: a
    host, a port, two names of plain characters.
    """
    urls = _configured(git)[0].get(remote.name, ()) if remote else ()
    if remote is None or not urls:
        return None
    return _on_the_web(urls[0]) or _on_the_web(git.run("remote", "get-url", "--", remote.name).text)


def _on_the_web(url: str) -> str | None:
    """Where a browser finds what is at a remote's address."""
    found = _ON_THE_WEB.fullmatch(_SIGNED_IN.sub("", url))
    if found is None:
        return None
    scheme = found["scheme"] or "https://"
    said = found["host"] or found["ssh"] or found["short"]
    host = said.removesuffix(_OWN_PORTS[scheme])
    return f"{scheme}{_SHOWN_AT.get(host, host)}/{found['repository']}"


def _pick(urls: Collection[str]) -> str | None:
    if "origin" in urls:
        return "origin"
    return next(iter(urls)) if len(urls) == 1 else None


def _configured(git: Git) -> tuple[_Urls, _Urls]:
    """URLs and push URLs of each remote, by name."""
    args = ("config", "--null", "--get-regexp", r"^remote\..*\.(push)?url$")
    answer = git.run(*args)
    if answer.status > 1:  # 1: there is none
        raise failed(args, answer)
    urls: _Urls = {}
    pushes: _Urls = {}
    for item in filter(None, answer.out.decode("utf-8", "surrogateescape").split("\0")):
        key, _, url = item.partition("\n")
        name, _, what = key.removeprefix("remote.").rpartition(".")
        found = urls if what == "url" else pushes
        found[name] = (*found.get(name, ()), url)
    return urls, pushes


def listing(git: Git, remote: Remote, with_head: bool) -> Listing:
    """The branches the remote has now, in one question; with its default branch if asked."""
    what = (remote.name, "HEAD", f"{_HEADS}*") if with_head else ("--heads", remote.name)
    answer = git.run("ls-remote", "--quiet", "--symref", *what, network=True)
    if answer.status:
        raise _unreachable(remote, answer)
    head, branches = None, {}
    # No name holds a backslash: bytes that are no UTF-8 make no name look like another.
    for line in answer.out.decode("utf-8", "backslashreplace").split("\n"):
        value, _, name = line.partition("\t")
        if name == "HEAD" and value.startswith("ref: "):
            head = value.removeprefix("ref: ").removeprefix(_HEADS)
        elif name.startswith(_HEADS):
            branches[name.removeprefix(_HEADS)] = value
    return Listing(head, branches)


def fetch(git: Git, remote: Remote, sha: str) -> None:
    """Bring a commit and all its history into the quarantine."""
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--refmap=")
    plain = ("--no-recurse-submodules", "--no-prune", "--no-show-forced-updates")
    answer = git.run("fetch", *quiet, *plain, remote.name, sha, network=True)
    if answer.status:
        raise _unreachable(remote, answer)


def push(git: Git, remote: Remote, branch: str, sha: str, expected: str | None) -> None:
    """Make the remote's branch point to `sha`, if it still is at `expected` (None: absent).

    Raises BranchMoved where it is not, BotError with the server's words where it refuses.
    """
    _push(git, remote, branch, f"{sha}:{_HEADS}{branch}", expected)


def delete(git: Git, remote: Remote, branch: str, expected: str) -> None:
    """Delete the remote's branch, if it still is at `expected`; already gone is fine."""
    try:
        _push(git, remote, branch, f":{_HEADS}{branch}", expected)
    except BranchMoved:
        if branch in listing(git, remote, with_head=False).branches:
            raise


def _push(git: Git, remote: Remote, branch: str, refspec: str, expected: str | None) -> None:
    for url in remote.push_urls:
        _push_to(git, remote, url, branch, refspec, expected)


def _push_to(
    git: Git, remote: Remote, url: str, branch: str, refspec: str, expected: str | None
) -> None:
    lease = f"--force-with-lease={_HEADS}{branch}:{expected or ''}"
    plain = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
    answer = git.run("push", *plain, lease, url, refspec, network=True)
    if not answer.status:
        return
    status = next((line for line in answer.lines if line.startswith("!")), "")
    if not status:
        raise _unreachable(remote, answer)
    said = _server_words(answer)
    if any(words in status for words in _STALE):
        raise BranchMoved(
            f"branch {branch} moved meanwhile: another run is publishing; run again ({said})"
        )
    raise BotError(
        f"{remote.name} refused branch {branch}: {said}; correct its rules, then run again"
    )


def _server_words(answer: Answer) -> str:
    lines = (line.strip() for line in _LINE_END.split(answer.err))
    said = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    status = [line.split("\t")[-1] for line in answer.lines if line.startswith("!")]
    return " ".join(filter(None, (*said, *status)))


def _unreachable(remote: Remote, answer: Answer) -> BotError:
    said = " ".join(answer.err.split()) or f"exit status {answer.status}"
    if any(words in said.lower() for words in _NO_ACCESS):
        return BotError(
            f"remote {remote.name} does not let us in; check the token or key and its permissions "
            f"(`contents: write` to push): {said}"
        )
    return BotError(
        f"remote {remote.name} cannot be reached; check its URL and the network ({said})"
    )
