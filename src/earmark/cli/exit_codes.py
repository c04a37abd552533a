"""Exit codes of the command line."""

UNEXPECTED = 1
"""A fault in Earmark itself."""
BAD_INPUT = 2
"""The command cannot be carried out as it was given; the message says why."""
SOME_FAILED = 3
"""The work is done, but for some files, which are listed."""
INTERRUPTED = 130
"""Ended by Ctrl-C; what was done is kept."""
