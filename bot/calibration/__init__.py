"""From evidence and policy to verdicts. Pure: nothing here reads a file, a clock or the environment."""
