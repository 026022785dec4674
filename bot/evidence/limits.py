"""Limits of one log row, and of what is told of many."""

BLANKS = b" \t\n\v\f\r"
"""What may stand around the object of a line; a line of nothing else is no line."""
MOST_TOKENS = 2**53
"""Tokens; above it, JSON numbers are no longer exact everywhere."""
LONGEST_LINE = 4 * 2**20
"""Bytes of a line without the blanks around it."""
MOST_PARTS = 256
"""Lists and objects in one line, itself included: rows are flat."""
ALWAYS_UNPACKED, MOST_TIMES = 2**28, 200
"""Bytes that any packed file may hold, and how many times its size beyond that: logs pack 5 to 40 times."""
MOST_BAD = 100_000
"""Bad lines of a packed file, beyond which it is no log."""
LEAST_ROW = 64
"""Bytes of the shortest row as a line."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""May start a file, and nothing else."""
MOST_RUNS = 200
"""SDs of a cell week that are listed one by one, unless more are asked for."""
EVERY_RUN = 2**31 - 1
"""All of them."""
