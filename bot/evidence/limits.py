"""Limits of one log row."""

BLANKS = b" \t\n\v\f\r"
"""What may stand around the object of a line; a line of nothing else is no line."""
MOST_TOKENS = 2**53
"""Tokens; above it, JSON numbers are no longer exact everywhere."""
LONGEST_LINE = 4 * 2**20
"""Bytes of a line without the blanks around it."""
MOST_PARTS = 256
"""Lists and objects in one line, itself included: rows are flat."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""May start a file, and nothing else."""
