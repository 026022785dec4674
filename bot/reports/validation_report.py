"""What `validate --format json` prints: one document whether anything is wrong or not.

In: the problems, or what was found to be valid. Out: text that `validation.schema.json` describes.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import Problem
from bot.inputs.validation import Checked
from bot.wording.escape import json_text


def validation_json(problems: Sequence[Problem], checked: Checked | None) -> str:
    """The document; `checked` is None where there are problems."""
    counts = {
        "assignments": checked.entries if checked else None,
        "gates": checked.gates if checked else None,
        "log_files": checked.logs if checked else None,
    }
    return json_text(
        {
            "schema_version": 1,
            "valid": not problems,
            **counts,
            "warehouse": list(checked.warehouse) if checked else [],
            "problems": [
                {**problem._asdict(), "what_to_do": problem.what_to_do} for problem in problems
            ],
            "warnings": list(checked.notes) if checked else [],
        }
    )
