"""Outcomes that nobody types: facts that exist anyway become rows of the rework log (SPEC § 6a)."""
