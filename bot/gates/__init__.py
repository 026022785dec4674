"""What nobody may lower: floors, refusals, and the judgement of a change."""
