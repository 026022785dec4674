"""What commands that write log files say where the policy names a warehouse, which is read in their place."""

from __future__ import annotations

from collections.abc import Iterator


def counted_elsewhere(source: str | None) -> Iterator[str]:
    """That rows in files count only once they are loaded; nothing without a warehouse."""
    if source is not None:
        yield (
            f"plan reads {source} and no log files: what is in them counts once it is loaded there, e.g. "
            "from `export --parquet`"
        )
