"""What a rule means for a fleet: made-up weeks, judged by the very same rule code. Seeded; no I/O."""
