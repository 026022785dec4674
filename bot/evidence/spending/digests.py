"""Digests of texts and files. Not by way of `hashlib`, which loads OpenSSL for others' sake."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a Python that has it elsewhere
    from hashlib import blake2b

SIZE = 16
"""Bytes."""


def digest_of_texts(*parts: str | bytes) -> bytes:
    """16 bytes in place of texts: nobody finds two lists of texts with the same ones."""
    found = blake2b(digest_size=SIZE)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.digest()


def digest_of(data: bytes) -> str:
    """Digest of the bytes of a file, in hexadecimal."""
    return blake2b(data, digest_size=SIZE).hexdigest()
