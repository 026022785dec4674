"""A large unchanging table in a file, asked for one key at a time: 16 bytes in, 16 bytes out.

Keys are digests, so they spread evenly over buckets of some 64 records; a question reads one bucket
whatever the size of the file. Each bucket has a checksum, begun with a number that the owner of the file
knows: a damaged or another's file is found out by the question that meets it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import BinaryIO
from zlib import crc32

from bot.git.kept import open_kept

KEY = 16
"""Bytes of a key, and of a value."""
_RECORD = 2 * KEY
_ENTRY = 8
"""Bytes of a bucket's place in the directory: the number of its first record, and its checksum."""
_IN_BUCKET = 64


class Damaged(Exception):
    """The file is not what its owner wrote."""


class Records:
    """One such file, opened."""

    def __init__(self, path: str, seed: int, buckets: int) -> None:
        """`seed` and `buckets` as they were when it was written. Raises Damaged without the file."""
        self._seed, self._buckets = seed, buckets
        try:
            self._file: BinaryIO = open_kept(path)
        except OSError as err:
            raise Damaged(path) from err

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None for none. Raises Damaged."""
        bucket = self._bucket(_number(key, self._buckets))
        at = bucket.find(key)
        while at % _RECORD and at >= 0:  # a key's bytes within other records
            at = bucket.find(key, at + 1)
        return None if at < 0 else bucket[at + KEY : at + _RECORD]

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value. Raises Damaged."""
        for number in range(self._buckets):
            bucket = self._bucket(number)
            for at in range(0, len(bucket), _RECORD):
                yield bucket[at : at + KEY], bucket[at + KEY : at + _RECORD]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _bucket(self, number: int) -> bytes:
        try:
            self._file.seek(number * _ENTRY)
            entry = self._file.read(2 * _ENTRY)
            first, end = int.from_bytes(entry[:4], "big"), int.from_bytes(entry[8:12], "big")
            self._file.seek((self._buckets + 1) * _ENTRY + first * _RECORD)
            bucket = self._file.read(max(0, end - first) * _RECORD)
        except (OSError, MemoryError, OverflowError) as err:
            raise Damaged(str(err)) from err
        if entry[4:8] != _sum(bucket, self._seed, number):
            raise Damaged(f"bucket {number}")
        return bucket


def packed(items: Mapping[bytes, bytes]) -> tuple[bytes, int, int]:
    """The bytes of a file with these keys and values, its seed, and how many buckets it has."""
    buckets, seed = max(1, len(items) // _IN_BUCKET), int.from_bytes(os.urandom(4), "big")
    sorted_in: dict[int, list[bytes]] = defaultdict(list)
    for key, value in items.items():
        sorted_in[_number(key, buckets)].append(key + value)
    directory, records, first = [], [], 0
    for number in range(buckets):
        bucket = b"".join(sorted_in[number])
        directory.append(first.to_bytes(4, "big") + _sum(bucket, seed, number))
        records.append(bucket)
        first += len(bucket) // _RECORD
    last = first.to_bytes(4, "big") + bytes(4)
    return b"".join((*directory, last, *records)), seed, buckets


def _number(key: bytes, buckets: int) -> int:
    return int.from_bytes(key[:4], "big") * buckets >> 32


def _sum(bucket: bytes, seed: int, number: int) -> bytes:
    return crc32(bucket, crc32(number.to_bytes(4, "big"), seed)).to_bytes(4, "big")
