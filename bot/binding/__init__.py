"""Where the table binds (SPEC § 9a): the agent files and the JSON that must say what it says.

Pure, but for `bound_source`, which reads them.
In: texts, resolved models. Out: the same texts with only the value's bytes changed, or why not.
"""
