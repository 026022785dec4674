"""What is written into git and GitHub, and the one escaper for hostile text."""
