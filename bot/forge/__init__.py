"""Where a proposal is published: GitHub, or the branches of a local repository."""
