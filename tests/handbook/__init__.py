"""What README's references are made of: `python -m tests.handbook` writes them, tests hold them to it.

In: the policy's classes, the command line's parser, the exit codes, and what the demo proposes. Out: files
below `.github/`, the same bytes on every machine.
"""
