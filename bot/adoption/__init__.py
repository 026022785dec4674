"""The bot's first day in a repository: what `init` proposes from what is there, and how it is written.

In: a work tree, and what the user says of phases, ladder and source. Out: files, all of them or none.
"""
