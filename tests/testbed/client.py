"""What the bed's own tests speak to it with: PyGithub, plain HTTP, and git as a child."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import github

from tests.support.forge import tokens
from tests.support.forge.bare import git_environment
from tests.support.forge.host import Host


def pygithub(host: Host, token: str = tokens.PAT.value) -> github.Github:
    """A client without retries or pauses."""
    return github.Github(
        auth=github.Auth.Token(token),
        base_url=host.api_url,
        retry=0,
        timeout=5,
        lazy=True,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )


def ask(
    host: Host, method: str, path: str, body: Any = None, token: str | None = tokens.PAT.value
) -> tuple[int, Any, dict[str, str]]:
    """One API request over a plain connection: status, parsed body, headers in lower case."""
    address = urlsplit(host.api_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=5)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        raw = None if body is None else json.dumps(body)
        connection.request(method, address.path + path, raw, headers)
        answer = connection.getresponse()
        text = answer.read()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(text) if text else None, named
    finally:
        connection.close()


def git(
    host: Host, folder: Path, *arguments: str, token: str | None = tokens.PAT.value
) -> subprocess.CompletedProcess[str]:
    """Run git in a work tree, the credential in the child's environment only."""
    environment = git_environment(folder) | {
        "GIT_AUTHOR_NAME": "Client",
        "GIT_AUTHOR_EMAIL": "client@example.com",
        "GIT_COMMITTER_NAME": "Client",
        "GIT_COMMITTER_EMAIL": "client@example.com",
    }
    if token is not None:
        credential = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{host.url}/.extraheader",
            "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {credential}",
        }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def push(host: Host, folder: Path, *arguments: str, token: str | None = tokens.PAT.value) -> str:
    """Push and return git's words; raises `AssertionError` if it is refused."""
    done = git(host, folder, "push", "origin", *arguments, token=token)
    assert done.returncode == 0, done.stderr
    return done.stderr
