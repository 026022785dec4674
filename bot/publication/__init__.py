"""Git and the forge: reading base, committing, pushing, and the life of the pull request."""
