"""Git: objects in, commits and branches out; knows nothing of agents."""
